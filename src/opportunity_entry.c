/*
 * Entries of opportunities (domain/2 sections 6.3 and 6.4): the one writer of crm_data.opportunity_entry.
 *
 * Who writes locks the opportunity first, then the active entry, then tasks, and looks at all of them as of now, whatever
 * his snapshot is. Nothing is ever rewritten but what ends an entry; an entry that follows its opportunity is appended.
 */
#include "opportunity_entry.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "commands/trigger.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(crm_opportunity_entry_insert);
PG_FUNCTION_INFO_V1(crm_revise_entries);

/* Columns of an entry that AppendOpportunityEntry() and ReviseEntries() both write */
#define ENTRY_COLUMNS "opportunity_no, sales_cycle_code, sales_cycle_stage, legal_entity, creation_date, currency_code," \
	" date_of_change, date_closed, action_taken, close_opportunity_code, estimated_value, currency_rate, document_value," \
	" completed_pct, chances_pct, probability_pct, estimated_close_date," \
	" contact_id, company_id, salesperson_code, campaign_no, territory_code, calcd_current_value, calibrated_pct, weighted_value, valid_from," \
	" previous_sales_cycle_stage, previous_company_id, previous_salesperson_code, previous_campaign_no, previous_territory_code," \
	" previous_estimated_value, previous_weighted_value, previous_estimated_close_date"

/* The position that the deal leaves; none where the entry before has closed it */
#define POSITION_LEFT "position.sales_cycle_stage, position.company_id, position.salesperson_code, position.campaign_no, position.territory_code," \
	" position.estimated_value, position.weighted_value, position.estimated_close_date"

/* ---------- the draft of an entry ---------- */

/* The caller's arguments, each for a field. The number of the opportunity as it is stored; texts outlive SPI */
void
StartDraft(EntryDraft *draft, FunctionCallInfo fcinfo, const DraftField *fields, int nfields)
{
	memset(draft, 0, sizeof(EntryDraft));
	memset(draft->isnull, true, sizeof(draft->isnull));
	for (int i = 0; i < nfields; i++)
	{
		draft->isnull[fields[i]] = PG_ARGISNULL(i);
		draft->values[fields[i]] = PG_ARGISNULL(i) ? (Datum) 0 : PG_GETARG_DATUM(i);
	}
	draft->isnull[RESETS_CHANCES] = false;
	draft->values[RESETS_CHANCES] = BoolGetDatum(false);
}

void
SetDraftText(EntryDraft *draft, DraftField field, const char *value)
{
	draft->isnull[field] = value == NULL;
	draft->values[field] = value ? CStringGetTextDatum(value) : (Datum) 0;
}

/* Whether a question about the draft, asked as of now, has an answer; the rows are there to read */
bool
CheckDraft(Statement *statement, EntryDraft *draft)
{
	return RunAtPresent(statement, draft->values, draft->isnull) > 0;
}

/* The array of one number */
Datum
OneOpportunity(Datum opportunity_no)
{
	return PointerGetDatum(construct_array(&opportunity_no, 1, TEXTOID, -1, false, TYPALIGN_INT));
}

/* The foreign key of an entry does not find an opportunity that is younger than a snapshot which the transaction keeps */
static void
CheckSeen(Datum opportunity_nos)
{
	static Statement find = {
		.sql = "SELECT FROM crm_data.opportunity WHERE opportunity_no = ANY ($1)",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};

	if (IsolationUsesXactSnapshot() && RunStatement(&find, &opportunity_nos, NULL) < RunAtPresent(&find, &opportunity_nos, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("could not serialize access due to a concurrently created opportunity")));
}

static void
LockOpportunity(EntryDraft *draft)
{
	static Statement lock = {
		.sql = "SELECT opportunity_no, status FROM crm_data.opportunity WHERE opportunity_no = crm_data.as_code($1) FOR UPDATE",
		.nargs = DRAFT_FIELDS, .argtypes = DRAFT_TYPES, .generic = true
	};

	if (draft->isnull[OPPORTUNITY_NO])
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("opportunity_no cannot be null")));
	/* Before stages are looked at: who deletes one waits for us, or we for him */
	LockRelationOid(CrmTable("opportunity_entry"), RowExclusiveLock);
	if (WriteAtPresent(&lock, draft->values, draft->isnull) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("opportunity \"%s\" does not exist", TextDatumGetCString(draft->values[OPPORTUNITY_NO]))));
	draft->opportunity_no = ResultText(0, 1);
	draft->status = ResultText(0, 2);
	SetDraftText(draft, OPPORTUNITY_NO, draft->opportunity_no);
	CheckSeen(OneOpportunity(draft->values[OPPORTUNITY_NO]));
}

