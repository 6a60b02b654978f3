/*
 * Days on which contacts bought, for their lifetime value.
 *
 * Invoices of one day are one purchase, so they have to be brought together before they
 * are counted: they are collected while the log is read and sorted afterwards.
 */
#include "purchase_days.h"

typedef struct Purchase
{
	int32		member;
	DateADT		date;
	int128		amount;
} Purchase;

struct PurchaseDays
{
	Purchase   *purchases;
	int64		npurchases;
	int64		capacity;
};

PurchaseDays *
CollectPurchaseDays(void)
{
	PurchaseDays *days = palloc0(sizeof(PurchaseDays));

	days->capacity = 64;
	days->purchases = palloc(days->capacity * sizeof(Purchase));
	return days;
}

void
AddPurchase(PurchaseDays *days, int32 member, DateADT date, int128 amount)
{
	if (days->npurchases == days->capacity)
	{
		days->capacity *= 2;
		days->purchases = repalloc_huge(days->purchases, days->capacity * sizeof(Purchase));
	}
	days->purchases[days->npurchases++] = (Purchase) {member, date, amount};
}

static int
ComparePurchases(const void *a, const void *b)
{
	const Purchase *left = a;
	const Purchase *right = b;

	if (left->member != right->member)
		return left->member < right->member ? -1 : 1;
	return (left->date > right->date) - (left->date < right->date);
}

/* Add one member's purchases to the tallies that count days in their period */
static void
CountDays(Ledger *ledger, const Purchase *purchases, int64 npurchases, int tally)
{
	Totals	   *totals = &ledger->totals;
	const Tally *period = &totals->tallies[tally];
	Member	   *member = &ledger->population->members[purchases->member];
	DateADT		first = 0;
	DateADT		last = 0;
	int64		ndays = 0;
	int128		repeated = 0;

	for (int64 i = 0; i < npurchases; i++)
	{
		DateADT		date = purchases[i].date;

		if (date < period->from || date > period->to)
			continue;
		if (ndays == 0)
			first = date;
		if (ndays == 0 || date != last)
			ndays++;
		if (date != first)
			repeated = AddExactly(repeated, purchases[i].amount);
		last = date;
	}
	if (ndays == 0)
		return;
	*FigureToChange(totals, member, tally) =
		period->kind == TALLY_PURCHASES ? ndays : period->kind == TALLY_FIRST_PURCHASE ? DayNumber(first) : repeated;
}

static inline bool
CountsDays(TallyKind kind)
{
	return kind == TALLY_PURCHASES || kind == TALLY_FIRST_PURCHASE || kind == TALLY_REPEAT_AMOUNT;
}

/* Fill the tallies made of purchase days, and forget the purchases */
void
CountPurchaseDays(Ledger *ledger)
{
	PurchaseDays *days = ledger->purchase_days;
	int64		first = 0;

	qsort(days->purchases, days->npurchases, sizeof(Purchase), ComparePurchases);
	for (int64 i = 1; i <= days->npurchases; i++)
	{
		if (i < days->npurchases && days->purchases[i].member == days->purchases[first].member)
			continue;
		for (int tally = 0; tally < ledger->totals.ntallies; tally++)
			if (CountsDays(ledger->totals.tallies[tally].kind))
				CountDays(ledger, days->purchases + first, i - first, tally);
		first = i;
	}
	pfree(days->purchases);
	pfree(days);
	ledger->purchase_days = NULL;
}
