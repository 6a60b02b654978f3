/*
 * Bringing the log to the state of the mapping queries: for the keys that a statement
 * touched, for the whole history, and for what is left after a TRUNCATE.
 */
#include "posting.h"
#include "document.h"
#include "mapping_rows.h"
#include "guard.h"
#include "partner.h"
#include "problem.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/acl.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

/*
 * Asking the query what became of touched keys
 */

typedef struct KeyQuery
{
	Source	   *source;
	Datum	   *keys;
	int			nkeys;
} KeyQuery;

/* Guarded */
static void
AskQuery(void *argument)
{
	KeyQuery   *query = argument;
	SavedUser	saved = BecomeRestrictedUser(query->source->owner);

	PushPresent();
	QueryMapping(query->source->mapping, query->keys, query->nkeys);
	PopActiveSnapshot();
	RestoreUser(saved);
}

/*
 * Hints: values of a line table that lead to keys by a query of their own
 */

typedef struct HintQuery
{
	const Attachment *attachment;
	Datum	   *values;
	int			nvalues;
} HintQuery;

/* Guarded */
static void
AskForKeys(void *argument)
{
	HintQuery  *query = argument;
	const Attachment *attachment = query->attachment;
	SavedUser	saved = BecomeRestrictedUser(attachment->source->owner);

	PushPresent();
	QueryKeys(attachment->source->mapping, attachment->key_query, attachment->key_type, query->values, query->nvalues);
	PopActiveSnapshot();
	RestoreUser(saved);
}

/* A key whose row nobody in this transaction has written, as far as we know */
static void
TouchKey(Notes *notes, Source *source, char *key_text, Datum key)
{
	Note	   *note = AddNote(notes, source, NOTE_TOUCHED, key_text);

	note->key = key;
	note->lock = true;
}

static void
NoteFoundKeys(Notes *notes, Source *source)
{
	Form_pg_attribute key = TupleDescAttr(SPI_tuptable->tupdesc, 0);

	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		isnull;
		Datum		value = ResultValue(i, 1, &isnull);

		if (!isnull)
			TouchKey(notes, source, KeyText(key->atttypid, value), datumCopy(value, key->attbyval, key->attlen));
	}
}

/* All hints of one line table at once; the first note stands for them in a report */
static void
FollowHints(Notes *notes, HintQuery *query, const char *value_text)
{
	Source	   *source = query->attachment->source;
	ErrorData  *error = source->broken;

	SPI_connect();
	MemoryContextSwitchTo(notes->memory);
	if (source->mapping && RunGuarded(AskForKeys, query, &error))
		NoteFoundKeys(notes, source);
	else
		RecordProblem(source->source_id, NULL, error->sqlerrcode,
					  psprintf("keys for \"%s\" cannot be found: %s", value_text, error->message), error->detail,
					  "Mend the query and call crm.replay_problems().");
	SPI_finish();
	MemoryContextSwitchTo(notes->memory);
}

static void
SettleHints(Notes *notes)
{
	int			nnotes = notes->nnotes;

	for (int first = 0; first < nnotes; first++)
	{
		HintQuery	query = {.attachment = notes->notes[first].attachment};

		if (notes->notes[first].kind != NOTE_HINTED)
			continue;
		query.values = palloc(nnotes * sizeof(Datum));
		for (int i = first; i < nnotes; i++)
			if (notes->notes[i].kind == NOTE_HINTED && notes->notes[i].attachment == query.attachment)
			{
				query.values[query.nvalues++] = notes->notes[i].key;
				notes->notes[i].kind = NOTE_SETTLED;
			}
		FollowHints(notes, &query, notes->notes[first].key_text);
	}
}

static int
CompareKeys(const void *a, const void *b)
{
	const Note *left = *(Note *const *) a;
	const Note *right = *(Note *const *) b;

	if (left->source != right->source)
		return left->source < right->source ? -1 : 1;
	return strcmp(left->key_text, right->key_text);
}

