/*
 * What the points of a rating question must keep to (domain/2 section 5.1). Computing
 * the ratings is the business of rating.c.
 */
#include "crm.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "storage/lmgr.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(crm_rating_rule);

#define KEY_TYPES {TEXTOID, INT4OID, TEXTOID, INT4OID}

/* The columns of the primary key */
typedef Datum RatingKey[4];

/*
 * Two who edit points at the same time might close a circle together, each seeing an
 * open one. Readers and the writers of answers are not in the way.
 */
void
LockRatings(void)
{
	LockRelationOid(CrmTable("rating"), ShareUpdateExclusiveLock);
}

static void
ReadKey(TriggerData *trigger, RatingKey key)
{
	static const char *const columns[] = {"questionnaire_code", "line_no", "source_questionnaire_code", "source_line_no"};
	bool		isnull;

	for (int i = 0; i < lengthof(columns); i++)
		key[i] = ColumnOf(trigger->tg_relation, NewTuple(trigger), columns[i], &isnull);
}

/* Not a word about a row without points: it is not there */
static void
RemoveRating(RatingKey key)
{
	static Statement remove = {
		.sql = "DELETE FROM crm_data.rating WHERE questionnaire_code = $1 AND line_no = $2"
		" AND source_questionnaire_code = $3 AND source_line_no = $4",
		.nargs = 4, .argtypes = KEY_TYPES
	};

	RunStatement(&remove, key, NULL);
}

/* Answers give points, rating questions get them */
static void
CheckLines(RatingKey key)
{
	static Statement find = {
		.sql = "SELECT line_type, description, contact_class_field IS NOT DISTINCT FROM 'rating'"
		" FROM crm_data.questionnaire_line WHERE questionnaire_code = $1 AND line_no = $2",
		.nargs = 2, .argtypes = {TEXTOID, INT4OID}
	};

	if (RunAtPresent(&find, &key[0], NULL) > 0 && !ResultTrue(0, 3))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("questionnaire \"%s\", %s %d \"%s\": not a rating question", TextDatumGetCString(key[0]),
						ResultText(0, 1), DatumGetInt32(key[1]), ResultText(0, 2)),
				 errhint("Only a question with contact_class_field \"rating\" gets points.")));
	if (RunAtPresent(&find, &key[2], NULL) > 0 && strcmp(ResultText(0, 1), "answer") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("questionnaire \"%s\", question %d \"%s\": not an answer", TextDatumGetCString(key[2]),
						DatumGetInt32(key[3]), ResultText(0, 2)),
				 errhint("Only answers give points.")));
}

/* From the source's question along the points that it gets itself: the target must not be on the way, nor be that question */
static void
CheckCycle(RatingKey key)
{
	static Statement walk = {
		.sql = "WITH RECURSIVE question (questionnaire_code, line_no) AS ("
		" SELECT $3, crm_data.question_line_no($3, $4) UNION"
		" SELECT r.source_questionnaire_code, crm_data.question_line_no(r.source_questionnaire_code, r.source_line_no)"
		" FROM question AS q JOIN crm_data.rating AS r USING (questionnaire_code, line_no))"
		" SELECT l.description FROM question AS q JOIN crm_data.questionnaire_line AS l USING (questionnaire_code, line_no)"
		" WHERE q.questionnaire_code = $1 AND q.line_no = $2",
		.nargs = 4, .argtypes = KEY_TYPES
	};

	if (RunAtPresent(&walk, key, NULL) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("questionnaire \"%s\", question %d \"%s\": the rating would depend on itself",
						TextDatumGetCString(key[0]), DatumGetInt32(key[1]), ResultText(0, 1)),
				 errdetail("Answer %d of questionnaire \"%s\" depends on this question.",
						   DatumGetInt32(key[3]), TextDatumGetCString(key[2]))));
}

/*
 * AFTER INSERT OR UPDATE ON crm_data.rating
 */
Datum
crm_rating_rule(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "rating_rule");
	SavedUser	user = BecomeUser(OwnerOf(RelationGetRelid(trigger->tg_relation)));
	RatingKey	key;
	bool		isnull;

	ReadKey(trigger, key);
	LockRatings();
	SPI_connect();
	if (DatumGetInt32(ColumnOf(trigger->tg_relation, NewTuple(trigger), "points", &isnull)) == 0)
		RemoveRating(key);
	else
	{
		CheckLines(key);
		CheckCycle(key);
	}
	SPI_finish();
	RestoreUser(user);

	return PointerGetDatum(NULL);
}
