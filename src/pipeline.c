/*
 * Reading the pipeline by plans that are kept: what is open now (crm_data.pipeline_of()) and where the past is read
 * from takes less than a millisecond, planning it several. With the rights of the caller.
 */
#include "crm.h"

#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(crm_pipeline_now);
PG_FUNCTION_INFO_V1(crm_local_date);
PG_FUNCTION_INFO_V1(crm_nearest_balance);

static void
PutGroup(TupleTableSlot *slot, void *result)
{
	tuplestore_puttupleslot(((ReturnSetInfo *) result)->setResult, slot);
}

/* crm_data.pipeline_now(dimension) */
Datum
crm_pipeline_now(PG_FUNCTION_ARGS)
{
	static Statement read = {
		.sql = "SELECT * FROM crm_data.pipeline_of($1)", .nargs = 1, .argtypes = {TEXTOID}, .generic = true
	};

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	StreamStatement(&read, (Datum[]) {PG_GETARG_DATUM(0)}, PutGroup, fcinfo->resultinfo);
	SPI_finish();
	return (Datum) 0;
}

/* What a statement with one argument finds, by the caller's snapshot */
static Datum
ValueFor(FunctionCallInfo fcinfo, Statement *statement)
{
	Datum		value;
	bool		isnull;

	SPI_connect();
	RunAsSeen(statement, (Datum[]) {PG_GETARG_DATUM(0)}, NULL);
	value = ResultValue(0, 1, &isnull);
	SPI_finish();
	if (isnull)
		PG_RETURN_NULL();
	return value;
}

#define TIME_ZONE "(SELECT coalesce((SELECT time_zone FROM crm_data.setup), 'UTC') AS time_zone OFFSET 0) AS z"

/* crm_data.local_date(at) */
Datum
crm_local_date(PG_FUNCTION_ARGS)
{
	static Statement find = {
		.sql = "SELECT ($1 AT TIME ZONE z.time_zone)::date FROM " TIME_ZONE,
		.nargs = 1, .argtypes = {TIMESTAMPTZOID}, .generic = true
	};

	return ValueFor(fcinfo, &find);
}

/*
 * crm_data.nearest_balance(at): balances are of days, so an instant is read from the end of its day or of the one before,
 * whichever is likely to have fewer entries between: it is in the later or the earlier half of the time between
 * the first and the last of its day.
 */
Datum
crm_nearest_balance(PG_FUNCTION_ARGS)
{
	static Statement find = {
		.sql = "SELECT crm_data.last_moment(CASE WHEN $1 >= e.first_at + (e.last_at - e.first_at) / 2 THEN d.day ELSE d.day - 1 END, z.time_zone)"
		" FROM " TIME_ZONE
		" CROSS JOIN LATERAL (SELECT ($1 AT TIME ZONE z.time_zone)::date AS day OFFSET 0) AS d"
		" CROSS JOIN LATERAL (SELECT"
		" (SELECT min(x.valid_from) FROM crm_data.opportunity_entry AS x WHERE x.effective_date = d.day) AS first_at,"
		" (SELECT max(x.valid_from) FROM crm_data.opportunity_entry AS x WHERE x.effective_date = d.day) AS last_at) AS e",
		.nargs = 1, .argtypes = {TIMESTAMPTZOID}, .generic = true
	};

	return ValueFor(fcinfo, &find);
}
