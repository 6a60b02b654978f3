/*
 * Attachments: files of interactions and of template languages (domain/1 section 8.15).
 *
 * One attachment may serve several of them. It is read-only once an interaction that
 * uses it is logged, and goes when the last one that uses it goes.
 */
#include "crm.h"

#include "access/detoast.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(crm_attach_file);
PG_FUNCTION_INFO_V1(crm_stamp_attachment);
PG_FUNCTION_INFO_V1(crm_refuse_attachment_change);
PG_FUNCTION_INFO_V1(crm_protect_attachment);
PG_FUNCTION_INFO_V1(crm_remove_unused_attachment);

/* A file that changes is stamped, and the size of content that is kept here is what it is, whatever the writer says */
Datum
crm_stamp_attachment(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "stamp_attachment");
	HeapTuple	stamped = StampedTuple(trigger);
	HeapTuple	tuple = stamped ? stamped : NewTuple(trigger);
	bool		isnull;
	Datum		content = ColumnOf(trigger->tg_relation, tuple, "content", &isnull);

	if (isnull)
		return PointerGetDatum(tuple);
	return PointerGetDatum(WithColumn(trigger->tg_relation, tuple, "size_bytes",
									  Int64GetDatum(toast_raw_datum_size(content) - VARHDRSZ)));
}

/* The trigger's WHEN clause has found a change to what was logged */
Datum
crm_refuse_attachment_change(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "refuse_attachment_change");

	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("attachment %s is read-only",
					ColumnText(trigger->tg_relation, trigger->tg_trigtuple, "attachment_id")),
			 errdetail("An interaction that uses it is logged."),
			 errhint("Attach the new file beside it.")));
	return PointerGetDatum(NULL);
}

/* One attachment, changed on behalf of the owner: who may unlink it need not have rights on it */
static void
ChangeAttachment(Statement *first, Statement *second, TriggerData *trigger)
{
	SavedUser	user = BecomeUser(OwnerOf(RelationGetRelid(trigger->tg_relation)));
	Datum		values[1];
	bool		isnull;

	SPI_connect();
	values[0] = ColumnOf(trigger->tg_relation, trigger->tg_trigtuple, "attachment_id", &isnull);
	if (!isnull)
	{
		RunStatement(first, values, NULL);
		if (second)
			RunStatement(second, values, NULL);
	}
	SPI_finish();
	RestoreUser(user);
}

/* What is logged with an interaction stays as it was sent; a draft's files may still change */
Datum
crm_protect_attachment(PG_FUNCTION_ARGS)
{
	static Statement protect = {
		.sql = "UPDATE crm_data.attachment a SET read_only = true"
		" WHERE a.attachment_id = $1 AND NOT a.read_only AND EXISTS ("
		"SELECT FROM crm_data.interaction_attachment l JOIN crm_data.interaction i USING (interaction_id)"
		" WHERE l.attachment_id = a.attachment_id AND NOT i.postponed)",
		.nargs = 1, .argtypes = {INT8OID}
	};

	ChangeAttachment(&protect, NULL, CheckRowTrigger(fcinfo, "protect_attachment"));
	return PointerGetDatum(NULL);
}

/* The row lock makes the last two users of an attachment, leaving at once, see each other */
Datum
crm_remove_unused_attachment(PG_FUNCTION_ARGS)
{
	static Statement lock = {
		.sql = "SELECT FROM crm_data.attachment WHERE attachment_id = $1 FOR UPDATE",
		.nargs = 1, .argtypes = {INT8OID}
	};
	static Statement remove = {
		.sql = "DELETE FROM crm_data.attachment a WHERE a.attachment_id = $1"
		" AND NOT EXISTS (SELECT FROM crm_data.interaction_attachment l WHERE l.attachment_id = a.attachment_id)"
		" AND NOT EXISTS (SELECT FROM crm_data.interaction_template_language t WHERE t.attachment_id = a.attachment_id)",
		.nargs = 1, .argtypes = {INT8OID}
	};

	ChangeAttachment(&lock, &remove, CheckRowTrigger(fcinfo, "remove_unused_attachment"));
	return PointerGetDatum(NULL);
}

