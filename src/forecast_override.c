/*
 * What managers say about the forecast.
 */
#include "crm.h"

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
