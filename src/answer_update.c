/*
 * Bringing the stored answers of a question to what was found.
 *
 * Either by reading all that is stored, or, after a small run, by comparing with what the
 * last state says was written: then only the answers of those contacts are read whose answers
 * have been written since.
 */
#include "answer_update.h"

#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "utils/array.h"
#include "utils/fmgrprotos.h"

typedef struct Update
{
	AnswerWriter *writer;
	const Question *question;
	const Population *population;
	AnswerSet  *wanted;
	AnswerSet  *stored;			/* when only reading what is stored */
	const RatingBasis *basis;
} Update;

static Datum
PercentageOf(const RatingBasis *basis, int32 member)
{
	return basis ? basis->percentages[basis->answered[member]] : 0;
}

static DateADT
DateOf(const RatingBasis *basis, int32 member)
{
	return basis ? basis->dates[member] : DATEVAL_NOEND;
}

static AnswerSet
BitOf(const Question *question, int32 line_no)
{
	for (int i = 0; i < question->nbands; i++)
		if (question->bands[i].line_no == line_no)
			return AnswerBit(i);
	return 0;
}

static bool
IsDatedSo(TupleTableSlot *slot, Datum percentage, DateADT date)
{
	if (slot->tts_isnull[2] != DATE_IS_NOEND(date) || slot->tts_isnull[3] != (percentage == 0))
		return false;
	return (slot->tts_isnull[2] || DatumGetDateADT(slot->tts_values[2]) == date) &&
		(slot->tts_isnull[3] || DatumGetBool(DirectFunctionCall2(numeric_eq, slot->tts_values[3], percentage)));
}

/* A stored answer stays if it is wanted, which then is done with, and goes otherwise */
static void
CompareStored(TupleTableSlot *slot, void *argument)
{
	Update	   *update = argument;
	int64		contact_id;
	int32		line_no;
	int32		member;
	AnswerSet	bit;

	slot_getallattrs(slot);
	contact_id = DatumGetInt64(slot->tts_values[0]);
	line_no = DatumGetInt32(slot->tts_values[1]);
	member = FindMember(update->population, contact_id);
	bit = BitOf(update->question, line_no);
	if (member == NO_MEMBER || !(update->wanted[member] & bit))
	{
		TakeAnswer(update->writer, contact_id, line_no);
		return;
	}
	update->wanted[member] &= ~bit;
	if (!IsDatedSo(slot, PercentageOf(update->basis, member), DateOf(update->basis, member)))
		RedateAnswer(update->writer, contact_id, line_no, PercentageOf(update->basis, member), DateOf(update->basis, member));
}

static void
ReadStored(TupleTableSlot *slot, void *argument)
{
	Update	   *update = argument;
	int32		member;

	slot_getallattrs(slot);
	member = FindMember(update->population, DatumGetInt64(slot->tts_values[0]));
	if (member != NO_MEMBER)
		update->stored[member] |= BitOf(update->question, DatumGetInt32(slot->tts_values[1]));
}

static Datum
LinesOf(const Question *question)
{
	Datum		lines[QUESTION_MAX_ANSWERS];

	for (int i = 0; i < question->nbands; i++)
		lines[i] = Int32GetDatum(question->bands[i].line_no);
	return PointerGetDatum(construct_array(lines, question->nbands, INT4OID, sizeof(int32), true, TYPALIGN_INT));
}

static void
PutWanted(const Update *update, int32 member, AnswerSet answers)
{
	for (int i = 0; i < update->question->nbands; i++)
		if (answers & AnswerBit(i))
			PutAnswer(update->writer, update->population->members[member].contact_id, update->question->bands[i].line_no,
					  PercentageOf(update->basis, member), DateOf(update->basis, member));
}

#define STORED "SELECT contact_id, line_no, last_date_updated, questions_answered_pct FROM crm_data.contact_profile_answer" \
	" WHERE questionnaire_code = $1 AND line_no = ANY ($2)"

/* Of all contacts, or of one. basis is NULL but for ratings; the wanted answers are used up. */
void
UpdateAnswers(AnswerWriter *writer, const Ranking *ranking, AnswerSet *wanted, const RatingBasis *basis, int64 only_contact)
{
	static Statement all = {.sql = STORED, .nargs = 2, .argtypes = {TEXTOID, INT4ARRAYOID}};
	static Statement one = {.sql = STORED " AND contact_id = $3", .nargs = 3, .argtypes = {TEXTOID, INT4ARRAYOID, INT8OID}};
	Update		update = {writer, ranking->question, ranking->ledger->population, wanted, NULL, basis};
	Datum		values[] = {
		CStringGetTextDatum(ranking->question->questionnaire_code), LinesOf(ranking->question), Int64GetDatum(only_contact)
	};

	StreamStatement(only_contact ? &one : &all, values, CompareStored, &update);
	FlushNoted(writer);
	for (int32 i = 0; i < update.population->nmembers; i++)
		PutWanted(&update, i, wanted[i]);
}

/* Answers as they are now, of contacts whose answers have been written since the state was saved */
static void
CorrectWritten(Update *update, Datum answered)
{
	static Statement read = {
		.sql = STORED " AND contact_id = ANY ($3)", .nargs = 3, .argtypes = {TEXTOID, INT4ARRAYOID, INT8ARRAYOID}
	};
	Datum		values[] = {CStringGetTextDatum(update->question->questionnaire_code), LinesOf(update->question), answered};
	IdList		contacts = {NULL};

	AddIdArray(&contacts, answered);
	for (int i = 0; i < contacts.n; i++)
	{
		int32		member = FindMember(update->population, contacts.ids[i]);

		if (member != NO_MEMBER)
			update->stored[member] = 0;
	}
	if (contacts.n > 0)
		StreamStatement(&read, values, ReadStored, update);
}

/*
 * The same for answers that are not of a rating, when it is known what was written: corrected by what is stored of the contacts in
 * answered (bigint[]). Adds those whose answers it writes to contacts.
 */
void
UpdateChangedAnswers(AnswerWriter *writer, const Ranking *ranking, const AnswerSet *wanted, AnswerSet *written,
					 Datum answered, IdList *contacts)
{
	const Population *population = ranking->ledger->population;
	Update		update = {writer, ranking->question, population, NULL, written, NULL};

	CorrectWritten(&update, answered);
	for (int32 i = 0; i < population->nmembers; i++)
	{
		AnswerSet	gone = written[i] & ~wanted[i];

		if (wanted[i] == written[i])
			continue;
		AddId(contacts, population->members[i].contact_id);
		for (int j = 0; j < update.question->nbands; j++)
			if (gone & AnswerBit(j))
				TakeAnswer(writer, population->members[i].contact_id, update.question->bands[j].line_no);
	}
	FlushNoted(writer);
	for (int32 i = 0; i < population->nmembers; i++)
		PutWanted(&update, i, wanted[i] & ~written[i]);
}
