/*
 * Which questionnaire a contact is asked first (domain/2, Q19).
 */
#include "crm.h"

#include "catalog/pg_type.h"

PG_FUNCTION_INFO_V1(crm_default_questionnaire);

/* Who starts without any questionnaire finds one to add questions to */
static void
CreateFirst(void)
{
	static Statement create = {
		.sql = "INSERT INTO crm_data.questionnaire (questionnaire_code, description) SELECT 'GENERAL', 'General'"
		" WHERE NOT EXISTS (SELECT FROM crm_data.questionnaire) ON CONFLICT DO NOTHING"
	};

	RunStatement(&create, NULL, NULL);
}

static void
CheckContact(Datum contact_no)
{
	static Statement find = {
		.sql = "SELECT FROM crm_data.contact WHERE contact_no = crm_data.as_code($1)",
		.nargs = 1, .argtypes = {TEXTOID}
	};

	if (RunStatement(&find, &contact_no, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("contact \"%s\" does not exist", TextDatumGetCString(contact_no))));
}

/* The one asked for if it is allowed, else the first by code */
static char *
ChooseQuestionnaire(Datum contact_no, Datum wanted, bool no_wish)
{
	static Statement choose = {
		.sql = "SELECT code FROM crm.allowed_questionnaire($1) AS a (code)"
		" ORDER BY code IS DISTINCT FROM crm_data.as_code($2), code COLLATE \"C\" LIMIT 1",
		.nargs = 2, .argtypes = {TEXTOID, TEXTOID}
	};
	Datum		values[] = {contact_no, wanted};
	bool		isnull[] = {false, no_wish};

	if (RunStatement(&choose, values, isnull) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("no questionnaire is for contact \"%s\"", TextDatumGetCString(contact_no)),
				 errhint("Create one without contact type and business relation.")));
	return ResultText(0, 1);
}

/*
 * crm.default_questionnaire(contact_no, questionnaire). Acts as the owner: users answer
 * questionnaires and do not create them.
 */
Datum
crm_default_questionnaire(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	CrmScope	scope;
	char	   *chosen;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NOT_NULL_VIOLATION),
				 errmsg("contact_no is required")));

	scope = EnterCrm();
	CheckContact(PG_GETARG_DATUM(0));
	CreateFirst();
	chosen = ChooseQuestionnaire(PG_GETARG_DATUM(0), PG_ARGISNULL(1) ? (Datum) 0 : PG_GETARG_DATUM(1), PG_ARGISNULL(1));
	chosen = MemoryContextStrdup(caller, chosen);
	LeaveCrm(scope);

	PG_RETURN_TEXT_P(cstring_to_text(chosen));
}
