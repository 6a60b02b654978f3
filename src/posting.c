/*
 * The posting engine: the log follows the documents of the ERP.
 *
 * A row trigger on the ERP's table looks at each row that a statement touched and notes
 * what it means for the log; a statement trigger, which PostgreSQL fires after all rows,
 * writes what has been noted. So a single document pays for one look and one insert, and
 * a bulk statement for multi-insert. Where the statement trigger cannot be relied on -
 * partitions may be written directly, deferred triggers have no statement - the row
 * trigger itself writes. The trigger's argument says which: 'statement', 'row', 'commit'.
 *
 * A note is one of
 *		appeared	a document that was not posted before: insert it
 *		changed		a document whose figures may differ: reconcile it
 *		gone		a document that is not posted any more: void or reverse its entry
 *		touched		a key, when only the planned query can tell which of these it is
 *		hinted		a value from a line table that does not hold the key itself
 *
 * The first three come from the compiled mapping, evaluated on the row versions that the
 * trigger holds, as long as these are the newest. Notes belong to the subtransaction that made them and are forgotten
 * when it aborts.
 *
 * Nothing here may fail the posting: mappings are evaluated under guard, and what is
 * wrong becomes a row of crm.posting_problem (problem.c).
 */
#include "posting.h"
#include "document.h"
#include "guard.h"
#include "problem.h"

#include "access/htup_details.h"
#include "access/tableam.h"
#include "access/tupconvert.h"
#include "access/xact.h"
#include "commands/trigger.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

PG_FUNCTION_INFO_V1(crm_log_posting);

static Notes *notes;			/* of the statements that are running */

/*
 * At commit every line of a document has an event of its own, and the query has the
 * same answer for all of them: as long as nothing but the log has been written since a
 * key was asked for, it is not asked for again.
 */
#define SETTLED_LENGTH 288

static HTAB *settled;			/* keys, in TopTransactionContext */
static SubTransactionId settled_in;
static CommandId settled_at;

static void WriteAll(void);

/*
 * Taking notes
 */

static void
AtSubTransactionEnd(SubXactEvent event, SubTransactionId subid, SubTransactionId parent, void *arg)
{
	int			kept = 0;

	if (event != SUBXACT_EVENT_ABORT_SUB || notes == NULL)
		return;
	for (int i = 0; i < notes->nnotes; i++)
		if (notes->notes[i].subid < subid)
			notes->notes[kept++] = notes->notes[i];
	notes->nnotes = kept;
}

/* Statement triggers do not fire for replicated rows; then the end of the transaction writes */
static void
AtTransactionEnd(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_PRE_COMMIT || event == XACT_EVENT_PRE_PREPARE)
		WriteAll();
	else if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
	{
		/* Their memory goes with the transaction */
		notes = NULL;
		settled = NULL;
	}
}

static void
StartNotes(void)
{
	static bool callbacks_registered = false;

	if (!callbacks_registered)
	{
		RegisterXactCallback(AtTransactionEnd, NULL);
		RegisterSubXactCallback(AtSubTransactionEnd, NULL);
		callbacks_registered = true;
	}
	notes = MakeNotes(TopTransactionContext);
}

Notes *
MakeNotes(MemoryContext parent)
{
	MemoryContext memory = AllocSetContextCreate(parent, "crm notes", ALLOCSET_DEFAULT_SIZES);
	Notes	   *made = MemoryContextAllocZero(memory, sizeof(Notes));

	made->memory = memory;
	made->capacity = 4;
	made->notes = MemoryContextAlloc(memory, made->capacity * sizeof(Note));
	return made;
}

/* A new note; what it points to lives in notes->memory */
Note *
AddNote(Notes *to, Source *source, NoteKind kind, char *key_text)
{
	Note	   *note;

	if (to->nnotes == to->capacity)
	{
		to->capacity *= 4;
		to->notes = repalloc(to->notes, to->capacity * sizeof(Note));
	}
	note = &to->notes[to->nnotes++];
	memset(note, 0, sizeof(Note));
	note->source = source;
	note->kind = kind;
	note->key_text = key_text;
	note->subid = GetCurrentSubTransactionId();
	return note;
}

