/*
 * What is kept of a classification between runs, so that the next one, and whoever
 * looks at it meanwhile, need not add up the log again.
 *
 * The state of a questionnaire is the population, the figures, the orders and the answers that were
 * written, as they lie in memory, in chunks that TOAST stores uncompressed; and the
 * snapshot that they were read with. What changed since is what crm_data.contact_change
 * tells that this snapshot does not see. Changes that all states have taken into
 * account are removed.
 *
 * A small run leaves the state as it is and only notes whose answers it wrote
 * ("answered"), because writing all of the state again would cost more than the run.
 *
 * The format is that of this machine and this definition of the questionnaire; a state
 * that does not fit is of no use, and everything is computed again.
 */
#include "classification.h"

#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "storage/lmgr.h"
#include "utils/datum.h"
#include "utils/xid8.h"

#define CHUNK_SIZE (512 * 1024)

/* To be raised whenever what is written changes, the structures included that are written as they are */
#define STATE_FORMAT 1

typedef struct StateHeader
{
	int32		format;
	int32		nmembers;
	int32		ncards;
	int32		nrows;
	int32		ntallies;
	int32		nrankings;
	Oid			log_storage;
} StateHeader;

/*
 * Writing
 */

typedef struct ChunkWriter
{
	const char *questionnaire_code;
	int32		chunk_no;
	bytea	   *chunk;
	Size		used;
} ChunkWriter;

static void
FlushChunk(ChunkWriter *writer)
{
	static Statement insert = {
		.sql = "INSERT INTO crm_data.classification_state_chunk (questionnaire_code, chunk_no, totals) VALUES ($1, $2, $3)",
		.nargs = 3, .argtypes = {TEXTOID, INT4OID, BYTEAOID}
	};

	SET_VARSIZE(writer->chunk, VARHDRSZ + writer->used);
	RunStatement(&insert, (Datum[]) {CStringGetTextDatum(writer->questionnaire_code), Int32GetDatum(writer->chunk_no++),
									 PointerGetDatum(writer->chunk)}, NULL);
	writer->used = 0;
}

static void
WriteBytes(ChunkWriter *writer, const void *data, Size size)
{
	const char *rest = data;

	while (size > 0)
	{
		Size		part = Min(size, CHUNK_SIZE - writer->used);

		memcpy(VARDATA(writer->chunk) + writer->used, rest, part);
		writer->used += part;
		rest += part;
		size -= part;
		if (writer->used == CHUNK_SIZE)
			FlushChunk(writer);
	}
}

static void
WriteText(ChunkWriter *writer, const char *text)
{
	int32		length = strlen(text);

	WriteBytes(writer, &length, sizeof(length));
	WriteBytes(writer, text, length);
}

static void
WritePopulation(ChunkWriter *writer, const Population *population)
{
	WriteBytes(writer, population->members, population->nmembers * sizeof(Member));
	for (int32 i = 0; i < population->nmembers; i++)
		WriteText(writer, population->members[i].contact_no);
	WriteBytes(writer, population->cards, population->ncards * sizeof(OwnCard));
	for (int i = 0; i < population->ncards; i++)
		WriteText(writer, population->cards[i].card_key);
}

/* As few bytes per contact as the answers of the question need */
static int
AnswerWidth(const Question *question)
{
	return (question->nbands + 7) / 8;
}

/* All members' answers, as they are kept */
uint8 *
PackAnswers(const Question *question, const AnswerSet *answers, int32 nmembers)
{
	int			width = AnswerWidth(question);
	uint8	   *packed = palloc_extended(Max((Size) nmembers * width, 1), MCXT_ALLOC_HUGE);

	for (int32 i = 0; i < nmembers; i++)
		memcpy(packed + (Size) i * width, &answers[i], width);
	return packed;
}

static void
WriteRanking(ChunkWriter *writer, const Ranking *ranking, const uint8 *written)
{
	WriteBytes(writer, &ranking->ncontacts, sizeof(ranking->ncontacts));
	WriteBytes(writer, &ranking->total, sizeof(ranking->total));
	for (int i = 0; i < ranking->norders; i++)
	{
		const Order *order = &ranking->orders[i];

		WriteBytes(writer, &order->n, sizeof(order->n));
		WriteBytes(writer, order->members, order->n * sizeof(int32));
		if (order->running)
			WriteBytes(writer, order->running, order->n * sizeof(int128));
	}
	if (!IsRating(ranking->question))
		WriteBytes(writer, written, (Size) ranking->ledger->population->nmembers * AnswerWidth(ranking->question));
}

