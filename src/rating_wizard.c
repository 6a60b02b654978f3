/*
 * A rating question with its answers and points in one call (domain/2 section 3.5).
 */
#include "crm.h"

#include "catalog/pg_type.h"

PG_FUNCTION_INFO_V1(crm_create_rating);

typedef enum Argument
{
	QUESTIONNAIRE,
	QUESTION,
	LAYOUT,
	ANSWERS,
	POINTS,
	MIN_PCT,
	NUM_ARGUMENTS
} Argument;

#define ARGUMENT_TYPES {TEXTOID, TEXTOID, TEXTOID, JSONBOID, JSONBOID, NUMERICOID}

/* The answers that a layout asks for, as a jsonb array of names; a custom layout has none of its own */
typedef struct Layout
{
	const char *name;
	const char *answers;
} Layout;

static const Layout layouts[] = {
	{"high/low", "[\"High\", \"Low\"]"},
	{"a/b/c", "[\"A\", \"B\", \"C\"]"},
	{"custom", "[]"},
};

/* The answers given, by their place; the layout names those that have no name */
#define ANSWER_ROWS \
	" (SELECT n, coalesce(a.answer, $2::jsonb ->> (n - 1)::integer) AS answer, coalesce(a.\"from\", 0) AS from_value, coalesce(a.\"to\", 0) AS to_value" \
	" FROM ROWS FROM (jsonb_to_recordset($1) AS (answer text, \"from\" numeric, \"to\" numeric)) WITH ORDINALITY AS a (answer, \"from\", \"to\", n)) AS a"

static const Layout *
FindLayout(const char *name)
{
	for (int i = 0; i < lengthof(layouts); i++)
		if (strcmp(layouts[i].name, name) == 0)
			return &layouts[i];
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unrecognized layout \"%s\"", name),
			 errhint("The layout is \"high/low\", \"a/b/c\" or \"custom\".")));
}

static void
CheckQuestionnaire(Datum *values)
{
	static Statement lock = {
		.sql = "SELECT FROM crm_data.questionnaire WHERE questionnaire_code = crm_data.as_code($1) FOR NO KEY UPDATE",
		.nargs = 1, .argtypes = {TEXTOID}
	};

	if (RunStatement(&lock, &values[QUESTIONNAIRE], NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("questionnaire \"%s\" does not exist", TextDatumGetCString(values[QUESTIONNAIRE]))));
}

/* As many answers as the layout has, each with a name and a bound */
static void
CheckAnswers(Datum *values, const Layout *layout)
{
	static Statement look = {
		.sql = "SELECT jsonb_array_length($2::jsonb) NOT IN (0, count(*)) OR count(*) = 0,"
		" min(n) FILTER (WHERE answer IS NULL), min(n) FILTER (WHERE from_value = 0 AND to_value = 0) FROM" ANSWER_ROWS,
		.nargs = 2, .argtypes = {JSONBOID, TEXTOID}
	};
	Datum		arguments[] = {values[ANSWERS], CStringGetTextDatum(layout->answers)};

	RunStatement(&look, arguments, NULL);
	if (ResultTrue(0, 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the number of answers does not fit layout \"%s\"", layout->name),
				 errhint("A custom layout has one answer or more, the others have as many as their name says.")));
	if (ResultText(0, 2) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NOT_NULL_VIOLATION),
				 errmsg("answer number %s has no text", ResultText(0, 2))));
	if (ResultText(0, 3) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("answer number %s has no bound", ResultText(0, 3)),
				 errhint("Give \"from\", \"to\" or both, other than 0.")));
}

static Datum
CreateQuestion(Datum *values)
{
	static Statement create = {
		.sql = "INSERT INTO crm_data.questionnaire_line (questionnaire_code, line_type, description, auto_classification, contact_class_field, min_pct_questions_answered)"
		" VALUES ($1, 'question', $2, true, 'rating', $6) RETURNING line_no",
		.nargs = NUM_ARGUMENTS, .argtypes = ARGUMENT_TYPES
	};
	bool		isnull;

	RunStatement(&create, values, NULL);
	return ResultValue(0, 1, &isnull);
}

static void
CreateAnswers(Datum *values, const Layout *layout, Datum line_no)
{
	static Statement create = {
		.sql = "INSERT INTO crm_data.questionnaire_line (questionnaire_code, line_no, line_type, description, from_value, to_value)"
		" SELECT $3, $4 + 10000 * n, 'answer', answer, from_value, to_value FROM" ANSWER_ROWS,
		.nargs = 4, .argtypes = {JSONBOID, TEXTOID, TEXTOID, INT4OID}
	};
	Datum		arguments[] = {values[ANSWERS], CStringGetTextDatum(layout->answers), values[QUESTIONNAIRE], line_no};

	RunStatement(&create, arguments, NULL);
}

static void
CreatePoints(Datum *values, Datum line_no)
{
	static Statement create = {
		.sql = "INSERT INTO crm_data.rating (questionnaire_code, line_no, source_questionnaire_code, source_line_no, points)"
		" SELECT $1, $2, coalesce(p.questionnaire, $1), p.line_no, p.points"
		" FROM jsonb_to_recordset($3) AS p (questionnaire text, line_no integer, points integer)",
		.nargs = 3, .argtypes = {TEXTOID, INT4OID, JSONBOID}
	};
	Datum		arguments[] = {values[QUESTIONNAIRE], line_no, values[POINTS]};

	RunStatement(&create, arguments, NULL);
}

/*
 * crm.create_rating(questionnaire, question, layout, answers, points, min_pct_questions_answered)
 */
Datum
crm_create_rating(PG_FUNCTION_ARGS)
{
	const Layout *layout = FindLayout(text_to_cstring(PG_GETARG_TEXT_PP(LAYOUT)));
	Datum		values[NUM_ARGUMENTS];
	Datum		line_no;

	for (int i = 0; i < NUM_ARGUMENTS; i++)
		values[i] = PG_GETARG_DATUM(i);

	SPI_connect();
	CheckQuestionnaire(values);
	CheckAnswers(values, layout);
	line_no = CreateQuestion(values);
	CreateAnswers(values, layout, line_no);
	CreatePoints(values, line_no);
	SPI_finish();

	PG_RETURN_DATUM(line_no);
}
