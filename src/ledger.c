/*
 * Adding up the log for the questions of questionnaires.
 *
 * One pass over the log serves all questionnaires. A row goes to the figures of one
 * customer (or vendor), and of its company and person where interactions are counted.
 * Contacts are addressed directly, figures are whole numbers of 128 bits (quotient.c):
 * PostgreSQL's aggregates spend their time on hashing and on numeric.
 *
 * The statement selects all columns, so that the executor hands on the row as it lies
 * in its page: columns are taken out of it only as far as it is looked at.
 *
 * The same code reads the entries of a few contacts again, by the two indexes on company
 * and person. A row then counts for whom the index was asked for.
 */
#include "ledger.h"

#include "catalog/pg_type.h"
#include "executor/tuptable.h"

#include "interaction_log.h"
#include "purchase_days.h"
#include "settlement.h"

#define QUEUE_LENGTH 32
#define CACHE_LINE 64

typedef struct Document Document;

/* What a document is in the ledger, by its type */
typedef struct Purpose
{
	char	   *name;
	int			length;
	Side		side;
	bool		is_invoice;
	bool		is_credit_memo;
	bool		is_payment;
} Purpose;

/* A pass over the log */
typedef struct Reading
{
	List	   *ledgers;
	Credit		credit;			/* CREDIT_BOTH: of all contacts, else of those that are changing */
	int			npurposes;
	Purpose    *purposes;
	int32	   *partner_source; /* by source */
	int			nsources;
} Reading;

/* A row of the log */
typedef struct Entry
{
	TupleTableSlot *slot;
	const Purpose *purpose;		/* NULL if it is no document of the ledger */
} Entry;

/* A document of the ledger, taken out of its row */
struct Document
{
	int32		member;
	const Purpose *purpose;
	int			sign;			/* -1 for what reverses a document */
	DateADT		date;
	DateADT		due_date;		/* DATEVAL_NOBEGIN: none */
	DateADT		closed_date;
	bool		is_open;
	int128		amount;
	int128		profit;
	int128		discount;
	int128		open_amount;
	char	   *document_no;	/* of a closed invoice without closing date */
	int64		interaction_id;
};

/*
 * Planning
 */

static int
FindTally(Totals *totals, TallyKind kind, Side side, DateADT from, DateADT to)
{
	int			i = 0;

	while (i < totals->ntallies &&
		   !(totals->tallies[i].kind == kind && totals->tallies[i].side == side &&
			 totals->tallies[i].from == from && totals->tallies[i].to == to))
		i++;
	if (i == totals->ntallies)
	{
		totals->ntallies++;
		totals->tallies = repalloc(totals->tallies, totals->ntallies * sizeof(Tally));
		totals->tallies[i] = (Tally) {kind, side, from, to};
	}
	return i;
}

static void
PlanQuestion(Totals *totals, Question *question)
{
	const Measure *measure = question->measure;
	const Period *period = &question->period;

	for (int i = 0; measure && i < measure->ntallies; i++)
	{
		bool		previous = measure->two_periods && i == measure->ntallies - 1;
		int			back = previous ? PeriodDays(period) : 0;

		question->tallies[i] = FindTally(totals, measure->tallies[i], measure->side, period->from - back, period->to - back);
	}
}

/* Which figures the questions need; those that several need are added up once */
void
PlanTotals(Ledger *ledger, List *questions, DateADT as_of)
{
	Totals	   *totals = &ledger->totals;
	ListCell   *cell;

	*totals = (Totals) {.memory = CurrentMemoryContext, .as_of = as_of, .tallies = palloc(sizeof(Tally))};
	foreach(cell, questions)
		PlanQuestion(totals, lfirst(cell));

	for (Side side = CUSTOMER_SIDE; side <= CONTACT_SIDE; side++)
	{
		ledger->earliest[side] = DATEVAL_NOEND;
		ledger->latest[side] = DATEVAL_NOBEGIN;
	}
	for (int i = 0; i < totals->ntallies; i++)
	{
		const Tally *tally = &totals->tallies[i];

		ledger->earliest[tally->side] = Min(ledger->earliest[tally->side], tally->from);
		ledger->latest[tally->side] = Max(ledger->latest[tally->side], tally->to);
	}
}

