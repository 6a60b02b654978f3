/*
 * What the lines of a questionnaire must keep to (domain/2 section 3.2). Fields that
 * depend on each other follow in the trigger; what a line may never be is a CHECK.
 *
 * Restored lines must come back as they were: what an INSERT changes is either out of
 * the question for a stored line, or asked for by a blank ('') that no line is stored with.
 */
#include "crm.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(crm_questionnaire_line);
PG_FUNCTION_INFO_V1(crm_questionnaire_line_delete);
PG_FUNCTION_INFO_V1(crm_check_question_removed);

/* A line while its trigger works on it */
typedef TriggerRow Line;

static const char *const class_fields[] = {"customer_class_field", "vendor_class_field", "contact_class_field"};

/* What only a question has, and only a question that classifies */
static const char *const question_columns[] = {
	"multiple_answers", "auto_classification", "zero_is_bound",
	"customer_class_field", "vendor_class_field", "contact_class_field",
	"starting_date_formula", "ending_date_formula", "classification_method", "sorting_method",
	"no_of_decimals", "min_pct_questions_answered"
};
static const char *const classifying_columns[] = {
	"customer_class_field", "vendor_class_field", "contact_class_field",
	"starting_date_formula", "ending_date_formula", "classification_method", "sorting_method"
};
static const char *const answer_columns[] = {"from_value", "to_value"};

/* ---------- columns of the line ---------- */

static bool
Is(const char *value, const char *expected)
{
	return value != NULL && strcmp(value, expected) == 0;
}

/* Nothing, no, or zero */
static bool
IsBlank(const char *value)
{
	return value == NULL || Is(value, "f") || strspn(value, "0.") == strlen(value);
}

/* The first of the columns that holds something; NULL if none does */
static const char *
FirstFilled(const Line *line, const char *const *columns, int count)
{
	for (int i = 0; i < count; i++)
		if (!IsBlank(RowText(line, columns[i])))
			return columns[i];
	return NULL;
}

/* ---------- errors ---------- */

static void
Refuse(const Line *line, int sqlstate, const char *what, const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(sqlstate),
			 errmsg("questionnaire \"%s\", %s %s \"%s\": %s", RowText(line, "questionnaire_code"),
					line->former ? FormerRowText(line, "line_type") : RowText(line, "line_type"),
					RowText(line, "line_no"), RowText(line, "description"), what),
			 errdetail_internal("%s", detail),
			 errhint("%s", hint)));
}

/* Rows that refer to a line, and the words for them */
typedef struct Use
{
	Statement	find;
	const char *detail;
	const char *hint;
} Use;

#define USE(text, advice, query) \
	{{.sql = query " LIMIT 1", .nargs = 2, .argtypes = {TEXTOID, INT4OID}}, text, advice}

static Use uses[] = {
	USE("Contacts have this answer.",
		"Delete it from crm.contact_profile_answer first; if the question is automatic, clear its class field and auto_classification before.",
		"SELECT FROM crm_data.contact_profile_answer WHERE questionnaire_code = $1 AND line_no = $2"),
	USE("It gives points to a rating question.", "Delete its rows from crm.rating first.",
		"SELECT FROM crm_data.rating WHERE source_questionnaire_code = $1 AND source_line_no = $2"),
	USE("Answers give it points.", "Delete its rows from crm.rating first.",
		"SELECT FROM crm_data.rating WHERE questionnaire_code = $1 AND line_no = $2"),
};

/* The first use found as of now, NULL when there is none. Under the rows' owner */
static Use *
FindUse(const Line *line, Use *candidates, int count)
{
	bool		isnull;
	Datum		key[] = {
		ColumnOf(line->relation, line->tuple, "questionnaire_code", &isnull),
		ColumnOf(line->relation, line->tuple, "line_no", &isnull)
	};
	SavedUser	user = BecomeUser(OwnerOf(RelationGetRelid(line->relation)));
	Use		   *found = NULL;

	SPI_connect();
	for (int i = 0; i < count && found == NULL; i++)
		if (RunAtPresent(&candidates[i].find, key, NULL) > 0)
			found = &candidates[i];
	SPI_finish();
	RestoreUser(user);
	return found;
}

