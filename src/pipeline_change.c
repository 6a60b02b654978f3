/*
 * The open pipeline as an account (schema/pipeline.sql).
 *
 * An entry of an opportunity says which position the deal left and which it took, so it is all that
 * is needed to know how the pipeline moved. A copy of what matters is appended to
 * crm_data.pipeline_change: writers never wait for each other, and what is rolled back never moved
 * anything. Compaction adds the rows up; it takes them away and adds them in one transaction, so that whoever
 * reads sees each of them once, as a row or in a balance, in his snapshot.
 *
 * One compacts at a time: SHARE UPDATE EXCLUSIVE on the balances, which nobody waits for but another
 * who was asked to compact. Every COMPACTION_INTERVALth entry compacts on the way, if nobody else does; not
 * above READ COMMITTED, where rows that have gone meanwhile would fail the user's transaction, and
 * never within a posting.
 */
#include "pipeline_change.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "storage/lmgr.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#define COMPACTION_INTERVAL 512
#define COMPACTION_LIMIT 5000
#define COMPACTION_PART 100000

PG_FUNCTION_INFO_V1(crm_note_pipeline_change);
PG_FUNCTION_INFO_V1(crm_forget_pipeline);
PG_FUNCTION_INFO_V1(crm_time_zone_changed);
PG_FUNCTION_INFO_V1(crm_compact_pipeline);
PG_FUNCTION_INFO_V1(crm_rebuild_pipeline);

/* Where columns of an entry are that decide whether and what it moved */
typedef struct EntryColumns
{
	int			sales_cycle_stage;
	int			previous_estimated_value;
	int			copied[FLEXIBLE_ARRAY_MEMBER];	/* for each column of pipeline_change; -1 for sign, the first */
} EntryColumns;

typedef struct Entry
{
	const EntryColumns *columns;
	Datum	   *values;
	bool	   *isnull;
} Entry;

static int
EntryColumn(Relation relation, const char *name)
{
	int			column = SPI_fnumber(RelationGetDescr(relation), name);

	if (column <= 0)
		elog(ERROR, "opportunity_entry has no column \"%s\"", name);
	return column - 1;
}

/* Looked up once for each statement */
static const EntryColumns *
FindColumns(FmgrInfo *trigger, Relation relation, TupleDesc changes)
{
	EntryColumns *columns = trigger->fn_extra;

	if (columns)
		return columns;
	columns = MemoryContextAlloc(trigger->fn_mcxt, offsetof(EntryColumns, copied) + sizeof(int) * changes->natts);
	columns->sales_cycle_stage = EntryColumn(relation, "sales_cycle_stage");
	columns->previous_estimated_value = EntryColumn(relation, "previous_estimated_value");
	columns->copied[0] = -1;
	for (int i = 1; i < changes->natts; i++)
		columns->copied[i] = EntryColumn(relation, NameStr(TupleDescAttr(changes, i)->attname));
	trigger->fn_extra = columns;
	return columns;
}

static bool
IsOpen(const Entry *entry)
{
	return DatumGetInt32(entry->values[entry->columns->sales_cycle_stage]) > 0;
}

static bool
WasOpen(const Entry *entry)
{
	return !entry->isnull[entry->columns->previous_estimated_value];
}

static void
AppendChange(Relation changes, const Entry *entry, int sign)
{
	TupleDesc	tupdesc = RelationGetDescr(changes);
	Datum	   *values = palloc(sizeof(Datum) * tupdesc->natts);
	bool	   *isnull = palloc(sizeof(bool) * tupdesc->natts);

	values[0] = Int32GetDatum(sign);
	isnull[0] = false;
	for (int i = 1; i < tupdesc->natts; i++)
	{
		int			column = entry->columns->copied[i];

		values[i] = entry->values[column];
		isnull[i] = entry->isnull[column];
	}
	simple_heap_insert(changes, heap_form_tuple(tupdesc, values, isnull));
}

static void
NoteEntry(FmgrInfo *trigger, Relation relation, HeapTuple tuple, int sign)
{
	Relation	changes = table_open(CrmTable("pipeline_change"), RowExclusiveLock);
	TupleDesc	tupdesc = RelationGetDescr(relation);
	Entry		entry = {.columns = FindColumns(trigger, relation, RelationGetDescr(changes))};

	entry.values = palloc(sizeof(Datum) * tupdesc->natts);
	entry.isnull = palloc(sizeof(bool) * tupdesc->natts);
	heap_deform_tuple(tuple, tupdesc, entry.values, entry.isnull);
	if (WasOpen(&entry) || IsOpen(&entry))
		AppendChange(changes, &entry, sign);
	table_close(changes, NoLock);
}

