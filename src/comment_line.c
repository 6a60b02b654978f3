/*
 * Comment lines (domain/1 section 4).
 */
#include "crm.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(crm_comment_line);

/* The work date, unless a comment of that date on the same owner exists; then NULL */
static Datum
DateOfFirstComment(Relation relation, HeapTuple tuple, bool *isnull)
{
	static Statement find = {
		.sql = "SELECT (SELECT w.work_date WHERE NOT EXISTS (SELECT FROM crm_data.comment_line"
		" WHERE comment_date = w.work_date AND (contact_id = $1 OR web_source_code = $2 OR interaction_id = $3 OR opportunity_no = $4)))"
		" FROM crm.work_date() AS w (work_date)",
		.nargs = 4, .argtypes = {INT8OID, TEXTOID, INT8OID, TEXTOID}
	};
	Datum		values[4];
	bool		nulls[4];

	values[0] = ColumnOf(relation, tuple, "contact_id", &nulls[0]);
	values[1] = ColumnOf(relation, tuple, "web_source_code", &nulls[1]);
	values[2] = ColumnOf(relation, tuple, "interaction_id", &nulls[2]);
	values[3] = ColumnOf(relation, tuple, "opportunity_no", &nulls[3]);
	RunStatement(&find, values, nulls);
	return ResultValue(0, 1, isnull);
}

/*
 * BEFORE INSERT OR UPDATE ON crm_data.comment_line: the first comment of a day bears
 * the work date. A row that brings last_modified_at is taken as it is.
 */
Datum
crm_comment_line(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "comment_line");
	Relation	relation = trigger->tg_relation;
	HeapTuple	tuple = StampedTuple(trigger);
	SavedUser	user;
	Datum		date;
	bool		isnull;

	if (tuple == NULL)
		return PointerGetDatum(NewTuple(trigger));

	ColumnOf(relation, tuple, "comment_date", &isnull);
	if (!isnull || !TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		return PointerGetDatum(tuple);

	user = BecomeUser(OwnerOf(RelationGetRelid(relation)));
	SPI_connect();
	date = DateOfFirstComment(relation, tuple, &isnull);
	SPI_finish();
	RestoreUser(user);

	return PointerGetDatum(isnull ? tuple : WithColumn(relation, tuple, "comment_date", date));
}