/* Of a questionnaire that is not automatic any more, or gets another one */
void
ForgetState(const char *questionnaire_code)
{
	static Statement delete = {
		.sql = "DELETE FROM crm_data.classification_state WHERE questionnaire_code = $1", .nargs = 1, .argtypes = {TEXTOID}
	};
	Datum		code = CStringGetTextDatum(questionnaire_code);

	RunStatement(&delete, &code, NULL);
}

static void
ReplaceState(const Classification *classification, Datum snapshot)
{
	static Statement insert = {
		.sql = "INSERT INTO crm_data.classification_state (questionnaire_code, as_of, definition, snapshot)"
		" VALUES ($1, $2, $3, $4)",
		.nargs = 4, .argtypes = {TEXTOID, DATEOID, TEXTOID, PG_SNAPSHOTOID}
	};
	Datum		values[] = {
		CStringGetTextDatum(classification->questionnaire_code), DateADTGetDatum(classification->as_of),
		CStringGetTextDatum(classification->definition), snapshot
	};

	ForgetState(classification->questionnaire_code);
	RunStatement(&insert, values, NULL);
}

/* Keep a classification and the answers that were written (packed, by question), with the snapshot that the log was read with */
void
SaveClassification(Classification *classification, uint8 *const *written, Datum snapshot)
{
	const Population *population = classification->ledger.population;
	const Totals *totals = &classification->ledger.totals;
	ChunkWriter writer = {classification->questionnaire_code, 0, palloc(VARHDRSZ + CHUNK_SIZE)};
	StateHeader header = {
		STATE_FORMAT, population->nmembers, population->ncards, totals->nrows, totals->ntallies, classification->nrankings, classification->log_storage
	};

	ReplaceState(classification, snapshot);
	WriteBytes(&writer, &header, sizeof(header));
	WritePopulation(&writer, population);
	WriteBytes(&writer, totals->figures, (Size) totals->nrows * totals->ntallies * sizeof(int128));
	WriteBytes(&writer, classification->models, classification->nrankings * sizeof(CustomerValueModel));
	for (int i = 0; i < classification->nrankings; i++)
		WriteRanking(&writer, &classification->rankings[i], written[i]);
	FlushChunk(&writer);
	pfree(writer.chunk);
}

/* Remember whose answers have been written since the state was saved */
void
NoteAnswered(const Classification *classification, const IdList *contacts)
{
	static Statement update = {
		.sql = "UPDATE crm_data.classification_state SET answered = ARRAY(SELECT unnest(answered) UNION SELECT unnest($2))"
		" WHERE questionnaire_code = $1",
		.nargs = 2, .argtypes = {TEXTOID, INT8ARRAYOID}
	};

	if (contacts->n > 0)
		RunStatement(&update, (Datum[]) {CStringGetTextDatum(classification->questionnaire_code), IdArray(contacts)}, NULL);
}

/* Before a run takes the snapshot that it is going to keep: until it ends, nobody removes changes that it does not see */
void
AnnounceState(void)
{
	LockRelationOid(CrmTable("classification_state"), RowExclusiveLock);
}

/*
 * Changes that all that is kept has taken into account; those that somebody else is removing are left to him. Only along
 * with a new state, by which sessions know that changes may have gone that they have not seen (CurrentStateId), and not
 * while somebody makes another state, which nobody sees yet.
 */
void
RemoveAccountedChanges(void)
{
	static Statement find = {
		.sql = "SELECT ARRAY(SELECT c.ctid FROM crm_data.contact_change AS c"
		" WHERE NOT EXISTS (SELECT FROM crm_data.classification_state AS s "
		"  WHERE NOT pg_visible_in_snapshot(c.changed_xid, s.snapshot) OR c.changed_xid = s.saved_xid))"
	};
	static Statement remove = {
		.sql = "DELETE FROM crm_data.contact_change WHERE ctid = ANY (ARRAY("
		" SELECT ctid FROM crm_data.contact_change WHERE ctid = ANY ($1) FOR UPDATE SKIP LOCKED))",
		.nargs = 1, .argtypes = {TIDARRAYOID}
	};
	Oid			states = CrmTable("classification_state");
	Datum		accounted;
	bool		isnull;

	if (!ConditionalLockRelationOid(states, ShareRowExclusiveLock))
		return;
	RunAtPresent(&find, NULL, NULL);
	accounted = ResultValue(0, 1, &isnull);
	RunStatement(&remove, &accounted, NULL);
	UnlockRelationOid(states, ShareRowExclusiveLock);
}

/*
 * Reading
 */

typedef struct ChunkReader
{
	List	   *chunks;
	Size		position;		/* in the first of them */
} ChunkReader;

static void
ReadChunk(TupleTableSlot *slot, void *argument)
{
	ChunkReader *reader = argument;

	slot_getallattrs(slot);
	reader->chunks = lappend(reader->chunks, PG_DETOAST_DATUM_COPY(slot->tts_values[0]));
}

