/*
 * Writing crm_data.interaction below SQL.
 *
 * New entries are collected and go in by multi-insert; a single one costs no more than
 * one heap insert and its index entries. The engine only writes values that satisfy
 * the table's constraints by construction, so these are not evaluated again. The
 * table's triggers note whose figures have changed; here that is done directly.
 *
 * Exactly once. The unique index on (source_id, document_key) WHERE posted decides.
 * An entry is inserted without looking first; its index entry is made with
 * UNIQUE_CHECK_PARTIAL, which reports a possible conflict instead of raising an error.
 * Then the new row is deleted again and the entry that is there is reconciled with it.
 * The ERP's row lock serialises the writers of one document, so conflicts are left to
 * a backfill that runs beside postings, and to keys that the log holds although the
 * ERP's rows went away unseen (session_replication_role = replica).
 *
 * Looking for the entry of a document uses a dirty snapshot: it must see what others
 * have just committed even under REPEATABLE READ, and wait for those in progress.
 *
 * Lock order: the ERP's row, then the log's row. Nothing shared is updated.
 */
#include "interaction_log.h"
#include "contact_change.h"
#include "opportunity_document.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/relscan.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "executor/executor.h"
#include "storage/lmgr.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#define MAX_PENDING 100

struct InteractionLog
{
	Relation	relation;
	TupleDesc	tupdesc;		/* a copy: slots of it cost no reference counting */
	Oid			sequence;
	Oid			key_index;
	EState	   *estate;
	ResultRelInfo *relinfo;
	List	   *arbiters;
	BulkInsertState bulk;
	int			npending;
	int			nslots;
	int			capacity;
	TupleTableSlot **pending;
	LogEntry  **entries;		/* what the pending slots were made of */
	MemoryContext memory;
	ContactChanges changes;
	bool		tracked;
	List	   *events;			/* for opportunities */
	int64		nappended;
	bool		wrote;
};

/* What an entry that is found is known by */
typedef struct LiveEntry
{
	ItemPointerData tid;
	TupleTableSlot *slot;
	LogEntry	entry;
} LiveEntry;

InteractionLog *
OpenInteractionLog(void)
{
	InteractionLog *log = palloc0(sizeof(InteractionLog));
	Oid			schema = get_namespace_oid("crm_data", false);

	log->relation = table_open(get_relname_relid("interaction", schema), RowExclusiveLock);
	log->tupdesc = CreateTupleDescCopy(RelationGetDescr(log->relation));
	log->sequence = get_relname_relid("interaction_interaction_id_seq", schema);
	log->key_index = get_relname_relid("interaction_document_key", schema);
	log->arbiters = list_make1_oid(log->key_index);
	log->memory = CurrentMemoryContext;
	log->capacity = 4;
	log->pending = palloc(log->capacity * sizeof(TupleTableSlot *));
	log->entries = palloc(log->capacity * sizeof(LogEntry *));

	log->estate = CreateExecutorState();
	log->relinfo = makeNode(ResultRelInfo);
	InitResultRelInfo(log->relinfo, log->relation, 0, NULL, 0);
	ExecOpenIndices(log->relinfo, false);
	log->tracked = ChangesAreTracked();
	return log;
}

void
CloseInteractionLog(InteractionLog *log)
{
	FlushInteractionLog(log);
	CloseContactChanges(&log->changes);
	for (int i = 0; i < log->nslots; i++)
		ExecDropSingleTupleTableSlot(log->pending[i]);
	if (log->bulk)
		FreeBulkInsertState(log->bulk);
	ExecCloseIndices(log->relinfo);
	FreeExecutorState(log->estate);
	table_close(log->relation, NoLock);
	if (log->wrote)
		CommandCounterIncrement();
	SettleEvents(log->events);
	pfree(log);
}

/*
 * Inserting
 */

static void
StoreEntry(TupleTableSlot *slot, const LogEntry *entry)
{
	int			natts = slot->tts_tupleDescriptor->natts;

	ExecClearTuple(slot);
	memcpy(slot->tts_values, entry->values + 1, LOG_COLUMNS * sizeof(Datum));
	memcpy(slot->tts_isnull, entry->isnull + 1, LOG_COLUMNS * sizeof(bool));
	for (int i = LOG_COLUMNS; i < natts; i++)
		slot->tts_isnull[i] = true;
	ExecStoreVirtualTuple(slot);
}

