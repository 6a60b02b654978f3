/*
 * Answers of contacts, entered and deleted by hand (domain/2 section 3.3). The engine
 * writes its answers below SQL, past these triggers.
 *
 * An answer without valid_from is entered by hand; one that brings it was restored, and
 * is taken as it is. Entering touches the contact before anything is looked at: its row
 * lock makes two who answer the same question see each other, and its stamp tells the
 * trigger that comes after that this was done by hand, and now.
 */
#include "answer_writer.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "utils/date.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(crm_answer_entered);
PG_FUNCTION_INFO_V1(crm_answer_deleted);
PG_FUNCTION_INFO_V1(crm_answer_changed);
PG_FUNCTION_INFO_V1(crm_refuse_answer_update);
PG_FUNCTION_INFO_V1(crm_profile_deleted);

#define KEY_TYPES {INT8OID, TEXTOID, INT4OID}

typedef enum KeyColumn
{
	CONTACT_ID,
	QUESTIONNAIRE_CODE,
	LINE_NO,
	KEY_COLUMNS
} KeyColumn;

typedef Datum AnswerKey[KEY_COLUMNS];

/* What the rules ask about a line that is to be an answer; texts are NULL where nothing is found */
typedef struct AskedQuestion
{
	char	   *contact_no;
	char	   *line_type;
	char	   *line_no;
	char	   *name;
	char	   *other_answer;
	bool		automatic;
	bool		minor;
	bool		allowed;
} AskedQuestion;

static void
ReadKey(Relation relation, HeapTuple tuple, AnswerKey key)
{
	bool		isnull;

	key[CONTACT_ID] = ColumnOf(relation, tuple, "contact_id", &isnull);
	key[QUESTIONNAIRE_CODE] = ColumnOf(relation, tuple, "questionnaire_code", &isnull);
	key[LINE_NO] = ColumnOf(relation, tuple, "line_no", &isnull);
}

static AskedQuestion
ReadQuestion(AnswerKey key)
{
	static Statement read = {
		.sql = "SELECT c.contact_no, l.line_type, q.line_no, q.description, q.auto_classification, c.minor,"
		" crm_data.questionnaire_allowed(c.contact_id, l.questionnaire_code),"
		" (SELECT o.description FROM crm_data.contact_profile_answer AS a"
		" JOIN crm_data.questionnaire_line AS o USING (questionnaire_code, line_no)"
		" WHERE NOT q.multiple_answers AND a.contact_id = $1 AND a.questionnaire_code = $2 AND a.line_no <> $3"
		" AND crm_data.question_line_no($2, a.line_no) = q.line_no LIMIT 1)"
		" FROM (VALUES (1)) AS one"
		" LEFT JOIN crm_data.contact AS c ON c.contact_id = $1"
		" LEFT JOIN crm_data.questionnaire_line AS l ON l.questionnaire_code = $2 AND l.line_no = $3"
		" LEFT JOIN crm_data.questionnaire_line AS q ON q.questionnaire_code = $2 AND q.line_no = crm_data.question_line_no($2, $3)",
		.nargs = KEY_COLUMNS, .argtypes = KEY_TYPES
	};
	AskedQuestion	question;

	RunStatement(&read, key, NULL);
	question.contact_no = ResultText(0, 1);
	question.line_type = ResultText(0, 2);
	question.line_no = ResultText(0, 3);
	question.name = ResultText(0, 4);
	question.automatic = ResultTrue(0, 5);
	question.minor = ResultTrue(0, 6);
	question.allowed = ResultTrue(0, 7);
	question.other_answer = ResultText(0, 8);
	return question;
}

/* ---------- may it be? ---------- */

/* Contact and line are there, and the line is an answer to something */
static void
CheckLine(AnswerKey key, const AskedQuestion *question)
{
	char	   *code = TextDatumGetCString(key[QUESTIONNAIRE_CODE]);
	int			line_no = DatumGetInt32(key[LINE_NO]);

	if (question->contact_no == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("contact %lld does not exist", (long long) DatumGetInt64(key[CONTACT_ID]))));
	if (question->line_type == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("questionnaire \"%s\" has no line %d", code, line_no)));
	if (strcmp(question->line_type, "answer") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("questionnaire \"%s\", question %d \"%s\": not a valid answer", code, line_no, question->name),
				 errhint("Give the line of one of its answers.")));
	if (question->line_no == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("questionnaire \"%s\", answer %d: not a valid answer", code, line_no),
				 errdetail("No question comes before it.")));
}