/* Touched notes become changed with the row that answers them, or gone */
static void
TakeAnswers(Note **touched, int ntouched)
{
	SPITupleTable *rows = SPI_tuptable;
	uint64		nrows = SPI_processed;
	Note		wanted = *touched[0];

	for (uint64 i = 0; i < nrows; i++)
	{
		HeapTuple	row = heap_copytuple(rows->vals[i]);
		Note	   *sought = &wanted;
		bool		isnull;
		Note	  **found;

		wanted.key_text = KeyText(wanted.source->mapping->key_type, heap_getattr(row, 1, rows->tupdesc, &isnull));
		found = bsearch(&sought, touched, ntouched, sizeof(Note *), CompareKeys);
		if (found == NULL)
			continue;
		if ((*found)->kind != NOTE_TOUCHED)
		{
			(*found)->kind = NOTE_SETTLED;
			RecordProblem(wanted.source->source_id, wanted.key_text, ERRCODE_CARDINALITY_VIOLATION,
						  psprintf("document \"%s\" is returned more than once", wanted.key_text), NULL,
						  "A mapping query returns one row for a key.");
			continue;
		}
		(*found)->kind = NOTE_CHANGED;
		SetAnswer(*found, row, rows->tupdesc);
	}

	for (int i = 0; i < ntouched; i++)
		if (touched[i]->kind == NOTE_TOUCHED)
			touched[i]->kind = NOTE_GONE;
}

static void
SettleBroken(Note **touched, int ntouched, const ErrorData *error)
{
	for (int i = 0; i < ntouched; i++)
	{
		touched[i]->kind = NOTE_SETTLED;
		RecordError(touched[i]->source->source_id, touched[i]->key_text, error);
	}
}

/* All keys in one query; after a failure one by one, so that only the culprits are left out */
static void
ResolveTouched(Note **touched, int ntouched)
{
	Source	   *source = touched[0]->source;
	KeyQuery	query = {.source = source,.keys = palloc(ntouched * sizeof(Datum)),.nkeys = ntouched};
	ErrorData  *error;

	if (source->mapping == NULL)
	{
		SettleBroken(touched, ntouched, source->broken);
		return;
	}
	for (int i = 0; i < ntouched; i++)
		query.keys[i] = touched[i]->key;

	if (RunGuarded(AskQuery, &query, &error))
		TakeAnswers(touched, ntouched);
	else if (ntouched == 1)
		SettleBroken(touched, 1, error);
	else
		for (int i = 0; i < ntouched; i++)
			ResolveTouched(&touched[i], 1);
}

static void
SyncTouchedCards(Note **touched, int ntouched)
{
	Datum	   *keys = palloc(ntouched * sizeof(Datum));
	char	  **key_texts = palloc(ntouched * sizeof(char *));

	for (int i = 0; i < ntouched; i++)
	{
		keys[i] = touched[i]->key;
		key_texts[i] = touched[i]->key_text;
		touched[i]->kind = NOTE_SETTLED;
	}
	SyncCards(touched[0]->source, keys, key_texts, ntouched);
}

/* The touched notes in the order of source and key, each key once */
static int
SortTouched(Notes *notes, Note **touched)
{
	int			ntouched = 0;
	int			kept = 0;

	for (int i = 0; i < notes->nnotes; i++)
		if (notes->notes[i].kind == NOTE_TOUCHED)
			touched[ntouched++] = &notes->notes[i];
	qsort(touched, ntouched, sizeof(Note *), CompareKeys);

	for (int i = 0; i < ntouched; i++)
	{
		if (kept > 0 && CompareKeys(&touched[kept - 1], &touched[i]) == 0)
		{
			touched[i]->kind = NOTE_SETTLED;
			touched[kept - 1]->lock |= touched[i]->lock;
		}
		else
			touched[kept++] = touched[i];
	}
	return kept;
}

/* A document or card is looked at while nobody else can change it */
static void
LockTouched(Note **touched, int ntouched)
{
	Source	   *source = touched[0]->source;
	Datum	   *keys = palloc(ntouched * sizeof(Datum));
	int			nkeys = 0;
	SavedUser	saved;

	for (int i = 0; i < ntouched; i++)
		if (touched[i]->lock)
			keys[nkeys++] = touched[i]->key;

	/* Who may not lock may not update either */
	if (nkeys == 0 || source->mapping == NULL ||
		pg_class_aclcheck(source->relid, source->owner, ACL_SELECT | ACL_UPDATE) != ACLCHECK_OK)
		return;
	saved = BecomeUser(source->owner);
	LockKeys(source->mapping, keys, nkeys);
	RestoreUser(saved);
}

