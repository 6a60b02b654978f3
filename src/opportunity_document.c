/*
 * Sales documents of opportunities (domain/2 section 6.11): the quote gives an opportunity its value, the order wins
 * it, and a deleted order loses it again.
 *
 * Writing the log notes an event for each document that names an opportunity; nothing else pays anything. When the log
 * is written, each event brings its opportunity to what the log says now, so an event may come twice, late or by
 * replaying a problem. Documents that vanish come first, then quotes, orders and invoices: a document can move from
 * one opportunity to another, and history is told in its order.
 *
 * Whatever is wrong with the opportunity becomes a row of crm.posting_problem; the document is in the log all the same.
 *
 * Lock order: the log's row, then its opportunity. A posting never waits for somebody who works on an opportunity, nor for
 * another posting: one that is locked (NOWAIT) is a problem of the document, which replaying settles when the other one is
 * done. What is locked along with it - tasks, foreign keys, tables - is waited for a moment only. So postings need no order
 * among opportunities, and cannot be part of a deadlock. Users who link documents by hand do wait.
 */
#include "opportunity_document.h"
#include "guard.h"
#include "opportunity_entry.h"
#include "problem.h"

#include "catalog/pg_type.h"

/* The opportunity of an event, as it is now, locked */
typedef struct Opportunity
{
	const DocumentEvent *event;
	char	   *status;
	char	   *linked_type;	/* of the document that it is linked with; NULL if there is none */
	char	   *linked_no;
	bool		linked_here;	/* ... with the document of the event */
} Opportunity;

/*
 * Noting
 */

DocumentEventKind
EventOfType(const char *document_type)
{
	if (strcmp(document_type, "sales quote") == 0)
		return QUOTE_POSTED;
	if (strcmp(document_type, "sales order") == 0)
		return ORDER_POSTED;
	if (strcmp(document_type, "sales invoice") == 0)
		return INVOICE_POSTED;
	return NO_EVENT;
}

/* What an entry says as long as it stands; there may be none */
static DocumentEventKind
EventOfEntry(const LogEntry *entry)
{
	if (entry == NULL || entry->isnull[LOG_OPPORTUNITY_NO] || entry->isnull[LOG_DOCUMENT_TYPE] ||
		!DatumGetBool(entry->values[LOG_POSTED]))
		return NO_EVENT;
	return EventOfType(TextDatumGetCString(entry->values[LOG_DOCUMENT_TYPE]));
}

static DocumentEvent *
MakeEvent(DocumentEventKind kind, const LogEntry *entry)
{
	DocumentEvent *event = palloc0(sizeof(DocumentEvent));

	event->kind = kind;
	event->opportunity_no = TextDatumGetCString(entry->values[LOG_OPPORTUNITY_NO]);
	event->source_id = DatumGetInt32(entry->values[LOG_SOURCE_ID]);
	event->document_key = TextDatumGetCString(entry->values[LOG_DOCUMENT_KEY]);
	return event;
}

static bool
SameOpportunity(const LogEntry *a, const LogEntry *b)
{
	return strcmp(TextDatumGetCString(a->values[LOG_OPPORTUNITY_NO]), TextDatumGetCString(b->values[LOG_OPPORTUNITY_NO])) == 0;
}

/*
 * Add what it means that an entry became another, that it came (no old one), or that its document is gone (no new one).
 * A quote that turns into an order is not gone: the order takes its place. The events live in the current memory context.
 */
List *
NoteDocumentEvents(List *events, const LogEntry *old_entry, const LogEntry *new_entry)
{
	DocumentEventKind was = EventOfEntry(old_entry);
	DocumentEventKind is = EventOfEntry(new_entry);
	bool		stays = was != NO_EVENT && is != NO_EVENT && SameOpportunity(old_entry, new_entry);
	bool		ordered = stays && was == QUOTE_POSTED && is == ORDER_POSTED;

	if (was != NO_EVENT && !ordered && !(stays && was == is))
		events = lappend(events, MakeEvent(DOCUMENT_GONE, old_entry));
	if (is != NO_EVENT)
	{
		DocumentEvent *event = MakeEvent(is, new_entry);

		event->known = stays && was == is;
		if (ordered && !old_entry->isnull[LOG_AMOUNT])
			event->quote_amount = DatumGetNumericCopy(old_entry->values[LOG_AMOUNT]);
		events = lappend(events, event);
	}
	return events;
}