static void
RefuseAnswer(AnswerKey key, const AskedQuestion *question, const char *what, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("questionnaire \"%s\", question %s \"%s\": %s", TextDatumGetCString(key[QUESTIONNAIRE_CODE]),
					question->line_no, question->name, what),
			 errdetail_internal("%s", detail)));
}

static void
CheckAnswer(AnswerKey key)
{
	AskedQuestion	question = ReadQuestion(key);

	CheckLine(key, &question);
	if (question.automatic)
		RefuseAnswer(key, &question, "classification is automatic", "Its answers are not entered by hand.");
	if (question.minor)
		RefuseAnswer(key, &question, "not for a minor",
					 psprintf("Contact \"%s\" is a minor, who may not have a profile.", question.contact_no));
	if (!question.allowed)
		RefuseAnswer(key, &question, "not a questionnaire for the contact",
					 psprintf("Contact \"%s\" has not the type or the business relation of the questionnaire.", question.contact_no));
	if (question.other_answer != NULL)
		RefuseAnswer(key, &question, "only one answer allowed",
					 psprintf("Contact \"%s\" has answered \"%s\".", question.contact_no, question.other_answer));
}

/* ---------- entering ---------- */

/*
 * BEFORE INSERT ON crm_data.contact_profile_answer
 */
Datum
crm_answer_entered(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "answer_entered");
	Relation	relation = trigger->tg_relation;
	HeapTuple	tuple = trigger->tg_trigtuple;
	AnswerKey	key;
	SavedUser	user;
	bool		isnull;

	ColumnOf(relation, tuple, "valid_from", &isnull);
	if (!isnull)
		return PointerGetDatum(tuple);

	ReadKey(relation, tuple, key);
	TouchContact(key[CONTACT_ID]);
	user = BecomeUser(OwnerOf(RelationGetRelid(relation)));
	SPI_connect();
	CheckAnswer(key);
	SPI_finish();
	RestoreUser(user);

	tuple = WithColumn(relation, tuple, "last_date_updated", Today());
	return PointerGetDatum(WithColumn(relation, tuple, "valid_from", WorkDate()));
}

/* ---------- deleting ---------- */

/*
 * BEFORE DELETE ON crm_data.contact_profile_answer. Answers of a contact that is
 * deleted itself just go.
 */
Datum
crm_answer_deleted(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "answer_deleted");
	AnswerKey	key;
	SavedUser	user;
	AskedQuestion question;

	if (EngineWritesAnswers())
		return PointerGetDatum(trigger->tg_trigtuple);

	ReadKey(trigger->tg_relation, trigger->tg_trigtuple, key);
	TouchContact(key[CONTACT_ID]);
	user = BecomeUser(OwnerOf(RelationGetRelid(trigger->tg_relation)));
	SPI_connect();
	question = ReadQuestion(key);
	if (question.contact_no != NULL && question.automatic)
		RefuseAnswer(key, &question, "classification is automatic", "Its answers are not deleted by hand.");
	SPI_finish();
	RestoreUser(user);

	return PointerGetDatum(trigger->tg_trigtuple);
}