static void
RefuseUsed(const Line *line, int sqlstate, const char *what)
{
	Use		   *use = FindUse(line, uses, lengthof(uses));

	if (use != NULL)
		Refuse(line, sqlstate, what, use->detail, use->hint);
}

/* ---------- what follows from what ---------- */

static bool
HasClassField(const Line *line)
{
	return FirstFilled(line, class_fields, lengthof(class_fields)) != NULL;
}

static bool
HadClassField(const Line *line)
{
	return FormerRowText(line, class_fields[0]) || FormerRowText(line, class_fields[1]) || FormerRowText(line, class_fields[2]);
}

/* A question loses its class field, and with it all that described the classification */
static void
ClearClassification(Line *line)
{
	for (int i = 0; i < lengthof(classifying_columns); i++)
		SetRowText(line, classifying_columns[i], NULL);
	SetRowValue(line, "no_of_decimals", Int32GetDatum(0), false);
	SetRowValue(line, "min_pct_questions_answered", DirectFunctionCall1(int4_numeric, Int32GetDatum(0)), false);
}

/* A blank formula is none: the date of the run itself is "0D" */
static void
BlankFormulas(Line *line)
{
	if (Is(RowText(line, "starting_date_formula"), ""))
		SetRowText(line, "starting_date_formula", NULL);
	if (Is(RowText(line, "ending_date_formula"), ""))
		SetRowText(line, "ending_date_formula", NULL);
}

/* A class field takes the place of the former one, and asks for a method */
static void
FollowClassField(Line *line)
{
	for (int i = 0; i < lengthof(class_fields); i++)
	{
		if (RowText(line, class_fields[i]) == NULL || !RowChanged(line, class_fields[i]))
			continue;
		for (int j = 0; j < lengthof(class_fields); j++)
			if (j != i && !RowChanged(line, class_fields[j]))
				SetRowText(line, class_fields[j], NULL);
		if (RowText(line, "classification_method") == NULL)
			SetRowText(line, "classification_method", "");
	}
	if (HadClassField(line) && !HasClassField(line))
		ClearClassification(line);
}

/* Methods other than 'defined value' look at the order of the values */
static void
FollowMethod(Line *line)
{
	char	   *method = RowText(line, "classification_method");

	if (Is(method, ""))
		SetRowText(line, "classification_method", HasClassField(line) ? "defined value" : NULL);

	method = RowText(line, "classification_method");
	if (method == NULL || Is(method, "defined value"))
		SetRowText(line, "sorting_method", NULL);
	else if (Is(RowText(line, "sorting_method"), "") ||
			 (line->former && RowChanged(line, "classification_method") && !RowText(line, "sorting_method")))
		SetRowText(line, "sorting_method", "descending");
}

static bool
IsRating(const Line *line)
{
	return Is(RowText(line, "contact_class_field"), "rating");
}

/* Points are counted as they are: no period, no order */
static void
FollowRating(Line *line)
{
	if (!IsRating(line))
		return;
	SetRowText(line, "classification_method", "defined value");
	SetRowText(line, "sorting_method", NULL);
	SetRowText(line, "starting_date_formula", NULL);
	SetRowText(line, "ending_date_formula", NULL);
}

/* Nobody may give points to the question between our look and our commit */
static void
LeaveRating(Line *line)
{
	Use		   *use;

	LockRatings();
	use = FindUse(line, &uses[2], 1);
	if (use != NULL)
		Refuse(line, ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, "cannot cease to be a rating", use->detail, use->hint);
	SetRowValue(line, "min_pct_questions_answered", DirectFunctionCall1(int4_numeric, Int32GetDatum(0)), false);
}

/* ---------- checks of a change ---------- */