static void
InsertRows(InteractionLog *log)
{
	CommandId	cid = GetCurrentCommandId(true);

	if (log->npending == 1)
	{
		table_tuple_insert(log->relation, log->pending[0], cid, 0, NULL);
		return;
	}
	if (log->bulk == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(log->memory);

		log->bulk = GetBulkInsertState();
		MemoryContextSwitchTo(caller);
	}
	table_multi_insert(log->relation, log->pending, log->npending, cid, 0, log->bulk);
}

/* The document is in the log already: take the row back and bring the other one up to date */
static void
ResolveConflict(InteractionLog *log, ItemPointer tid, LogEntry *entry)
{
	log->nappended--;
	CommandCounterIncrement();
	simple_heap_delete(log->relation, tid);
	CommandCounterIncrement();
	ReconcileEntry(log, entry);
}

static void
NoteChange(InteractionLog *log, const Datum *values, const bool *isnull)
{
	if (log->tracked)
		NoteContactChange(&log->changes, values[LOG_CONTACT_ID - 1], isnull[LOG_CONTACT_ID - 1],
						  values[LOG_COMPANY_ID - 1], isnull[LOG_COMPANY_ID - 1]);
}

static void
NoteEvents(InteractionLog *log, const LogEntry *old_entry, const LogEntry *new_entry)
{
	MemoryContext caller;

	if ((old_entry == NULL || old_entry->isnull[LOG_OPPORTUNITY_NO]) &&
		(new_entry == NULL || new_entry->isnull[LOG_OPPORTUNITY_NO]))
		return;
	caller = MemoryContextSwitchTo(log->memory);
	log->events = NoteDocumentEvents(log->events, old_entry, new_entry);
	MemoryContextSwitchTo(caller);
}

/* A conflict may leave an entry pending again, in a slot that is done with */
static void
InsertPending(InteractionLog *log)
{
	int			npending = log->npending;

	InsertRows(log);
	log->npending = 0;
	log->wrote = true;

	for (int i = 0; i < npending; i++)
	{
		bool		conflict = false;

		NoteChange(log, log->pending[i]->tts_values, log->pending[i]->tts_isnull);
		list_free(InsertIndexEntries(log->relinfo, log->pending[i], log->estate, false, true,
									 &conflict, log->arbiters));
		if (conflict)
		{
			ItemPointerData tid = log->pending[i]->tts_tid;

			ResolveConflict(log, &tid, log->entries[i]);
		}
		else
			NoteEvents(log, NULL, log->entries[i]);
		ResetPerTupleExprContext(log->estate);
	}
}

void
FlushInteractionLog(InteractionLog *log)
{
	while (log->npending > 0)
		InsertPending(log);
}

static void
AddSlot(InteractionLog *log)
{
	MemoryContext caller = MemoryContextSwitchTo(log->memory);

	if (log->nslots == log->capacity)
	{
		log->capacity *= 2;
		log->pending = repalloc(log->pending, log->capacity * sizeof(TupleTableSlot *));
		log->entries = repalloc(log->entries, log->capacity * sizeof(LogEntry *));
	}
	log->pending[log->nslots++] = MakeSingleTupleTableSlot(log->tupdesc, &TTSOpsVirtual);
	MemoryContextSwitchTo(caller);
}

/* Add an entry; it and what it points to must stay until the log is flushed */
void
AppendEntry(InteractionLog *log, LogEntry *entry)
{
	int			i = log->npending;

	if (i == log->nslots)
		AddSlot(log);

	SetColumn(entry, LOG_INTERACTION_ID, Int64GetDatum(nextval_internal(log->sequence, false)));
	StoreEntry(log->pending[i], entry);
	log->entries[i] = entry;
	log->nappended++;
	if (++log->npending == MAX_PENDING)
		InsertPending(log);
}

/*
 * Finding the live entry of a document
 */

