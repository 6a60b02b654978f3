/*
 * Finding contacts by what a user types (domain/1 sections 2.4 and 2.10).
 *
 * Each step is one query; the first that finds something ends the search.
 */
#include "crm.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "utils/varlena.h"

PG_FUNCTION_INFO_V1(crm_find_contact);
PG_FUNCTION_INFO_V1(crm_find_company);

#define CONTAINS "strpos(lower(concat_ws(E'\\n', contact_no, name, city, phone_no, post_code)), lower($1)) > 0"
#define STEP(query) {.sql = query, .nargs = 1, .argtypes = {TEXTOID}}

/* Rows that the fuzzy step looks at, newest first */
#define FUZZY_STATEMENT "SELECT contact_no, lower(name) FROM crm_data.contact" \
	" WHERE length(name) BETWEEN length($1) - $2 AND length($1) + $2" \
	" ORDER BY contact_id DESC LIMIT 1000"

/* ---------- a contact: the first hit, or nothing ---------- */

static Statement contact_steps[] = {
	STEP("SELECT contact_no FROM crm_data.contact WHERE contact_no = upper($1)"),
	STEP("SELECT contact_no FROM crm_data.contact WHERE name = $1 AND lower(name) = lower($1) ORDER BY contact_no LIMIT 1"),
	STEP("SELECT contact_no FROM crm_data.contact WHERE lower(name) = lower($1) ORDER BY contact_no LIMIT 1"),
	STEP("SELECT contact_no FROM crm_data.contact WHERE starts_with(lower(name), lower($1)) OR starts_with(contact_no, upper($1))"
		 " ORDER BY contact_no LIMIT 1"),
	STEP("SELECT min(contact_no) FROM (SELECT contact_no FROM crm_data.contact WHERE " CONTAINS " LIMIT 2) AS hit"
		 " HAVING count(*) = 1"),
};

/* The newest name that differs by at most one letter in five; the last query's names are in lower case */
static char *
FindSimilarName(Datum search)
{
	static Statement find = {.sql = FUZZY_STATEMENT, .nargs = 2, .argtypes = {TEXTOID, INT4OID}};
	char	   *wanted = TextDatumGetCString(DirectFunctionCall1Coll(lower, DEFAULT_COLLATION_OID, search));
	int			allowed = DatumGetInt32(DirectFunctionCall1(textlen, search)) / 5;
	Datum		values[] = {search, Int32GetDatum(allowed)};
	int			rows;

	if (allowed == 0)
		return NULL;

	rows = RunStatement(&find, values, NULL);
	for (int row = 0; row < rows; row++)
	{
		char	   *name = ResultText(row, 2);

		if (varstr_levenshtein_less_equal(wanted, strlen(wanted), name, strlen(name),
										  1, 1, 1, allowed, true) <= allowed)
			return ResultText(row, 1);
		pfree(name);
	}
	return NULL;
}

static char *
FindContact(Datum search)
{
	for (int i = 0; i < lengthof(contact_steps); i++)
		if (RunStatement(&contact_steps[i], &search, NULL) > 0)
			return ResultText(0, 1);
	return FindSimilarName(search);
}

/* What was typed, without outer blanks; NULL when nothing is left */
static text *
SearchText(text *argument)
{
	text	   *search = DatumGetTextPP(DirectFunctionCall1(btrim1, PointerGetDatum(argument)));

	return VARSIZE_ANY_EXHDR(search) == 0 ? NULL : search;
}

/*
 * crm.find_contact(search)
 */
Datum
crm_find_contact(PG_FUNCTION_ARGS)
{
	text	   *search = SearchText(PG_GETARG_TEXT_PP(0));
	MemoryContext caller = CurrentMemoryContext;
	char	   *found;

	if (search == NULL)
		PG_RETURN_NULL();

	SPI_connect();
	found = FindContact(PointerGetDatum(search));
	if (found != NULL)
		found = MemoryContextStrdup(caller, found);
	SPI_finish();

	if (found == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(found));
}

/* ---------- a company: exactly one, or an error ---------- */

#define COMPANY "SELECT contact_id, contact_no FROM crm_data.contact WHERE contact_type = 'company' AND "

static Statement company_steps[] = {
	STEP(COMPANY "contact_no = upper($1) LIMIT 2"),
	STEP(COMPANY "lower(name) = lower($1) LIMIT 2"),
	STEP(COMPANY "(starts_with(lower(name), lower($1)) OR starts_with(contact_no, upper($1))) LIMIT 2"),
	STEP(COMPANY CONTAINS " LIMIT 2"),
};

/* Leaves the company as the only row of the last result; false when nothing matches */
static bool
RunCompanySteps(Datum search)
{
	for (int i = 0; i < lengthof(company_steps); i++)
	{
		int			rows = RunStatement(&company_steps[i], &search, NULL);

		if (rows > 1)
			ereport(ERROR,
					(errcode(ERRCODE_CARDINALITY_VIOLATION),
					 errmsg("more than one company matches \"%s\"", TextDatumGetCString(search)),
					 errhint("Give the contact number of the company.")));
		if (rows == 1)
			return true;
	}
	return false;
}

/* For callers that have connected to SPI, and need a company */
int64
FindCompany(const char *search)
{
	bool		isnull;

	if (!RunCompanySteps(CStringGetTextDatum(search)))
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("no company matches \"%s\"", search),
				 errhint("Create the company first, or leave company_name to company_id.")));
	return DatumGetInt64(ResultValue(0, 1, &isnull));
}

/*
 * crm.find_company(search)
 */
Datum
crm_find_company(PG_FUNCTION_ARGS)
{
	text	   *search = SearchText(PG_GETARG_TEXT_PP(0));
	MemoryContext caller = CurrentMemoryContext;
	char	   *found = NULL;

	if (search == NULL)
		PG_RETURN_NULL();

	SPI_connect();
	if (RunCompanySteps(PointerGetDatum(search)))
		found = MemoryContextStrdup(caller, ResultText(0, 2));
	SPI_finish();

	if (found == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(found));
}