void
SetAnswer(Note *note, HeapTuple answer, TupleDesc tupdesc)
{
	note->values = palloc(tupdesc->natts * sizeof(Datum));
	note->isnull = palloc(tupdesc->natts * sizeof(bool));
	heap_deform_tuple(answer, tupdesc, note->values, note->isnull);
}

/* The key that a row holds, as text; NULL if it is null */
static char *
RowKeyText(const Attachment *attachment, TupleTableSlot *row)
{
	bool		isnull;
	Datum		key = slot_getattr(row, attachment->key_attnum, &isnull);

	return isnull ? NULL
		: KeyText(TupleDescAttr(row->tts_tupleDescriptor, attachment->key_attnum - 1)->atttypid, key);
}

static void
NoteAnswer(Source *source, NoteKind kind, char *key_text, HeapTuple answer)
{
	SetAnswer(AddNote(notes, source, kind, key_text), answer,
			  source->mapping->projection->pi_state.resultslot->tts_tupleDescriptor);
}

void
RecordNullKey(const Source *source)
{
	RecordProblem(source->source_id, NULL, ERRCODE_NULL_VALUE_NOT_ALLOWED,
				  psprintf("a row of \"%s\" has no key", source->name), NULL, NULL);
}

/*
 * What a row means, by the compiled mapping. A document that cannot be evaluated leaves
 * its entry as it is; an old version that cannot may have been posted.
 */
static void
NoteCompiled(Attachment *attachment, TupleTableSlot *old_row, TupleTableSlot *new_row)
{
	Source	   *source = attachment->source;
	ErrorData  *old_error = NULL;
	ErrorData  *error = NULL;
	HeapTuple	answer = NULL;
	bool		was = old_row && (EvaluateMapping(source->mapping, old_row, NULL, &old_error) || old_error);
	bool		is = new_row && EvaluateMapping(source->mapping, new_row, &answer, &error);
	char	   *old_key = was ? RowKeyText(attachment, old_row) : NULL;
	char	   *new_key = is || error || was ? (new_row ? RowKeyText(attachment, new_row) : NULL) : NULL;
	bool		same = old_key && new_key && strcmp(old_key, new_key) == 0;

	if (old_key && !(same && (is || error)))
		AddNote(notes, source, NOTE_GONE, old_key);

	if (error)
		RecordError(source->source_id, new_key, error);
	else if (is && new_key == NULL)
		RecordNullKey(source);
	else if (is)
		NoteAnswer(source, same ? NOTE_CHANGED : NOTE_APPEARED, new_key, answer);
}

