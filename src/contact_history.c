/*
 * What becomes of the interactions of a contact that moves or goes
 * (domain/1 sections 2.4 and 2.9). The log has no foreign key to contacts.
 */
#include "contact.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"

PG_FUNCTION_INFO_V1(crm_contact_moved);
PG_FUNCTION_INFO_V1(crm_contact_deleted);

/* The history stays with the company left, in the name of the company */
static Statement stay_with_company = {
	.sql = "UPDATE crm_data.interaction SET contact_id = $2"
	" WHERE contact_id = $1 AND company_id = $2 AND contact_id IS DISTINCT FROM company_id",
	.nargs = 2, .argtypes = {INT8OID, INT8OID}
};

/* Who had no company brings the history along */
static Statement bring_to_company = {
	.sql = "UPDATE crm_data.interaction SET company_id = $2"
	" WHERE contact_id = $1 AND company_id IS NULL AND contact_id IS DISTINCT FROM company_id",
	.nargs = 2, .argtypes = {INT8OID, INT8OID}
};

/* A deleted person's interactions become the company's, or nobody's */
static Statement leave_to_company = {
	.sql = "UPDATE crm_data.interaction SET contact_id = company_id"
	" WHERE contact_id = $1 AND contact_id IS DISTINCT FROM company_id",
	.nargs = 1, .argtypes = {INT8OID}
};

/* A deleted company's interactions survive without a name, its persons' too */
static Statement make_anonymous = {
	.sql = "UPDATE crm_data.interaction SET contact_id = NULL, company_id = NULL WHERE company_id = $1",
	.nargs = 1, .argtypes = {INT8OID}
};

static void
RunAsOwner(Statement *statement, Datum *values)
{
	SavedUser	user = BecomeUser(OwnerOf(CrmTable("interaction")));

	SPI_connect();
	RunStatement(statement, values, NULL);
	SPI_finish();
	RestoreUser(user);
}

/*
 * AFTER UPDATE ON crm_data.contact, for a person whose company has changed
 */
Datum
crm_contact_moved(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "contact_moved");
	Contact		person;
	Contact		old;

	ReadContact(&old, trigger->tg_relation, trigger->tg_trigtuple);
	ReadContact(&person, trigger->tg_relation, trigger->tg_newtuple);

	if (!old.isnull[COMPANY_ID])
		RunAsOwner(&stay_with_company, (Datum[]) {old.values[CONTACT_ID], old.values[COMPANY_ID]});
	else if (!person.isnull[COMPANY_ID])
		RunAsOwner(&bring_to_company, (Datum[]) {old.values[CONTACT_ID], person.values[COMPANY_ID]});
	return PointerGetDatum(NULL);
}

/*
 * AFTER DELETE ON crm_data.contact
 */
Datum
crm_contact_deleted(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "contact_deleted");
	Contact		contact;

	ReadContact(&contact, trigger->tg_relation, trigger->tg_trigtuple);
	RunAsOwner(IsCompany(&contact) ? &make_anonymous : &leave_to_company, &contact.values[CONTACT_ID]);
	return PointerGetDatum(NULL);
}
