/*
 * Questions that are answered by computing: read, checked, put into words for errors.
 *
 * What is wrong with a question is said before anything is computed (domain/2 section
 * 13, E2 to E5), naming questionnaire and question.
 */
#include "question.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"

#include "date_formula.h"

/* Columns of the statement that reads questions and answers */
enum
{
	LINE_NO = 1, LINE_TYPE, DESCRIPTION, CUSTOMER_FIELD, VENDOR_FIELD, CONTACT_FIELD, STARTING, ENDING, METHOD,
	SORTING, DECIMALS, ZERO_IS_BOUND, MIN_PCT, FROM_VALUE, TO_VALUE, CONTACT_TYPE, BUSINESS_RELATION, AUTOMATIC
};

static const char *const method_names[] = {
	"", "defined value", "percentage of value", "percentage of contacts", "cumulative percentage of value", "quantile"
};

static ClassificationMethod
MethodOf(const char *name)
{
	for (int i = 1; name && i < lengthof(method_names); i++)
		if (strcmp(name, method_names[i]) == 0)
			return i;
	return NO_METHOD;
}

static const Measure *
MeasureOf(uint64 row)
{
	static const int columns[] = {CUSTOMER_FIELD, VENDOR_FIELD, CONTACT_FIELD};

	for (Side side = CUSTOMER_SIDE; side <= CONTACT_SIDE; side++)
	{
		char	   *field = ResultText(row, columns[side]);

		if (field)
			return FindMeasure(side, field);
	}
	return NULL;
}

static int
ResultInt(uint64 row, int column)
{
	bool		isnull;

	return DatumGetInt32(ResultValue(row, column, &isnull));
}

static Question *
ReadQuestion(const char *questionnaire_code, uint64 row)
{
	Question   *question = palloc0(sizeof(Question));
	char	   *sorting = ResultText(row, SORTING);

	question->questionnaire_code = pstrdup(questionnaire_code);
	question->line_no = ResultInt(row, LINE_NO);
	question->description = ResultText(row, DESCRIPTION);
	question->contact_type = ResultText(row, CONTACT_TYPE);
	question->business_relation_code = ResultText(row, BUSINESS_RELATION);
	question->measure = MeasureOf(row);
	question->starting_date_formula = ResultText(row, STARTING);
	question->ending_date_formula = ResultText(row, ENDING);
	question->method = MethodOf(ResultText(row, METHOD));
	question->sorted = sorting != NULL;
	question->descending = sorting && strcmp(sorting, "descending") == 0;
	question->decimals = ResultInt(row, DECIMALS);
	question->zero_is_bound = ResultTrue(row, ZERO_IS_BOUND);
	question->min_pct = ResultInt(row, MIN_PCT);
	question->bands = palloc(QUESTION_MAX_ANSWERS * sizeof(Band));
	return question;
}

static void
ReadBound(uint64 row, int column, char **text, Datum *value, bool *zero)
{
	bool		isnull;

	*value = ResultValue(row, column, &isnull);
	*text = ResultText(row, column);
	*zero = !isnull && DatumGetBool(DirectFunctionCall2(numeric_eq, *value, NumericGetDatum(UnitsNumeric(0, 0))));
}

/*
 * A bound of 0 is none, as in the original, unless zero_is_bound says otherwise or the
 * other bound is NULL: who writes NULL for no bound means 0 where he writes it.
 */
static void
ReadBand(Question *question, uint64 row)
{
	Band	   *band = &question->bands[question->nbands];
	bool		from_zero,
				to_zero,
				zero_counts;
	Datum		from,
				to;

	ReadBound(row, FROM_VALUE, &band->from_value, &from, &from_zero);
	ReadBound(row, TO_VALUE, &band->to_value, &to, &to_zero);
	zero_counts = question->zero_is_bound || band->from_value == NULL || band->to_value == NULL;

	if (question->nbands >= QUESTION_MAX_ANSWERS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("questionnaire \"%s\", question %d \"%s\": more than %d answers",
						question->questionnaire_code, question->line_no, question->description, QUESTION_MAX_ANSWERS)));
	question->nbands++;
	band->line_no = ResultInt(row, LINE_NO);
	band->description = ResultText(row, DESCRIPTION);
	band->lowest = -INT128_MAX;
	band->highest = INT128_MAX;
	if (band->from_value && (!from_zero || zero_counts))
		band->lowest = BoundUnits(from, question->decimals, true);
	if (band->to_value && (!to_zero || zero_counts))
		band->highest = BoundUnits(to, question->decimals, false);
	if (from_zero && to_zero && !zero_counts)
		band->highest = -INT128_MAX - 1;
}

static bool
IsAutomatic(uint64 row)
{
	char	   *contact_field = ResultText(row, CONTACT_FIELD);

	return ResultTrue(row, AUTOMATIC) || (contact_field && strcmp(contact_field, rating_measure.field) == 0);
}

