/*
 * Why a contact is in a class: crm.explain_class(), and what a run would work with: crm.classification_totals().
 */
#include "current_class.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/fmgrprotos.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(crm_explain_class);
PG_FUNCTION_INFO_V1(crm_classification_totals);

/* Columns of crm.explain_class() */
enum
{
	CONTACT_ID, MEASURED_CONTACT_ID, STARTING_DATE, ENDING_DATE, VALUE, CONTACT_COUNT, TOTAL_VALUE, PLACE, SCORE,
	LINE_NO, ANSWER, FROM_VALUE, TO_VALUE, INTERACTION_IDS, EXPLAIN_COLUMNS
};

static int64
ContactByNumber(Datum contact_no)
{
	static Statement find = {
		.sql = "SELECT contact_id FROM crm_data.contact WHERE contact_no = crm_data.as_code($1)", .nargs = 1, .argtypes = {TEXTOID}
	};
	bool		isnull;

	if (RunAsSeen(&find, &contact_no, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("contact \"%s\" does not exist", TextDatumGetCString(contact_no))));
	return DatumGetInt64(ResultValue(0, 1, &isnull));
}

static char *
ExistingQuestionnaire(Datum code)
{
	static Statement find = {
		.sql = "SELECT questionnaire_code FROM crm_data.questionnaire WHERE questionnaire_code = crm_data.as_code($1)",
		.nargs = 1, .argtypes = {TEXTOID}
	};

	if (RunStatement(&find, &code, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("questionnaire \"%s\" does not exist", TextDatumGetCString(code))));
	return ResultText(0, 1);
}

/* The one that this session keeps, if it is of that day; else one of its own */
static Classification *
ClassificationAsOf(const char *code, DateADT as_of)
{
	Classification *classification = CurrentClassification(code);

	if (classification && classification->as_of == as_of)
		return classification;
	classification = DefineClassification(code, as_of, true);
	ComputeClassifications(list_make1(classification));
	EnsureRankings(classification);
	return classification;
}

static const Ranking *
AutomaticQuestion(const Classification *classification, int32 line_no)
{
	const Ranking *ranking = RankingOf(classification, line_no);

	if (ranking == NULL || ranking->question->measure == NULL || IsRating(ranking->question))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("questionnaire \"%s\" has no question with a measure in line %d", classification->questionnaire_code, line_no),
				 errhint("A rating is explained by the points in crm.rating and the answers in crm.contact_classification.")));
	return ranking;
}

static void
SetValue(Datum *values, bool *isnull, int column, Datum value)
{
	values[column] = value;
	isnull[column] = false;
}