static void
ReadBytes(ChunkReader *reader, void *data, Size size)
{
	char	   *rest = data;

	while (size > 0)
	{
		bytea	   *chunk = linitial(reader->chunks);
		Size		part = Min(size, VARSIZE(chunk) - VARHDRSZ - reader->position);

		memcpy(rest, VARDATA(chunk) + reader->position, part);
		reader->position += part;
		rest += part;
		size -= part;
		if (reader->position == VARSIZE(chunk) - VARHDRSZ)
		{
			pfree(chunk);
			reader->chunks = list_delete_first(reader->chunks);
			reader->position = 0;
		}
	}
}

static char *
ReadText(ChunkReader *reader)
{
	int32		length;
	char	   *text;

	ReadBytes(reader, &length, sizeof(length));
	text = palloc(length + 1);
	ReadBytes(reader, text, length);
	text[length] = '\0';
	return text;
}

static Population *
ReadPopulation(ChunkReader *reader, const StateHeader *header, const Question *question)
{
	Population *population = MakePopulation(question ? question->business_relation_code : NULL, header->nmembers);

	population->nmembers = header->nmembers;
	ReadBytes(reader, population->members, header->nmembers * sizeof(Member));
	for (int32 i = 0; i < header->nmembers; i++)
	{
		population->members[i].flags &= ~HAS_CHANGED;
		population->members[i].contact_no = ReadText(reader);
	}
	population->ncards = population->cards_capacity = header->ncards;
	population->cards = palloc(Max(header->ncards, 1) * sizeof(OwnCard));
	ReadBytes(reader, population->cards, header->ncards * sizeof(OwnCard));
	for (int i = 0; i < header->ncards; i++)
		population->cards[i].card_key = ReadText(reader);
	IndexPopulation(population);
	return population;
}

static void
ReadFigures(ChunkReader *reader, const StateHeader *header, Totals *totals)
{
	Size		size = (Size) header->nrows * totals->ntallies * sizeof(int128);

	totals->nrows = totals->capacity = header->nrows;
	if (size > 0)
		totals->figures = MemoryContextAllocHuge(totals->memory, size);
	ReadBytes(reader, totals->figures, size);
}

static void
ReadRanking(ChunkReader *reader, Ranking *ranking)
{
	ReadBytes(reader, &ranking->ncontacts, sizeof(ranking->ncontacts));
	ReadBytes(reader, &ranking->total, sizeof(ranking->total));
	for (int i = 0; i < ranking->norders; i++)
	{
		Order	   *order = &ranking->orders[i];
		int32		n;

		ReadBytes(reader, &n, sizeof(n));
		ReserveOrder(order, n);
		order->n = n;
		ReadBytes(reader, order->members, n * sizeof(int32));
		if (order->running)
			ReadBytes(reader, order->running, n * sizeof(int128));
	}
}

static uint8 *
ReadAnswers(ChunkReader *reader, const Question *question, int32 nmembers)
{
	Size		size = (Size) nmembers * AnswerWidth(question);
	uint8	   *answers = palloc_extended(Max(size, 1), MCXT_ALLOC_HUGE);

	ReadBytes(reader, answers, size);
	return answers;
}

