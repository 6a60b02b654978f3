/*
 * Payments that closed invoices which have no closing date of their own (domain/2 C14).
 *
 * An invoice names its payment by being the one that the payment was closed by; of
 * several the first one logged decides. Both are collected while the log is read, in
 * whatever order they come, and brought together afterwards.
 */
#include "settlement.h"

typedef struct Payment
{
	int32		member;
	char	   *document_no;	/* of the invoice */
	int64		interaction_id;
	DateADT		closed_date;
} Payment;

typedef struct OpenQuestion
{
	int32		member;
	char	   *document_no;
	int			tally;
	DateADT		due_date;
} OpenQuestion;

struct Settlements
{
	MemoryContext memory;
	Payment    *payments;
	int			npayments;
	int			payments_capacity;
	OpenQuestion *invoices;
	int			ninvoices;
	int			invoices_capacity;
};

Settlements *
CollectSettlements(void)
{
	Settlements *settlements = palloc0(sizeof(Settlements));

	settlements->memory = AllocSetContextCreate(CurrentMemoryContext, "settlements", ALLOCSET_DEFAULT_SIZES);
	settlements->payments_capacity = settlements->invoices_capacity = 16;
	settlements->payments = MemoryContextAlloc(settlements->memory, 16 * sizeof(Payment));
	settlements->invoices = MemoryContextAlloc(settlements->memory, 16 * sizeof(OpenQuestion));
	return settlements;
}

void
AddPayment(Settlements *settlements, int32 member, const char *document_no, int64 interaction_id, DateADT closed_date)
{
	if (settlements->npayments == settlements->payments_capacity)
	{
		settlements->payments_capacity *= 2;
		settlements->payments = repalloc_huge(settlements->payments, settlements->payments_capacity * sizeof(Payment));
	}
	settlements->payments[settlements->npayments++] = (Payment) {
		member, MemoryContextStrdup(settlements->memory, document_no), interaction_id, closed_date
	};
}

void
AwaitPayment(Settlements *settlements, int32 member, const char *document_no, int tally, DateADT due_date)
{
	if (settlements->ninvoices == settlements->invoices_capacity)
	{
		settlements->invoices_capacity *= 2;
		settlements->invoices = repalloc_huge(settlements->invoices, settlements->invoices_capacity * sizeof(OpenQuestion));
	}
	settlements->invoices[settlements->ninvoices++] = (OpenQuestion) {
		member, MemoryContextStrdup(settlements->memory, document_no), tally, due_date
	};
}

static int
CompareInvoices(const Payment *a, const Payment *b)
{
	if (a->member != b->member)
		return a->member < b->member ? -1 : 1;
	return strcmp(a->document_no, b->document_no);
}

static int
ComparePayments(const void *a, const void *b)
{
	const Payment *left = a;
	const Payment *right = b;
	int			order = CompareInvoices(left, right);

	if (order == 0)
		order = left->interaction_id < right->interaction_id ? -1 : 1;
	return order;
}

static const Payment *
FirstPayment(const Settlements *settlements, const OpenQuestion *invoice)
{
	Payment		wanted = {invoice->member, invoice->document_no};
	int			low = 0;
	int			high = settlements->npayments;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (CompareInvoices(&settlements->payments[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == settlements->npayments || CompareInvoices(&settlements->payments[low], &wanted) != 0)
		return NULL;
	return &settlements->payments[low];
}

/* Add the days overdue that the payments tell of, and forget the payments */
void
SettleInvoices(Ledger *ledger)
{
	Settlements *settlements = ledger->settlements;

	qsort(settlements->payments, settlements->npayments, sizeof(Payment), ComparePayments);
	for (int i = 0; i < settlements->ninvoices; i++)
	{
		const OpenQuestion *invoice = &settlements->invoices[i];
		const Payment *payment = FirstPayment(settlements, invoice);

		if (payment && payment->closed_date > invoice->due_date)
			*FigureToChange(&ledger->totals, &ledger->population->members[invoice->member], invoice->tally) +=
				(int128) payment->closed_date - invoice->due_date;
	}
	MemoryContextDelete(settlements->memory);
	ledger->settlements = NULL;
}
