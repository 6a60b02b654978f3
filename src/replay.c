/*
 * crm.backfill() and crm.replay_problems(): logging what was there before, and what
 * could not be logged when it was posted.
 */
#include "posting.h"
#include "attached_trigger.h"
#include "guard.h"
#include "partner.h"
#include "problem.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(crm_backfill);
PG_FUNCTION_INFO_V1(crm_replay_problems);

/* Partitions added since the attachment have no trigger for TRUNCATE yet */
static void
MendTriggers(const Source *source)
{
	CrmScope	scope;

	if (get_rel_relkind(source->relid) != RELKIND_PARTITIONED_TABLE)
		return;
	scope = EnterCrm();
	SetTriggers(source->relid);
	LeaveCrm(scope);
}

/*
 * Nobody writes the tables meanwhile: a document that changes after it has been read
 * would be logged as it was. What is attached is looked up again once that is certain.
 */
static int64
BackfillSource(int32 source_id)
{
	Source	   *source;

	LockTables(source_id);
	source = FindSource(source_id);
	MendTriggers(source);
	return source->kind == DOCUMENT_SOURCE ? BackfillDocuments(source) : BackfillCards(source);
}

/* crm.backfill(name) */
Datum
crm_backfill(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));

	PG_RETURN_INT64(BackfillSource(SourceIdByName(name)));
}

/* The newest problem so far, so that those of the replay itself stay */
static int64
NewestProblem(void)
{
	static Statement select_newest = {
		.sql = "SELECT coalesce(max(posting_problem_id), 0) FROM crm_data.posting_problem"
	};
	bool		isnull;

	RunStatement(&select_newest, NULL, NULL);
	return DatumGetInt64(ResultValue(0, 1, &isnull));
}

typedef struct KeyParsing
{
	Oid			type;
	char	   *text;
	Datum		key;
} KeyParsing;

/* Guarded, for the key may have another type by now */
static void
ParseKey(void *argument)
{
	KeyParsing *parsing = argument;

	parsing->key = KeyDatum(parsing->type, parsing->text);
}

static void
NoteReplayed(Source *source, Notes *notes, char *key_text)
{
	KeyParsing	parsing = {.type = source->mapping->key_type,.text = key_text};
	ErrorData  *error;

	if (RunGuarded(ParseKey, &parsing, &error))
		AddNote(notes, source, NOTE_TOUCHED, key_text)->key = parsing.key;
	else
		RecordError(source->source_id, key_text, error);
}

/* Take the problems of a source away, and note the keys that they are about; true if any is about no key */
static bool
TakeProblems(Source *source, Notes *notes)
{
	static Statement delete_problems = {
		.sql = "WITH taken AS (DELETE FROM crm_data.posting_problem WHERE source_id = $1 RETURNING document_key)"
		" SELECT DISTINCT document_key FROM taken",
		.nargs = 1,.argtypes = {INT4OID}
	};
	Datum		id = Int32GetDatum(source->source_id);
	MemoryContext caller;
	SPITupleTable *rows;
	uint64		nrows;
	bool		keyless = false;

	RunStatement(&delete_problems, &id, NULL);
	rows = SPI_tuptable;
	nrows = SPI_processed;

	caller = MemoryContextSwitchTo(notes->memory);
	for (uint64 i = 0; i < nrows; i++)
	{
		char	   *key_text = SPI_getvalue(rows->vals[i], rows->tupdesc, 1);

		if (key_text)
			NoteReplayed(source, notes, key_text);
		else
			keyless = true;
	}
	MemoryContextSwitchTo(caller);
	return keyless;
}

/* How many of the keys have no problem any more */
static int64
CountSolved(Source *source, int64 newest, int64 ntaken)
{
	static Statement count_problems = {
		.sql = "SELECT count(DISTINCT document_key) FROM crm_data.posting_problem"
		" WHERE source_id = $1 AND posting_problem_id > $2",
		.nargs = 2,.argtypes = {INT4OID, INT8OID}
	};
	Datum		values[2] = {Int32GetDatum(source->source_id), Int64GetDatum(newest)};
	bool		isnull;

	RunStatement(&count_problems, values, NULL);
	return Max(ntaken - DatumGetInt64(ResultValue(0, 1, &isnull)), 0);
}

static int64
ReplaySource(Source *source)
{
	CrmScope	scope = EnterCrm();
	Notes	   *notes = MakeNotes(CurrentMemoryContext);
	int64		newest = NewestProblem();
	int64		solved;

	if (source->mapping == NULL)
	{
		LeaveCrm(scope);
		return 0;
	}
	notes->replayed = true;
	if (TakeProblems(source, notes))
		BackfillSource(source->source_id);
	if (notes->nnotes > 0)
		WriteNotes(notes);
	solved = CountSolved(source, newest, notes->nnotes);
	LeaveCrm(scope);
	return solved;
}

/* crm.replay_problems(name) */
Datum
crm_replay_problems(PG_FUNCTION_ARGS)
{
	char	   *name = PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0));
	int64		solved = 0;
	ListCell   *cell;

	if (name)
		SourceIdByName(name);
	foreach(cell, SourceIds("partner", name))
		solved += ReplaySource(FindSource(lfirst_int(cell)));
	foreach(cell, SourceIds("document", name))
		solved += ReplaySource(FindSource(lfirst_int(cell)));
	PG_RETURN_INT64(solved);
}