bool
HasTally(const Ledger *ledger, TallyKind kind)
{
	for (int i = 0; i < ledger->totals.ntallies; i++)
		if (ledger->totals.tallies[i].kind == kind)
			return true;
	return false;
}

/* A figure of a member, which gets a row if it has none */
int128 *
FigureToChange(Totals *totals, Member *member, int tally)
{
	if (member->totals == NO_MEMBER)
	{
		if (totals->nrows == totals->capacity)
		{
			Size		row = totals->ntallies * sizeof(int128);

			totals->capacity = totals->capacity * 5 / 4 + 256;
			totals->figures = totals->figures ? repalloc_huge(totals->figures, totals->capacity * row) :
				MemoryContextAllocHuge(totals->memory, totals->capacity * row);
		}
		member->totals = totals->nrows++;
		memset(&totals->figures[(int64) member->totals * totals->ntallies], 0, totals->ntallies * sizeof(int128));
	}
	return &totals->figures[(int64) member->totals * totals->ntallies + tally];
}

/*
 * Customers and vendors get their rows in the order of the members, so that whoever goes through the members goes
 * through memory in order; the figures of other contacts come as they are found.
 */
static void
ReserveRows(Ledger *ledger)
{
	Population *population = ledger->population;
	int			flags = (ledger->latest[CUSTOMER_SIDE] != DATEVAL_NOBEGIN ? IS_CUSTOMER : 0) |
		(ledger->latest[VENDOR_SIDE] != DATEVAL_NOBEGIN ? IS_VENDOR : 0);
	int32		n = 0;

	for (int32 i = 0; i < population->nmembers; i++)
		n += (population->members[i].flags & flags) != 0;
	ledger->totals.capacity = n;
	if (n > 0)
		ledger->totals.figures = MemoryContextAllocHuge(ledger->totals.memory,
														(Size) ledger->totals.capacity * ledger->totals.ntallies * sizeof(int128));
	for (int32 i = 0; i < population->nmembers; i++)
		if (population->members[i].flags & flags)
			FigureToChange(&ledger->totals, &population->members[i], 0);
}

/*
 * Columns of a row
 */

static inline bool
IsNull(const Entry *entry, LogColumn column)
{
	return entry->slot->tts_isnull[column - 1];
}

static inline Datum
Value(const Entry *entry, LogColumn column)
{
	return entry->slot->tts_values[column - 1];
}

static inline int64
Id(const Entry *entry, LogColumn column)
{
	return IsNull(entry, column) ? 0 : DatumGetInt64(Value(entry, column));
}

static inline DateADT
Date(const Entry *entry, LogColumn column)
{
	return IsNull(entry, column) ? DATEVAL_NOBEGIN : DatumGetDateADT(Value(entry, column));
}

static inline int128
Money(const Entry *entry, LogColumn column)
{
	return IsNull(entry, column) ? 0 : NumericUnits(Value(entry, column), MONEY_SCALE);
}

static char *
Text(const Entry *entry, LogColumn column)
{
	return IsNull(entry, column) ? NULL : TextDatumGetCString(Value(entry, column));
}

/*
 * Purposes and sources
 */

static void
ReadPurposes(Reading *reading)
{
	static Statement read = {
		.sql = "SELECT purpose, side, ledger_type FROM crm_data.interaction_purpose"
		" WHERE ledger_type IS NOT NULL AND side IN ('sales', 'service', 'purchase') ORDER BY purpose_no"
	};

	reading->npurposes = RunAsSeen(&read, NULL, NULL);
	reading->purposes = palloc0(reading->npurposes * sizeof(Purpose));
	for (int i = 0; i < reading->npurposes; i++)
	{
		Purpose    *purpose = &reading->purposes[i];
		char	   *ledger_type = ResultText(i, 3);

		purpose->name = ResultText(i, 1);
		purpose->length = strlen(purpose->name);
		purpose->side = strcmp(ResultText(i, 2), "purchase") == 0 ? VENDOR_SIDE : CUSTOMER_SIDE;
		purpose->is_invoice = strcmp(ledger_type, "invoice") == 0;
		purpose->is_credit_memo = strcmp(ledger_type, "credit memo") == 0;
		purpose->is_payment = strcmp(ledger_type, "payment") == 0;
	}
}

