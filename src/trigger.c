/*
 * What all triggers share, and the small triggers that belong to no one noun.
 */
#include "crm.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "commands/trigger.h"
#include "utils/datum.h"
#include "utils/inval.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(crm_setup_singleton);
PG_FUNCTION_INFO_V1(crm_normalize_codes);
PG_FUNCTION_INFO_V1(crm_forget);

/* The protocol check of every trigger; core's own words, so that its translations serve */
TriggerData *
CheckTrigger(FunctionCallInfo fcinfo, const char *function)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by trigger manager", function)));
	return (TriggerData *) fcinfo->context;
}

/* The same of row triggers */
TriggerData *
CheckRowTrigger(FunctionCallInfo fcinfo, const char *function)
{
	TriggerData *trigger = CheckTrigger(fcinfo, function);

	if (!TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired for row", function)));
	return trigger;
}

/* The row that a BEFORE trigger is asked about */
HeapTuple
NewTuple(TriggerData *trigger)
{
	return TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple;
}

Datum
ColumnOf(Relation relation, HeapTuple tuple, const char *name, bool *isnull)
{
	TupleDesc	tupdesc = RelationGetDescr(relation);

	return SPI_getbinval(tuple, tupdesc, SPI_fnumber(tupdesc, name), isnull);
}

/* The same as a C string, NULL for a null */
char *
ColumnText(Relation relation, HeapTuple tuple, const char *name)
{
	TupleDesc	tupdesc = RelationGetDescr(relation);

	return SPI_getvalue(tuple, tupdesc, SPI_fnumber(tupdesc, name));
}

/* The row with a column replaced */
HeapTuple
WithColumn(Relation relation, HeapTuple tuple, const char *name, Datum value)
{
	int			attnum = SPI_fnumber(RelationGetDescr(relation), name);
	bool		isnull = false;

	return heap_modify_tuple_by_cols(tuple, RelationGetDescr(relation), 1, &attnum, &value, &isnull);
}

/* The row that a BEFORE trigger is asked about, and what it was before an UPDATE */
TriggerRow
ReadTriggerRow(TriggerData *trigger)
{
	return (TriggerRow) {
		trigger->tg_relation, TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_trigtuple : NULL, NewTuple(trigger)
	};
}

char *
RowText(const TriggerRow *row, const char *column)
{
	return ColumnText(row->relation, row->tuple, column);
}

char *
FormerRowText(const TriggerRow *row, const char *column)
{
	return row->former ? ColumnText(row->relation, row->former, column) : NULL;
}

bool
RowChanged(const TriggerRow *row, const char *column)
{
	char	   *former = FormerRowText(row, column);
	char	   *value = RowText(row, column);

	return value == NULL || former == NULL ? value != former : strcmp(value, former) != 0;
}

void
SetRowValue(TriggerRow *row, const char *column, Datum value, bool isnull)
{
	int			attnum = SPI_fnumber(RelationGetDescr(row->relation), column);

	row->tuple = heap_modify_tuple_by_cols(row->tuple, RelationGetDescr(row->relation), 1, &attnum, &value, &isnull);
}

void
SetRowText(TriggerRow *row, const char *column, const char *value)
{
	SetRowValue(row, column, value ? CStringGetTextDatum(value) : (Datum) 0, value == NULL);
}

/* The new row with last_modified_at set to now; NULL where the statement brought a stamp of its own */
HeapTuple
StampedTuple(TriggerData *trigger)
{
	bool		isnull;
	bool		was_null = true;
	Datum		stamp = ColumnOf(trigger->tg_relation, NewTuple(trigger), "last_modified_at", &isnull);
	Datum		former = 0;

	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		former = ColumnOf(trigger->tg_relation, trigger->tg_trigtuple, "last_modified_at", &was_null);
	if (!isnull && (was_null || stamp != former))
		return NULL;
	return WithColumn(trigger->tg_relation, NewTuple(trigger), "last_modified_at",
					  TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()));
}

/* The one row of crm_data.setup gives way to the row that is inserted */
Datum
crm_setup_singleton(PG_FUNCTION_ARGS)
{
	static Statement delete_row = {.sql = "DELETE FROM crm_data.setup"};
	TriggerData *trigger = CheckRowTrigger(fcinfo, "setup_singleton");

	SPI_connect();
	RunStatement(&delete_row, NULL, NULL);
	SPI_finish();

	return PointerGetDatum(trigger->tg_trigtuple);
}

/* A code without outer blanks and in upper case; nothing left means no code */
Datum
NormalizeCode(Datum code, Oid collation, bool *isnull)
{
	Datum		upper_code = DirectFunctionCall1Coll(upper, collation, DirectFunctionCall1(btrim1, code));

	*isnull = VARSIZE_ANY_EXHDR(DatumGetPointer(upper_code)) == 0;
	return upper_code;
}

/* Codes are upper-cased on entry: the arguments name the columns (domain/1, conventions) */
Datum
crm_normalize_codes(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "normalize_codes");
	TupleDesc	tupdesc = RelationGetDescr(trigger->tg_relation);
	HeapTuple	tuple = NewTuple(trigger);

	for (int i = 0; i < trigger->tg_trigger->tgnargs; i++)
	{
		int			attnum = SPI_fnumber(tupdesc, trigger->tg_trigger->tgargs[i]);
		bool		isnull;
		Datum		given = SPI_getbinval(tuple, tupdesc, attnum, &isnull);
		Datum		code;

		if (isnull)
			continue;
		code = NormalizeCode(given, TupleDescAttr(tupdesc, attnum - 1)->attcollation, &isnull);
		if (isnull || !datum_image_eq(given, code, false, -1))
			tuple = heap_modify_tuple_by_cols(tuple, tupdesc, 1, &attnum, &code, &isnull);
	}
	return PointerGetDatum(tuple);
}

/*
 * AFTER statement trigger: whatever a backend remembers of the table of crm_data that
 * the argument names is out of date. An invalidation of its relation-cache entry is
 * transactional and reaches every backend.
 */
Datum
crm_forget(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckTrigger(fcinfo, "forget");

	CacheInvalidateRelcacheByRelid(CrmTable(trigger->tg_trigger->tgargs[0]));
	return PointerGetDatum(NULL);
}
