/*
 * Persons and their company: joining, leaving, and what a company hands down
 * (domain/1 sections 2.4 and 2.6).
 */
#include "contact.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "lib/stringinfo.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(crm_contact_inherit);

/* The switches of the setup, in the order of the statement in ReadInheritance */
typedef enum Inheritance
{
	INHERIT_SALESPERSON,
	INHERIT_TERRITORY,
	INHERIT_COUNTRY,
	INHERIT_LANGUAGE,
	INHERIT_FORMAT_REGION,
	INHERIT_ADDRESS,
	INHERIT_COMMUNICATION,
	INHERITANCES
} Inheritance;

static const char *const switches[INHERITANCES] = {
	"inherit_salesperson", "inherit_territory", "inherit_country", "inherit_language",
	"inherit_format_region", "inherit_address", "inherit_communication"
};

/* Columns with a switch of their own, each at the place of its switch */
static const ContactColumn single_columns[] = {
	SALESPERSON_CODE, TERRITORY_CODE, COUNTRY_CODE, LANGUAGE_CODE, FORMAT_REGION
};

/* What makes an address; the county goes along but does not count in comparisons */
static const ContactColumn address_columns[] = {ADDRESS, ADDRESS_2, POST_CODE, CITY};

static const ContactColumn communication_columns[] = {
	PHONE_NO, MOBILE_PHONE_NO, FAX_NO, TELEX_NO, TELEX_ANSWER_BACK, PAGER,
	EXTENSION_NO, EMAIL, HOME_PAGE
};

/*
 * What persons follow when their company changes, with its switch. The old values
 * are the parameters $2, $3 ... of the statement, $1 is the company.
 */
static const struct
{
	ContactColumn column;
	Inheritance inheritance;
}			followers[] = {
	{SALESPERSON_CODE, INHERIT_SALESPERSON},
	{TERRITORY_CODE, INHERIT_TERRITORY},
	{COUNTRY_CODE, INHERIT_COUNTRY},
	{LANGUAGE_CODE, INHERIT_LANGUAGE},
	{FORMAT_REGION, INHERIT_FORMAT_REGION},
	{ADDRESS, INHERIT_ADDRESS},
	{ADDRESS_2, INHERIT_ADDRESS},
	{POST_CODE, INHERIT_ADDRESS},
	{CITY, INHERIT_ADDRESS},
	{COUNTY, INHERIT_ADDRESS},
	{PHONE_NO, INHERIT_COMMUNICATION},
	{MOBILE_PHONE_NO, INHERIT_COMMUNICATION},
	{FAX_NO, INHERIT_COMMUNICATION},
	{TELEX_NO, INHERIT_COMMUNICATION},
	{TELEX_ANSWER_BACK, INHERIT_COMMUNICATION},
	{PAGER, INHERIT_COMMUNICATION},
	{EXTENSION_NO, INHERIT_COMMUNICATION},
	{EMAIL, INHERIT_COMMUNICATION},
	{HOME_PAGE, INHERIT_COMMUNICATION},
};

/* $7, $8, $9 and $10 are the old values of the four address columns above */
#define SAME_ADDRESS "(person.address, person.address_2, person.post_code, person.city)" \
	" IS NOT DISTINCT FROM ($7, $8, $9, $10)"

StaticAssertDecl(lengthof(followers) + 1 <= STATEMENT_MAX_ARGS, "one parameter for each follower and the company");

static void
ReadInheritance(bool *inherits)
{
	static Statement find = {
		.sql = "SELECT inherit_salesperson, inherit_territory, inherit_country, inherit_language,"
		" inherit_format_region, inherit_address, inherit_communication FROM crm_data.setup"
	};
	int			rows = RunStatement(&find, NULL, NULL);
	bool		isnull;

	for (int i = 0; i < INHERITANCES; i++)
		inherits[i] = rows == 0 || DatumGetBool(ResultValue(0, i + 1, &isnull));
}

/* ---------- joining a company ---------- */

/* Columns with a switch of their own are the company's from now on */
static void
InheritSingles(Contact *person, const Contact *company, const bool *inherits)
{
	for (int i = 0; i < lengthof(single_columns); i++)
		if (inherits[i])
			CopyColumn(person, company, single_columns[i]);
}

/* Has the person no address, or still that of the former company? */
static bool
AddressIsStale(const Contact *person, const Contact *former)
{
	bool		blank = true;
	bool		same = former != NULL;

	for (int i = 0; i < lengthof(address_columns); i++)
	{
		blank = blank && person->isnull[address_columns[i]];
		same = same && SameColumn(person, former, address_columns[i]);
	}
	return blank || same;
}