static void
ReadPartnerSources(Reading *reading)
{
	static Statement read = {
		.sql = "SELECT source_id, partner_source_id FROM crm_data.source WHERE partner_source_id IS NOT NULL ORDER BY source_id DESC"
	};
	int			nrows = RunAsSeen(&read, NULL, NULL);
	bool		isnull;

	reading->nsources = nrows == 0 ? 0 : DatumGetInt32(ResultValue(0, 1, &isnull)) + 1;
	reading->partner_source = palloc0(Max(reading->nsources, 1) * sizeof(int32));
	for (int i = 0; i < nrows; i++)
		reading->partner_source[DatumGetInt32(ResultValue(i, 1, &isnull))] = DatumGetInt32(ResultValue(i, 2, &isnull));
}

static const Purpose *
FindPurpose(const Reading *reading, const Entry *entry)
{
	struct varlena *type;
	int			length;

	if (IsNull(entry, LOG_DOCUMENT_TYPE))
		return NULL;
	type = (struct varlena *) DatumGetPointer(Value(entry, LOG_DOCUMENT_TYPE));
	length = VARSIZE_ANY_EXHDR(type);
	for (int i = 0; i < reading->npurposes; i++)
		if (reading->purposes[i].length == length && memcmp(reading->purposes[i].name, VARDATA_ANY(type), length) == 0)
			return &reading->purposes[i];
	return NULL;
}

/*
 * Whose entry it is
 */

static bool
IsOwnCard(const Reading *reading, const OwnCard *card, const Entry *entry)
{
	int32		source_id = IsNull(entry, LOG_SOURCE_ID) ? 0 : DatumGetInt32(Value(entry, LOG_SOURCE_ID));
	char	   *partner_key = Text(entry, LOG_PARTNER_KEY);

	return card && partner_key && source_id < reading->nsources &&
		reading->partner_source[source_id] == card->source_id && strcmp(partner_key, card->card_key) == 0;
}

/*
 * The customer (vendor): the company, but the person if only he is one, or if the document is on his own card.
 * NO_MEMBER if it is none whose figures are wanted.
 */
static int32
PartnerOf(const Reading *reading, const Population *population, const Entry *entry)
{
	Side		side = entry->purpose->side;
	int			flag = side == CUSTOMER_SIDE ? IS_CUSTOMER : IS_VENDOR;
	int64		company_id = Id(entry, LOG_COMPANY_ID);
	int64		contact_id = Id(entry, LOG_CONTACT_ID);
	int32		company = company_id ? FindMember(population, company_id) : NO_MEMBER;
	int32		partner = company;
	Credit		credit = CREDIT_COMPANY;

	if (contact_id && contact_id != company_id)
	{
		int32		person = FindMember(population, contact_id);
		bool		company_is_one = company != NO_MEMBER && (population->members[company].flags & flag);

		if (person != NO_MEMBER && (population->members[person].flags & flag) &&
			(!company_is_one || IsOwnCard(reading, FindOwnCard(population, contact_id, side), entry)))
		{
			partner = person;
			credit = CREDIT_PERSON;
		}
	}
	if (partner == NO_MEMBER || !(population->members[partner].flags & flag))
		return NO_MEMBER;
	if (reading->credit == CREDIT_BOTH)
		return partner;
	return reading->credit == credit && (population->members[partner].flags & IS_CHANGING) ? partner : NO_MEMBER;
}

/*
 * Adding up
 */

