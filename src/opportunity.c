/*
 * The card of an opportunity (domain/2 sections 6.2, 6.7 and 6.10): what is filled in, and what may change when.
 *
 * Where the deal stands is the business of the actions (opportunity_action.c, opportunity_closing.c), which write the card
 * through WriteOpportunity(); everybody else keeps to the rules here. A row that is inserted with last_modified_at comes
 * from a dump and is taken as it is.
 */
#include "opportunity_entry.h"

#include "access/htup_details.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/memutils.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(crm_opportunity_insert);
PG_FUNCTION_INFO_V1(crm_opportunity_update);
PG_FUNCTION_INFO_V1(crm_opportunity_changed);
PG_FUNCTION_INFO_V1(crm_opportunity_delete);
PG_FUNCTION_INFO_V1(crm_create_opportunity);
PG_FUNCTION_INFO_V1(crm_change_opportunity);
PG_FUNCTION_INFO_V1(crm_opportunity_from_interaction);

typedef TriggerRow Card;

/* Whether it is one of ours who writes */
static bool acting = false;

int
WriteOpportunity(Statement *statement, Datum *values, const bool *isnull)
{
	bool		was_acting = acting;
	int			written;

	acting = true;
	PG_TRY();
	{
		written = WriteAtPresent(statement, values, isnull);
	}
	PG_FINALLY();
	{
		acting = was_acting;
	}
	PG_END_TRY();
	return written;
}

/* ---------- what a card refers to ---------- */

/* A column, what it names, and why that may be refused. CheckReferences asks for two truths of each: is it there, is it refused */
static const struct
{
	const char *column;
	const char *what;
	const char *refusal;
}			references[] = {
	{"salesperson_code", "salesperson", "is blocked"},
	{"sales_cycle_code", "sales cycle", "is blocked"},
	{"campaign_no", "campaign", "is not activated, or does not run on the day the opportunity was created"},
	{"contact_id", "contact", ""},
};

static void
FindReferences(const Card *card)
{
	static Statement find = {
		.sql = "SELECT s.salesperson_code IS NOT NULL, s.blocked OR s.privacy_blocked, y.sales_cycle_code IS NOT NULL, y.blocked,"
		" k.campaign_no IS NOT NULL, NOT k.activated OR $5 < k.starting_date OR $5 > k.ending_date, c.contact_id IS NOT NULL, false"
		" FROM (SELECT) AS one LEFT JOIN crm_data.salesperson AS s ON s.salesperson_code = $1"
		" LEFT JOIN crm_data.sales_cycle AS y ON y.sales_cycle_code = $2"
		" LEFT JOIN crm_data.campaign AS k ON k.campaign_no = $3"
		" LEFT JOIN crm_data.contact AS c ON c.contact_id = $4",
		.nargs = 5, .argtypes = {TEXTOID, TEXTOID, TEXTOID, INT8OID, DATEOID}
	};
	Datum		values[5];
	bool		isnull[5];

	for (int i = 0; i < lengthof(references); i++)
		values[i] = ColumnOf(card->relation, card->tuple, references[i].column, &isnull[i]);
	values[4] = ColumnOf(card->relation, card->tuple, "creation_date", &isnull[4]);
	RunAtPresent(&find, values, isnull);
}

/* E14 and E23: what is newly named must be there, and fit for it */
static void
CheckReferences(const Card *card)
{
	FindReferences(card);
	for (int i = 0; i < lengthof(references); i++)
	{
		char	   *value = RowText(card, references[i].column);

		if (value == NULL || !RowChanged(card, references[i].column))
			continue;
		if (!ResultTrue(0, 2 * i + 1))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_OBJECT),
					 errmsg("opportunity \"%s\": %s \"%s\" does not exist", RowText(card, "opportunity_no"), references[i].what, value)));
		if (ResultTrue(0, 2 * i + 2))
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("opportunity \"%s\": %s \"%s\" %s", RowText(card, "opportunity_no"), references[i].what, value, references[i].refusal)));
	}
}

static bool
IsBlank(const char *value)
{
	return value == NULL || strspn(value, " ") == strlen(value);
}