static void
InheritAddress(Contact *person, const Contact *former, const Contact *company)
{
	if (!AddressIsStale(person, former))
		return;
	for (int i = 0; i < lengthof(address_columns); i++)
		CopyColumn(person, company, address_columns[i]);
	CopyColumn(person, company, COUNTY);
}

static void
InheritUnlessOwn(Contact *person, const Contact *former, const Contact *company, ContactColumn column)
{
	if (person->isnull[column] || (former && SameColumn(person, former, column)))
		CopyColumn(person, company, column);
}

/* The preferred channel is handed down to who joins, and not followed later */
static void
InheritCommunication(Contact *person, const Contact *former, const Contact *company)
{
	for (int i = 0; i < lengthof(communication_columns); i++)
		InheritUnlessOwn(person, former, company, communication_columns[i]);
	InheritUnlessOwn(person, former, company, CORRESPONDENCE_TYPE);
}

static void
InheritFrom(Contact *person, const Contact *former, const Contact *company)
{
	bool		inherits[INHERITANCES];

	ReadInheritance(inherits);
	InheritSingles(person, company, inherits);
	if (inherits[INHERIT_ADDRESS])
		InheritAddress(person, former, company);
	if (inherits[INHERIT_COMMUNICATION])
		InheritCommunication(person, former, company);
}

/* "Company No." takes companies only; a missing one is the foreign key's business */
static bool
FindCompanyOf(const Contact *person, Contact *company)
{
	if (person->isnull[COMPANY_ID] || !FindContactById(company, person->values[COMPANY_ID]))
		return false;
	if (!IsCompany(company))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("contact \"%s\" is not a company", TextOf(company, CONTACT_NO)),
				 errdetail("Only a company can be the company of contact \"%s\".",
						   person->isnull[CONTACT_NO] ? "" : TextOf(person, CONTACT_NO))));
	return true;
}

/*
 * A new person (old is NULL), or one whose company has changed. A company name
 * without a company is what the user typed to find one.
 */
void
JoinCompany(Contact *person, const Contact *old)
{
	Contact		company;
	Contact		former;
	bool		has_former;

	if (person->isnull[COMPANY_ID] && !person->isnull[COMPANY_NAME])
		ReplaceColumn(person, COMPANY_ID, Int64GetDatum(FindCompany(TextOf(person, COMPANY_NAME))));
	if (!FindCompanyOf(person, &company))
		return;

	has_former = old && !IsCompany(old) && !old->isnull[COMPANY_ID] &&
		FindContactById(&former, old->values[COMPANY_ID]);
	InheritFrom(person, has_former ? &former : NULL, &company);
	CopyColumn(person, &company, COMPANY_NAME);
}

/* ---------- keeping company and company name together ---------- */

/* The derived columns: a company is its own company, a person shows the company's name */
void
FillCompany(Contact *contact)
{
	Contact		company;

	if (IsCompany(contact))
	{
		if (contact->isnull[COMPANY_ID])
			CopyValue(contact, COMPANY_ID, contact, CONTACT_ID);
		if (contact->isnull[COMPANY_NAME])
			CopyValue(contact, COMPANY_NAME, contact, NAME);
	}
	else if (contact->isnull[COMPANY_NAME] && !contact->isnull[COMPANY_ID] &&
			 FindContactById(&company, contact->values[COMPANY_ID]))
		CopyColumn(contact, &company, COMPANY_NAME);
}

static void
KeepOwnCompany(Contact *contact, const Contact *old)
{
	if (IsCompany(old) && !SameColumn(contact, old, COMPANY_ID))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("cannot change the company of company \"%s\"", TextOf(contact, CONTACT_NO)),
				 errdetail("Only a person can belong to another company."),
				 errtableconstraint(contact->relation, "contact_company_check")));
	CopyValue(contact, COMPANY_ID, contact, CONTACT_ID);
	CopyValue(contact, COMPANY_NAME, contact, NAME);
}

/*
 * A company name that was changed and not the company with it: blank leaves the
 * company, the name that the company has now is no news, other text finds a company.
 */
static void
FollowTypedCompany(Contact *person)
{
	Contact		company;

	if (person->isnull[COMPANY_NAME] || person->isnull[COMPANY_ID] ||
		!FindContactById(&company, person->values[COMPANY_ID]) ||
		!SameColumn(person, &company, COMPANY_NAME))
		ClearColumn(person, COMPANY_ID);
}