/* AFTER INSERT OR DELETE, OR UPDATE of what the pipeline is made of, ON crm_data.opportunity_entry */
Datum
crm_note_pipeline_change(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "note_pipeline_change");

	if (!TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		NoteEntry(fcinfo->flinfo, trigger->tg_relation, trigger->tg_trigtuple, -1);
	if (!TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		NoteEntry(fcinfo->flinfo, trigger->tg_relation, NewTuple(trigger), 1);
	return PointerGetDatum(NULL);
}

/* AFTER TRUNCATE ON crm_data.opportunity_entry */
Datum
crm_forget_pipeline(PG_FUNCTION_ARGS)
{
	static Statement forget = {.sql = "TRUNCATE crm_data.pipeline_change, crm_data.pipeline_balance"};
	CrmScope	scope;

	CheckTrigger(fcinfo, "forget_pipeline");
	scope = EnterCrm();
	RunStatement(&forget, NULL, NULL);
	LeaveCrm(scope);
	return PointerGetDatum(NULL);
}

/*
 * AFTER INSERT, or UPDATE of the time zone, ON crm_data.setup: a day is another one there. The trigger on the entries that
 * change moves what is added up.
 */
Datum
crm_time_zone_changed(PG_FUNCTION_ARGS)
{
	static Statement follow = {
		.sql = "UPDATE crm_data.opportunity_entry SET effective_date = crm_data.local_date(valid_from)"
		" WHERE effective_date <> crm_data.local_date(valid_from)"
	};
	CrmScope	scope;

	CheckRowTrigger(fcinfo, "time_zone_changed");
	scope = EnterCrm();
	RunStatement(&follow, NULL, NULL);
	LeaveCrm(scope);
	return PointerGetDatum(NULL);
}

/* Who calls holds the lock. Returns how many changes were added up. */
static int64
AddUpChanges(int64 limit)
{
	static Statement add_up = {
		.sql = "SELECT crm_data.add_up_changes($1)", .nargs = 1, .argtypes = {INT8OID}
	};
	CrmScope	scope = EnterCrm();
	bool		isnull;
	int64		count;

	RunStatement(&add_up, (Datum[]) {Int64GetDatum(limit)}, NULL);
	count = DatumGetInt64(ResultValue(0, 1, &isnull));
	LeaveCrm(scope);
	return count;
}

/* In parts, as their sums are kept in memory */
static int64
AddUpAllChanges(void)
{
	int64		total = 0;
	int64		count;

	while ((count = AddUpChanges(COMPACTION_PART)) > 0)
		total += count;
	return total;
}

/* For who has written an entry on behalf of a person */
void
CompactPipelineOnTheWay(int64 opportunity_entry_id)
{
	Oid			balances = CrmTable("pipeline_balance");

	if (opportunity_entry_id % COMPACTION_INTERVAL == 0 && !IsolationUsesXactSnapshot() &&
		ConditionalLockRelationOid(balances, ShareUpdateExclusiveLock))
		AddUpChanges(COMPACTION_LIMIT);
}

/* crm.compact_pipeline() */
Datum
crm_compact_pipeline(PG_FUNCTION_ARGS)
{
	LockRelationOid(CrmTable("pipeline_balance"), ShareUpdateExclusiveLock);
	PG_RETURN_INT64(AddUpAllChanges());
}

/*
 * crm.rebuild_pipeline(): nothing may move that is not copied. Rows are deleted rather than truncated: who reads goes on, and
 * sees what was there before.
 */
Datum
crm_rebuild_pipeline(PG_FUNCTION_ARGS)
{
	static Statement forget_changes = {.sql = "DELETE FROM crm_data.pipeline_change"};
	static Statement forget_balances = {.sql = "DELETE FROM crm_data.pipeline_balance"};
	static Statement copy = {
		.sql = "INSERT INTO crm_data.pipeline_change"
		" SELECT * FROM crm_data.changes_of_entries(1, '-infinity', 'infinity') ORDER BY effective_date"
	};
	CrmScope	scope;

	LockRelationOid(CrmTable("opportunity_entry"), ShareRowExclusiveLock);
	LockRelationOid(CrmTable("pipeline_balance"), ShareUpdateExclusiveLock);
	scope = EnterCrm();
	WriteAtPresent(&forget_changes, NULL, NULL);
	WriteAtPresent(&forget_balances, NULL, NULL);
	WriteAtPresent(&copy, NULL, NULL);
	LeaveCrm(scope);
	PG_RETURN_INT64(AddUpAllChanges());
}
