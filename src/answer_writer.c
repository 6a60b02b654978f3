/*
 * Writing what a run has found: crm_data.contact_profile_answer and its history.
 *
 * Answers that are new go in below SQL, by multi-insert: the engine has just read the
 * contacts, and holds a lock on the questionnaire, so that neither triggers nor foreign
 * keys have anything to add. Answers that are no longer true move to the history by one
 * statement. An answer that holds from the very day on which it ends leaves nothing.
 */
#include "answer_writer.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "utils/array.h"
#include "utils/rel.h"

#define BATCH 1000

/* Columns of crm_data.contact_profile_answer */
enum
{
	CONTACT_ID, QUESTIONNAIRE_CODE, LINE_NO, LAST_DATE_UPDATED, QUESTIONS_ANSWERED_PCT, VALID_FROM, ANSWER_COLUMNS
};

struct AnswerWriter
{
	Datum		questionnaire_code;
	DateADT		as_of;
	MemoryContext batch;		/* what the pending rows point to */
	Relation	relation;
	EState	   *estate;
	ResultRelInfo *relinfo;
	BulkInsertState bulk;
	TupleTableSlot *pending[BATCH];
	int			npending;
	Datum	   *taken_contacts;
	Datum	   *taken_lines;
	int			ntaken;
	int			taken_capacity;
	List	   *redated;
	int64		total_put;
	int64		total_taken;
};

/* The triggers of the tables are about answers given by hand: the engine's pass them by */
static bool writing;

bool
EngineWritesAnswers(void)
{
	return writing;
}

static void
RunAsEngine(Statement *statement, Datum *values, const bool *isnull)
{
	writing = true;
	PG_TRY();
	{
		RunStatement(statement, values, isnull);
	}
	PG_FINALLY();
	{
		writing = false;
	}
	PG_END_TRY();
}