/* UPDATE of a contact: the company, and everything that follows from a change of it */
void
FollowCompany(Contact *contact, const Contact *old)
{
	if (IsCompany(contact))
	{
		KeepOwnCompany(contact, old);
		return;
	}

	if (!SameColumn(contact, old, COMPANY_ID))
	{
		if (SameColumn(contact, old, COMPANY_NAME))
			ClearColumn(contact, COMPANY_NAME);
	}
	else if (!SameColumn(contact, old, COMPANY_NAME))
		FollowTypedCompany(contact);

	if (contact->isnull[COMPANY_ID] ? !contact->isnull[COMPANY_NAME] : !SameColumn(contact, old, COMPANY_ID))
		JoinCompany(contact, old);
}

/* ---------- what a company hands down ---------- */

/*
 * The statement that a change of a company runs, once for all its persons:
 *
 *	UPDATE crm_data.contact AS person
 *	SET company_name = company.company_name,
 *		email = CASE WHEN <email follows> THEN company.email ELSE person.email END, ...
 *	FROM crm_data.contact AS company, crm_data.setup AS setup
 *	WHERE company.contact_id = $1 AND person.company_id = $1 AND person.contact_id <> $1
 *	AND (person.company_name IS DISTINCT FROM company.company_name OR <email follows> OR ...)
 *
 * where a column follows if its switch is on, the company's value is no longer the
 * old one, and the person's value still is; for addresses, the address as a whole.
 */
static const char *
InheritStatement(void)
{
	static char *sql = NULL;
	StringInfoData set;
	StringInfoData filter;

	if (sql != NULL)
		return sql;

	initStringInfo(&set);
	initStringInfo(&filter);
	for (int i = 0; i < lengthof(followers); i++)
	{
		const char *name = ColumnName(followers[i].column);
		const char *shared = followers[i].inheritance == INHERIT_ADDRESS ? SAME_ADDRESS :
			psprintf("person.%s IS NOT DISTINCT FROM $%d", name, i + 2);
		char	   *follows = psprintf("setup.%s AND company.%s IS DISTINCT FROM $%d AND %s",
									   switches[followers[i].inheritance], name, i + 2, shared);

		appendStringInfo(&set, ", %s = CASE WHEN %s THEN company.%s ELSE person.%s END", name, follows, name, name);
		appendStringInfo(&filter, " OR %s", follows);
	}

	sql = MemoryContextStrdup(TopMemoryContext,
							  psprintf("UPDATE crm_data.contact AS person SET company_name = company.company_name%s"
									   " FROM crm_data.contact AS company, crm_data.setup AS setup"
									   " WHERE company.contact_id = $1 AND person.company_id = $1 AND person.contact_id <> $1"
									   " AND (person.company_name IS DISTINCT FROM company.company_name%s)",
									   set.data, filter.data));
	return sql;
}

static void
UpdatePersons(const Contact *old)
{
	static Statement update = {.nargs = lengthof(followers) + 1, .argtypes = {INT8OID}};
	Datum		values[lengthof(followers) + 1] = {old->values[CONTACT_ID]};
	bool		isnull[lengthof(followers) + 1] = {false};

	for (int i = 0; i < lengthof(followers); i++)
	{
		update.argtypes[i + 1] = TEXTOID;
		values[i + 1] = old->values[followers[i].column];
		isnull[i + 1] = old->isnull[followers[i].column];
	}
	update.sql = InheritStatement();
	RunStatement(&update, values, isnull);
}

static bool
HandsDown(const Contact *company, const Contact *old)
{
	if (!SameColumn(company, old, COMPANY_NAME))
		return true;
	for (int i = 0; i < lengthof(followers); i++)
		if (!SameColumn(company, old, followers[i].column))
			return true;
	return false;
}

/*
 * AFTER UPDATE ON crm_data.contact, for companies. The persons' own updates end the
 * recursion: nobody belongs to a person.
 */
Datum
crm_contact_inherit(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "contact_inherit");
	Contact		company;
	Contact		old;

	ReadContact(&old, trigger->tg_relation, trigger->tg_trigtuple);
	ReadContact(&company, trigger->tg_relation, trigger->tg_newtuple);

	if (HandsDown(&company, &old))
	{
		SavedUser	user = BecomeUser(OwnerOf(RelationGetRelid(trigger->tg_relation)));

		SPI_connect();
		UpdatePersons(&old);
		SPI_finish();
		RestoreUser(user);
	}
	return PointerGetDatum(NULL);
}
