/*
 * What a contact is, today: the rows of crm.contact_classification.
 */
#include "current_class.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/fmgrprotos.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(crm_current_classes);

/* The number that the bounds of the answers are held against */
Numeric
RoundedScore(const Ranking *ranking, int32 member)
{
	int			decimals = ranking->question->decimals;
	int128		units = RoundQuotient(ScoreOf(ranking, member), decimals);
	Datum		power;

	if (decimals >= 0)
		return UnitsNumeric(units, decimals);
	power = DirectFunctionCall3(numeric_in, CStringGetDatum(psprintf("1e%d", -decimals)), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	return DatumGetNumeric(DirectFunctionCall2(numeric_mul, NumericGetDatum(UnitsNumeric(units, 0)), power));
}

/* Where the answer of a member comes from: from itself, or from its company */
static int32
SourceOf(const Ranking *ranking, int32 member, AnswerSet answer)
{
	return OwnAnswers(ranking, member) & answer ? member : BenefactorOf(ranking, member);
}

/*
 * Measured questions
 */

static void
PutMeasured(ReturnSetInfo *result, const Ranking *ranking, int32 member)
{
	const Question *question = ranking->question;
	AnswerSet	answers = AnswersOf(ranking, member);

	for (int i = 0; i < question->nbands; i++)
	{
		int32		source;
		Datum		values[6];
		bool		isnull[6] = {false, false, false, false, false, true};

		if (!(answers & AnswerBit(i)))
			continue;
		source = SourceOf(ranking, member, AnswerBit(i));
		values[0] = CStringGetTextDatum(question->questionnaire_code);
		values[1] = Int32GetDatum(question->line_no);
		values[2] = Int32GetDatum(question->bands[i].line_no);
		values[3] = NumericGetDatum(QuotientNumeric(ValueOf(ranking, source)));
		values[4] = NumericGetDatum(RoundedScore(ranking, source));
		tuplestore_putvalues(result->setResult, result->setDesc, values, isnull);
	}
}

/*
 * Ratings
 */

/* An answer that a contact holds */
typedef struct HeldAnswer
{
	char	   *questionnaire_code;
	int32		line_no;
} HeldAnswer;

typedef struct HeldAnswers
{
	HeldAnswer *answers;
	int			n;
	int			capacity;
} HeldAnswers;

static void
AddHeld(HeldAnswers *held, char *questionnaire_code, int32 line_no)
{
	if (held->n == held->capacity)
	{
		held->capacity = held->capacity * 2 + 16;
		held->answers = held->answers ? repalloc(held->answers, held->capacity * sizeof(HeldAnswer)) :
			palloc(held->capacity * sizeof(HeldAnswer));
	}
	held->answers[held->n++] = (HeldAnswer) {questionnaire_code, line_no};
}

static bool
Holds(const HeldAnswers *held, const RatingSource *source)
{
	for (int i = 0; i < held->n; i++)
		if (held->answers[i].line_no == source->line_no && strcmp(held->answers[i].questionnaire_code, source->questionnaire_code) == 0)
			return true;
	return false;
}

/* Those given by hand, and those of questionnaires that cannot be answered as they are */
static void
AddStored(TupleTableSlot *slot, void *held)
{
	char	   *code;

	slot_getallattrs(slot);
	code = TextDatumGetCString(slot->tts_values[0]);
	if (CurrentClassification(code) == NULL || !DatumGetBool(slot->tts_values[2]))
		AddHeld(held, code, DatumGetInt32(slot->tts_values[1]));
}

static HeldAnswers
AnswersHeld(int64 contact_id)
{
	static Statement read = {
		.sql = "SELECT a.questionnaire_code, a.line_no, (SELECT q.auto_classification OR q.contact_class_field IS NOT NULL"
		"  FROM crm_data.questionnaire_line AS q WHERE q.questionnaire_code = a.questionnaire_code AND q.line_type = 'question'"
		"  AND q.line_no < a.line_no ORDER BY q.line_no DESC LIMIT 1)"
		" FROM crm_data.contact_profile_answer AS a WHERE a.contact_id = $1",
		.nargs = 1, .argtypes = {INT8OID}
	};
	HeldAnswers held = {NULL};
	CrmScope	scope;
	MemoryContext caller = CurrentMemoryContext;
	Datum		id = Int64GetDatum(contact_id);
	ListCell   *cell;

	scope = EnterCrm();
	MemoryContextSwitchTo(caller);
	StreamStatement(&read, &id, AddStored, &held);
	LeaveCrm(scope);
	MemoryContextSwitchTo(caller);
	foreach(cell, CurrentClassifications())
	{
		Classification *classification = lfirst(cell);
		int32		member = FindMember(classification->ledger.population, contact_id);

		for (int i = 0; member != NO_MEMBER && i < classification->nrankings; i++)
		{
			const Ranking *ranking = &classification->rankings[i];
			AnswerSet	answers = IsRating(ranking->question) ? 0 : AnswersOf(ranking, member);

			for (int j = 0; j < ranking->question->nbands; j++)
				if (answers & AnswerBit(j))
					AddHeld(&held, ranking->question->questionnaire_code, ranking->question->bands[j].line_no);
		}
	}
	return held;
}

static void
PutRating(ReturnSetInfo *result, const Rating *rating, const RatingTally *tally, const Band *band)
{
	const Question *question = rating->classification->rankings[rating->ranking].question;
	Datum		values[6] = {
		CStringGetTextDatum(question->questionnaire_code), Int32GetDatum(question->line_no), Int32GetDatum(band->line_no),
		NumericGetDatum(UnitsNumeric(tally->points, 0)), NumericGetDatum(UnitsNumeric(tally->points, 0)),
		NumericGetDatum(QuotientNumeric(AnsweredPercentage(rating, tally)))
	};
	bool		isnull[6] = {false};

	tuplestore_putvalues(result->setResult, result->setDesc, values, isnull);
}

/* A rating counts as held for those that are made of it */
static void
PutRatings(ReturnSetInfo *result, int64 contact_id)
{
	HeldAnswers held;
	ListCell   *cell;

	if (CurrentRatings() == NIL)
		return;
	held = AnswersHeld(contact_id);
	foreach(cell, CurrentRatings())
	{
		const Rating *rating = lfirst(cell);
		const Question *question = rating->classification->rankings[rating->ranking].question;
		int32		member = FindMember(rating->classification->ledger.population, contact_id);
		RatingTally tally;
		AnswerSet	answers;

		StartTally(&tally);
		for (int i = 0; i < rating->nsources; i++)
			if (Holds(&held, &rating->sources[i]))
				AddHeldAnswer(&tally, &rating->sources[i], DATEVAL_NOEND);
		answers = member == NO_MEMBER ? 0 : RatedAnswers(rating, member, &tally);
		for (int i = 0; i < question->nbands; i++)
			if (answers & AnswerBit(i))
			{
				PutRating(result, rating, &tally, &question->bands[i]);
				AddHeld(&held, question->questionnaire_code, question->bands[i].line_no);
			}
	}
}

/*
 * crm_data.current_classes(contact_id): the answers that a run would give to a contact now
 */
Datum
crm_current_classes(PG_FUNCTION_ARGS)
{
	int64		contact_id = PG_GETARG_INT64(0);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ListCell   *cell;

	InitMaterializedSRF(fcinfo, 0);
	EnsureCurrent();
	foreach(cell, CurrentClassifications())
	{
		Classification *classification = lfirst(cell);
		int32		member = FindMember(classification->ledger.population, contact_id);

		for (int i = 0; member != NO_MEMBER && i < classification->nrankings; i++)
			if (!IsRating(classification->rankings[i].question))
				PutMeasured(result, &classification->rankings[i], member);
	}
	PutRatings(result, contact_id);
	return (Datum) 0;
}