/* O29; who comes from a segment may be without a contact */
static void
CheckComplete(const Card *card)
{
	static const struct
	{
		const char *column;
		const char *what;
	}			required[] = {
		{"contact_id", "contact"},
		{"description", "description"},
		{"salesperson_code", "salesperson"},
		{"sales_cycle_code", "sales cycle"},
	};

	for (int i = RowText(card, "segment_no") ? 1 : 0; i < lengthof(required); i++)
		if (IsBlank(RowText(card, required[i].column)) && (card->former == NULL || RowChanged(card, required[i].column)))
			ereport(ERROR,
					(errcode(ERRCODE_NOT_NULL_VIOLATION),
					 errmsg("opportunity \"%s\" needs a %s", RowText(card, "opportunity_no"), required[i].what)));
}

/* ---------- INSERT ---------- */

static void
FillNumber(Card *card)
{
	static Statement find_used = {
		.sql = "SELECT FROM crm_data.opportunity WHERE opportunity_no = $1",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	char	   *number = RowText(card, "opportunity_no");

	if (number)
		CheckManualNumber("opportunity", number);
	else
		SetRowText(card, "opportunity_no", UnusedNumber("opportunity", &find_used));
}

/* O4 and O5 */
static void
FillDefaults(Card *card)
{
	static Statement find = {
		.sql = "SELECT company_id, salesperson_code, sales_cycle_code, creation_date, legal_entity"
		" FROM crm_data.opportunity_default($1, $2, $3)",
		.nargs = 3, .argtypes = {INT8OID, TEXTOID, TEXTOID}
	};
	static const char *const given[] = {"contact_id", "salesperson_code", "sales_cycle_code"};
	static const char *const filled[] = {"company_id", "salesperson_code", "sales_cycle_code", "creation_date", "legal_entity"};
	int			nfilled = IsBlank(RowText(card, "legal_entity")) ? lengthof(filled) : lengthof(filled) - 1;
	Datum		values[lengthof(given)];
	bool		isnull[lengthof(given)];

	for (int i = 0; i < lengthof(given); i++)
		values[i] = ColumnOf(card->relation, card->tuple, given[i], &isnull[i]);
	RunAtPresent(&find, values, isnull);
	for (int i = 0; i < nfilled; i++)
	{
		bool		blank;
		Datum		value = ResultValue(0, i + 1, &blank);

		SetRowValue(card, filled[i], value, blank);
	}
}

/* O31: only actions bring a deal further */
static void
CheckNotStarted(const Card *card)
{
	const char *status = RowText(card, "status");

	if (status == NULL || strcmp(status, "not started") != 0 || RowText(card, "date_closed") ||
		RowText(card, "sales_document_no") || RowText(card, "document_key"))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a new opportunity is not started, and has no document"),
				 errhint("Use crm.opportunity_first() and what follows it, and crm.link_document().")));
}

/* Who brings a card as it was brings its entries too, which is nothing for everybody */
static void
CheckMayRestore(void)
{
	if (pg_class_aclcheck(CrmTable("opportunity_entry"), GetUserId(), ACL_INSERT) != ACLCHECK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to insert an opportunity with last_modified_at"),
				 errhint("Leave last_modified_at out, or call crm.create_opportunity().")));
}

/*
 * BEFORE INSERT ON crm_data.opportunity
 */
Datum
crm_opportunity_insert(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "opportunity_insert");
	Card		card = ReadTriggerRow(trigger);
	MemoryContext caller = CurrentMemoryContext;
	CrmScope	scope;

	card.tuple = StampedTuple(trigger);
	if (card.tuple == NULL)
	{
		CheckMayRestore();
		return PointerGetDatum(trigger->tg_trigtuple);
	}

	scope = EnterCrm();
	MemoryContextSwitchTo(caller);
	CheckNotStarted(&card);
	FillNumber(&card);
	FillDefaults(&card);
	CheckComplete(&card);
	CheckReferences(&card);
	LeaveCrm(scope);
	return PointerGetDatum(card.tuple);
}

/* ---------- UPDATE ---------- */

