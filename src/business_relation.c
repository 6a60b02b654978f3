/*
 * Business relations of contacts: plain classification, or the link to a card of
 * the ERP (domain/1 section 3.2). Unique indexes keep contact and card 1:1.
 */
#include "crm.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(crm_contact_business_relation);

typedef struct Relationship
{
	Datum		contact_id;
	Datum		code;
	bool		no_code;
	bool		linked;
	bool		no_link_type;
} Relationship;

static Relationship
ReadRelationship(Relation relation, HeapTuple tuple)
{
	Relationship relationship;
	bool		isnull;
	bool		no_card;
	bool		no_key;

	relationship.contact_id = ColumnOf(relation, tuple, "contact_id", &isnull);
	relationship.code = ColumnOf(relation, tuple, "business_relation_code", &relationship.no_code);
	ColumnOf(relation, tuple, "link_type", &relationship.no_link_type);
	ColumnOf(relation, tuple, "card_no", &no_card);
	ColumnOf(relation, tuple, "card_key", &no_key);
	relationship.linked = !no_card || !no_key;
	return relationship;
}

/* The kind of card that the setup reserves the code for; NULL for the user's own codes */
static char *
ReservedFor(Datum code)
{
	static Statement find = {
		.sql = "SELECT CASE WHEN $1 = customer_relation_code THEN 'customer'"
		" WHEN $1 = vendor_relation_code THEN 'vendor'"
		" WHEN $1 = bank_account_relation_code THEN 'bank account'"
		" WHEN $1 = employee_relation_code THEN 'employee' END FROM crm_data.setup",
		.nargs = 1, .argtypes = {TEXTOID}
	};

	return RunStatement(&find, &code, NULL) > 0 ? ResultText(0, 1) : NULL;
}

/* Codes for cards need one; only employees may be marked without */
static void
CheckUnlinked(const Relationship *relationship, const char *reserved_for)
{
	if (reserved_for != NULL && strcmp(reserved_for, "employee") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("business relation \"%s\" needs a card", TextDatumGetCString(relationship->code)),
				 errdetail("The setup reserves the code for contacts that are linked to a %s.", reserved_for),
				 errhint("Give card_no, or use another code.")));
}

static void
CheckNotBlocked(const Relationship *relationship)
{
	static Statement find = {
		.sql = "SELECT contact_no FROM crm_data.contact WHERE contact_id = $1 AND privacy_blocked",
		.nargs = 1, .argtypes = {INT8OID}
	};
	Datum		contact_id = relationship->contact_id;

	if (RunStatement(&find, &contact_id, NULL) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("cannot link contact \"%s\" to a card", ResultText(0, 1)),
				 errdetail("The contact is blocked for privacy.")));
}

/* What was only a mark so far becomes the link */
static void
ReplaceUnlinked(const Relationship *relationship)
{
	static Statement delete_row = {
		.sql = "DELETE FROM crm_data.contact_business_relation"
		" WHERE contact_id = $1 AND business_relation_code = $2 AND card_no IS NULL AND card_key IS NULL",
		.nargs = 2, .argtypes = {INT8OID, TEXTOID}
	};
	Datum		values[] = {relationship->contact_id, relationship->code};

	RunStatement(&delete_row, values, NULL);
}

static void
CheckRelationship(const Relationship *relationship, const char *reserved_for, bool is_new, bool newly_linked)
{
	if (!relationship->linked)
		CheckUnlinked(relationship, reserved_for);
	if (newly_linked)
		CheckNotBlocked(relationship);
	if (newly_linked && is_new)
		ReplaceUnlinked(relationship);
}

/*
 * BEFORE INSERT OR UPDATE ON crm_data.contact_business_relation. A row that brings
 * its stamp is taken as it is; otherwise the reserved code tells the kind of card.
 */
Datum
crm_contact_business_relation(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "contact_business_relation");
	Relation	relation = trigger->tg_relation;
	bool		is_new = TRIGGER_FIRED_BY_INSERT(trigger->tg_event);
	HeapTuple	tuple = StampedTuple(trigger);
	Datum		link_type = 0;
	Relationship relationship;
	char	   *reserved_for;
	SavedUser	user;

	if (tuple == NULL)
		return PointerGetDatum(NewTuple(trigger));

	relationship = ReadRelationship(relation, tuple);
	if (relationship.no_code)
		return PointerGetDatum(tuple);	/* the column itself refuses it */
	user = BecomeUser(OwnerOf(RelationGetRelid(relation)));
	SPI_connect();
	reserved_for = ReservedFor(relationship.code);
	CheckRelationship(&relationship, reserved_for, is_new, relationship.linked &&
					  (is_new || !ReadRelationship(relation, trigger->tg_trigtuple).linked));
	if (reserved_for != NULL)
		link_type = SPI_datumTransfer(CStringGetTextDatum(reserved_for), false, -1);
	SPI_finish();
	RestoreUser(user);

	if (relationship.linked && relationship.no_link_type && link_type != 0)
		tuple = WithColumn(relation, tuple, "link_type", link_type);
	return PointerGetDatum(tuple);
}