static IndexScanDesc
BeginKeyScan(InteractionLog *log, Relation index, Snapshot snapshot, int32 source_id, const char *key)
{
	ScanKeyData keys[2];
	IndexScanDesc scan;

	ScanKeyInit(&keys[0], 1, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(source_id));
	if (key)
		ScanKeyEntryInitialize(&keys[1], 0, 2, BTEqualStrategyNumber, InvalidOid,
							   DEFAULT_COLLATION_OID, F_TEXTEQ, CStringGetTextDatum(key));

	scan = index_beginscan(log->relation, index, snapshot, key ? 2 : 1, 0);
	index_rescan(scan, keys, key ? 2 : 1, NULL, 0);
	return scan;
}

/* Fetch the live entry, or the transaction to wait for; false if there is none */
static bool
FetchLive(InteractionLog *log, int32 source_id, const char *key, TupleTableSlot *slot, TransactionId *wait_for)
{
	SnapshotData dirty;
	Relation	index = index_open(log->key_index, RowExclusiveLock);
	IndexScanDesc scan;
	bool		found;

	InitDirtySnapshot(dirty);
	scan = BeginKeyScan(log, index, &dirty, source_id, key);
	found = index_getnext_slot(scan, ForwardScanDirection, slot);
	*wait_for = TransactionIdIsValid(dirty.xmin) ? dirty.xmin : dirty.xmax;
	if (found)
		ExecMaterializeSlot(slot);
	index_endscan(scan);
	index_close(index, RowExclusiveLock);
	return found;
}

static bool
FindLive(InteractionLog *log, int32 source_id, const char *key, LiveEntry *live)
{
	TransactionId wait_for;

	live->slot = table_slot_create(log->relation, NULL);
	while (FetchLive(log, source_id, key, live->slot, &wait_for))
	{
		if (!TransactionIdIsValid(wait_for))
		{
			slot_getallattrs(live->slot);
			live->tid = live->slot->tts_tid;
			memcpy(live->entry.values + 1, live->slot->tts_values, LOG_COLUMNS * sizeof(Datum));
			memcpy(live->entry.isnull + 1, live->slot->tts_isnull, LOG_COLUMNS * sizeof(bool));
			return true;
		}
		XactLockTableWait(wait_for, log->relation, &live->slot->tts_tid, XLTW_InsertIndex);
	}
	ExecDropSingleTupleTableSlot(live->slot);
	return false;
}

int64
AppendedEntries(const InteractionLog *log)
{
	return log->nappended;
}

bool
HasLiveEntries(InteractionLog *log, int32 source_id)
{
	Relation	index = index_open(log->key_index, AccessShareLock);
	TupleTableSlot *slot = table_slot_create(log->relation, NULL);
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	IndexScanDesc scan = BeginKeyScan(log, index, snapshot, source_id, NULL);
	bool		found = index_getnext_slot(scan, ForwardScanDirection, slot);

	index_endscan(scan);
	UnregisterSnapshot(snapshot);
	ExecDropSingleTupleTableSlot(slot);
	index_close(index, AccessShareLock);
	return found;
}

/*
 * Changing
 */

/* Write the changed entry over the live one; false if somebody else changed it meanwhile */
static bool
UpdateLive(InteractionLog *log, LiveEntry *live)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(log->tupdesc, &TTSOpsVirtual);
	TM_FailureData failure;
	LockTupleMode lockmode;
	TU_UpdateIndexes update_indexes;
	TM_Result	result;

	NoteChange(log, live->slot->tts_values, live->slot->tts_isnull);
	NoteChange(log, live->entry.values + 1, live->entry.isnull + 1);

	/* A row of this very command cannot be updated yet */
	CommandCounterIncrement();
	StoreEntry(slot, &live->entry);
	result = table_tuple_update(log->relation, &live->tid, slot, GetCurrentCommandId(true),
								InvalidSnapshot, InvalidSnapshot, true, &failure, &lockmode, &update_indexes);
	if (result == TM_Ok && update_indexes != UPDATES_NO_INDEX)
	{
		bool		conflict = false;

		list_free(InsertIndexEntries(log->relinfo, slot, log->estate, true, false, &conflict, NIL));
	}
	ExecDropSingleTupleTableSlot(slot);
	log->wrote = true;

	if (result != TM_Ok && result != TM_Updated && result != TM_Deleted)
		elog(ERROR, "unexpected result %d of updating an interaction", result);
	return result == TM_Ok;
}