/* The first of the columns that has changed; NULL when none has */
static const char *
FirstChanged(const Card *card, const char *const *columns, int count)
{
	for (int i = 0; i < count; i++)
		if (RowChanged(card, columns[i]))
			return columns[i];
	return NULL;
}

static void
RefuseChange(const Card *card, const char *column, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("opportunity \"%s\": %s cannot be changed", FormerRowText(card, "opportunity_no"), column),
			 errdetail("%s", detail)));
}

/* O43: what may change when */
static void
CheckChange(const Card *card)
{
	static const char *const by_actions[] = {
		"opportunity_no", "creation_date", "status", "date_closed", "sales_document_type", "sales_document_no", "source_id",
		"document_key", "legal_entity"
	};
	static const char *const while_open[] = {"salesperson_code", "campaign_no", "contact_id", "priority", "sales_cycle_code", "currency_code"};
	static const char *const before_start[] = {"sales_cycle_code", "currency_code"};
	const char *status = FormerRowText(card, "status");
	bool		closed = strcmp(status, "won") == 0 || strcmp(status, "lost") == 0;
	const char *column;

	if ((column = FirstChanged(card, by_actions, lengthof(by_actions))) != NULL)
		RefuseChange(card, column, "It is fixed, or set by functions such as crm.opportunity_first(), crm.opportunity_won() and crm.link_document().");
	if (closed && (column = FirstChanged(card, while_open, lengthof(while_open))) != NULL)
		RefuseChange(card, column, "The opportunity is closed.");
	if (strcmp(status, "not started") != 0 && (column = FirstChanged(card, before_start, lengthof(before_start))) != NULL)
		RefuseChange(card, column, "The opportunity has been started.");
}

/* The company is the contact's. O41: it may be another one only before the start */
static void
FollowContact(Card *card)
{
	/* It stays in its territory, too, until it is known whose opportunities follow it */
	static Statement find = {
		.sql = "SELECT company_id FROM crm_data.contact WHERE contact_id = $1 FOR SHARE",
		.nargs = 1, .argtypes = {INT8OID}
	};
	bool		isnull;
	Datum		value = ColumnOf(card->relation, card->former, "company_id", &isnull);
	Datum		contact_id;

	SetRowValue(card, "company_id", value, isnull);
	if (!RowChanged(card, "contact_id"))
		return;
	contact_id = ColumnOf(card->relation, card->tuple, "contact_id", &isnull);
	if (WriteAtPresent(&find, &contact_id, &isnull) > 0)
		value = ResultValue(0, 1, &isnull);
	SetRowValue(card, "company_id", value, isnull);
	if (strcmp(RowText(card, "status"), "not started") != 0 && (isnull || RowChanged(card, "company_id")))
		RefuseChange(card, "contact_id", "The opportunity has been started, and the contact is one of another company.");
}

/*
 * BEFORE UPDATE ON crm_data.opportunity
 */
Datum
crm_opportunity_update(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "opportunity_update");
	Card		card = ReadTriggerRow(trigger);
	MemoryContext caller = CurrentMemoryContext;
	HeapTuple	stamped = StampedTuple(trigger);
	CrmScope	scope;

	if (stamped)
		card.tuple = stamped;
	if (acting)
		return PointerGetDatum(card.tuple);

	scope = EnterCrm();
	MemoryContextSwitchTo(caller);
	CheckChange(&card);
	CheckComplete(&card);
	CheckReferences(&card);
	FollowContact(&card);
	LeaveCrm(scope);
	return PointerGetDatum(card.tuple);
}

/*
 * AFTER UPDATE ON crm_data.opportunity, in progress: O40, the active entry follows
 */
Datum
crm_opportunity_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "opportunity_changed");
	bool		isnull;
	Datum		opportunity_no = ColumnOf(trigger->tg_relation, trigger->tg_newtuple, "opportunity_no", &isnull);
	CrmScope	scope = EnterCrm();

	ReviseEntries(OneOpportunity(opportunity_no), (Datum) 0, true);
	LeaveCrm(scope);
	return PointerGetDatum(NULL);
}