/* O26 and K18: time does not run backwards */
static void
CheckDate(EntryDraft *draft)
{
	if (ResultTrue(0, 3))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("opportunity \"%s\": date of change %s is before the last one", draft->opportunity_no, ResultText(0, 2)),
				 errdetail("The opportunity last changed on %s.", ResultText(0, 4))));
	if (!ResultTrue(0, 5))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("opportunity \"%s\": date of change is not between 1900 and 2999", draft->opportunity_no)));
}

/* A rate goes with a currency; whoever loses needs no money */
static void
CheckRate(EntryDraft *draft)
{
	if (ResultTrue(0, 6))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("opportunity \"%s\" is in local currency", draft->opportunity_no),
				 errhint("Leave currency_rate out.")));
	if (ResultTrue(0, 7))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("opportunity \"%s\": currency_rate must be greater than 0", draft->opportunity_no)));
	if (ResultTrue(0, 8))
		ereport(ERROR,
				(errcode(ERRCODE_NOT_NULL_VIOLATION),
				 errmsg("opportunity \"%s\" needs a currency_rate", draft->opportunity_no),
				 errdetail("It is in currency \"%s\", and no rate has been given yet.", ResultText(0, 9))));
}

/*
 * Locks the opportunity, and finds what the entry follows and when: fields FORMER_ID and DATE_OF_CHANGE. Fails on an unknown
 * opportunity, a closed one (E20), a bad date (E17) or rate.
 */
void
LockDraft(EntryDraft *draft)
{
	static Statement find = {
		.sql = "SELECT e.opportunity_entry_id, d.date_of_change, d.date_of_change < e.date_of_change, e.date_of_change, d.date_of_change BETWEEN '1900-01-01' AND '2999-12-31',"
		" o.currency_code IS NULL AND $10 IS NOT NULL, NOT (round($10, 12) > 0 AND $10 < 'Infinity'),"
		" o.currency_code <> s.local_currency_code IS DISTINCT FROM false AND o.currency_code IS NOT NULL AND coalesce($10, e.currency_rate) IS NULL"
		" AND $4 IS DISTINCT FROM 'lost', o.currency_code"
		" FROM crm_data.opportunity AS o CROSS JOIN crm_data.setup AS s"
		" LEFT JOIN crm_data.opportunity_entry AS e ON e.opportunity_no = o.opportunity_no AND e.active"
		" CROSS JOIN LATERAL (SELECT coalesce($8, greatest(e.date_of_change, crm.work_date())) AS date_of_change) AS d"
		" WHERE o.opportunity_no = $1",
		.nargs = DRAFT_FIELDS, .argtypes = DRAFT_TYPES, .generic = true
	};

	LockOpportunity(draft);
	if (strcmp(draft->status, "won") == 0 || strcmp(draft->status, "lost") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("opportunity \"%s\" is closed", draft->opportunity_no),
				 errdetail("It is %s.", draft->status)));
	CheckDraft(&find, draft);
	CheckDate(draft);
	CheckRate(draft);
	draft->values[FORMER_ID] = ResultValue(0, 1, &draft->isnull[FORMER_ID]);
	draft->values[DATE_OF_CHANGE] = ResultValue(0, 2, &draft->isnull[DATE_OF_CHANGE]);
}

/* ---------- writing ---------- */

/* O10, O11: the entry that is left; a deal that was closed has not been open since (O51) */
static void
EndFormer(EntryDraft *draft)
{
	static Statement end = {
		.sql = "UPDATE crm_data.opportunity_entry SET active = false,"
		" days_open = CASE WHEN sales_cycle_stage > 0 THEN $8 - date_of_change ELSE 0 END,"
		" valid_to = crm_data.entry_valid_from($8, valid_from) WHERE opportunity_entry_id = $2",
		.nargs = DRAFT_FIELDS, .argtypes = DRAFT_TYPES, .generic = true
	};

	if (!draft->isnull[FORMER_ID])
		WriteAtPresent(&end, draft->values, draft->isnull);
}

