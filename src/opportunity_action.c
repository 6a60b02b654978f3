/*
 * Moving opportunities from stage to stage (domain/2 sections 6.5 to 6.8). crm_data.opportunity_target() knows what is
 * available, crm_data.opportunity_estimate() the figures.
 */
#include "opportunity_entry.h"
#include "pipeline_change.h"

PG_FUNCTION_INFO_V1(crm_opportunity_first);
PG_FUNCTION_INFO_V1(crm_opportunity_next);
PG_FUNCTION_INFO_V1(crm_opportunity_previous);
PG_FUNCTION_INFO_V1(crm_opportunity_update_figures);
PG_FUNCTION_INFO_V1(crm_opportunity_skip);
PG_FUNCTION_INFO_V1(crm_opportunity_jump);

typedef struct Action
{
	const char *name;
	bool		goes_on;		/* forward: quotes and tasks of stages are asked for */
	bool		chooses_stage;	/* and takes the stage's chances, whatever is given */
	bool		keeps_tasks;	/* O28: cancels none */
} Action;

static const Action first_action = {.name = "first", .keeps_tasks = true};
static const Action next_action = {.name = "next", .goes_on = true};
static const Action previous_action = {.name = "previous"};
static const Action update_action = {.name = "update", .keeps_tasks = true};
static const Action skip_action = {.name = "skip", .goes_on = true, .chooses_stage = true};
static const Action jump_action = {.name = "jump", .chooses_stage = true};

/* The arguments of the SQL functions up to the one that cancels tasks; the rate follows it */
static const DraftField plain_arguments[] = {OPPORTUNITY_NO, ESTIMATED_VALUE, CHANCES_PCT, DATE_OF_CHANGE, ESTIMATED_CLOSE_DATE};
static const DraftField choosing_arguments[] = {OPPORTUNITY_NO, STAGE, ESTIMATED_VALUE, CHANCES_PCT, DATE_OF_CHANGE, ESTIMATED_CLOSE_DATE};

static void
CheckStage(EntryDraft *draft)
{
	static Statement find = {
		.sql = "SELECT FROM crm_data.opportunity AS o JOIN crm_data.sales_cycle_stage AS st USING (sales_cycle_code)"
		" WHERE o.opportunity_no = $1 AND st.sales_cycle_stage = $3",
		.nargs = DRAFT_FIELDS, .argtypes = DRAFT_TYPES, .generic = true
	};

	if (!draft->isnull[STAGE] && !CheckDraft(&find, draft))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("opportunity \"%s\": its sales cycle has no stage %d", draft->opportunity_no, DatumGetInt32(draft->values[STAGE]))));
}

/* Where the action leads: the stage, and what the entry says of the way there. In ACTION_TAKEN comes the action's name */
static void
FindTarget(EntryDraft *draft, const Action *action)
{
	static Statement find = {
		.sql = "SELECT sales_cycle_stage, action_taken FROM crm_data.opportunity_target($1)"
		" WHERE action = $4 AND ($3 IS NULL OR sales_cycle_stage = $3) ORDER BY sales_cycle_stage DESC LIMIT 1",
		.nargs = DRAFT_FIELDS, .argtypes = DRAFT_TYPES, .generic = true
	};

	CheckStage(draft);
	SetDraftText(draft, ACTION_TAKEN, action->name);
	if (!CheckDraft(&find, draft))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("opportunity \"%s\": action \"%s\" is not available", draft->opportunity_no, action->name),
				 errdetail("The opportunity is %s.", draft->status),
				 errhint("crm.opportunity_action() lists what can be done with it.")));
	draft->values[STAGE] = ResultValue(0, 1, &draft->isnull[STAGE]);
	SetDraftText(draft, ACTION_TAKEN, ResultText(0, 2));
}

