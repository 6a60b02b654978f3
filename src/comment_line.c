/*
 * Comment lines of contacts, web sources and interactions.
 */
#include "crm.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(crm_date_comment);

/* The work date, unless a line of the same owner carries it already */
static Datum
FirstLineDate(HeapTuple tuple, TupleDesc tupdesc, bool *isnull)
{
	static Statement read = {
		.sql = "SELECT today.work_date FROM (SELECT crm.work_date()) AS today (work_date) WHERE NOT EXISTS"
		" (SELECT FROM crm_data.comment_line c WHERE c.comment_date = today.work_date"
		" AND (c.contact_id = $1 OR c.web_source_code = $2 OR c.interaction_id = $3))",
		.nargs = 3, .argtypes = {INT8OID, TEXTOID, INT8OID}
	};
	static const char *const owners[] = {"contact_id", "web_source_code", "interaction_id"};
	Datum		values[lengthof(owners)];
	bool		nulls[lengthof(owners)];
	Datum		result = 0;

	for (int i = 0; i < lengthof(owners); i++)
		values[i] = SPI_getbinval(tuple, tupdesc, SPI_fnumber(tupdesc, owners[i]), &nulls[i]);

	*isnull = true;
	SPI_connect();
	if (RunStatement(&read, values, nulls) > 0)
		result = ResultValue(0, 1, isnull);
	SPI_finish();
	return result;
}

/* The first line of a day gets the work date (domain/1 section 4) */
Datum
crm_date_comment(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "date_comment");
	TupleDesc	tupdesc = RelationGetDescr(trigger->tg_relation);
	HeapTuple	tuple = trigger->tg_trigtuple;
	int			columns[] = {SPI_fnumber(tupdesc, "created_at"), SPI_fnumber(tupdesc, "comment_date")};
	Datum		values[] = {TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()), 0};
	bool		isnull[] = {false, false};

	values[1] = SPI_getbinval(tuple, tupdesc, columns[1], &isnull[1]);
	if (isnull[1])
		values[1] = FirstLineDate(tuple, tupdesc, &isnull[1]);
	return PointerGetDatum(heap_modify_tuple_by_cols(tuple, tupdesc, 2, columns, values, isnull));
}