/* Who is going to write answers below SQL locks their lines as foreign keys would, before reading them: they stay what they are */
void
LockLines(const char *questionnaire_code)
{
	static Statement lock = {
		.sql = "SELECT FROM crm_data.questionnaire_line WHERE questionnaire_code = $1 ORDER BY line_no FOR KEY SHARE",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	Datum		code = CStringGetTextDatum(questionnaire_code);

	RunStatement(&lock, &code, NULL);
}

/*
 * The questions of a questionnaire that are answered automatically, ratings among them, by line. As they are now, whatever
 * the snapshot: who keeps them is told once that they have changed, and might read the old ones then.
 */
List *
ReadQuestions(const char *questionnaire_code)
{
	static Statement read = {
		.sql = "SELECT l.line_no, l.line_type, l.description, l.customer_class_field, l.vendor_class_field, l.contact_class_field,"
		" l.starting_date_formula, l.ending_date_formula, l.classification_method, l.sorting_method, l.no_of_decimals,"
		" l.zero_is_bound, (l.min_pct_questions_answered * 1000)::integer, l.from_value, l.to_value,"
		" q.contact_type, q.business_relation_code, l.auto_classification"
		" FROM crm_data.questionnaire_line AS l JOIN crm_data.questionnaire AS q USING (questionnaire_code)"
		" WHERE questionnaire_code = $1 ORDER BY l.line_no",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	Datum		code = CStringGetTextDatum(questionnaire_code);
	Question   *question = NULL;
	List	   *questions = NIL;
	int			nrows = RunAtPresent(&read, &code, NULL);

	for (int row = 0; row < nrows; row++)
	{
		if (strcmp(ResultText(row, LINE_TYPE), "question") == 0)
		{
			question = IsAutomatic(row) ? ReadQuestion(questionnaire_code, row) : NULL;
			if (question)
				questions = lappend(questions, question);
		}
		else if (question)
			ReadBand(question, row);
	}
	return questions;
}

bool
IsRating(const Question *question)
{
	return question->measure == &rating_measure;
}

/* Whether a contact's score depends on its place among the others */
bool
NeedsOrder(const Question *question)
{
	return question->method >= PERCENTAGE_OF_CONTACTS;
}

/*
 * Checks
 */

static void pg_attribute_noreturn()
Complain(const Question *question, const char *what, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("questionnaire \"%s\", question %d \"%s\": %s",
					question->questionnaire_code, question->line_no, question->description, what),
			 errhint("%s", hint)));
}

static bool
IsBlank(const char *text)
{
	return text == NULL || text[strspn(text, " ")] == '\0';
}

/* What keeps a question from being answered, with a hint; NULL if nothing does */
static const char *
DefectOf(const Question *question, const char **hint)
{
	if (question->measure == NULL || IsRating(question))
		return NULL;
	*hint = "The formula 0D stands for the date of the run.";
	if (IsBlank(question->starting_date_formula) || IsBlank(question->ending_date_formula))
		return "starting and ending date formulas are required";
	*hint = "Choose a method, such as 'defined value'.";
	if (question->method == NO_METHOD)
		return "classification method is required";
	*hint = "Sort 'descending' or 'ascending'.";
	if (question->method != DEFINED_VALUE && !question->sorted && question->nbands > 0)
		return "sorting method is required";
	return NULL;
}

static char *
DateText(DateADT date)
{
	return DatumGetCString(DirectFunctionCall1(date_out, DateADTGetDatum(date)));
}

static const char *
DefectOfPeriod(const Question *question, const char **hint)
{
	const Period *period = &question->period;

	if (period->to >= period->from)
		return NULL;
	*hint = psprintf("As of %s the period would be %s..%s.", DateText(period->as_of), DateText(period->from), DateText(period->to));
	return "ending date formula gives a date before the starting one";
}

/*
 * Find the period of a question (C1); a rating has none. False if the question cannot be answered, or an error that says why.
 */
bool
PrepareQuestion(Question *question, DateADT as_of, bool complain)
{
	const char *hint;
	const char *defect = DefectOf(question, &hint);

	question->period.as_of = as_of;
	if (defect == NULL && question->measure && !IsRating(question))
	{
		question->period.from = EvaluateDateFormula(question->starting_date_formula, as_of);
		question->period.to = EvaluateDateFormula(question->ending_date_formula, as_of);
		defect = DefectOfPeriod(question, &hint);
	}
	if (defect && complain)
		Complain(question, defect, hint);
	return defect == NULL;
}

/* All that results depend on, to tell whether stored ones still hold */
char *
QuestionsText(List *questions)
{
	StringInfoData text;
	ListCell   *cell;

	initStringInfo(&text);
	foreach(cell, questions)
	{
		const Question *question = lfirst(cell);

		appendStringInfo(&text, "%d %s %s %d %s %s %d %d %d %d\n", question->line_no,
						 question->contact_type ? question->contact_type : "", question->business_relation_code ? question->business_relation_code : "",
						 question->measure ? question->measure->side : -1, question->measure ? question->measure->field : "",
						 psprintf("%s|%s", question->starting_date_formula ? question->starting_date_formula : "",
								  question->ending_date_formula ? question->ending_date_formula : ""),
						 question->method, question->descending, question->decimals, question->zero_is_bound);
		for (int i = 0; i < question->nbands; i++)
			appendStringInfo(&text, "  %d %s %s\n", question->bands[i].line_no,
							 question->bands[i].from_value ? question->bands[i].from_value : "-",
							 question->bands[i].to_value ? question->bands[i].to_value : "-");
	}
	return text.data;
}