static void
SettleTouched(Notes *notes)
{
	Note	  **touched = palloc(notes->nnotes * sizeof(Note *));
	int			ntouched = SortTouched(notes, touched);

	for (int first = 0, next; first < ntouched; first = next)
	{
		Source	   *source = touched[first]->source;

		for (next = first + 1; next < ntouched && touched[next]->source == source; next++)
			;
		SPI_connect();
		LockTouched(touched + first, next - first);
		MemoryContextSwitchTo(notes->memory);
		if (source->kind == PARTNER_SOURCE)
			SyncTouchedCards(touched + first, next - first);
		else
			ResolveTouched(touched + first, next - first);
		SPI_finish();
		MemoryContextSwitchTo(notes->memory);
	}
}

/*
 * Writing
 */

/*
 * Bring the log to this state of a document, which is_new if it is not in the log as far as we know. false if it is not fit
 * for the log.
 */
static bool
LogDocument(DocumentReader *reader, InteractionLog *log, const Source *source, const char *key_text,
			const Datum *values, const bool *isnull, bool is_new)
{
	LogEntry   *entry = palloc(sizeof(LogEntry));
	DocumentFate fate = ReadDocument(reader, source, key_text, values, isnull, entry);

	if (fate == DOCUMENT_LOGGED && is_new)
		AppendEntry(log, entry);
	else if (fate == DOCUMENT_LOGGED)
		ReconcileEntry(log, entry);
	else if (fate == DOCUMENT_PROBLEM || is_new || !ReconcileHistory(log, entry))
	{
		if (fate == DOCUMENT_CONTACT_UNKNOWN)
			RecordUnknownContact(source, key_text, values, isnull);
		/* What was logged when it could be is no more what the query says */
		if (!is_new)
			RemoveEntry(log, source->source_id, key_text, source->reverse, false);
	}
	return fate == DOCUMENT_LOGGED;
}

static void
WriteNote(DocumentReader *reader, InteractionLog *log, Note *note, bool replayed)
{
	const Source *source = note->source;
	bool		written = true;

	if (note->kind == NOTE_GONE)
		RemoveEntry(log, source->source_id, note->key_text, source->reverse, true);
	else
		written = LogDocument(reader, log, source, note->key_text, note->values, note->isnull, note->kind == NOTE_APPEARED);
	if (replayed && written)
		NoteReplay(log, source->source_id, note->key_text);
}

void
WriteNotes(Notes *notes)
{
	MemoryContext caller = MemoryContextSwitchTo(notes->memory);
	DocumentReader *reader;
	InteractionLog *log;
	bool		any = false;

	SettleHints(notes);
	SettleTouched(notes);
	for (int i = 0; i < notes->nnotes && !any; i++)
		any = notes->notes[i].kind != NOTE_SETTLED;

	if (any)
	{
		reader = OpenDocumentReader(notes->nnotes > 1);
		log = OpenInteractionLog();
		for (int i = 0; i < notes->nnotes; i++)
			if (notes->notes[i].kind != NOTE_SETTLED)
				WriteNote(reader, log, &notes->notes[i], notes->replayed);
		CloseInteractionLog(log);
		CloseDocumentReader(reader);
	}
	MemoryContextSwitchTo(caller);
}

/*
 * The whole history
 */

typedef struct Truncated
{
	Source	   *source;
	bool		own;			/* the attached table, not a line table */
} Truncated;

typedef struct Backfill
{
	Source	   *source;
	DocumentReader *reader;
	InteractionLog *log;
	bool		log_was_empty;
	int64		nlogged;
} Backfill;

static void
BackfillRow(Backfill *backfill, HeapTuple row, TupleDesc tupdesc)
{
	Datum		values[64];
	bool		isnull[64];

	Assert(tupdesc->natts <= lengthof(values));
	heap_deform_tuple(row, tupdesc, values, isnull);
	if (isnull[0])
	{
		RecordNullKey(backfill->source);
		return;
	}
	LogDocument(backfill->reader, backfill->log, backfill->source,
				KeyText(backfill->source->mapping->key_type, values[0]), values, isnull, backfill->log_was_empty);
}