/* The answers that were written when the state was saved; contacts that are new since have none */
AnswerSet *
WrittenAnswers(const Classification *classification, const ClassificationState *state, int question)
{
	int32		nmembers = classification->ledger.population->nmembers;
	int			width = AnswerWidth(classification->rankings[question].question);
	AnswerSet  *answers = palloc_extended(Max(nmembers, 1) * sizeof(AnswerSet), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	for (int32 i = 0; i < state->nmembers; i++)
		memcpy(&answers[i], state->written[question] + (Size) i * width, width);
	return answers;
}

static void
ReadClassification(ChunkReader *reader, const StateHeader *header, Classification *classification, ClassificationState *state)
{
	classification->log_storage = header->log_storage;
	classification->ledger.population = ReadPopulation(reader, header, linitial(classification->questions));
	ReadFigures(reader, header, &classification->ledger.totals);
	ReadBytes(reader, classification->models, classification->nrankings * sizeof(CustomerValueModel));
	state->nmembers = header->nmembers;
	state->written = palloc0(classification->nrankings * sizeof(uint8 *));
	for (int i = 0; i < classification->nrankings; i++)
	{
		ReadRanking(reader, &classification->rankings[i]);
		if (!IsRating(classification->rankings[i].question))
			state->written[i] = ReadAnswers(reader, classification->rankings[i].question, header->nmembers);
	}
	classification->is_ranked = true;
}

static bool
ReadState(const char *questionnaire_code, const char *definition, ClassificationState *state)
{
	static Statement read = {
		.sql = "SELECT state_id, as_of, snapshot, saved_xid, answered, cardinality(answered) FROM crm_data.classification_state"
		" WHERE questionnaire_code = $1 AND definition = $2",
		.nargs = 2, .argtypes = {TEXTOID, TEXTOID}
	};
	bool		isnull;

	if (RunAsSeen(&read, (Datum[]) {CStringGetTextDatum(questionnaire_code), CStringGetTextDatum(definition)}, NULL) == 0)
		return false;
	state->state_id = DatumGetInt64(ResultValue(0, 1, &isnull));
	state->as_of = DatumGetDateADT(ResultValue(0, 2, &isnull));
	state->snapshot = datumCopy(ResultValue(0, 3, &isnull), false, -1);
	state->saved_xid = U64FromFullTransactionId(DatumGetFullTransactionId(ResultValue(0, 4, &isnull)));
	state->answered = datumCopy(ResultValue(0, 5, &isnull), false, -1);
	state->nanswered = DatumGetInt32(ResultValue(0, 6, &isnull));
	return true;
}

/*
 * The classification that was kept, as of the date of then. NULL if there
 * is none for the questionnaire as it is now, or the log has been replaced meanwhile.
 */
Classification *
LoadClassification(const Classification *definition, ClassificationState *state)
{
	static Statement read = {
		.sql = "SELECT totals FROM crm_data.classification_state_chunk WHERE questionnaire_code = $1 ORDER BY chunk_no",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	Classification *classification;
	ChunkReader reader = {NIL};
	StateHeader header;
	MemoryContext caller;
	Datum		code = CStringGetTextDatum(definition->questionnaire_code);

	if (!ReadState(definition->questionnaire_code, definition->definition, state))
		return NULL;
	StreamStatement(&read, &code, ReadChunk, &reader);
	ReadBytes(&reader, &header, sizeof(header));
	if (header.format != STATE_FORMAT || header.log_storage != LogStorage())
		return NULL;
	classification = DefineClassification(definition->questionnaire_code, state->as_of, false);
	if (classification == NULL)
		return NULL;
	caller = MemoryContextSwitchTo(classification->memory);
	ReadClassification(&reader, &header, classification, state);
	MemoryContextSwitchTo(caller);
	return classification;
}

/*
 * Changes
 */

/* What has changed that a snapshot does not show, or that own_xid has changed: contact_id, company_id, changed_xid, ctid */
void
StreamChanges(Datum snapshot, uint64 own_xid, RowConsumer consume, void *argument)
{
	static Statement read = {
		.sql = "SELECT contact_id, company_id, changed_xid, ctid FROM crm_data.contact_change"
		" WHERE NOT pg_visible_in_snapshot(changed_xid, $1) OR changed_xid = $2",
		.nargs = 2, .argtypes = {PG_SNAPSHOTOID, XID8OID}
	};
	Datum		values[] = {snapshot, FullTransactionIdGetDatum(FullTransactionIdFromU64(own_xid))};

	StreamStatement(&read, values, consume, argument);
}

static void
AddChange(TupleTableSlot *slot, void *list)
{
	slot_getallattrs(slot);
	for (int i = 0; i < 2; i++)
		AddId(list, SlotId(slot, i));
}

/* bigint[]; also how often they are noted */
Datum
ChangedContacts(Datum snapshot, uint64 own_xid, int *n, int *nnoted)
{
	IdList		list = {NULL};

	StreamChanges(snapshot, own_xid, AddChange, &list);
	*nnoted = list.n;
	SortIds(&list);
	*n = list.n;
	return IdArray(&list);
}

/* Tells one state from another. Without a state of its own a questionnaire goes by those of the others: they may remove changes */
int64
CurrentStateId(const char *questionnaire_code)
{
	static Statement read = {
		.sql = "SELECT coalesce((SELECT state_id FROM crm_data.classification_state WHERE questionnaire_code = $1),"
		" (SELECT - max(state_id) FROM crm_data.classification_state), 0)",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	Datum		code = CStringGetTextDatum(questionnaire_code);
	bool		isnull;

	RunAsSeen(&read, &code, NULL);
	return DatumGetInt64(ResultValue(0, 1, &isnull));
}

/* Whether a snapshot shows what the active one does not: that of a cursor, for one, is older than others after it */
bool
ShowsMore(Datum snapshot)
{
	static Statement read = {
		.sql = "SELECT pg_snapshot_xmax($1) > pg_snapshot_xmax(c) OR EXISTS (SELECT FROM pg_snapshot_xip(c) AS x WHERE pg_visible_in_snapshot(x, $1))"
		" FROM pg_current_snapshot() AS c",
		.nargs = 1, .argtypes = {PG_SNAPSHOTOID}
	};

	RunAsSeen(&read, &snapshot, NULL);
	return ResultTrue(0, 1);
}