/* Days overdue when it was closed; early and on time is 0, and so is an invoice without due date (C15, V2) */
static void
AddOverdue(Ledger *ledger, const Document *document, int tally, int128 *figure)
{
	if (document->due_date == DATEVAL_NOBEGIN)
		return;
	if (document->closed_date > document->due_date)
		*figure += document->sign * ((int128) document->closed_date - document->due_date);
	else if (document->document_no)
		AwaitPayment(ledger->settlements, document->member, document->document_no, tally, document->due_date);
}

/* What an invoice adds besides what every document does; one that is reversed counts no more */
static void
AddInvoice(Ledger *ledger, const Document *document, int tally, int128 *figure)
{
	switch (ledger->totals.tallies[tally].kind)
	{
		case TALLY_INVOICES:
			*figure += document->sign;
			break;
		case TALLY_INVOICED:
			*figure = AddExactly(*figure, document->amount);
			break;
		case TALLY_LAST_INVOICE:
			if (document->sign > 0)
				*figure = Max(*figure, DayNumber(document->date));
			break;
		case TALLY_OPEN_OVERDUE:
			*figure = AddExactly(*figure, document->open_amount);
			break;
		case TALLY_CLOSED:
			if (!document->is_open)
				*figure += document->sign;
			break;
		case TALLY_OVERDUE_DAYS:
			if (!document->is_open)
				AddOverdue(ledger, document, tally, figure);
			break;
		default:
			break;
	}
}

static void
AddToTally(Ledger *ledger, const Document *document, int tally)
{
	int128	   *figure = FigureToChange(&ledger->totals, &ledger->population->members[document->member], tally);

	switch (ledger->totals.tallies[tally].kind)
	{
		case TALLY_AMOUNT:
			*figure = AddExactly(*figure, document->amount);
			break;
		case TALLY_PROFIT:
			*figure = AddExactly(*figure, document->profit);
			break;
		case TALLY_DISCOUNT:
			*figure = AddExactly(*figure, document->discount);
			break;
		case TALLY_RETURNED:
			if (document->purpose->is_credit_memo)
				*figure = AddExactly(*figure, -document->amount);
			break;
		default:
			if (document->purpose->is_invoice)
				AddInvoice(ledger, document, tally, figure);
			break;
	}
}

/* Whether a figure is one of the question whose entries are asked for */
static bool
IsTraced(const Ledger *ledger, int tally)
{
	for (int i = 0; ledger->traced && i < ledger->traced->measure->ntallies; i++)
		if (ledger->traced->tallies[i] == tally)
			return true;
	return false;
}

static void
AddDocument(Ledger *ledger, const Document *document)
{
	const Totals *totals = &ledger->totals;
	Side		side = document->purpose->side;

	for (int i = 0; i < totals->ntallies; i++)
	{
		const Tally *tally = &totals->tallies[i];

		if (tally->side != side || document->date < tally->from || document->date > tally->to)
			continue;
		AddToTally(ledger, document, i);
		if (IsTraced(ledger, i))
			AddId(ledger->trace, document->interaction_id);
	}
	if (ledger->purchase_days && side == CUSTOMER_SIDE && document->purpose->is_invoice && document->sign > 0)
		AddPurchase(ledger->purchase_days, document->member, document->date, document->amount);
}

static void
AddQueued(Ledger *ledger)
{
	for (int i = 0; i < ledger->nqueued; i++)
		AddDocument(ledger, &ledger->queue[i]);
	ledger->nqueued = 0;
}

/*
 * Documents wait in a queue while the memory comes near that their figures are in: the figures of one
 * contact after another lie anywhere, and waiting for each of them would take most of the time.
 */
static Document *
NextInQueue(Ledger *ledger, int32 index)
{
	const Member *member = &ledger->population->members[index];
	const Totals *totals = &ledger->totals;

	if (ledger->nqueued == QUEUE_LENGTH)
		AddQueued(ledger);
	if (member->totals != NO_MEMBER)
	{
		const char *figures = (const char *) &totals->figures[(int64) member->totals * totals->ntallies];

		for (Size i = 0; i < totals->ntallies * sizeof(int128); i += CACHE_LINE)
			__builtin_prefetch(figures + i, 1);
	}
	return &ledger->queue[ledger->nqueued++];
}