/* E18 and E21: what an entry cannot do without, judged as it stands */
static void
CheckFigures(EntryDraft *draft)
{
	static const struct
	{
		int			column;
		const char *what;
	}			figures[] = {
		{2, "estimated_value must be greater than 0"},
		{3, "chances_pct must be greater than 0 and at most 100"},
		{4, "estimated_close_date must be a day from date_of_change on"},
		{5, "sales_value must be greater than 0"},
	};

	for (int i = 0; i < lengthof(figures); i++)
		if (!ResultTrue(0, figures[i].column))
			ereport(ERROR,
					(errcode(ERRCODE_CHECK_VIOLATION),
					 errmsg("opportunity \"%s\": %s", draft->opportunity_no, figures[i].what)));
}

/* Appends the entry that the draft makes, and returns its number */
Datum
AppendOpportunityEntry(EntryDraft *draft)
{
	static Statement append = {
		.sql = "INSERT INTO crm_data.opportunity_entry (" ENTRY_COLUMNS ")"
		" SELECT o.opportunity_no, o.sales_cycle_code, $3, o.legal_entity, o.creation_date, o.currency_code,"
		" $8, CASE WHEN $3 = 0 THEN $8 END, $4, $11, f.estimated_value, f.currency_rate, f.document_value,"
		" f.completed_pct, f.chances_pct, f.probability_pct, f.estimated_close_date,"
		" o.contact_id, o.company_id, o.salesperson_code, o.campaign_no, c.territory_code, f.calcd_current_value, w.calibrated_pct, w.weighted_value,"
		" crm_data.entry_valid_from($8, former.valid_from), " POSITION_LEFT
		" FROM crm_data.opportunity AS o"
		" LEFT JOIN crm_data.contact AS c ON c.contact_id = o.contact_id"
		" LEFT JOIN crm_data.opportunity_entry AS former ON former.opportunity_entry_id = $2"
		" LEFT JOIN crm_data.opportunity_entry AS position ON position.opportunity_entry_id = $2 AND position.sales_cycle_stage > 0"
		" CROSS JOIN LATERAL crm_data.opportunity_estimate(o.opportunity_no, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS f"
		" CROSS JOIN LATERAL crm_data.entry_weight(o.sales_cycle_code, $3, o.salesperson_code, o.lead_source, f.estimated_value, f.calcd_current_value) AS w"
		" WHERE o.opportunity_no = $1"
		" RETURNING entry_no, sales_cycle_stage = 0 OR estimated_value > 0 AND estimated_value < 'Infinity',"
		" sales_cycle_stage = 0 OR chances_pct > 0 AND chances_pct <= 100,"
		" estimated_close_date >= date_of_change AND estimated_close_date <= '2999-12-31',"
		" action_taken IS DISTINCT FROM 'won' OR calcd_current_value > 0 AND calcd_current_value < 'Infinity'",
		.nargs = DRAFT_FIELDS, .argtypes = DRAFT_TYPES, .generic = true
	};
	bool		isnull;

	EndFormer(draft);
	WriteAtPresent(&append, draft->values, draft->isnull);
	CheckFigures(draft);
	return ResultValue(0, 1, &isnull);
}

/*
 * Lets the active entries of opportunities say what is so now; see crm_data.revise_entries(). Locks the opportunities, in
 * the order of their numbers.
 */
