/*
 * What becomes of the opportunities and tasks of a contact that moves, changes or goes (domain/1 sections 2.4 and 2.9), and who
 * cannot go because of them (O45, T34).
 */
#include "contact.h"
#include "opportunity_entry.h"

#include "commands/trigger.h"

PG_FUNCTION_INFO_V1(crm_contact_opportunity_delete);
PG_FUNCTION_INFO_V1(crm_contact_opportunity_moved);
PG_FUNCTION_INFO_V1(crm_contact_territory_changed);
PG_FUNCTION_INFO_V1(crm_salesperson_delete);

#define UNARY(query) {.sql = query, .nargs = 1, .argtypes = {INT8OID}}
#define BINARY(query) {.sql = query, .nargs = 2, .argtypes = {INT8OID, INT8OID}}

/* Opportunities and tasks by the same rule */
typedef struct Follow
{
	Statement	opportunities;
	Statement	tasks;
} Follow;

/* The history stays with the company left, in the name of the company */
static Follow stay_with_company = {
	BINARY("UPDATE crm_data.opportunity SET contact_id = $2 WHERE contact_id = $1 AND company_id = $2"),
	BINARY("UPDATE crm_data.task SET contact_id = $2 WHERE contact_id = $1 AND company_id = $2")
};

/* Who had no company brings the history along */
static Follow bring_to_company = {
	BINARY("UPDATE crm_data.opportunity SET company_id = $2 WHERE contact_id = $1 AND company_id IS NULL"),
	BINARY("UPDATE crm_data.task SET company_id = $2 WHERE contact_id = $1 AND company_id IS NULL")
};

/* Those of a person who is deleted become the company's, or nobody's */
static Follow leave_to_company = {
	UNARY("UPDATE crm_data.opportunity SET contact_id = company_id WHERE contact_id = $1"),
	UNARY("UPDATE crm_data.task SET contact_id = company_id WHERE contact_id = $1")
};

/* Those of a company survive without a name */
static Follow make_anonymous = {
	UNARY("UPDATE crm_data.opportunity SET contact_id = NULL, company_id = NULL WHERE company_id = $1"),
	UNARY("UPDATE crm_data.task SET contact_id = NULL, company_id = NULL WHERE company_id = $1")
};

/* Within EnterCrm() */
static void
Apply(Follow *follow, Datum *values)
{
	WriteOpportunity(&follow->opportunities, values, NULL);
	WriteAtPresent(&follow->tasks, values, NULL);
}

/* Fails when a statement finds an opportunity or a task in the way */
static void
CheckUnused(Statement *find, Datum key, const char *what, const char *no)
{
	if (RunAtPresent(find, &key, NULL) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
				 errmsg("%s \"%s\" cannot be deleted", what, no),
				 errdetail_internal("%s", ResultText(0, 1))));
}

/*
 * BEFORE DELETE ON crm_data.contact, whose row is locked: no new opportunity refers to it any more
 */
Datum
crm_contact_opportunity_delete(PG_FUNCTION_ARGS)
{
	static Statement find = UNARY("SELECT format('Opportunity \"%s\" is open.', opportunity_no) FROM crm_data.opportunity"
								  " WHERE (contact_id = $1 OR company_id = $1) AND status IN ('not started', 'in progress')"
								  " UNION ALL SELECT format('Task \"%s\" is open.', description) FROM crm_data.task"
								  " WHERE (contact_id = $1 OR company_id = $1) AND NOT closed LIMIT 1");
	TriggerData *trigger = CheckRowTrigger(fcinfo, "contact_opportunity_delete");
	Contact		contact;
	CrmScope	scope = EnterCrm();

	ReadContact(&contact, trigger->tg_relation, trigger->tg_trigtuple);
	CheckUnused(&find, contact.values[CONTACT_ID], "contact", TextOf(&contact, CONTACT_NO));
	Apply(IsCompany(&contact) ? &make_anonymous : &leave_to_company, &contact.values[CONTACT_ID]);
	LeaveCrm(scope);
	return PointerGetDatum(trigger->tg_trigtuple);
}

/*
 * AFTER UPDATE ON crm_data.contact, for a person whose company has changed
 */
Datum
crm_contact_opportunity_moved(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "contact_opportunity_moved");
	Contact		person;
	Contact		old;
	CrmScope	scope = EnterCrm();

	ReadContact(&old, trigger->tg_relation, trigger->tg_trigtuple);
	ReadContact(&person, trigger->tg_relation, trigger->tg_newtuple);
	if (!old.isnull[COMPANY_ID])
		Apply(&stay_with_company, (Datum[]) {old.values[CONTACT_ID], old.values[COMPANY_ID]});
	else if (!person.isnull[COMPANY_ID])
		Apply(&bring_to_company, (Datum[]) {old.values[CONTACT_ID], person.values[COMPANY_ID]});
	LeaveCrm(scope);
	return PointerGetDatum(NULL);
}

/*
 * AFTER UPDATE ON crm_data.contact, of the territory: entries say which one a deal is in
 */
Datum
crm_contact_territory_changed(PG_FUNCTION_ARGS)
{
	/* Those not started too: somebody may just be starting one, and is waited for */
	static Statement find = UNARY("SELECT array_agg(opportunity_no) FROM crm_data.opportunity"
								  " WHERE contact_id = $1 AND status IN ('not started', 'in progress')");
	TriggerData *trigger = CheckRowTrigger(fcinfo, "contact_territory_changed");
	CrmScope	scope = EnterCrm();
	Datum		opportunity_nos;
	bool		isnull;
	Datum		contact_id = ColumnOf(trigger->tg_relation, trigger->tg_newtuple, "contact_id", &isnull);

	RunAtPresent(&find, &contact_id, NULL);
	opportunity_nos = ResultValue(0, 1, &isnull);
	if (!isnull)
		ReviseEntries(opportunity_nos, (Datum) 0, true);
	LeaveCrm(scope);
	return PointerGetDatum(NULL);
}

/*
 * BEFORE DELETE ON crm_data.salesperson: the foreign keys say the same, but not in the user's words
 */
Datum
crm_salesperson_delete(PG_FUNCTION_ARGS)
{
	static Statement find = {
		.sql = "SELECT format('Opportunity \"%s\" is %s.', opportunity_no, status) FROM crm_data.opportunity WHERE salesperson_code = $1"
		" UNION ALL SELECT format('Task \"%s\" is %s.', description, status) FROM crm_data.task WHERE salesperson_code = $1 LIMIT 1",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	TriggerData *trigger = CheckRowTrigger(fcinfo, "salesperson_delete");
	CrmScope	scope = EnterCrm();
	bool		isnull;
	Datum		code = ColumnOf(trigger->tg_relation, trigger->tg_trigtuple, "salesperson_code", &isnull);

	CheckUnused(&find, code, "salesperson", TextDatumGetCString(code));
	LeaveCrm(scope);
	return PointerGetDatum(trigger->tg_trigtuple);
}