/*
 * Add that the opportunity which is linked with a document has lost it, where the log says so: when that happened it could
 * not be settled.
 */
List *
NoteStaleLink(List *events, int32 source_id, const char *document_key)
{
	static Statement find_stale = {
		.sql = "SELECT opportunity_no FROM crm_data.opportunity AS o WHERE source_id = $1 AND document_key = $2 AND NOT EXISTS"
		" (SELECT FROM crm_data.interaction AS i WHERE i.posted AND i.source_id = $1 AND i.document_key = $2 AND i.opportunity_no = o.opportunity_no)",
		.nargs = 2,.argtypes = {INT4OID, TEXTOID}
	};
	MemoryContext caller = CurrentMemoryContext;
	CrmScope	scope = EnterCrm();
	Datum		values[2] = {Int32GetDatum(source_id), CStringGetTextDatum(document_key)};

	if (RunAtPresent(&find_stale, values, NULL) > 0)
	{
		DocumentEvent *event = MemoryContextAllocZero(caller, sizeof(DocumentEvent));

		event->kind = DOCUMENT_GONE;
		event->opportunity_no = MemoryContextStrdup(caller, ResultText(0, 1));
		event->source_id = source_id;
		event->document_key = MemoryContextStrdup(caller, document_key);
		MemoryContextSwitchTo(caller);
		events = lappend(events, event);
	}
	LeaveCrm(scope);
	MemoryContextSwitchTo(caller);
	return events;
}

/*
 * Reading
 */

static Datum
OpportunityNo(const Opportunity *opportunity)
{
	return CStringGetTextDatum(opportunity->event->opportunity_no);
}

static bool
HasStatus(const Opportunity *opportunity, const char *status)
{
	return strcmp(opportunity->status, status) == 0;
}

static bool
LinkedWith(const Opportunity *opportunity, const char *type)
{
	return opportunity->linked_type && strcmp(opportunity->linked_type, type) == 0;
}

/* $1, $2 and $3 of statements about an event */
static void
SetArguments(Datum *values, const DocumentEvent *event)
{
	values[0] = CStringGetTextDatum(event->opportunity_no);
	values[1] = Int32GetDatum(event->source_id);
	values[2] = CStringGetTextDatum(event->document_key);
}

#define LOCK_OPPORTUNITY "SELECT status, sales_document_type, sales_document_no, (source_id, document_key) = ($2, $3)" \
	" FROM crm_data.opportunity WHERE opportunity_no = $1 FOR UPDATE"

/* false if there is no such opportunity */
static bool
LockOpportunity(const DocumentEvent *event, bool wait, Opportunity *opportunity)
{
	static Statement lock_opportunity = {
		.sql = LOCK_OPPORTUNITY,
		.nargs = 3,.argtypes = {TEXTOID, INT4OID, TEXTOID}
	};
	static Statement try_opportunity = {
		.sql = LOCK_OPPORTUNITY " NOWAIT",
		.nargs = 3,.argtypes = {TEXTOID, INT4OID, TEXTOID}
	};
	Datum		values[3];

	SetArguments(values, event);
	if (WriteAtPresent(wait ? &lock_opportunity : &try_opportunity, values, NULL) == 0)
		return false;
	opportunity->event = event;
	opportunity->status = ResultText(0, 1);
	opportunity->linked_type = ResultText(0, 2);
	opportunity->linked_no = ResultText(0, 3);
	opportunity->linked_here = ResultTrue(0, 4);
	return true;
}

/* Is it linked with another document that is posted? A statement of its own: the one that waits for the lock sees the log as it was before */
static bool
LinkedElsewhere(const Opportunity *opportunity)
{
	static Statement find_other = {
		.sql = "SELECT FROM crm_data.opportunity JOIN crm_data.interaction AS i USING (source_id, document_key)"
		" WHERE opportunity.opportunity_no = $1 AND i.posted AND (source_id, document_key) <> ($2, $3)",
		.nargs = 3,.argtypes = {TEXTOID, INT4OID, TEXTOID}
	};
	Datum		values[3];

	SetArguments(values, opportunity->event);
	return RunAtPresent(&find_other, values, NULL) > 0;
}

