/*
 * Splits of opportunities among salespeople.
 */
#include "crm.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(crm_check_split);

static void pg_attribute_noreturn()
RefuseSplit(Datum opportunity_no, const char *sum)
{
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("opportunity \"%s\" is split into parts that add up to %s percent", TextDatumGetCString(opportunity_no), sum),
			 errdetail("Parts add up to 100 percent when the transaction ends, or there are none.")));
}

/* The lock makes of two who split the same opportunity the second see what the first has done */
static void
CheckSplit(Datum opportunity_no)
{
	static Statement lock = {
		.sql = "SELECT FROM crm_data.opportunity WHERE opportunity_no = $1 FOR NO KEY UPDATE",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	static Statement add_up = {
		.sql = "SELECT trim_scale(sum(split_pct)) FROM crm_data.opportunity_split WHERE opportunity_no = $1 HAVING sum(split_pct) <> 100",
		.nargs = 1, .argtypes = {TEXTOID}
	};

	RunStatement(&lock, &opportunity_no, NULL);
	if (RunAtPresent(&add_up, &opportunity_no, NULL) > 0)
		RefuseSplit(opportunity_no, ResultText(0, 1));
}

/* CONSTRAINT TRIGGER, deferred: after all, the parts of the opportunity, and of the one that a part was moved from */
Datum
crm_check_split(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "check_split");
	bool		isnull;
	CrmScope	scope = EnterCrm();

	CheckSplit(ColumnOf(trigger->tg_relation, trigger->tg_trigtuple, "opportunity_no", &isnull));
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		CheckSplit(ColumnOf(trigger->tg_relation, trigger->tg_newtuple, "opportunity_no", &isnull));
	LeaveCrm(scope);
	return PointerGetDatum(NULL);
}
