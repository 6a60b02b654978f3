/*
 * What contacts are assigned to: industry and mailing groups, job responsibilities,
 * web sources, alternative addresses and their date ranges (domain/1 section 4).
 */
#include "crm.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(crm_assignment);
PG_FUNCTION_INFO_V1(crm_touch_contact);
PG_FUNCTION_INFO_V1(crm_mailing_group_delete);

/* Companies have industry groups and web sources, persons have job responsibilities */
static void
CheckContactType(Datum contact_id, const char *type, Relation relation)
{
	static Statement find = {
		.sql = "SELECT contact_no FROM crm_data.contact WHERE contact_id = $1 AND contact_type <> $2",
		.nargs = 2, .argtypes = {INT8OID, TEXTOID}
	};
	Datum		values[] = {contact_id, CStringGetTextDatum(type)};
	SavedUser	user = BecomeUser(OwnerOf(CrmTable("contact")));

	SPI_connect();
	if (RunStatement(&find, values, NULL) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("contact \"%s\" is not a %s", ResultText(0, 1), type),
				 errdetail("Only a %s can have rows in \"%s\".", type, RelationGetRelationName(relation))));
	SPI_finish();
	RestoreUser(user);
}

/*
 * BEFORE INSERT OR UPDATE of an assignment; the argument is the type of contact
 * that the table is for, none for both.
 */
Datum
crm_assignment(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "assignment");
	HeapTuple	tuple = StampedTuple(trigger);
	bool		isnull;

	if (tuple == NULL)
		return PointerGetDatum(NewTuple(trigger));

	if (trigger->tg_trigger->tgnargs > 0)
		CheckContactType(ColumnOf(trigger->tg_relation, tuple, "contact_id", &isnull),
						 trigger->tg_trigger->tgargs[0], trigger->tg_relation);
	return PointerGetDatum(tuple);
}

/* A contact counts as modified, and stays locked until the end of the transaction */
void
TouchContact(Datum contact_id)
{
	static Statement touch = {
		.sql = "UPDATE crm_data.contact SET last_modified_at = now()"
		" WHERE contact_id = $1 AND last_modified_at IS DISTINCT FROM now()",
		.nargs = 1, .argtypes = {INT8OID}
	};
	SavedUser	user = BecomeUser(OwnerOf(CrmTable("contact")));

	SPI_connect();
	RunStatement(&touch, &contact_id, NULL);
	SPI_finish();
	RestoreUser(user);
}

static void
TouchContactOf(HeapTuple tuple, Relation relation)
{
	bool		isnull;

	TouchContact(ColumnOf(relation, tuple, "contact_id", &isnull));
}

/* Rows that brought an earlier stamp were restored, not assigned */
static bool
StampedNow(HeapTuple tuple, Relation relation)
{
	bool		isnull;
	Datum		stamp = ColumnOf(relation, tuple, "last_modified_at", &isnull);

	return !isnull && DatumGetTimestampTz(stamp) == GetCurrentTransactionStartTimestamp();
}

/*
 * AFTER INSERT OR UPDATE OR DELETE of an assignment: its contact counts as modified,
 * both contacts when the row moves.
 */
Datum
crm_touch_contact(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "touch_contact");

	if (!TRIGGER_FIRED_BY_INSERT(trigger->tg_event) || StampedNow(trigger->tg_trigtuple, trigger->tg_relation))
		TouchContactOf(trigger->tg_trigtuple, trigger->tg_relation);
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		TouchContactOf(trigger->tg_newtuple, trigger->tg_relation);
	return PointerGetDatum(NULL);
}

/*
 * BEFORE DELETE ON crm_data.mailing_group: the foreign key says the same, but not
 * in the user's words.
 */
Datum
crm_mailing_group_delete(PG_FUNCTION_ARGS)
{
	static Statement find = {
		.sql = "SELECT FROM crm_data.contact_mailing_group WHERE mailing_group_code = $1 LIMIT 1",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	TriggerData *trigger = CheckRowTrigger(fcinfo, "mailing_group_delete");
	bool		isnull;
	Datum		code = ColumnOf(trigger->tg_relation, trigger->tg_trigtuple, "mailing_group_code", &isnull);
	SavedUser	user = BecomeUser(OwnerOf(RelationGetRelid(trigger->tg_relation)));

	SPI_connect();
	if (RunStatement(&find, &code, NULL) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
				 errmsg("mailing group \"%s\" has contacts in crm.contact_mailing_group", TextDatumGetCString(code)),
				 errhint("Remove the contacts from the group before deleting it.")));
	SPI_finish();
	RestoreUser(user);

	return PointerGetDatum(trigger->tg_trigtuple);
}