/* Is the document that an event is about in the log, as this type and with this opportunity? Its number and so on are the result. */
static bool
ReadDocumentNow(const DocumentEvent *event, const char *document_type)
{
	static Statement select_document = {
		.sql = "SELECT source_id, document_key, coalesce(document_no, document_key), posting_date, coalesce(amount, 0) FROM crm_data.interaction"
		" WHERE opportunity_no = $1 AND source_id = $2 AND document_key = $3 AND posted AND document_type = $4",
		.nargs = 4,.argtypes = {TEXTOID, INT4OID, TEXTOID, TEXTOID}
	};
	Datum		values[4] = {[3] = CStringGetTextDatum(document_type)};

	SetArguments(values, event);
	return RunAtPresent(&select_document, values, NULL) > 0;
}

/*
 * Writing
 */

static void
SetLink(const Opportunity *opportunity, const char *type, const char *document_no, int32 source_id, const char *document_key)
{
	static Statement update_link = {
		.sql = "UPDATE crm_data.opportunity SET sales_document_type = $2, sales_document_no = $3, source_id = $4, document_key = $5"
		" WHERE opportunity_no = $1"
		" AND (sales_document_type, sales_document_no, source_id, document_key) IS DISTINCT FROM ($2, $3, $4, $5)",
		.nargs = 5,.argtypes = {TEXTOID, TEXTOID, TEXTOID, INT4OID, TEXTOID}
	};
	Datum		values[5] = {OpportunityNo(opportunity)};
	bool		isnull[5] = {false, type == NULL, type == NULL, type == NULL, type == NULL};

	if (type)
	{
		values[1] = CStringGetTextDatum(type);
		values[2] = CStringGetTextDatum(document_no);
		values[3] = Int32GetDatum(source_id);
		values[4] = CStringGetTextDatum(document_key);
	}
	WriteOpportunity(&update_link, values, isnull);
}

static void
ClearLink(const Opportunity *opportunity)
{
	SetLink(opportunity, NULL, NULL, 0, NULL);
}

/* Link with the document that was just read */
static void
LinkRead(const Opportunity *opportunity, const char *type)
{
	bool		isnull;

	SetLink(opportunity, type, ResultText(0, 3), DatumGetInt32(ResultValue(0, 1, &isnull)), ResultText(0, 2));
}

/* What stands for a won opportunity: its number, total, and whether that can be a value. Ordered as interaction_opportunity_idx is. */
#define SELECT_DOCUMENT "SELECT i.source_id, i.document_key, coalesce(i.document_no, i.document_key), i.amount," \
	" i.amount > 0 FROM crm_data.interaction AS i"
#define OF_TYPE(type) " WHERE i.opportunity_no = $1 AND i.posted AND i.document_type = '" type "'"

static bool
ReadNewestInvoice(const Opportunity *opportunity)
{
	static Statement select_invoice = {
		.sql = SELECT_DOCUMENT OF_TYPE("sales invoice") " ORDER BY i.posting_date DESC, i.interaction_id DESC LIMIT 1",
		.nargs = 1,.argtypes = {TEXTOID}
	};
	Datum		number = OpportunityNo(opportunity);

	return RunAtPresent(&select_invoice, &number, NULL) > 0;
}

/* The order that it is linked with, else the first one */
static bool
ReadOrder(const Opportunity *opportunity)
{
	static Statement select_linked = {
		.sql = SELECT_DOCUMENT " JOIN crm_data.opportunity AS o USING (opportunity_no, source_id, document_key)" OF_TYPE("sales order"),
		.nargs = 1,.argtypes = {TEXTOID}
	};
	static Statement select_first = {
		.sql = SELECT_DOCUMENT OF_TYPE("sales order") " ORDER BY i.posting_date, i.interaction_id LIMIT 1",
		.nargs = 1,.argtypes = {TEXTOID}
	};
	Datum		number = OpportunityNo(opportunity);

	return RunAtPresent(&select_linked, &number, NULL) > 0 || RunAtPresent(&select_first, &number, NULL) > 0;
}

/* A deal is won with more than nothing: what it was won with stays, and the order that was just read has a problem */
static void
RecordWorthless(const Opportunity *opportunity)
{
	const char *opportunity_no = opportunity->event->opportunity_no;
	char	   *document_key = ResultText(0, 2);
	bool		isnull;

	RecordProblem(DatumGetInt32(ResultValue(0, 1, &isnull)), document_key, ERRCODE_CHECK_VIOLATION,
				  psprintf("opportunity \"%s\": the total of order \"%s\" must be greater than 0", opportunity_no, document_key),
				  NULL, "The opportunity keeps the value that it has.");
}

