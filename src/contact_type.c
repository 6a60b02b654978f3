/*
 * Turning a company into a person and back (domain/1 section 2.5).
 */
#include "contact.h"

#include "catalog/pg_type.h"

/* Rows that stand in the way of a change, and the words for them */
typedef struct Obstacle
{
	Statement	find;
	const char *detail;
} Obstacle;

#define OBSTACLE(text, query) {{.sql = query " LIMIT 1", .nargs = 1, .argtypes = {INT8OID}}, text}

static Obstacle any_type[] = {
	OBSTACLE("The contact has interactions.",
			 "SELECT FROM crm_data.interaction WHERE company_id = $1"),
	OBSTACLE("The contact has interactions.",
			 "SELECT FROM crm_data.interaction WHERE contact_id = $1 AND contact_id IS DISTINCT FROM company_id"),
	OBSTACLE("The contact has opportunities.",
			 "SELECT FROM crm_data.opportunity WHERE contact_id = $1 OR company_id = $1"),
	OBSTACLE("The contact has tasks.",
			 "SELECT FROM crm_data.task WHERE contact_id = $1 OR company_id = $1"),
};

static Obstacle to_company[] = {
	OBSTACLE("The contact has job responsibilities.",
			 "SELECT FROM crm_data.contact_job_responsibility WHERE contact_id = $1"),
};

static Obstacle to_person[] = {
	OBSTACLE("Persons belong to the company.",
			 "SELECT FROM crm_data.contact WHERE company_id = $1 AND contact_id <> $1"),
	OBSTACLE("The company has business relations.",
			 "SELECT FROM crm_data.contact_business_relation WHERE contact_id = $1"),
	OBSTACLE("The company has industry groups.",
			 "SELECT FROM crm_data.contact_industry_group WHERE contact_id = $1"),
};

static void
Refuse(const Contact *contact, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("cannot make a %s of contact \"%s\"",
					TextOf(contact, CONTACT_TYPE), TextOf(contact, CONTACT_NO)),
			 errdetail_internal("%s", detail)));
}

static void
CheckObstacles(const Contact *contact, Obstacle *obstacles, int count)
{
	Datum		contact_id = contact->values[CONTACT_ID];

	for (int i = 0; i < count; i++)
		if (RunStatement(&obstacles[i].find, &contact_id, NULL) > 0)
			Refuse(contact, obstacles[i].detail);
}

/* The default of the new type, unless the same UPDATE gave a salutation */
static void
FollowSalutation(Contact *contact, const Contact *old)
{
	static Statement find = {
		.sql = "SELECT CASE WHEN $1 THEN default_company_salutation_code ELSE default_person_salutation_code END"
		" FROM crm_data.setup",
		.nargs = 1, .argtypes = {BOOLOID}
	};
	Datum		is_company = BoolGetDatum(IsCompany(contact));

	if (!SameColumn(contact, old, SALUTATION_CODE))
		return;
	if (RunStatement(&find, &is_company, NULL) > 0)
		ReplaceText(contact, SALUTATION_CODE, ResultText(0, 1));
}

static void
BecomeCompany(Contact *contact)
{
	CheckObstacles(contact, to_company, lengthof(to_company));
	if (!contact->isnull[ORGANIZATIONAL_LEVEL_CODE])
		Refuse(contact, "The contact has an organizational level.");
	ClearColumn(contact, JOB_TITLE);
}

/* Its own company no longer; a company that came with the same UPDATE stays */
static void
BecomePerson(Contact *contact, const Contact *old)
{
	CheckObstacles(contact, to_person, lengthof(to_person));
	if (!contact->isnull[CURRENCY_CODE])
		Refuse(contact, "The company has a currency.");
	if (!contact->isnull[VAT_REGISTRATION_NO])
		Refuse(contact, "The company has a VAT registration number.");

	if (SameColumn(contact, old, COMPANY_ID))
		ClearColumn(contact, COMPANY_ID);
	if (SameColumn(contact, old, COMPANY_NAME))
		ClearColumn(contact, COMPANY_NAME);
}

/* The type has changed; names and company follow afterwards, as with any UPDATE */
void
ChangeType(Contact *contact, const Contact *old)
{
	CheckObstacles(contact, any_type, lengthof(any_type));
	if (IsCompany(contact))
		BecomeCompany(contact);
	else
		BecomePerson(contact, old);
	FollowSalutation(contact, old);
}
