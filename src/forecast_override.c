/*
 * What managers say about the forecast.
 */
#include "crm.h"

#include "commands/trigger.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(crm_stamp_override);
PG_FUNCTION_INFO_V1(crm_refuse_override_update);

/* BEFORE UPDATE by hand: what was said once stays known */
Datum
crm_refuse_override_update(PG_FUNCTION_ARGS)
{
	CheckRowTrigger(fcinfo, "refuse_override_update");
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("an override of a forecast is never rewritten"),
			 errhint("Insert another one: the newest counts.")));
}

/* BEFORE INSERT: who said it and when is not for everybody to say, only for who restores overrides and may rewrite them */
Datum
crm_stamp_override(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "stamp_override");
	Relation	overrides = trigger->tg_relation;
	HeapTuple	tuple = trigger->tg_trigtuple;

	if (pg_class_aclcheck(RelationGetRelid(overrides), GetUserId(), ACL_UPDATE) == ACLCHECK_OK)
		return PointerGetDatum(tuple);
	tuple = WithColumn(overrides, tuple, "user_name", CStringGetTextDatum(GetUserNameFromId(GetSessionUserId(), false)));
	return PointerGetDatum(WithColumn(overrides, tuple, "recorded_at", TimestampTzGetDatum(GetCurrentTimestamp())));
}