/*
 * BEFORE DELETE ON crm_data.opportunity: E24. Entries and comments go with it.
 */
Datum
crm_opportunity_delete(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "opportunity_delete");
	Card		card = {trigger->tg_relation, NULL, trigger->tg_trigtuple};

	if (strcmp(RowText(&card, "status"), "in progress") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("opportunity \"%s\" is in progress", RowText(&card, "opportunity_no")),
				 errhint("Close it first with crm.opportunity_won() or crm.opportunity_lost().")));
	return PointerGetDatum(trigger->tg_trigtuple);
}

/* ---------- creating ---------- */

/* The arguments of crm.create_opportunity() */
typedef enum CardArgument
{
	CARD_DESCRIPTION,
	CARD_CONTACT_NO,
	CARD_SALES_CYCLE,
	CARD_SALESPERSON,
	CARD_CAMPAIGN,
	CARD_PRIORITY,
	CARD_SEGMENT,
	CARD_LEAD_SOURCE,
	CARD_CURRENCY,
	CARD_ACTIVATE,
	CARD_VALUE,
	CARD_CHANCES,
	CARD_CLOSE_DATE,
	CARD_RATE,
	CARD_OPPORTUNITY_NO,
	CARD_LEGAL_ENTITY,
	CARD_ARGUMENTS
} CardArgument;

#define CARD_TYPES {TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, BOOLOID, NUMERICOID, NUMERICOID, \
	DATEOID, NUMERICOID, TEXTOID, TEXTOID}

/* A contact that is named must be there, and stay in its territory until it is known whose opportunities follow it */
static void
LockContact(Datum contact_no, bool isnull)
{
	static Statement lock = {
		.sql = "SELECT FROM crm_data.contact WHERE contact_no = crm_data.as_code($1) FOR SHARE",
		.nargs = 1, .argtypes = {TEXTOID}
	};

	if (isnull || IsBlank(TextDatumGetCString(contact_no)) || WriteAtPresent(&lock, &contact_no, NULL) > 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("contact \"%s\" does not exist", TextDatumGetCString(contact_no))));
}

/* Within EnterCrm(); returns the number */
static char *
InsertCard(Datum *values, bool *isnull)
{
	static Statement insert = {
		.sql = "INSERT INTO crm_data.opportunity (description, contact_id, sales_cycle_code, salesperson_code, campaign_no, priority,"
		" segment_no, lead_source, currency_code, opportunity_no, legal_entity, creation_date)"
		" VALUES (coalesce($1, ''), (SELECT contact_id FROM crm_data.contact WHERE contact_no = crm_data.as_code($2)), $3, $4, $5,"
		" coalesce($6, 'normal'), $7, $8, $9, $15, coalesce($16, ''), crm.work_date()) RETURNING opportunity_no",
		.nargs = CARD_ARGUMENTS, .argtypes = CARD_TYPES
	};

	LockContact(values[CARD_CONTACT_NO], isnull[CARD_CONTACT_NO]);
	WriteAtPresent(&insert, values, isnull);
	return ResultText(0, 1);
}

/* Within EnterCrm() */
static void
StartCard(const char *opportunity_no, Datum *values, bool *isnull)
{
	static const CardArgument from[] = {CARD_VALUE, CARD_CHANCES, CARD_CLOSE_DATE, CARD_RATE};
	static const DraftField to[] = {ESTIMATED_VALUE, CHANCES_PCT, ESTIMATED_CLOSE_DATE, CURRENCY_RATE};
	EntryDraft	draft;

	StartDraft(&draft, NULL, NULL, 0);
	SetDraftText(&draft, OPPORTUNITY_NO, opportunity_no);
	for (int i = 0; i < lengthof(from); i++)
	{
		draft.values[to[i]] = values[from[i]];
		draft.isnull[to[i]] = isnull[from[i]];
	}
	ActivateOpportunity(&draft);
}

/*
 * crm.create_opportunity(description, contact_no, ...)
 */