static int128
OpenAmount(const Ledger *ledger, const Entry *entry, const Document *document)
{
	if (!document->is_open || document->due_date == DATEVAL_NOBEGIN || document->due_date >= ledger->totals.as_of)
		return 0;
	return IsNull(entry, LOG_REMAINING_AMOUNT) ? document->amount : Money(entry, LOG_REMAINING_AMOUNT);
}

static void
QueueDocument(Ledger *ledger, const Entry *entry, int32 member)
{
	Document   *document = NextInQueue(ledger, member);

	document->member = member;
	document->purpose = entry->purpose;
	document->sign = IsNull(entry, LOG_REVERSAL_OF) ? 1 : -1;
	document->date = Date(entry, LOG_POSTING_DATE);
	document->due_date = Date(entry, LOG_DUE_DATE);
	document->closed_date = Date(entry, LOG_CLOSED_DATE);
	document->is_open = IsNull(entry, LOG_CLOSED_DATE) && (IsNull(entry, LOG_REMAINING_AMOUNT) || Money(entry, LOG_REMAINING_AMOUNT) != 0);
	document->amount = Money(entry, LOG_AMOUNT);
	document->profit = Money(entry, LOG_PROFIT);
	document->discount = Money(entry, LOG_DISCOUNT);
	document->open_amount = OpenAmount(ledger, entry, document);
	document->document_no = ledger->settlements && !document->is_open && IsNull(entry, LOG_CLOSED_DATE) ? Text(entry, LOG_DOCUMENT_NO) : NULL;
	document->interaction_id = Id(entry, LOG_INTERACTION_ID);
}

static void
NotePayment(Ledger *ledger, int32 member, const Entry *entry)
{
	if (entry->purpose->is_payment && !IsNull(entry, LOG_CLOSED_BY_DOCUMENT_NO) && !IsNull(entry, LOG_CLOSED_DATE))
		AddPayment(ledger->settlements, member, Text(entry, LOG_CLOSED_BY_DOCUMENT_NO),
				   Id(entry, LOG_INTERACTION_ID), Date(entry, LOG_CLOSED_DATE));
}

/* A document of the ledger; payments count for their invoices whenever they were made */
static void
AddToPartner(const Reading *reading, Ledger *ledger, const Entry *entry)
{
	Side		side = entry->purpose->side;
	DateADT		date = Date(entry, LOG_POSTING_DATE);
	bool		in_time = date >= ledger->earliest[side] && date <= ledger->latest[side];
	int32		member;

	if (!in_time && !(entry->purpose->is_payment && ledger->settlements))
		return;
	member = PartnerOf(reading, ledger->population, entry);
	if (member == NO_MEMBER)
		return;

	slot_getsomeattrs(entry->slot, LOG_CLOSED_BY_DOCUMENT_NO);
	if (in_time)
		QueueDocument(ledger, entry, member);
	if (ledger->settlements)
		NotePayment(ledger, member, entry);
}

static void
AddInteraction(Ledger *ledger, int32 member, const Entry *entry)
{
	Totals	   *totals = &ledger->totals;
	DateADT		date = Date(entry, LOG_INTERACTION_DATE);

	for (int i = 0; i < totals->ntallies; i++)
	{
		const Tally *tally = &totals->tallies[i];
		int128	   *figure;

		if (tally->side != CONTACT_SIDE || date < tally->from || date > tally->to)
			continue;
		figure = FigureToChange(totals, &ledger->population->members[member], i);
		if (tally->kind == TALLY_INTERACTIONS)
			(*figure)++;
		else if (tally->kind == TALLY_COST)
			*figure = AddExactly(*figure, Money(entry, LOG_COST));
		else if (tally->kind == TALLY_DURATION)
			*figure = AddExactly(*figure, Money(entry, LOG_DURATION_MINUTES));
		else if (tally->kind == TALLY_LAST_INTERACTION)
			*figure = Max(*figure, DayNumber(date));
		if (IsTraced(ledger, i))
			AddId(ledger->trace, Id(entry, LOG_INTERACTION_ID));
	}
}