int
ReviseEntries(Datum opportunity_nos, Datum value, bool no_value)
{
	static Statement lock = {
		.sql = "SELECT FROM crm_data.opportunity WHERE opportunity_no = ANY ($1) ORDER BY opportunity_no FOR UPDATE",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	static Statement revise = {
		.sql = "WITH revision AS MATERIALIZED (SELECT * FROM crm_data.entry_revision($1, $2)), ended AS ("
		" UPDATE crm_data.opportunity_entry AS e SET revised = true, active = false, valid_to = r.valid_from"
		" FROM revision AS r WHERE e.opportunity_entry_id = r.opportunity_entry_id RETURNING e.*)"
		" INSERT INTO crm_data.opportunity_entry (entry_no, " ENTRY_COLUMNS ")"
		" SELECT e.entry_no, e.opportunity_no, e.sales_cycle_code, e.sales_cycle_stage, e.legal_entity, e.creation_date, e.currency_code,"
		" e.date_of_change, e.date_closed, e.action_taken, e.close_opportunity_code, e.estimated_value, e.currency_rate, e.document_value,"
		" e.completed_pct, e.chances_pct, e.probability_pct, e.estimated_close_date,"
		" r.contact_id, r.company_id, r.salesperson_code, r.campaign_no, r.territory_code, r.calcd_current_value, r.calibrated_pct, r.weighted_value,"
		" r.valid_from, " POSITION_LEFT
		" FROM ended AS e JOIN revision AS r USING (opportunity_entry_id)"
		" LEFT JOIN ended AS position ON position.opportunity_entry_id = e.opportunity_entry_id AND position.sales_cycle_stage > 0"
		" ORDER BY e.opportunity_no",
		.nargs = 2, .argtypes = {TEXTARRAYOID, NUMERICOID}
	};
	Datum		values[] = {opportunity_nos, value};
	bool		isnull[] = {false, no_value};

	WriteAtPresent(&lock, values, isnull);
	CheckSeen(opportunity_nos);
	return WriteAtPresent(&revise, values, isnull);
}

/*
 * crm_data.revise_entries(opportunity_nos, value)
 */
Datum
crm_revise_entries(PG_FUNCTION_ARGS)
{
	CrmScope	scope;
	int64		revised;

	if (PG_ARGISNULL(0))
		PG_RETURN_INT64(0);
	scope = EnterCrm();
	revised = ReviseEntries(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), PG_ARGISNULL(1));
	LeaveCrm(scope);
	PG_RETURN_INT64(revised);
}

/* ---------- blanks ---------- */

/* Columns that a row may leave blank */
static const char *const blank_columns[] = {
	"entry_no", "sales_cycle_code", "legal_entity", "creation_date", "valid_from", "effective_date"
};

static bool
HasBlanks(TriggerData *trigger)
{
	for (int i = 0; i < lengthof(blank_columns); i++)
	{
		bool		isnull;

		ColumnOf(trigger->tg_relation, trigger->tg_trigtuple, blank_columns[i], &isnull);
		if (isnull)
			return true;
	}
	return false;
}

/*
 * BEFORE INSERT ON crm_data.opportunity_entry: only blanks are filled, so that a restored entry stays what it was.
 */
Datum
crm_opportunity_entry_insert(PG_FUNCTION_ARGS)
{
	static Statement fill = {
		.sql = "SELECT $1, o.sales_cycle_code, o.legal_entity, o.creation_date, v.valid_from, (v.valid_from AT TIME ZONE s.time_zone)::date"
		" FROM crm_data.setup AS s"
		" CROSS JOIN LATERAL (SELECT coalesce($4, crm_data.entry_valid_from($3, NULL)) AS valid_from) AS v"
		" LEFT JOIN crm_data.opportunity AS o ON o.opportunity_no = $2",
		.nargs = 4, .argtypes = {INT8OID, TEXTOID, DATEOID, TIMESTAMPTZOID}
	};
	static const char *const known[] = {"opportunity_entry_id", "opportunity_no", "date_of_change", "valid_from"};
	TriggerData *trigger = CheckRowTrigger(fcinfo, "opportunity_entry_insert");
	HeapTuple	tuple = trigger->tg_trigtuple;
	MemoryContext caller = CurrentMemoryContext;
	Datum		values[lengthof(known)];
	bool		isnull[lengthof(known)];
	CrmScope	scope;

	if (!HasBlanks(trigger))
		return PointerGetDatum(tuple);
	for (int i = 0; i < lengthof(known); i++)
		values[i] = ColumnOf(trigger->tg_relation, tuple, known[i], &isnull[i]);

	scope = EnterCrm();
	RunAtPresent(&fill, values, isnull);
	MemoryContextSwitchTo(caller);
	for (int i = 0; i < lengthof(blank_columns); i++)
	{
		bool		given,
					unknown;
		Datum		value = ResultValue(0, i + 1, &unknown);

		ColumnOf(trigger->tg_relation, tuple, blank_columns[i], &given);
		if (given && !unknown)
			tuple = WithColumn(trigger->tg_relation, tuple, blank_columns[i], value);
	}
	LeaveCrm(scope);
	return PointerGetDatum(tuple);
}