Datum
crm_create_opportunity(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	Datum		values[CARD_ARGUMENTS];
	bool		isnull[CARD_ARGUMENTS];
	CrmScope	scope;
	char	   *opportunity_no;

	for (int i = 0; i < CARD_ARGUMENTS; i++)
	{
		values[i] = PG_GETARG_DATUM(i);
		isnull[i] = PG_ARGISNULL(i);
	}
	scope = EnterCrm();
	MemoryContextSwitchTo(caller);
	opportunity_no = InsertCard(values, isnull);
	if (!isnull[CARD_ACTIVATE] && DatumGetBool(values[CARD_ACTIVATE]))
		StartCard(opportunity_no, values, isnull);
	LeaveCrm(scope);
	return CStringGetTextDatum(opportunity_no);
}

/* Fails unless an opportunity may come of the interaction, whose row it locks; the interaction's text is there to read */
static void
CheckInteraction(Datum *interaction_id)
{
	static Statement lock = {
		.sql = "SELECT FROM crm_data.interaction WHERE interaction_id = $1 FOR UPDATE",
		.nargs = 1, .argtypes = {INT8OID}
	};
	static Statement find = {
		.sql = "SELECT i.description, c.contact_no, i.salesperson_code, i.campaign_no, CASE WHEN i.canceled THEN 'It is canceled.'"
		" WHEN i.opportunity_no IS NOT NULL THEN format('It has opportunity \"%s\".', i.opportunity_no)"
		" WHEN c.privacy_blocked OR y.privacy_blocked THEN 'Its contact or company is blocked for privacy.' END"
		" FROM crm_data.interaction AS i LEFT JOIN crm_data.contact AS c ON c.contact_id = i.contact_id"
		" LEFT JOIN crm_data.contact AS y ON y.contact_id = i.company_id WHERE i.interaction_id = $1",
		.nargs = 1, .argtypes = {INT8OID}
	};
	long long	id = DatumGetInt64(*interaction_id);

	if (WriteAtPresent(&lock, interaction_id, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("interaction %lld does not exist", id)));
	RunAtPresent(&find, interaction_id, NULL);
	if (ResultText(0, 5))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("interaction %lld cannot become an opportunity", id),
				 errdetail_internal("%s", ResultText(0, 5))));
}

/* The interaction belongs to the opportunity, and its comments are also the opportunity's */
static void
LinkInteraction(Datum interaction_id, const char *opportunity_no)
{
	static Statement link = {
		.sql = "UPDATE crm_data.interaction SET opportunity_no = $2, linked_by_hand = source_id IS NOT NULL WHERE interaction_id = $1",
		.nargs = 2, .argtypes = {INT8OID, TEXTOID}
	};
	static Statement copy = {
		.sql = "INSERT INTO crm_data.comment_line (opportunity_no, comment_date, comment_code, comment_text)"
		" SELECT $2, comment_date, comment_code, comment_text FROM crm_data.comment_line WHERE interaction_id = $1 ORDER BY comment_line_id",
		.nargs = 2, .argtypes = {INT8OID, TEXTOID}
	};
	Datum		values[] = {interaction_id, CStringGetTextDatum(opportunity_no)};

	WriteAtPresent(&link, values, NULL);
	WriteAtPresent(&copy, values, NULL);
}

/*
 * crm.opportunity_from_interaction(interaction_id, sales_cycle_code)
 */
Datum
crm_opportunity_from_interaction(PG_FUNCTION_ARGS)
{
	static const CardArgument filled[] = {CARD_DESCRIPTION, CARD_CONTACT_NO, CARD_SALESPERSON, CARD_CAMPAIGN};
	MemoryContext caller = CurrentMemoryContext;
	Datum		interaction_id = PG_GETARG_DATUM(0);
	Datum		values[CARD_ARGUMENTS] = {0};
	bool		isnull[CARD_ARGUMENTS];
	CrmScope	scope;
	char	   *opportunity_no;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("interaction_id cannot be null")));
	memset(isnull, true, sizeof(isnull));
	values[CARD_SALES_CYCLE] = PG_GETARG_DATUM(1);
	isnull[CARD_SALES_CYCLE] = PG_ARGISNULL(1);

	scope = EnterCrm();
	MemoryContextSwitchTo(caller);
	CheckInteraction(&interaction_id);
	for (int i = 0; i < lengthof(filled); i++)
		values[filled[i]] = ResultValue(0, i + 1, &isnull[filled[i]]);
	opportunity_no = InsertCard(values, isnull);
	LinkInteraction(interaction_id, opportunity_no);
	LeaveCrm(scope);
	return CStringGetTextDatum(opportunity_no);
}