/*
 * Where the file is kept, by setup: content goes into the database unless files are
 * kept elsewhere, where a location without a path of its own is below setup's.
 */
static Datum
AttachmentLocation(const char *file_name, bool has_content, const char *location, bool *isnull)
{
	static Statement read = {.sql = "SELECT attachment_location FROM crm_data.setup WHERE attachment_storage = 'location'"};
	bool		elsewhere = RunStatement(&read, NULL, NULL) > 0;

	*isnull = location == NULL && !elsewhere;
	if (has_content && location)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("file \"%s\" has both content and a location", file_name)));
	if (has_content && elsewhere)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("content of file \"%s\" cannot be kept in the database", file_name),
				 errdetail("The setup keeps attachments by location."),
				 errhint("Store the file there and give its location.")));
	if (!has_content && *isnull)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("file \"%s\" has neither content nor a location", file_name)));

	if (*isnull)
		return (Datum) 0;
	if (location == NULL)
		location = file_name;
	if (elsewhere && location[0] != '/' && strstr(location, "://") == NULL)
		location = psprintf("%s/%s", ResultText(0, 1), location);
	return CStringGetTextDatum(location);
}

static void
CheckInteraction(Datum interaction_id)
{
	static Statement find = {
		.sql = "SELECT FROM crm_data.interaction WHERE interaction_id = $1",
		.nargs = 1, .argtypes = {INT8OID}
	};

	if (RunStatement(&find, &interaction_id, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("interaction %lld does not exist", (long long) DatumGetInt64(interaction_id))));
}

static void
LinkFile(Datum interaction_id, Datum attachment_id)
{
	static Statement link = {
		.sql = "INSERT INTO crm_data.interaction_attachment (interaction_id, attachment_id) VALUES ($1, $2)",
		.nargs = 2, .argtypes = {INT8OID, INT8OID}
	};
	Datum		values[] = {interaction_id, attachment_id};

	RunStatement(&link, values, NULL);
}

/*
 * crm.attach_file(interaction_id, file_name, media_type, content, location)
 */
Datum
crm_attach_file(PG_FUNCTION_ARGS)
{
	static Statement add = {
		.sql = "INSERT INTO crm_data.attachment (file_name, media_type, content, location)"
		" VALUES ($1, coalesce($2, 'application/octet-stream'), $3, $4) RETURNING attachment_id",
		.nargs = 4, .argtypes = {TEXTOID, TEXTOID, BYTEAOID, TEXTOID}
	};
	Datum		values[] = {PG_GETARG_DATUM(1), PG_GETARG_DATUM(2), PG_GETARG_DATUM(3), PG_GETARG_DATUM(4)};
	bool		isnull[] = {PG_ARGISNULL(1), PG_ARGISNULL(2), PG_ARGISNULL(3), PG_ARGISNULL(4)};
	int64		attachment_id;

	if (isnull[0])
		ereport(ERROR,
				(errcode(ERRCODE_NOT_NULL_VIOLATION),
				 errmsg("file needs a name")));

	SPI_connect();
	if (!PG_ARGISNULL(0))
		CheckInteraction(PG_GETARG_DATUM(0));
	values[3] = AttachmentLocation(TextDatumGetCString(values[0]), !isnull[2],
								   isnull[3] ? NULL : TextDatumGetCString(values[3]), &isnull[3]);
	RunStatement(&add, values, isnull);
	attachment_id = DatumGetInt64(ResultValue(0, 1, &isnull[0]));
	if (!PG_ARGISNULL(0))
		LinkFile(PG_GETARG_DATUM(0), Int64GetDatum(attachment_id));
	SPI_finish();

	PG_RETURN_INT64(attachment_id);
}
