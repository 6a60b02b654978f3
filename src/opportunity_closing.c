/*
 * Closing opportunities, won or lost (domain/2 section 6.9).
 */
#include "opportunity_entry.h"

PG_FUNCTION_INFO_V1(crm_opportunity_won);
PG_FUNCTION_INFO_V1(crm_opportunity_lost);

/* The code given, else the one that goes without saying */
static void
FindCloseCode(EntryDraft *draft)
{
	static Statement find = {
		.sql = "SELECT coalesce(crm_data.as_code($11), CASE WHEN $4 = 'won' THEN s.won_close_opportunity_code END,"
		" (SELECT min(c.close_opportunity_code) FROM crm_data.close_opportunity_code AS c WHERE c.close_type = $4 HAVING count(*) = 1))"
		" FROM crm_data.setup AS s",
		.nargs = DRAFT_FIELDS, .argtypes = DRAFT_TYPES, .generic = true
	};

	if (!CheckDraft(&find, draft) || ResultText(0, 1) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NOT_NULL_VIOLATION),
				 errmsg("opportunity \"%s\" cannot be closed without a code", draft->opportunity_no),
				 errhint("Give close_opportunity_code, a key of crm.close_opportunity_code.")));
	SetDraftText(draft, CLOSE_OPPORTUNITY_CODE, ResultText(0, 1));
}

static void
CheckCloseCode(EntryDraft *draft)
{
	static Statement find = {
		.sql = "SELECT close_type, close_type = $4 FROM crm_data.close_opportunity_code WHERE close_opportunity_code = $11",
		.nargs = DRAFT_FIELDS, .argtypes = DRAFT_TYPES, .generic = true
	};
	char	   *code = TextDatumGetCString(draft->values[CLOSE_OPPORTUNITY_CODE]);

	if (!CheckDraft(&find, draft))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("close opportunity code \"%s\" does not exist", code)));
	if (!ResultTrue(0, 2))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("opportunity \"%s\" cannot be closed with code \"%s\"", draft->opportunity_no, code),
				 errdetail("The code is for opportunities that are %s.", ResultText(0, 1))));
}

/* O37: the company, or the person without one, is a customer */
static void
CheckCustomer(EntryDraft *draft)
{
	static Statement find = {
		.sql = "SELECT c.contact_no FROM crm_data.opportunity AS o"
		" LEFT JOIN crm_data.contact AS c ON c.contact_id = coalesce(o.company_id, o.contact_id)"
		" WHERE o.opportunity_no = $1 AND NOT EXISTS (SELECT FROM crm_data.contact_business_relation AS r"
		" WHERE r.contact_id = c.contact_id AND r.link_type = 'customer' AND coalesce(r.card_no, r.card_key) IS NOT NULL)",
		.nargs = DRAFT_FIELDS, .argtypes = DRAFT_TYPES, .generic = true
	};

	if (CheckDraft(&find, draft))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("opportunity \"%s\" cannot be won without a customer", draft->opportunity_no),
				 ResultText(0, 1) ? errdetail("Contact \"%s\" is not linked to a customer.", ResultText(0, 1)) : 0,
				 errhint("Link the contact to a customer with crm.link_card().")));
}

static void
BeClosed(EntryDraft *draft)
{
	static Statement close = {
		.sql = "UPDATE crm_data.opportunity SET status = $4, date_closed = $8 WHERE opportunity_no = $1",
		.nargs = DRAFT_FIELDS, .argtypes = DRAFT_TYPES, .generic = true
	};

	WriteOpportunity(&close, draft->values, draft->isnull);
}

/* Closes as ACTION_TAKEN says; returns the number of the entry. The entry stands at no stage. */
static Datum
Close(EntryDraft *draft, const char *how, bool cancel_tasks)
{
	bool		won = strcmp(how, "won") == 0;
	CrmScope	scope = EnterCrm();
	Datum		entry_no;

	SetDraftText(draft, ACTION_TAKEN, how);
	draft->values[STAGE] = Int32GetDatum(0);
	draft->isnull[STAGE] = false;
	LockDraft(draft);
	FindCloseCode(draft);
	CheckCloseCode(draft);
	if (won)
		CheckCustomer(draft);
	if (cancel_tasks)
		CancelOpenTasks(draft);
	if (won)
		CheckTasksClosed(draft);
	entry_no = AppendOpportunityEntry(draft);
	BeClosed(draft);
	LeaveCrm(scope);
	return entry_no;
}

/*
 * crm.opportunity_won(opportunity_no, close_opportunity_code, sales_value, date_of_change, cancel_open_tasks, currency_rate)
 */
Datum
crm_opportunity_won(PG_FUNCTION_ARGS)
{
	static const DraftField arguments[] = {OPPORTUNITY_NO, CLOSE_OPPORTUNITY_CODE, ESTIMATED_VALUE, DATE_OF_CHANGE};
	EntryDraft	draft;

	StartDraft(&draft, fcinfo, arguments, lengthof(arguments));
	draft.values[CURRENCY_RATE] = PG_GETARG_DATUM(5);
	draft.isnull[CURRENCY_RATE] = PG_ARGISNULL(5);
	return Close(&draft, "won", PG_ARGISNULL(4) || PG_GETARG_BOOL(4));
}

/*
 * crm.opportunity_lost(opportunity_no, close_opportunity_code, date_of_change, cancel_open_tasks)
 */
Datum
crm_opportunity_lost(PG_FUNCTION_ARGS)
{
	static const DraftField arguments[] = {OPPORTUNITY_NO, CLOSE_OPPORTUNITY_CODE, DATE_OF_CHANGE};
	EntryDraft	draft;

	StartDraft(&draft, fcinfo, arguments, lengthof(arguments));
	return Close(&draft, "lost", PG_ARGISNULL(3) || PG_GETARG_BOOL(3));
}