/* O25: asked on the way on only */
static void
CheckQuote(EntryDraft *draft)
{
	static Statement find = {
		.sql = "SELECT st.description FROM crm_data.opportunity AS o JOIN crm_data.sales_cycle_stage AS st USING (sales_cycle_code)"
		" WHERE o.opportunity_no = $1 AND st.sales_cycle_stage = $3 AND st.quote_required"
		" AND NOT EXISTS (SELECT FROM crm_data.linked_quote(o.opportunity_no))",
		.nargs = DRAFT_FIELDS, .argtypes = DRAFT_TYPES, .generic = true
	};

	if (CheckDraft(&find, draft))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("opportunity \"%s\" has no quote", draft->opportunity_no),
				 errdetail("Stage \"%s\" requires one.", ResultText(0, 1)),
				 errhint("Link a quote with crm.link_document() first.")));
}

static void
BeInProgress(EntryDraft *draft)
{
	static Statement start = {
		.sql = "UPDATE crm_data.opportunity SET status = 'in progress' WHERE opportunity_no = $1",
		.nargs = DRAFT_FIELDS, .argtypes = DRAFT_TYPES, .generic = true
	};

	if (strcmp(draft->status, "not started") == 0)
		WriteOpportunity(&start, draft->values, draft->isnull);
}

/* Within EnterCrm(); returns the number of the entry */
static Datum
Act(EntryDraft *draft, const Action *action, bool cancel_tasks)
{
	Datum		entry_no;

	LockDraft(draft);
	FindTarget(draft, action);
	draft->values[RESETS_CHANCES] = BoolGetDatum(action->chooses_stage);
	if (cancel_tasks && !action->keeps_tasks)
		CancelOpenTasks(draft);
	if (action->goes_on)
	{
		CheckQuote(draft);
		CheckTasksClosed(draft);
	}
	entry_no = AppendOpportunityEntry(draft);
	if (action != &update_action)
		CreateTasks(entry_no);
	BeInProgress(draft);
	return entry_no;
}

/* What the SQL functions share */
static Datum
ActOnArguments(FunctionCallInfo fcinfo, const Action *action)
{
	int			ncommon = action->chooses_stage ? lengthof(choosing_arguments) : lengthof(plain_arguments);
	EntryDraft	draft;
	CrmScope	scope;
	Datum		entry_no;

	StartDraft(&draft, fcinfo, action->chooses_stage ? choosing_arguments : plain_arguments, ncommon);
	draft.values[CURRENCY_RATE] = PG_GETARG_DATUM(ncommon + 1);
	draft.isnull[CURRENCY_RATE] = PG_ARGISNULL(ncommon + 1);
	if (action == &skip_action && draft.isnull[STAGE])
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("sales_cycle_stage cannot be null")));

	scope = EnterCrm();
	entry_no = Act(&draft, action, !PG_ARGISNULL(ncommon) && PG_GETARG_BOOL(ncommon));
	CompactPipelineOnTheWay(DatumGetInt64(entry_no));
	LeaveCrm(scope);
	return entry_no;
}

/* For crm.create_opportunity(), within EnterCrm() */
void
ActivateOpportunity(EntryDraft *draft)
{
	Act(draft, &first_action, false);
}

/*
 * crm.opportunity_first(), _next(), _previous(), _update(), _skip(), _jump()
 */
Datum
crm_opportunity_first(PG_FUNCTION_ARGS)
{
	return ActOnArguments(fcinfo, &first_action);
}

Datum
crm_opportunity_next(PG_FUNCTION_ARGS)
{
	return ActOnArguments(fcinfo, &next_action);
}

Datum
crm_opportunity_previous(PG_FUNCTION_ARGS)
{
	return ActOnArguments(fcinfo, &previous_action);
}

Datum
crm_opportunity_update_figures(PG_FUNCTION_ARGS)
{
	return ActOnArguments(fcinfo, &update_action);
}

Datum
crm_opportunity_skip(PG_FUNCTION_ARGS)
{
	return ActOnArguments(fcinfo, &skip_action);
}

Datum
crm_opportunity_jump(PG_FUNCTION_ARGS)
{
	return ActOnArguments(fcinfo, &jump_action);
}