/* Each row by the index: statistics of a table that the same transaction has just filled would advise otherwise */
static void
RunByIndex(Statement *statement, Datum *values)
{
	int			level = EnterSearchPath("");

	set_config_option("enable_seqscan", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	RunAsEngine(statement, values, NULL);
	LeaveSearchPath(level);
}

AnswerWriter *
OpenAnswerWriter(const char *questionnaire_code, DateADT as_of)
{
	AnswerWriter *writer = palloc0(sizeof(AnswerWriter));

	writer->questionnaire_code = CStringGetTextDatum(questionnaire_code);
	writer->as_of = as_of;
	writer->batch = AllocSetContextCreate(CurrentMemoryContext, "answers", ALLOCSET_DEFAULT_SIZES);
	writer->relation = table_open(CrmTable("contact_profile_answer"), RowExclusiveLock);
	writer->estate = CreateExecutorState();
	writer->relinfo = makeNode(ResultRelInfo);
	InitResultRelInfo(writer->relinfo, writer->relation, 0, NULL, 0);
	ExecOpenIndices(writer->relinfo, false);
	writer->bulk = GetBulkInsertState();
	for (int i = 0; i < BATCH; i++)
		writer->pending[i] = MakeSingleTupleTableSlot(RelationGetDescr(writer->relation), &TTSOpsVirtual);
	writer->taken_capacity = BATCH;
	writer->taken_contacts = palloc(BATCH * sizeof(Datum));
	writer->taken_lines = palloc(BATCH * sizeof(Datum));
	return writer;
}

/*
 * Putting
 */

/* What the insertion leaves behind in memory goes with the batch */
static void
InsertPending(AnswerWriter *writer)
{
	MemoryContext caller = MemoryContextSwitchTo(writer->batch);

	if (writer->npending > 0)
		table_multi_insert(writer->relation, writer->pending, writer->npending, GetCurrentCommandId(true), 0, writer->bulk);
	for (int i = 0; i < writer->npending; i++)
	{
		list_free(InsertIndexEntries(writer->relinfo, writer->pending[i], writer->estate, false, false, NULL, NIL));
		ResetPerTupleExprContext(writer->estate);
	}
	writer->npending = 0;
	MemoryContextSwitchTo(caller);
	MemoryContextReset(writer->batch);
}

static TupleTableSlot *
NextRow(AnswerWriter *writer, int64 contact_id, int32 line_no)
{
	TupleTableSlot *slot;

	if (writer->npending == BATCH)
		InsertPending(writer);
	slot = writer->pending[writer->npending++];
	writer->total_put++;
	ExecClearTuple(slot);
	memset(slot->tts_isnull, false, ANSWER_COLUMNS * sizeof(bool));
	slot->tts_values[CONTACT_ID] = Int64GetDatum(contact_id);
	slot->tts_values[QUESTIONNAIRE_CODE] = writer->questionnaire_code;
	slot->tts_values[LINE_NO] = Int32GetDatum(line_no);
	slot->tts_values[VALID_FROM] = DateADTGetDatum(writer->as_of);
	return slot;
}

/*
 * The percentage of a rating, 0 for others. A date of DATEVAL_NOEND leaves the column blank: the date is that of the run.
 */
void
PutAnswer(AnswerWriter *writer, int64 contact_id, int32 line_no, Datum questions_answered_pct, DateADT last_date_updated)
{
	TupleTableSlot *slot = NextRow(writer, contact_id, line_no);

	slot->tts_isnull[QUESTIONS_ANSWERED_PCT] = questions_answered_pct == 0;
	if (questions_answered_pct)
	{
		MemoryContext caller = MemoryContextSwitchTo(writer->batch);

		slot->tts_values[QUESTIONS_ANSWERED_PCT] = PointerGetDatum(PG_DETOAST_DATUM_COPY(questions_answered_pct));
		MemoryContextSwitchTo(caller);
	}
	slot->tts_values[LAST_DATE_UPDATED] = DateADTGetDatum(last_date_updated);
	slot->tts_isnull[LAST_DATE_UPDATED] = DATE_IS_NOEND(last_date_updated);
	ExecStoreVirtualTuple(slot);
}

/*
 * Taking and redating. Both are only noted, because they are found out while a statement is running.
 */

/* The answer is no longer true. Answers are taken before others are put. */
void
TakeAnswer(AnswerWriter *writer, int64 contact_id, int32 line_no)
{
	if (writer->ntaken == writer->taken_capacity)
	{
		writer->taken_capacity *= 2;
		writer->taken_contacts = repalloc_huge(writer->taken_contacts, writer->taken_capacity * sizeof(Datum));
		writer->taken_lines = repalloc_huge(writer->taken_lines, writer->taken_capacity * sizeof(Datum));
	}
	writer->total_taken++;
	writer->taken_contacts[writer->ntaken] = Int64GetDatum(contact_id);
	writer->taken_lines[writer->ntaken++] = Int32GetDatum(line_no);
}

/* An answer that is still true, but not made of the same any more */
typedef struct RedatedAnswer
{
	int64		contact_id;
	int32		line_no;
	Datum		questions_answered_pct;
	DateADT		last_date_updated;
} RedatedAnswer;

void
RedateAnswer(AnswerWriter *writer, int64 contact_id, int32 line_no, Datum questions_answered_pct, DateADT last_date_updated)
{
	RedatedAnswer *redated = palloc(sizeof(RedatedAnswer));

	*redated = (RedatedAnswer) {contact_id, line_no, questions_answered_pct, last_date_updated};
	writer->redated = lappend(writer->redated, redated);
}

static void
WriteRedated(AnswerWriter *writer)
{
	static Statement redate = {
		.sql = "UPDATE crm_data.contact_profile_answer SET questions_answered_pct = $4, last_date_updated = $5"
		" WHERE contact_id = $1 AND questionnaire_code = $2 AND line_no = $3",
		.nargs = 5, .argtypes = {INT8OID, TEXTOID, INT4OID, NUMERICOID, DATEOID}
	};
	ListCell   *cell;

	foreach(cell, writer->redated)
	{
		const RedatedAnswer *redated = lfirst(cell);
		Datum		values[] = {
			Int64GetDatum(redated->contact_id), writer->questionnaire_code, Int32GetDatum(redated->line_no),
			redated->questions_answered_pct, DateADTGetDatum(redated->last_date_updated)
		};
		bool		isnull[] = {false, false, false, redated->questions_answered_pct == 0, DATE_IS_NOEND(redated->last_date_updated)};

		RunAsEngine(&redate, values, isnull);
	}
	list_free_deep(writer->redated);
	writer->redated = NIL;
}

static void
WriteTaken(AnswerWriter *writer)
{
	static Statement take = {
		.sql = "WITH taken AS (DELETE FROM crm_data.contact_profile_answer AS a USING unnest($2, $3) AS t(contact_id, line_no)"
		"  WHERE a.contact_id = t.contact_id AND a.questionnaire_code = $1 AND a.line_no = t.line_no RETURNING a.*)"
		" INSERT INTO crm_data.contact_profile_answer_history (contact_id, questionnaire_code, line_no, last_date_updated,"
		"  questions_answered_pct, valid_from, valid_to, withdrawn_at)"
		" SELECT t.contact_id, t.questionnaire_code, t.line_no, coalesce(t.last_date_updated, c.classified_on),"
		"  t.questions_answered_pct, t.valid_from, greatest(t.valid_from, $4), CASE WHEN t.valid_from > $4 THEN now() END"
		" FROM taken AS t LEFT JOIN LATERAL (SELECT c.classified_on FROM crm_data.question_classification AS c"
		"  WHERE c.questionnaire_code = t.questionnaire_code AND c.line_no < t.line_no ORDER BY c.line_no DESC LIMIT 1) AS c ON true"
		" WHERE t.valid_from <> $4",
		.nargs = 4, .argtypes = {TEXTOID, INT8ARRAYOID, INT4ARRAYOID, DATEOID}
	};
	Datum		values[] = {
		writer->questionnaire_code,
		PointerGetDatum(construct_array(writer->taken_contacts, writer->ntaken, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE)),
		PointerGetDatum(construct_array(writer->taken_lines, writer->ntaken, INT4OID, sizeof(int32), true, TYPALIGN_INT)),
		DateADTGetDatum(writer->as_of)
	};

	if (writer->ntaken > 0)
		RunByIndex(&take, values);
	writer->ntaken = 0;
}

/* What was noted is written */
void
FlushNoted(AnswerWriter *writer)
{
	WriteTaken(writer);
	WriteRedated(writer);
}

/* How many answers were put and taken */
void
CountWritten(const AnswerWriter *writer, int64 *put, int64 *taken)
{
	*put = writer->total_put;
	*taken = writer->total_taken;
}

/* The writer itself stays, to be asked for its numbers */
void
CloseAnswerWriter(AnswerWriter *writer)
{
	FlushNoted(writer);
	InsertPending(writer);
	for (int i = 0; i < BATCH; i++)
		ExecDropSingleTupleTableSlot(writer->pending[i]);
	FreeBulkInsertState(writer->bulk);
	ExecCloseIndices(writer->relinfo);
	FreeExecutorState(writer->estate);
	table_close(writer->relation, NoLock);
	MemoryContextDelete(writer->batch);
	CommandCounterIncrement();
}

/*
 * After a run as of an earlier date than the last one of the question: what is said of days
 * since then is said by this run. The rows stay on record, withdrawn. Ratings are also given
 * by hand's answers, as of whatever day, to one contact.
 */
#define WITHDRAW "UPDATE crm_data.contact_profile_answer_history SET withdrawn_at = now()" \
	" WHERE questionnaire_code = $1 AND line_no = ANY ($2) AND valid_from >= $3 AND withdrawn_at IS NULL"
#define SHORTEN "UPDATE crm_data.contact_profile_answer_history SET valid_to = $3" \
	" WHERE questionnaire_code = $1 AND line_no = ANY ($2) AND valid_from < $3 AND valid_to > $3 AND withdrawn_at IS NULL"
#define CONFIRM "UPDATE crm_data.contact_profile_answer SET valid_from = $3" \
	" WHERE questionnaire_code = $1 AND line_no = ANY ($2) AND valid_from > $3"
#define OF_ALL(text) {.sql = text, .nargs = 3, .argtypes = {TEXTOID, INT4ARRAYOID, DATEOID}}
#define OF_ONE(text) {.sql = text " AND contact_id = $4", .nargs = 4, .argtypes = {TEXTOID, INT4ARRAYOID, DATEOID, INT8OID}}

static bool
HasRunLater(const Question *question, DateADT as_of)
{
	static Statement find = {
		.sql = "SELECT FROM crm_data.question_classification WHERE questionnaire_code = $1 AND line_no = $2 AND as_of > $3",
		.nargs = 3, .argtypes = {TEXTOID, INT4OID, DATEOID}
	};
	Datum		values[] = {CStringGetTextDatum(question->questionnaire_code), Int32GetDatum(question->line_no), DateADTGetDatum(as_of)};

	return RunStatement(&find, values, NULL) > 0;
}

void
RestateHistory(const Question *question, DateADT as_of, int64 only_contact)
{
	static Statement of_all[] = {OF_ALL(WITHDRAW), OF_ALL(SHORTEN), OF_ALL(CONFIRM)};
	static Statement of_one[] = {OF_ONE(WITHDRAW), OF_ONE(SHORTEN), OF_ONE(CONFIRM)};
	Datum		lines[QUESTION_MAX_ANSWERS];
	Datum		values[4] = {CStringGetTextDatum(question->questionnaire_code), 0, DateADTGetDatum(as_of), Int64GetDatum(only_contact)};

	if (!IsRating(question) && !HasRunLater(question, as_of))
		return;
	for (int i = 0; i < question->nbands; i++)
		lines[i] = Int32GetDatum(question->bands[i].line_no);
	values[1] = PointerGetDatum(construct_array(lines, question->nbands, INT4OID, sizeof(int32), true, TYPALIGN_INT));
	for (int i = 0; i < lengthof(of_all); i++)
		RunAsEngine(only_contact ? &of_one[i] : &of_all[i], values, NULL);
}
