/*
 * What sales cycles and their stages must keep to (domain/2 section 6.1): where deals are does not go, whether it is
 * deleted or gets another number.
 */
#include "crm.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "storage/lmgr.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(crm_sales_cycle_delete);
PG_FUNCTION_INFO_V1(crm_sales_cycle_stage_leaves);
PG_FUNCTION_INFO_V1(crm_rolls_up_changes);
PG_FUNCTION_INFO_V1(crm_close_type_changes);

/* The one deal that a statement finds as of now; NULL when there is none */
static char *
FindDeal(Statement *find, Datum *key)
{
	MemoryContext context = CurrentMemoryContext;
	CrmScope	scope = EnterCrm();
	char	   *deal = NULL;

	if (RunAtPresent(find, key, NULL) > 0)
		deal = MemoryContextStrdup(context, ResultText(0, 1));
	LeaveCrm(scope);
	return deal;
}

/*
 * BEFORE DELETE ON crm_data.sales_cycle: one that has opportunities stays; the foreign key says the same, but not in the
 * user's words.
 */
Datum
crm_sales_cycle_delete(PG_FUNCTION_ARGS)
{
	static Statement find = {
		.sql = "SELECT opportunity_no FROM crm_data.opportunity WHERE sales_cycle_code = $1"
		" ORDER BY status IN ('won', 'lost') LIMIT 1",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	TriggerData *trigger = CheckRowTrigger(fcinfo, "sales_cycle_delete");
	bool		isnull;
	Datum		code = ColumnOf(trigger->tg_relation, trigger->tg_trigtuple, "sales_cycle_code", &isnull);
	char	   *deal = FindDeal(&find, &code);

	if (deal != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
				 errmsg("sales cycle \"%s\" has opportunities", TextDatumGetCString(code)),
				 errdetail("Opportunity \"%s\" goes through it.", deal),
				 errhint("Block the cycle instead, so that it gets no new ones.")));
	return PointerGetDatum(trigger->tg_trigtuple);
}

/*
 * BEFORE DELETE, or UPDATE of the key, ON crm_data.sales_cycle_stage: a stage on which deals stand stays. Who has acted on an
 * opportunity may be about to put it there, so he comes first, and who acts from now on sees what has become of the stage.
 */
Datum
crm_sales_cycle_stage_leaves(PG_FUNCTION_ARGS)
{
	static Statement find = {
		.sql = "SELECT opportunity_no FROM crm_data.opportunity_entry"
		" WHERE sales_cycle_code = $1 AND sales_cycle_stage = $2 AND sales_cycle_stage > 0 AND active LIMIT 1",
		.nargs = 2, .argtypes = {TEXTOID, INT4OID}
	};
	TriggerData *trigger = CheckRowTrigger(fcinfo, "sales_cycle_stage_leaves");
	bool		isnull;
	Datum		key[] = {
		ColumnOf(trigger->tg_relation, trigger->tg_trigtuple, "sales_cycle_code", &isnull),
		ColumnOf(trigger->tg_relation, trigger->tg_trigtuple, "sales_cycle_stage", &isnull)
	};
	char	   *deal;

	LockRelationOid(CrmTable("opportunity_entry"), ShareRowExclusiveLock);
	deal = FindDeal(&find, key);
	if (deal != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
				 errmsg("stage %d of sales cycle \"%s\" has open opportunities", DatumGetInt32(key[1]), TextDatumGetCString(key[0])),
				 errdetail("Opportunity \"%s\" stands on it.", deal),
				 errhint("Move its opportunities to other stages, or close them.")));
	return PointerGetDatum(NewTuple(trigger));
}

/* BEFORE UPDATE of the type ON crm_data.close_opportunity_code: deals were closed with it as what it is */
Datum
crm_close_type_changes(PG_FUNCTION_ARGS)
{
	static Statement find = {
		.sql = "SELECT opportunity_no FROM crm_data.opportunity_entry WHERE close_opportunity_code = $1 LIMIT 1",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	TriggerData *trigger = CheckRowTrigger(fcinfo, "close_type_changes");
	bool		isnull;
	Datum		code = ColumnOf(trigger->tg_relation, trigger->tg_trigtuple, "close_opportunity_code", &isnull);
	char	   *deal = FindDeal(&find, &code);

	if (deal != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("type of close opportunity code \"%s\" cannot be changed", TextDatumGetCString(code)),
				 errdetail("Opportunity \"%s\" was closed with it.", deal),
				 errhint("Make another code.")));
	return PointerGetDatum(NewTuple(trigger));
}

/* AFTER UPDATE of rolls_up ON crm_data.sales_cycle: open deals weigh by the other probability from now on */
Datum
crm_rolls_up_changes(PG_FUNCTION_ARGS)
{
	static Statement reweigh = {
		.sql = "SELECT crm_data.revise_entries(array_agg(opportunity_no)) FROM crm_data.opportunity_entry"
		" WHERE sales_cycle_code = $1 AND active AND sales_cycle_stage > 0",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	TriggerData *trigger = CheckRowTrigger(fcinfo, "rolls_up_changes");
	bool		isnull;
	Datum		code = ColumnOf(trigger->tg_relation, trigger->tg_newtuple, "sales_cycle_code", &isnull);
	CrmScope	scope = EnterCrm();

	RunStatement(&reweigh, &code, NULL);
	LeaveCrm(scope);
	return PointerGetDatum(NULL);
}