/* ---------- changing ---------- */

#define CHANGE_TYPES {TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, INT8OID, INT8OID}

/* The arguments of crm.change_opportunity() but the last, and what salesperson, campaign, contact and company were */
typedef struct Change
{
	Datum		values[8];
	bool		isnull[8];
} Change;

static void
LockChanged(Change *change)
{
	static Statement lock = {
		.sql = "SELECT opportunity_no, salesperson_code, campaign_no, contact_id, company_id FROM crm_data.opportunity"
		" WHERE opportunity_no = crm_data.as_code($1) FOR UPDATE",
		.nargs = 8, .argtypes = CHANGE_TYPES
	};

	if (change->isnull[0])
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("opportunity_no cannot be null")));
	if (WriteAtPresent(&lock, change->values, change->isnull) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("opportunity \"%s\" does not exist", TextDatumGetCString(change->values[0]))));
	change->values[0] = ResultValue(0, 1, &change->isnull[0]);
	for (int i = 4; i < 8; i++)
		change->values[i] = ResultValue(0, i - 2, &change->isnull[i]);
}

/* Open tasks that still have what the opportunity had */
static void
ChangeTasks(Change *change)
{
	static Statement update = {
		.sql = "UPDATE crm_data.task AS t SET"
		" salesperson_code = CASE WHEN t.salesperson_code IS NOT DISTINCT FROM $5 THEN o.salesperson_code ELSE t.salesperson_code END,"
		" campaign_no = CASE WHEN t.campaign_no IS NOT DISTINCT FROM $6 THEN o.campaign_no ELSE t.campaign_no END,"
		" contact_id = CASE WHEN t.contact_id IS NOT DISTINCT FROM $7 THEN o.contact_id ELSE t.contact_id END,"
		" company_id = CASE WHEN t.contact_id IS NOT DISTINCT FROM $7 AND t.company_id IS NOT DISTINCT FROM $8 THEN o.company_id ELSE t.company_id END"
		" FROM crm_data.opportunity AS o WHERE o.opportunity_no = $1 AND t.opportunity_no = $1 AND NOT t.closed",
		.nargs = 8, .argtypes = CHANGE_TYPES
	};

	WriteAtPresent(&update, change->values, change->isnull);
}

/*
 * crm.change_opportunity(opportunity_no, salesperson_code, campaign_no, contact_no, with_open_tasks)
 */
Datum
crm_change_opportunity(PG_FUNCTION_ARGS)
{
	static Statement update = {
		.sql = "UPDATE crm_data.opportunity AS o SET salesperson_code = coalesce(crm_data.as_code($2), o.salesperson_code),"
		" campaign_no = coalesce(crm_data.as_code($3), o.campaign_no),"
		" contact_id = coalesce((SELECT c.contact_id FROM crm_data.contact AS c WHERE c.contact_no = crm_data.as_code($4)), o.contact_id)"
		" WHERE o.opportunity_no = $1",
		.nargs = 8, .argtypes = CHANGE_TYPES
	};
	Change		change;
	CrmScope	scope;

	memset(&change, 0, sizeof(change));
	for (int i = 0; i < 4; i++)
	{
		change.values[i] = PG_GETARG_DATUM(i);
		change.isnull[i] = PG_ARGISNULL(i);
	}
	scope = EnterCrm();
	LockContact(change.values[3], change.isnull[3]);
	LockChanged(&change);
	WriteAtPresent(&update, change.values, change.isnull);
	if (!PG_ARGISNULL(4) && PG_GETARG_BOOL(4))
		ChangeTasks(&change);
	LeaveCrm(scope);
	PG_RETURN_VOID();
}