/*
 * The value of a won opportunity is the total of the whole order, however much of it is invoiced. A total that is not
 * greater than 0 is none.
 */
static void
FollowOrderTotal(const Opportunity *opportunity)
{
	static Statement revise = {
		.sql = "SELECT crm_data.revise_entries(ARRAY[$1], $2) FROM crm_data.opportunity_entry"
		" WHERE opportunity_no = $1 AND active AND calcd_current_value <> $2",
		.nargs = 2,.argtypes = {TEXTOID, NUMERICOID}
	};
	Datum		values[2] = {OpportunityNo(opportunity)};
	bool		isnull;

	if (!ReadOrder(opportunity))
		return;
	if (!ResultTrue(0, 5))
	{
		RecordWorthless(opportunity);
		return;
	}
	values[1] = ResultValue(0, 4, &isnull);
	WriteAtPresent(&revise, values, NULL);
}

/*
 * Win the opportunity at the order's date with the total of the quote, else of the order. Stages entered later than
 * that stay where they are: it is won at the last of them. Money is in the opportunity's currency there.
 */
static bool
WinOpportunity(const Opportunity *opportunity)
{
	static Statement win = {
		.sql = "SELECT crm.opportunity_won(e.opportunity_no,"
		"  sales_value => coalesce($4, crm_data.quote_value(e.opportunity_no), $3) / coalesce(e.currency_rate, 1),"
		"  date_of_change => greatest($2, e.date_of_change))"
		" FROM crm_data.opportunity_entry AS e WHERE e.opportunity_no = $1 AND e.active",
		.nargs = 4,.argtypes = {TEXTOID, DATEOID, NUMERICOID, NUMERICOID}
	};
	const DocumentEvent *event = opportunity->event;
	Datum		values[4] = {OpportunityNo(opportunity)};
	bool		isnull[4] = {false, false, false, event->quote_amount == NULL};

	if (!ReadDocumentNow(event, "sales order"))
		return false;
	values[1] = ResultValue(0, 4, &isnull[1]);
	values[2] = ResultValue(0, 5, &isnull[2]);
	values[3] = NumericGetDatum(event->quote_amount);
	WriteAtPresent(&win, values, isnull);
	return true;
}

/* A won opportunity without an order is lost, on what was estimated; for no reason that anybody gave */
static void
LoseOpportunity(const Opportunity *opportunity)
{
	static Statement find = {
		.sql = "SELECT e.opportunity_entry_id, greatest(e.date_of_change, w.work_date) FROM crm.work_date() AS w (work_date)"
		" LEFT JOIN crm_data.opportunity_entry AS e ON e.opportunity_no = $1 AND e.active",
		.nargs = DRAFT_FIELDS,.argtypes = DRAFT_TYPES
	};
	static Statement lose = {
		.sql = "UPDATE crm_data.opportunity SET status = $4, date_closed = $8, sales_document_type = NULL, sales_document_no = NULL,"
		" source_id = NULL, document_key = NULL WHERE opportunity_no = $1",
		.nargs = DRAFT_FIELDS,.argtypes = DRAFT_TYPES
	};
	EntryDraft	draft;

	StartDraft(&draft, NULL, NULL, 0);
	SetDraftText(&draft, OPPORTUNITY_NO, opportunity->event->opportunity_no);
	SetDraftText(&draft, ACTION_TAKEN, "lost");
	draft.values[STAGE] = Int32GetDatum(0);
	draft.isnull[STAGE] = false;
	CheckDraft(&find, &draft);
	draft.values[FORMER_ID] = ResultValue(0, 1, &draft.isnull[FORMER_ID]);
	draft.values[DATE_OF_CHANGE] = ResultValue(0, 2, &draft.isnull[DATE_OF_CHANGE]);
	AppendOpportunityEntry(&draft);
	WriteOpportunity(&lose, draft.values, draft.isnull);
}

/*
 * Complaining: an error here is a problem of the document
 */

static const char *
Noun(const DocumentEvent *event)
{
	static const char *const nouns[] = {
		[QUOTE_POSTED] = "quote",[ORDER_POSTED] = "order",[INVOICE_POSTED] = "invoice"
	};

	return nouns[event->kind];
}