/* The next rows, with the rights of the table's owner; false at the end */
static bool
FetchDocuments(Source *source, Portal cursor)
{
	int			level;
	SavedUser	saved = BecomeRestrictedUser(source->owner);

	level = EnterSearchPath(source->mapping->search_path);
	SPI_cursor_fetch(cursor, true, MAX_NOTES);
	LeaveSearchPath(level);
	RestoreUser(saved);
	return SPI_processed > 0;
}

static Portal
OpenDocuments(Source *source)
{
	int			level;
	SavedUser	saved = BecomeRestrictedUser(source->owner);
	SPIPlanPtr	plan;
	Portal		cursor;

	level = EnterSearchPath(source->mapping->search_path);
	plan = SPI_prepare(MappingSql(source->mapping, NULL), 0, NULL);
	if (plan == NULL)
		elog(ERROR, "could not prepare a mapping query: %s", SPI_result_code_string(SPI_result));
	cursor = SPI_cursor_open(NULL, plan, NULL, NULL, true);
	LeaveSearchPath(level);
	RestoreUser(saved);
	return cursor;
}

/* Stream the query's rows into the log; memory is that of one fetch */
static void
LogAllDocuments(Backfill *backfill)
{
	MemoryContext batch = AllocSetContextCreate(CurrentMemoryContext, "crm backfill", ALLOCSET_DEFAULT_SIZES);
	Portal		cursor = OpenDocuments(backfill->source);

	while (FetchDocuments(backfill->source, cursor))
	{
		MemoryContext caller = MemoryContextSwitchTo(batch);

		for (uint64 i = 0; i < SPI_processed; i++)
			BackfillRow(backfill, SPI_tuptable->vals[i], SPI_tuptable->tupdesc);
		FlushInteractionLog(backfill->log);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(batch);
		SPI_freetuptable(SPI_tuptable);
	}
	SPI_cursor_close(cursor);
}

/* Entries whose document the query does not return any more: look again, with the document locked */
static void
RemoveStrays(Source *source)
{
	List	   *keys = StrayKeys(source);
	Notes	   *notes = MakeNotes(CurrentMemoryContext);
	MemoryContext caller = MemoryContextSwitchTo(notes->memory);
	ListCell   *cell;

	foreach(cell, keys)
		TouchKey(notes, source, lfirst(cell), KeyDatum(source->mapping->key_type, lfirst(cell)));
	WriteNotes(notes);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(notes->memory);
}

/*
 * Bring the log to the state of the query for every document there is; how many were
 * logged that were not before.
 */
int64
BackfillDocuments(Source *source)
{
	Backfill	backfill = {.source = source};
	int64		nlogged;

	CheckMapping(source);
	SPI_connect();
	backfill.reader = OpenDocumentReader(true);
	backfill.log = OpenInteractionLog();
	backfill.log_was_empty = !HasLiveEntries(backfill.log, source->source_id);

	PushPresent();
	LogAllDocuments(&backfill);
	PopActiveSnapshot();
	nlogged = AppendedEntries(backfill.log);
	CloseInteractionLog(backfill.log);
	CloseDocumentReader(backfill.reader);
	SPI_finish();

	if (!backfill.log_was_empty)
		RemoveStrays(source);
	return nlogged;
}

/*
 * The same after a TRUNCATE, inside somebody's statement, which it must not fail. The
 * attached table, or a partition of it, has lost documents, and has not changed others.
 */
static void
ResyncGuarded(void *argument)
{
	Truncated  *truncated = argument;

	if (truncated->source->kind == PARTNER_SOURCE)
		BackfillCards(truncated->source);
	else if (truncated->own)
		RemoveStrays(truncated->source);
	else
		BackfillDocuments(truncated->source);
}

void
ResyncSource(Source *source, bool own)
{
	Truncated	truncated = {.source = source,.own = own};
	ErrorData  *error = source->broken;

	if (source->mapping == NULL || !RunGuarded(ResyncGuarded, &truncated, &error))
		RecordError(source->source_id, NULL, error);
}
