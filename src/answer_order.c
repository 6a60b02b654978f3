/*
 * The order of the answers to a question (domain/2, Q13). An answer takes its contacts
 * and points along: they refer to it ON UPDATE CASCADE.
 */
#include "crm.h"

#include "catalog/pg_type.h"

PG_FUNCTION_INFO_V1(crm_move_answer);

#define LINE_TYPES {TEXTOID, INT4OID}

/* The line next to this one, locked; nothing, or a question, where the answers end */
static Statement line_above = {
	.sql = "SELECT line_no, line_type FROM crm_data.questionnaire_line"
	" WHERE questionnaire_code = $1 AND line_no < $2 ORDER BY line_no DESC LIMIT 1 FOR UPDATE",
	.nargs = 2, .argtypes = LINE_TYPES
};

static Statement line_below = {
	.sql = "SELECT line_no, line_type FROM crm_data.questionnaire_line"
	" WHERE questionnaire_code = $1 AND line_no > $2 ORDER BY line_no LIMIT 1 FOR UPDATE",
	.nargs = 2, .argtypes = LINE_TYPES
};

static Statement *
NeighbourIn(const char *direction)
{
	if (strcmp(direction, "up") == 0)
		return &line_above;
	if (strcmp(direction, "down") == 0)
		return &line_below;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unrecognized direction \"%s\"", direction),
			 errhint("The direction is \"up\" or \"down\".")));
}

/* The answer itself, locked; returns its text */
static char *
LockAnswer(Datum *line)
{
	static Statement lock = {
		.sql = "SELECT line_type, description FROM crm_data.questionnaire_line"
		" WHERE questionnaire_code = $1 AND line_no = $2 FOR UPDATE",
		.nargs = 2, .argtypes = LINE_TYPES
	};
	char	   *code = TextDatumGetCString(line[0]);
	int			line_no = DatumGetInt32(line[1]);

	if (RunStatement(&lock, line, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("questionnaire \"%s\" has no line %d", code, line_no)));
	if (strcmp(ResultText(0, 1), "answer") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("questionnaire \"%s\", question %d \"%s\": not an answer", code, line_no, ResultText(0, 2)),
				 errhint("Only answers can be moved.")));
	return ResultText(0, 2);
}

static Datum
FindNeighbour(Datum *line, const char *direction, const char *answer)
{
	bool		isnull;

	if (RunStatement(NeighbourIn(direction), line, NULL) == 0 || strcmp(ResultText(0, 2), "answer") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("questionnaire \"%s\", answer %d \"%s\": cannot be moved %s",
						TextDatumGetCString(line[0]), DatumGetInt32(line[1]), answer, direction),
				 errdetail("Its question has no other answer on that side.")));
	return ResultValue(0, 1, &isnull);
}

static void
Renumber(Datum code, Datum from, Datum to)
{
	static Statement renumber = {
		.sql = "UPDATE crm_data.questionnaire_line SET line_no = $3 WHERE questionnaire_code = $1 AND line_no = $2",
		.nargs = 3, .argtypes = {TEXTOID, INT4OID, INT4OID}
	};
	Datum		values[] = {code, from, to};

	RunStatement(&renumber, values, NULL);
}

/* A number below all others, where one of the two waits */
static Datum
FreeNumber(Datum code)
{
	static Statement find = {
		.sql = "SELECT least(min(line_no), 1) - 1 FROM crm_data.questionnaire_line WHERE questionnaire_code = $1",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	bool		isnull;

	RunStatement(&find, &code, NULL);
	return ResultValue(0, 1, &isnull);
}

/*
 * crm.move_answer(questionnaire, line_no, direction)
 */
Datum
crm_move_answer(PG_FUNCTION_ARGS)
{
	static Statement as_code = {.sql = "SELECT crm_data.as_code($1)", .nargs = 1, .argtypes = {TEXTOID}};
	Datum		line[] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)};
	char	   *direction = text_to_cstring(PG_GETARG_TEXT_PP(2));
	Datum		other;
	Datum		waiting;
	bool		isnull;

	SPI_connect();
	RunStatement(&as_code, line, NULL);
	line[0] = ResultValue(0, 1, &isnull);
	if (isnull)
		line[0] = CStringGetTextDatum("");

	other = FindNeighbour(line, direction, LockAnswer(line));
	waiting = FreeNumber(line[0]);
	Renumber(line[0], other, waiting);
	Renumber(line[0], line[1], other);
	Renumber(line[0], waiting, line[1]);
	SPI_finish();

	PG_RETURN_DATUM(other);
}