static void
CheckTypeChange(const Line *line)
{
	bool		to_answer = Is(RowText(line, "line_type"), "answer");
	const char *what = to_answer ? "a question with data cannot become an answer" : "an answer with data cannot become a question";
	const char *filled = to_answer ?
		FirstFilled(line, question_columns, lengthof(question_columns)) :
		FirstFilled(line, answer_columns, lengthof(answer_columns));

	if (filled != NULL)
		Refuse(line, ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, what,
			   psprintf("It has a value in \"%s\".", filled), "Clear the column first.");
	RefuseUsed(line, ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, what);
}

static void
CheckManual(const Line *line)
{
	const char *filled = FirstFilled(line, classifying_columns, lengthof(classifying_columns));

	if (filled != NULL && !IsRating(line))
		Refuse(line, ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, "cannot cease to be automatic",
			   psprintf("It has a value in \"%s\".", filled), "Clear what describes the classification first.");
}

/* Lines go in steps of 10000, so that others fit in between */
static void
NumberLine(Line *line)
{
	static Statement next = {
		.sql = "SELECT coalesce(max(line_no), 0) / 10000 * 10000 + 10000 FROM crm_data.questionnaire_line WHERE questionnaire_code = $1",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	SavedUser	user = BecomeUser(OwnerOf(RelationGetRelid(line->relation)));
	bool		isnull;
	Datum		code = ColumnOf(line->relation, line->tuple, "questionnaire_code", &isnull);
	Datum		line_no;

	SPI_connect();
	RunStatement(&next, &code, &isnull);
	line_no = ResultValue(0, 1, &isnull);
	SPI_finish();
	RestoreUser(user);
	SetRowValue(line, "line_no", line_no, false);
}

/*
 * BEFORE INSERT OR UPDATE ON crm_data.questionnaire_line
 */
Datum
crm_questionnaire_line(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "questionnaire_line");
	Line		line = ReadTriggerRow(trigger);

	if (line.former)
		FollowClassField(&line);
	else if (RowText(&line, "line_no") == NULL)
		NumberLine(&line);
	BlankFormulas(&line);
	FollowRating(&line);
	FollowMethod(&line);

	if (Is(FormerRowText(&line, "contact_class_field"), "rating") && !IsRating(&line))
		LeaveRating(&line);
	if (Is(FormerRowText(&line, "auto_classification"), "t") && Is(RowText(&line, "auto_classification"), "f"))
		CheckManual(&line);
	if (line.former && RowChanged(&line, "line_type"))
		CheckTypeChange(&line);
	return PointerGetDatum(line.tuple);
}

/* ---------- deletion ---------- */

/*
 * BEFORE DELETE ON crm_data.questionnaire_line: a line in use stays. With the
 * questionnaire go its lines, by the same rule.
 */
Datum
crm_questionnaire_line_delete(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "questionnaire_line_delete");
	Line		line = {trigger->tg_relation, NULL, trigger->tg_trigtuple};

	RefuseUsed(&line, ERRCODE_FOREIGN_KEY_VIOLATION, "cannot be deleted");
	return PointerGetDatum(trigger->tg_trigtuple);
}

/*
 * AFTER DELETE of a question: its answers must not fall to the question before. Asked
 * when the statement is done, so that question and answers may go together, and not
 * when the whole questionnaire goes.
 */
Datum
crm_check_question_removed(PG_FUNCTION_ARGS)
{
	static Use	answers[] = {
		USE("Answers follow it.", "Delete its answers first, or with it.",
			"SELECT FROM crm_data.questionnaire"
			" WHERE questionnaire_code = $1 AND 'answer' = (SELECT line_type FROM crm_data.questionnaire_line"
			" WHERE questionnaire_code = $1 AND line_no > $2 ORDER BY line_no LIMIT 1)")
	};
	TriggerData *trigger = CheckRowTrigger(fcinfo, "check_question_removed");
	Line		line = {trigger->tg_relation, NULL, trigger->tg_trigtuple};
	Use		   *use = FindUse(&line, answers, lengthof(answers));

	if (use != NULL)
		Refuse(&line, ERRCODE_FOREIGN_KEY_VIOLATION, "cannot be deleted", use->detail, use->hint);
	return PointerGetDatum(NULL);
}