/* Its company and its person, each for itself; in a second reading, those that are changing */
static int
MembersOf(const Population *population, Credit credit, int64 company_id, int64 contact_id, int32 *members)
{
	int32		company = (credit & CREDIT_COMPANY) && company_id ? FindMember(population, company_id) : NO_MEMBER;
	int32		person = (credit & CREDIT_PERSON) && contact_id && contact_id != company_id ?
		FindMember(population, contact_id) : NO_MEMBER;
	int			n = 0;

	if (company != NO_MEMBER && (credit == CREDIT_BOTH || (population->members[company].flags & IS_CHANGING)))
		members[n++] = company;
	if (person != NO_MEMBER && (credit == CREDIT_BOTH || (population->members[person].flags & IS_CHANGING)))
		members[n++] = person;
	return n;
}

static void
AddToContacts(const Reading *reading, Ledger *ledger, const Entry *entry)
{
	DateADT		date = Date(entry, LOG_INTERACTION_DATE);
	int32		members[2];
	int			n;

	if (date < ledger->earliest[CONTACT_SIDE] || date > ledger->latest[CONTACT_SIDE])
		return;
	n = MembersOf(ledger->population, reading->credit, Id(entry, LOG_COMPANY_ID), Id(entry, LOG_CONTACT_ID), members);
	for (int i = 0; i < n; i++)
		AddInteraction(ledger, members[i], entry);
}

/* What counts is said in the views crm.sales_entry and crm.purchase_entry, and in domain/2 C20 */
static void
ReadEntry(TupleTableSlot *slot, void *argument)
{
	Reading    *reading = argument;
	Entry		entry = {.slot = slot};
	bool		canceled;
	ListCell   *cell;

	slot_getsomeattrs(slot, LOG_POSTING_DATE);
	if (DatumGetBool(Value(&entry, LOG_POSTPONED)))
		return;
	canceled = DatumGetBool(Value(&entry, LOG_CANCELED));
	if (!canceled || DatumGetBool(Value(&entry, LOG_POSTED)))
		entry.purpose = FindPurpose(reading, &entry);

	foreach(cell, reading->ledgers)
	{
		if (entry.purpose)
			AddToPartner(reading, lfirst(cell), &entry);
		if (!canceled)
			AddToContacts(reading, lfirst(cell), &entry);
	}
}

/*
 * Opportunities
 */

static void
ReadClosedOpportunity(TupleTableSlot *slot, void *argument)
{
	Reading    *reading = argument;
	Ledger	   *ledger = linitial(reading->ledgers);
	int32		members[2];
	int			n;

	slot_getallattrs(slot);
	n = MembersOf(ledger->population, reading->credit, SlotId(slot, 0), SlotId(slot, 1), members);
	for (int i = 0; i < n; i++)
		for (int j = 0; j < ledger->totals.ntallies; j++)
		{
			const Tally *tally = &ledger->totals.tallies[j];
			DateADT		date = DatumGetDateADT(slot->tts_values[2]);
			TallyKind	kind = DatumGetBool(slot->tts_values[3]) ? TALLY_WON : TALLY_LOST;

			if (tally->kind == kind && date >= tally->from && date <= tally->to)
				(*FigureToChange(&ledger->totals, &ledger->population->members[members[i]], j))++;
		}
}

#define OPPORTUNITIES "SELECT company_id, contact_id, estimated_close_date, action_taken = 'won' FROM crm_data.opportunity_entry" \
	" WHERE active AND action_taken IN ('won', 'lost') AND estimated_close_date IS NOT NULL"