static void
SetBound(Datum *values, bool *isnull, int column, char *text)
{
	isnull[column] = true;
	if (text)
		SetValue(values, isnull, column, DirectFunctionCall3(numeric_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

static void
SetMeasured(const Ranking *ranking, int32 member, Datum *values, bool *isnull)
{
	const Question *question = ranking->question;

	SetValue(values, isnull, MEASURED_CONTACT_ID, Int64GetDatum(ranking->ledger->population->members[member].contact_id));
	SetValue(values, isnull, STARTING_DATE, DateADTGetDatum(question->period.from));
	SetValue(values, isnull, ENDING_DATE, DateADTGetDatum(question->period.to));
	SetValue(values, isnull, VALUE, NumericGetDatum(QuotientNumeric(ValueOf(ranking, member))));
	SetValue(values, isnull, CONTACT_COUNT, Int64GetDatum(ranking->ncontacts));
	SetValue(values, isnull, SCORE, NumericGetDatum(RoundedScore(ranking, member)));
	if (!question->measure->is_rfm)
		SetValue(values, isnull, TOTAL_VALUE, NumericGetDatum(TotalOf(ranking)));
	if (NeedsOrder(question))
		SetValue(values, isnull, PLACE, Int64GetDatum(PlaceOf(ranking, member)));
}

static void
PutRow(ReturnSetInfo *result, Datum *values, bool *isnull)
{
	tuplestore_putvalues(result->setResult, result->setDesc, values, isnull);
}

/* A row for each answer that the value gets, or one without answer */
static void
PutExplanation(ReturnSetInfo *result, Classification *classification, const Ranking *ranking, int64 contact_id, int32 member)
{
	const Question *question = ranking->question;
	AnswerSet	answers = OwnAnswers(ranking, member);
	Datum		values[EXPLAIN_COLUMNS];
	bool		isnull[EXPLAIN_COLUMNS];

	memset(isnull, true, sizeof(isnull));
	SetValue(values, isnull, CONTACT_ID, Int64GetDatum(contact_id));
	SetMeasured(ranking, member, values, isnull);
	SetValue(values, isnull, INTERACTION_IDS, TraceEntries(classification, ranking, member));
	if (answers == 0)
		PutRow(result, values, isnull);
	for (int i = 0; i < question->nbands; i++)
	{
		if (!(answers & AnswerBit(i)))
			continue;
		SetValue(values, isnull, LINE_NO, Int32GetDatum(question->bands[i].line_no));
		SetValue(values, isnull, ANSWER, CStringGetTextDatum(question->bands[i].description));
		SetBound(values, isnull, FROM_VALUE, question->bands[i].from_value);
		SetBound(values, isnull, TO_VALUE, question->bands[i].to_value);
		PutRow(result, values, isnull);
	}
}

/*
 * crm.explain_class(contact_no, questionnaire, question_line_no, as_of)
 */
Datum
crm_explain_class(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	DateADT		as_of = PG_ARGISNULL(3) ? DatumGetDateADT(WorkDate()) : PG_GETARG_DATEADT(3);
	CrmScope	scope;
	Classification *classification;
	const Ranking *ranking;
	int64		contact_id;
	int32		member;
	int32		company;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return (Datum) 0;
	EnsureCurrent();
	scope = EnterCrm();
	contact_id = ContactByNumber(PG_GETARG_DATUM(0));
	classification = ClassificationAsOf(ExistingQuestionnaire(PG_GETARG_DATUM(1)), as_of);
	ranking = AutomaticQuestion(classification, PG_GETARG_INT32(2));

	member = FindMember(ranking->ledger->population, contact_id);
	company = member == NO_MEMBER ? NO_MEMBER : BenefactorOf(ranking, member);
	if (member != NO_MEMBER && HasValue(ranking, member))
		PutExplanation(result, classification, ranking, contact_id, member);
	if (company != NO_MEMBER)
		PutExplanation(result, classification, ranking, contact_id, company);
	LeaveCrm(scope);
	return (Datum) 0;
}

static void
PutTotal(ReturnSetInfo *result, const Ranking *ranking)
{
	const Question *question = ranking->question;
	Datum		values[] = {
		Int32GetDatum(question->line_no), CStringGetTextDatum(question->description), DateADTGetDatum(question->period.from),
		DateADTGetDatum(question->period.to), Int64GetDatum(ranking->ncontacts), 0
	};
	bool		isnull[] = {false, false, false, false, false, question->measure->is_rfm};

	if (!isnull[5])
		values[5] = NumericGetDatum(TotalOf(ranking));
	PutRow(result, values, isnull);
}

/*
 * crm.classification_totals(questionnaire, as_of)
 */
Datum
crm_classification_totals(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	DateADT		as_of = PG_ARGISNULL(1) ? DatumGetDateADT(WorkDate()) : PG_GETARG_DATEADT(1);
	CrmScope	scope;
	Classification *classification;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	scope = EnterCrm();
	classification = DefineClassification(ExistingQuestionnaire(PG_GETARG_DATUM(0)), as_of, true);
	ComputeClassifications(list_make1(classification));
	for (int i = 0; i < classification->nrankings; i++)
	{
		Ranking    *ranking = &classification->rankings[i];

		if (ranking->question->measure == NULL || IsRating(ranking->question))
			continue;
		SumRanking(ranking);
		PutTotal(result, ranking);
	}
	LeaveCrm(scope);
	return (Datum) 0;
}