static bool
SameValue(InteractionLog *log, LogColumn column, const LogEntry *a, const LogEntry *b)
{
	Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(log->relation), column - 1);

	if (a->isnull[column] || b->isnull[column])
		return a->isnull[column] && b->isnull[column];
	return datum_image_eq(a->values[column], b->values[column], attribute->attbyval, attribute->attlen);
}

static void
TakeValue(LiveEntry *live, LogColumn column, const LogEntry *wanted)
{
	live->entry.values[column] = wanted->values[column];
	live->entry.isnull[column] = wanted->isnull[column];
}

static bool
HasOtherPartner(InteractionLog *log, const LiveEntry *live, const LogEntry *wanted)
{
	return !SameValue(log, LOG_PARTNER_KEY, &live->entry, wanted) ||
		!SameValue(log, LOG_CONTACT_KEY, &live->entry, wanted);
}

static bool
HasOtherType(InteractionLog *log, const LiveEntry *live, const LogEntry *wanted)
{
	return !SameValue(log, LOG_DOCUMENT_TYPE, &live->entry, wanted);
}

/* What was copied at logging time is taken anew only when its cause has changed */
static void
FollowCauses(InteractionLog *log, const LiveEntry *live, LogEntry *wanted)
{
	bool		other_partner = HasOtherPartner(log, live, wanted);
	bool		other_type = HasOtherType(log, live, wanted);

	wanted->follows[LOG_CONTACT_ID] = wanted->follows[LOG_COMPANY_ID] = other_partner;
	for (LogColumn column = LOG_INFORMATION_FLOW; column <= LOG_INTERACTION_TEMPLATE_CODE; column++)
		wanted->follows[column] = other_type;
	wanted->follows[LOG_OPPORTUNITY_NO] = wanted->follows[LOG_LINKED_BY_HAND] =
		!wanted->isnull[LOG_OPPORTUNITY_NO] || !DatumGetBool(live->entry.values[LOG_LINKED_BY_HAND]);
	wanted->follows[LOG_CAMPAIGN_TARGET] = wanted->follows[LOG_CAMPAIGN_RESPONSE] = other_type;
	wanted->follows[LOG_CORRESPONDENCE_TYPE] = other_type;

	/* Where these stand in for what the document does not say */
	wanted->follows[LOG_DESCRIPTION] |= other_type;
	wanted->follows[LOG_CAMPAIGN_NO] |= other_type;
	wanted->follows[LOG_SALESPERSON_CODE] |= other_partner;
}

/* Take over what differs; false if nothing does */
static bool
TakeChanges(InteractionLog *log, LiveEntry *live, LogEntry *wanted)
{
	bool		changed = false;

	FollowCauses(log, live, wanted);
	for (LogColumn column = 1; column <= LOG_COLUMNS; column++)
	{
		if (!wanted->follows[column] || SameValue(log, column, &live->entry, wanted))
			continue;
		TakeValue(live, column, wanted);
		changed = true;
	}
	return changed;
}

/* Take over what differs, and tell the opportunity, even if nothing does; false if it must be looked up again */
static bool
FollowDocument(InteractionLog *log, LiveEntry *live, LogEntry *wanted)
{
	LogEntry	former = live->entry;
	bool		changed = TakeChanges(log, live, wanted);

	if (changed && !UpdateLive(log, live))
		return false;
	NoteEvents(log, changed ? &former : NULL, &live->entry);
	return true;
}

/* Bring the live entry to this state of the document; false if there is none, or (if that matters) of another partner or type */
static bool
ReconcileLive(InteractionLog *log, LogEntry *entry, bool same_causes)
{
	int32		source_id = DatumGetInt32(entry->values[LOG_SOURCE_ID]);
	char	   *key = TextDatumGetCString(entry->values[LOG_DOCUMENT_KEY]);
	LiveEntry	live;
	bool		done = false;
	bool		other = false;

	while (!done && !other)
	{
		if (!FindLive(log, source_id, key, &live))
			return false;
		other = same_causes && (HasOtherPartner(log, &live, entry) || HasOtherType(log, &live, entry));
		done = !other && FollowDocument(log, &live, entry);
		ExecDropSingleTupleTableSlot(live.slot);
	}
	return done;
}