static void
StartSettled(void)
{
	HASHCTL		control = {.keysize = SETTLED_LENGTH,.entrysize = SETTLED_LENGTH,.hcxt = TopTransactionContext};

	settled = hash_create("crm keys settled at commit", 64, &control, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	settled_in = GetCurrentSubTransactionId();
	settled_at = GetCurrentCommandId(false);
}

static void
ForgetSettled(void)
{
	if (settled)
		hash_destroy(settled);
	settled = NULL;
}

/* Is the key settled? It is from now on. */
static bool
IsSettled(const Source *source, const char *key_text)
{
	char		name[SETTLED_LENGTH];
	bool		found;

	/* What was written by the command that goes on counts too */
	CommandCounterIncrement();
	if (settled && (settled_in != GetCurrentSubTransactionId() || settled_at != GetCurrentCommandId(false)))
		ForgetSettled();
	if (settled == NULL)
		StartSettled();
	if (snprintf(name, sizeof(name), "%d %s", source->source_id, key_text) >= (int) sizeof(name))
		return false;
	hash_search(settled, name, HASH_ENTER, &found);
	return found;
}

static void
AddKeyNote(const Attachment *attachment, TupleTableSlot *row, char *key_text)
{
	Form_pg_attribute attribute = TupleDescAttr(row->tts_tupleDescriptor, attachment->key_attnum - 1);
	Note	   *note = AddNote(notes, attachment->source, attachment->key_query ? NOTE_HINTED : NOTE_TOUCHED, key_text);
	bool		isnull;

	note->attachment = attachment;
	note->lock = !attachment->own;
	note->key = datumCopy(slot_getattr(row, attachment->key_attnum, &isnull), attribute->attbyval, attribute->attlen);
}

/* Only the query can tell what became of this key */
static void
NoteKey(Attachment *attachment, TupleTableSlot *row)
{
	Source	   *source = attachment->source;
	char	   *key_text;

	if (attachment->key_attnum <= 0)
	{
		RecordProblem(source->source_id, NULL, ERRCODE_UNDEFINED_COLUMN,
					  psprintf("the key column of \"%s\" is gone", source->name), NULL,
					  "Detach it and attach it anew.");
		return;
	}

	key_text = RowKeyText(attachment, row);
	if (key_text && source->at_commit && attachment->key_query == NULL && IsSettled(source, key_text))
		return;
	if (key_text)
		AddKeyNote(attachment, row, key_text);
	else if (attachment->own)
		RecordNullKey(source);
}

/* Is there a difference in the columns that the mapping reads? */
static bool
ColumnsDiffer(const Attachment *attachment, TupleTableSlot *old_row, TupleTableSlot *new_row)
{
	TupleDesc	tupdesc = new_row->tts_tupleDescriptor;
	int			member = -1;

	if (attachment->all_columns)
		return true;
	while ((member = bms_next_member(attachment->columns, member)) >= 0)
	{
		Form_pg_attribute attribute = TupleDescAttr(tupdesc, member - 1);
		bool		old_isnull,
					new_isnull;
		Datum		old_value = slot_getattr(old_row, member, &old_isnull);
		Datum		new_value = slot_getattr(new_row, member, &new_isnull);

		if (old_isnull != new_isnull)
			return true;
		/* Bytes decide; a value that is stored differently is looked at more closely later */
		if (!old_isnull && !datumIsEqual(old_value, new_value, attribute->attbyval, attribute->attlen))
			return true;
	}
	return false;
}

/*
 * Does the row version that the trigger holds tell what became of the document?
 *
 * A row that moves to another partition is deleted from one and inserted into the
 * other, so the deletion of a partition's row says nothing. Nor does a version that a
 * trigger of the ERP's has changed already: its own event has come before this one.
 */
static bool
VersionDecides(const TriggerData *trigger)
{
	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		return !trigger->tg_relation->rd_rel->relispartition;
	return table_tuple_satisfies_snapshot(trigger->tg_relation,
										  TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newslot : trigger->tg_trigslot,
										  SnapshotSelf);
}

static void
NoteRow(const TriggerData *trigger, Attachment *attachment, TupleTableSlot *old_row, TupleTableSlot *new_row)
{
	const Mapping *mapping = attachment->source->mapping;
	MemoryContext caller;

	if (old_row && new_row && !ColumnsDiffer(attachment, old_row, new_row))
		return;

	if (notes == NULL)
		StartNotes();
	caller = MemoryContextSwitchTo(notes->memory);
	if (attachment->own && mapping && mapping->projection && VersionDecides(trigger))
		NoteCompiled(attachment, old_row, new_row);
	else
	{
		if (old_row)
			NoteKey(attachment, old_row);
		if (new_row)
			NoteKey(attachment, new_row);
	}
	MemoryContextSwitchTo(caller);
}

static TupleTableSlot *
AttachedRow(const AttachedTable *table, TupleTableSlot *row, TupleTableSlot *converted)
{
	return row && table->partition_map ? execute_attr_map_slot(table->partition_map, row, converted) : row;
}

static void
NoteRowEvent(TriggerData *trigger, bool at_commit)
{
	AttachedTable *table = FindAttachedTable(trigger->tg_relation);
	bool		inserted = TRIGGER_FIRED_BY_INSERT(trigger->tg_event);
	TupleTableSlot *old_row = inserted ? NULL : trigger->tg_trigslot;
	TupleTableSlot *new_row = inserted ? trigger->tg_trigslot
		: TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newslot : NULL;
	ListCell   *cell;

	old_row = AttachedRow(table, old_row, table->old_slot);
	new_row = AttachedRow(table, new_row, table->new_slot);

	foreach(cell, table->attachments)
	{
		Attachment *attachment = lfirst(cell);

		if (attachment->source->at_commit == at_commit)
			NoteRow(trigger, attachment, old_row, new_row);
	}
}

/* The same note among those of now, as a touched key */
static void
KeepNote(const Note *outer)
{
	MemoryContext caller = MemoryContextSwitchTo(notes->memory);
	Source	   *source = outer->source;
	bool		hinted = outer->kind == NOTE_HINTED;
	Note	   *note = AddNote(notes, source, hinted ? NOTE_HINTED : NOTE_TOUCHED, pstrdup(outer->key_text));

	note->subid = outer->subid;
	note->attachment = outer->attachment;
	note->lock = outer->lock;
	if (source->mapping)
		note->key = KeyDatum(hinted ? outer->attachment->key_type : source->mapping->key_type, note->key_text);
	MemoryContextSwitchTo(caller);
}

/*
 * Writing
 */

/*
 * A statement inside a subtransaction that is nested in another statement, as a trigger
 * of the ERP's may run: the outer statement's notes wait for its own end, because what is
 * written now may be rolled back. As the inner statement may have touched the same
 * documents, only the query can tell then what became of them.
 */
static void
KeepOuterNotes(Notes *taken)
{
	SubTransactionId subid = GetCurrentSubTransactionId();

	for (int i = 0; i < taken->nnotes; i++)
	{
		Note	   *outer = &taken->notes[i];

		if (outer->subid >= subid)
			continue;
		if (notes == NULL)
			StartNotes();
		KeepNote(outer);
		outer->kind = NOTE_SETTLED;
	}
}

/* Nested statements may take notes of their own meanwhile, so these are put aside first */
static void
WriteAll(void)
{
	Notes	   *taken = notes;

	notes = NULL;
	if (taken == NULL)
		return;
	KeepOuterNotes(taken);
	if (taken->nnotes > 0)
		WriteNotes(taken);
	MemoryContextDelete(taken->memory);
}

/* After a TRUNCATE the query tells what is left */
static void
SyncTruncated(Relation relation)
{
	ListCell   *cell;

	foreach(cell, FindAttachedTable(relation)->attachments)
	{
		Attachment *attachment = lfirst(cell);

		ResyncSource(attachment->source, attachment->own);
	}
}

static void
CheckProtocol(FunctionCallInfo fcinfo)
{
	TriggerData *trigger = CheckTrigger(fcinfo, "log_posting");

	if (!TRIGGER_FIRED_AFTER(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired after event", "log_posting")));
	if (trigger->tg_trigger->tgnargs != 1)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger for function \"%s\" must have one argument", "log_posting"),
				 errhint("Triggers of it are made by the attach functions.")));
}

Datum
crm_log_posting(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	bool		written_by_statement;

	CheckProtocol(fcinfo);
	if (TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
		SyncTruncated(trigger->tg_relation);
	else if (TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event))
	{
		WriteAll();
		RetryBroken();
	}
	else
	{
		const char *timing = trigger->tg_trigger->tgargs[0];

		written_by_statement = strcmp(timing, "statement") == 0;
		NoteRowEvent(trigger, strcmp(timing, "commit") == 0);
		if (!written_by_statement || (notes && notes->nnotes >= MAX_NOTES))
			WriteAll();
		if (strcmp(timing, "commit") == 0)
			settled_at = GetCurrentCommandId(false);
	}
	return PointerGetDatum(NULL);
}