static void
ReadOpportunities(Reading *reading, Ledger *ledger, Datum *contact_ids)
{
	static Statement all = {.sql = OPPORTUNITIES};
	static Statement of_contacts = {
		.sql = OPPORTUNITIES " AND (company_id = ANY ($1) AND $2 OR contact_id = ANY ($1) AND NOT $2)",
		.nargs = 2, .argtypes = {INT8ARRAYOID, BOOLOID}
	};
	Reading		opportunities = *reading;

	opportunities.ledgers = list_make1(ledger);
	if (!HasTally(ledger, TALLY_WON))
		return;
	if (contact_ids == NULL)
		StreamStatement(&all, NULL, ReadClosedOpportunity, &opportunities);
	else
		StreamStatement(&of_contacts, (Datum[]) {*contact_ids, BoolGetDatum(reading->credit == CREDIT_COMPANY)},
						ReadClosedOpportunity, &opportunities);
}

/*
 * Reading
 */

static void
BeginCollecting(Ledger *ledger)
{
	if (ledger->queue == NULL)
		ledger->queue = MemoryContextAlloc(ledger->totals.memory, QUEUE_LENGTH * sizeof(Document));
	ledger->nqueued = 0;
	if (HasTally(ledger, TALLY_OVERDUE_DAYS))
		ledger->settlements = CollectSettlements();
	if (HasTally(ledger, TALLY_PURCHASES))
		ledger->purchase_days = CollectPurchaseDays();
}

static void
EndCollecting(Ledger *ledger)
{
	AddQueued(ledger);
	if (ledger->settlements)
		SettleInvoices(ledger);
	if (ledger->purchase_days)
		CountPurchaseDays(ledger);
}

#define LOG_ENTRIES "SELECT i.* FROM crm_data.interaction AS i"

/* Add up the whole log for all questionnaires at once */
void
ReadLedgers(List *ledgers)
{
	static Statement read = {.sql = LOG_ENTRIES};
	Reading		reading = {.ledgers = ledgers, .credit = CREDIT_BOTH};
	ListCell   *cell;

	ReadPurposes(&reading);
	ReadPartnerSources(&reading);
	foreach(cell, ledgers)
	{
		ReserveRows(lfirst(cell));
		BeginCollecting(lfirst(cell));
	}
	StreamStatement(&read, NULL, ReadEntry, &reading);
	foreach(cell, ledgers)
	{
		EndCollecting(lfirst(cell));
		ReadOpportunities(&reading, lfirst(cell), NULL);
	}
}

static void
ClearChanging(Ledger *ledger)
{
	Totals	   *totals = &ledger->totals;

	for (int i = 0; i < ledger->population->nchanging; i++)
	{
		const Member *member = &ledger->population->members[ledger->population->changing[i]];

		if (member->totals != NO_MEMBER)
			memset(&totals->figures[(int64) member->totals * totals->ntallies], 0, totals->ntallies * sizeof(int128));
	}
}

/* Add up the entries of the contacts again that are changing, all of contact_ids (bigint[]) */
void
ReadChangingEntries(Ledger *ledger, Datum contact_ids)
{
	static Statement of_companies = {.sql = LOG_ENTRIES " WHERE company_id = ANY ($1)", .nargs = 1, .argtypes = {INT8ARRAYOID}};
	static Statement of_persons = {
		.sql = LOG_ENTRIES " WHERE contact_id = ANY ($1) AND contact_id IS DISTINCT FROM company_id", .nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	Reading		reading = {.ledgers = list_make1(ledger)};

	ReadPurposes(&reading);
	ReadPartnerSources(&reading);
	ClearChanging(ledger);
	BeginCollecting(ledger);
	reading.credit = CREDIT_COMPANY;
	StreamStatement(&of_companies, &contact_ids, ReadEntry, &reading);
	ReadOpportunities(&reading, ledger, &contact_ids);
	reading.credit = CREDIT_PERSON;
	StreamStatement(&of_persons, &contact_ids, ReadEntry, &reading);
	ReadOpportunities(&reading, ledger, &contact_ids);
	EndCollecting(ledger);
}
