/*
 * The open pipeline of now (crm_data.pipeline_of()), by a plan that is kept: reading a dimension takes less than a
 * millisecond, planning it several. Runs with the rights of the caller.
 */
#include "crm.h"

#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(crm_pipeline_now);

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