/* The answer held until today; one that did not hold for a day leaves no trace */
static void
KeepHistory(AnswerKey key, Relation relation, HeapTuple tuple)
{
	static Statement keep = {
		.sql = "INSERT INTO crm_data.contact_profile_answer_history (contact_id, questionnaire_code, line_no,"
		" valid_from, valid_to, last_date_updated, questions_answered_pct, withdrawn_at)"
		" SELECT $1, $2, $3, $4, d, $5, $6, CASE WHEN $4 > d THEN now() END FROM crm.work_date() AS w (d) WHERE $4 <> d",
		.nargs = 6, .argtypes = {INT8OID, TEXTOID, INT4OID, DATEOID, DATEOID, NUMERICOID}
	};
	Datum		values[6] = {key[CONTACT_ID], key[QUESTIONNAIRE_CODE], key[LINE_NO]};
	bool		isnull[6] = {false};

	values[3] = ColumnOf(relation, tuple, "valid_from", &isnull[3]);
	values[4] = ColumnOf(relation, tuple, "last_date_updated", &isnull[4]);
	values[5] = ColumnOf(relation, tuple, "questions_answered_pct", &isnull[5]);
	RunStatement(&keep, values, isnull);
}

/* ---------- what follows ---------- */

/* Whether the contact has been touched in this transaction, as it is when somebody answers for it */
static bool
ContactTouched(AnswerKey key)
{
	static Statement find = {
		.sql = "SELECT FROM crm_data.contact WHERE contact_id = $1 AND last_modified_at = now()",
		.nargs = 1, .argtypes = {INT8OID}
	};

	return RunStatement(&find, &key[CONTACT_ID], NULL) > 0;
}

static void
RateContact(AnswerKey key)
{
	static Statement find = {
		.sql = "SELECT FROM crm_data.rating WHERE source_questionnaire_code = $1"
		" AND crm_data.question_line_no($1, source_line_no) = crm_data.question_line_no($1, $2) LIMIT 1",
		.nargs = 2, .argtypes = {TEXTOID, INT4OID}
	};
	static Statement rate = {
		.sql = "SELECT crm_data.rate_contact($1)",
		.nargs = 1, .argtypes = {INT8OID}
	};

	if (RunStatement(&find, &key[QUESTIONNAIRE_CODE], NULL) > 0)
		RunStatement(&rate, &key[CONTACT_ID], NULL);
}

/*
 * AFTER INSERT OR DELETE ON crm_data.contact_profile_answer
 */
Datum
crm_answer_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "answer_changed");
	SavedUser	user;
	AnswerKey	key;

	if (EngineWritesAnswers())
		return PointerGetDatum(NULL);
	user = BecomeUser(OwnerOf(RelationGetRelid(trigger->tg_relation)));

	ReadKey(trigger->tg_relation, trigger->tg_trigtuple, key);
	SPI_connect();
	if (ContactTouched(key))
	{
		if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
			KeepHistory(key, trigger->tg_relation, trigger->tg_trigtuple);
		RateContact(key);
	}
	SPI_finish();
	RestoreUser(user);

	return PointerGetDatum(NULL);
}

/*
 * BEFORE UPDATE of the key by hand. It changes with the line that it refers to, otherwise
 * the answer that was given would be lost to the history.
 */
Datum
crm_refuse_answer_update(PG_FUNCTION_ARGS)
{
	CheckRowTrigger(fcinfo, "refuse_answer_update");
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("an answer cannot become another one"),
			 errhint("Delete it, and enter the other.")));
}

/*
 * AFTER DELETE ON crm_data.contact: answers and history go along. Not by foreign key,
 * which would make the engine lock every contact that it classifies.
 */
Datum
crm_profile_deleted(PG_FUNCTION_ARGS)
{
	static Statement forget[] = {
		{.sql = "DELETE FROM crm_data.contact_profile_answer WHERE contact_id = $1", .nargs = 1, .argtypes = {INT8OID}},
		{.sql = "DELETE FROM crm_data.contact_profile_answer_history WHERE contact_id = $1", .nargs = 1, .argtypes = {INT8OID}},
	};
	TriggerData *trigger = CheckRowTrigger(fcinfo, "profile_deleted");
	SavedUser	user = BecomeUser(OwnerOf(CrmTable("contact_profile_answer")));
	bool		isnull;
	Datum		contact_id = ColumnOf(trigger->tg_relation, trigger->tg_trigtuple, "contact_id", &isnull);

	SPI_connect();
	for (int i = 0; i < lengthof(forget); i++)
		RunStatement(&forget[i], &contact_id, NULL);
	SPI_finish();
	RestoreUser(user);

	return PointerGetDatum(NULL);
}