/* Bring the log to this state of the document, whether it knows the document or not */
void
ReconcileEntry(InteractionLog *log, LogEntry *entry)
{
	if (!ReconcileLive(log, entry, false))
		AppendEntry(log, entry);
}

/*
 * A document that would not be logged any more, because its contact was deleted or its
 * type has no template now, is history if it was logged before: its entry goes on as it
 * is with the figures of the document. False if there is no such entry.
 */
bool
ReconcileHistory(InteractionLog *log, LogEntry *entry)
{
	return ReconcileLive(log, entry, true);
}

static void
Negate(LogEntry *entry, LogColumn column)
{
	if (!entry->isnull[column])
		entry->values[column] = DirectFunctionCall1(numeric_uminus, entry->values[column]);
}

/* Nought with the decimals of the column */
static void
SetZero(InteractionLog *log, LogEntry *entry, LogColumn column)
{
	int32		typmod = TupleDescAttr(RelationGetDescr(log->relation), column - 1)->atttypmod;

	SetColumn(entry, column, DirectFunctionCall2(numeric, DirectFunctionCall1(int4_numeric, Int32GetDatum(0)), Int32GetDatum(typmod)));
}

/* The entry that takes the figures of an unposted document out again, on the day of the unposting */
static LogEntry *
ReversalOf(InteractionLog *log, const LogEntry *original)
{
	LogEntry   *entry = palloc(sizeof(LogEntry));
	Datum		today = WorkDate();

	*entry = *original;
	SetColumn(entry, LOG_REVERSAL_OF, original->values[LOG_INTERACTION_ID]);
	SetColumn(entry, LOG_INTERACTION_DATE, today);
	SetColumn(entry, LOG_INTERACTION_AT, TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()));
	SetColumn(entry, LOG_POSTING_DATE, today);
	SetZero(log, entry, LOG_COST);
	SetZero(log, entry, LOG_DURATION_MINUTES);
	for (LogColumn column = LOG_AMOUNT; column <= LOG_REMAINING_AMOUNT; column++)
		Negate(entry, column);
	return entry;
}

/* Take the live entry out of the state of being posted; false if it must be looked up again */
static bool
RemoveLive(InteractionLog *log, LiveEntry *live, bool reverse)
{
	SetColumn(&live->entry, LOG_POSTED, BoolGetDatum(false));
	if (!reverse)
		SetColumn(&live->entry, LOG_CANCELED, BoolGetDatum(true));
	if (!UpdateLive(log, live))
		return false;
	if (reverse)
	{
		/* The pending slot points into the live one, so the reversal goes in at once */
		AppendEntry(log, ReversalOf(log, &live->entry));
		FlushInteractionLog(log);
	}
	return true;
}

/*
 * The document is not posted any more, if it ever was. gone: so the ERP says; otherwise it is only not fit for the log,
 * and its opportunity goes on.
 */
void
RemoveEntry(InteractionLog *log, int32 source_id, const char *key, bool reverse, bool gone)
{
	LiveEntry	live;
	bool		done = false;

	FlushInteractionLog(log);
	while (!done && FindLive(log, source_id, key, &live))
	{
		LogEntry	former = live.entry;

		done = RemoveLive(log, &live, reverse);
		if (done && gone)
			NoteEvents(log, &former, NULL);
		ExecDropSingleTupleTableSlot(live.slot);
	}
}

/*
 * A document was looked at once more, and the log is right now: its opportunity follows, even if nothing was left to write.
 */
void
NoteReplay(InteractionLog *log, int32 source_id, const char *key)
{
	MemoryContext caller;

	FlushInteractionLog(log);
	caller = MemoryContextSwitchTo(log->memory);
	log->events = NoteStaleLink(log->events, source_id, key);
	MemoryContextSwitchTo(caller);
}