static void
RefuseStatus(const Opportunity *opportunity)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("opportunity \"%s\" of %s \"%s\" is %s", opportunity->event->opportunity_no, Noun(opportunity->event),
					opportunity->event->document_key, opportunity->status),
			 errhint("%s", opportunity->event->kind == INVOICE_POSTED ? "The order wins an opportunity; an invoice does not."
					 : "Documents are linked with opportunities in progress.")));
}

static void
RefuseSecond(const Opportunity *opportunity)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("opportunity \"%s\" of %s \"%s\" is linked with %s \"%s\" already", opportunity->event->opportunity_no,
					Noun(opportunity->event), opportunity->event->document_key, opportunity->linked_type, opportunity->linked_no)));
}

/* A quote of a later day than the end, or logged later on that day; those that were there before stay what they were */
static void
CheckLateQuote(const Opportunity *opportunity)
{
	static Statement is_late = {
		.sql = "SELECT (i.posting_date, i.interaction_at) > (e.date_closed, e.recorded_at)"
		" FROM crm_data.opportunity_entry AS e JOIN crm_data.interaction AS i USING (opportunity_no)"
		" WHERE opportunity_no = $1 AND e.active AND i.source_id = $2 AND i.document_key = $3 AND i.posted",
		.nargs = 3,.argtypes = {TEXTOID, INT4OID, TEXTOID}
	};
	const DocumentEvent *event = opportunity->event;
	Datum		values[3];

	SetArguments(values, event);
	if (!event->known && RunAtPresent(&is_late, values, NULL) > 0 && (event->by_hand || ResultTrue(0, 1)))
		RefuseStatus(opportunity);
}

/*
 * Settling: what an event means for an opportunity of each status
 */

static void
SettleNotStarted(const Opportunity *opportunity)
{
	if (opportunity->event->kind != DOCUMENT_GONE)
		RefuseStatus(opportunity);
	else if (opportunity->linked_here)
		ClearLink(opportunity);
}

static void
SettleWon(const Opportunity *opportunity)
{
	bool		ordered = LinkedWith(opportunity, "order") || LinkedWith(opportunity, "posted invoice");

	switch (opportunity->event->kind)
	{
		case QUOTE_POSTED:
			CheckLateQuote(opportunity);
			return;
		case DOCUMENT_GONE:
			if (!opportunity->linked_here)
				return;
			break;
		case INVOICE_POSTED:
			if (!ordered)
				return;
			break;
		default:
			if (LinkedWith(opportunity, "order") && LinkedElsewhere(opportunity))
				RefuseSecond(opportunity);
	}

	if (ReadNewestInvoice(opportunity))
		LinkRead(opportunity, "posted invoice");
	else if (ReadOrder(opportunity))
		LinkRead(opportunity, "order");
	else if (LinkedWith(opportunity, "order"))
		LoseOpportunity(opportunity);
	else
		ClearLink(opportunity);
	FollowOrderTotal(opportunity);
}

static void
SettleInProgress(const Opportunity *opportunity)
{
	switch (opportunity->event->kind)
	{
		case DOCUMENT_GONE:
			if (opportunity->linked_here)
				ClearLink(opportunity);
			break;
		case QUOTE_POSTED:
			if (LinkedElsewhere(opportunity))
				RefuseSecond(opportunity);
			if (ReadDocumentNow(opportunity->event, "sales quote"))
				LinkRead(opportunity, "quote");
			break;
		case ORDER_POSTED:
			if (WinOpportunity(opportunity))
				SettleWon(opportunity);
			break;
		default:
			RefuseStatus(opportunity);
	}
}

static void
SettleLost(const Opportunity *opportunity)
{
	if (opportunity->event->by_hand)
		RefuseStatus(opportunity);
	switch (opportunity->event->kind)
	{
		case DOCUMENT_GONE:
			if (opportunity->linked_here)
				ClearLink(opportunity);
			break;
		case QUOTE_POSTED:
			CheckLateQuote(opportunity);
			break;
		case ORDER_POSTED:
			ClearLink(opportunity);
			break;
		default:
			if (!opportunity->event->known)
				RefuseStatus(opportunity);
	}
}

/* Bring the opportunity of an event to what the log says; wait for whoever works on it, or let that be an error */
void
SettleEvent(const DocumentEvent *event, bool wait)
{
	CrmScope	scope = EnterCrm();
	Opportunity opportunity;

	if (LockOpportunity(event, wait, &opportunity))
	{
		if (HasStatus(&opportunity, "in progress"))
			SettleInProgress(&opportunity);
		else if (HasStatus(&opportunity, "won"))
			SettleWon(&opportunity);
		else if (HasStatus(&opportunity, "lost"))
			SettleLost(&opportunity);
		else
			SettleNotStarted(&opportunity);
	}
	else if (event->kind != DOCUMENT_GONE)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("opportunity \"%s\" of %s \"%s\" does not exist", event->opportunity_no, Noun(event), event->document_key)));
	LeaveCrm(scope);
}

/*
 * Settling what a statement did. Errors are recorded with the documents that they are about: many events are tried
 * at once, and one by one only if that fails.
 */

#define CHUNK_LENGTH 100

/* How long rows besides an opportunity are waited for, in milliseconds: at first, and in a statement that has waited in vain */
#define PATIENCE 100
#define LITTLE_PATIENCE 10

typedef struct Chunk
{
	DocumentEvent **events;
	int			nevents;
} Chunk;

/* Does what brings the opportunity to its newest invoice do so for both? If it fails, each has its problem. */
static bool
SettledAlike(const DocumentEvent *a, const DocumentEvent *b)
{
	return a->kind == INVOICE_POSTED && b->kind == INVOICE_POSTED && a->known == b->known &&
		strcmp(a->opportunity_no, b->opportunity_no) == 0;
}

/* Guarded */
static void
SettleChunk(void *argument)
{
	Chunk	   *chunk = argument;

	for (int i = 0; i < chunk->nevents; i++)
		if (i == 0 || !SettledAlike(chunk->events[i - 1], chunk->events[i]))
			SettleEvent(chunk->events[i], false);
}

static void
RecordFailure(const DocumentEvent *event, const ErrorData *error)
{
	if (IsLockError(error->sqlerrcode))
		RecordProblem(event->source_id, event->document_key, ERRCODE_LOCK_NOT_AVAILABLE,
					  psprintf("opportunity \"%s\" of document \"%s\" is being changed by somebody else", event->opportunity_no, event->document_key),
					  NULL, "Call crm.replay_problems() when that is done.");
	else
		RecordError(event->source_id, event->document_key, error);
}

static void
SettleGuarded(DocumentEvent **events, int nevents, int *patience)
{
	Chunk		chunk = {.events = events,.nevents = nevents};
	ErrorData  *error;

	if (RunImpatiently(*patience, SettleChunk, &chunk, &error))
		return;
	if (IsLockError(error->sqlerrcode))
		*patience = LITTLE_PATIENCE;
	if (nevents == 1)
		RecordFailure(events[0], error);
	else
		for (int i = 0; i < nevents; i++)
			SettleGuarded(&events[i], 1, patience);
}

/* By kind, those of one opportunity together, as they were noted */
static int
CompareEvents(const void *a, const void *b)
{
	const DocumentEvent *left = *(DocumentEvent *const *) a;
	const DocumentEvent *right = *(DocumentEvent *const *) b;
	int			order = (int) left->kind - (int) right->kind;

	if (order == 0)
		order = strcmp(left->opportunity_no, right->opportunity_no);
	return order != 0 ? order : left->number - right->number;
}

static DocumentEvent **
SortEvents(List *events)
{
	DocumentEvent **sorted = palloc(list_length(events) * sizeof(DocumentEvent *));
	int			nsorted = 0;
	ListCell   *cell;

	foreach(cell, events)
	{
		DocumentEvent *event = lfirst(cell);

		event->number = nsorted;
		sorted[nsorted++] = event;
	}
	qsort(sorted, nsorted, sizeof(DocumentEvent *), CompareEvents);
	return sorted;
}

void
SettleEvents(List *events)
{
	int			nevents = list_length(events);
	int			patience = PATIENCE;
	DocumentEvent **sorted;

	if (nevents == 0)
		return;
	sorted = SortEvents(events);
	for (int i = 0; i < nevents; i += CHUNK_LENGTH)
		SettleGuarded(sorted + i, Min(CHUNK_LENGTH, nevents - i), &patience);
}
