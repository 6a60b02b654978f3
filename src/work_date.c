/*
 * The business date and today, as C asks for them. crm.work_date() and crm_data.today() hold the rules.
 */
#include "crm.h"

#include "nodes/value.h"
#include "parser/parse_func.h"

/* Whoever posts need not have rights on crm */
static Datum
AskAsOwner(char *schema, char *function)
{
	SavedUser	saved = BecomeUser(OwnerOf(CrmTable("setup")));
	Datum		date = OidFunctionCall0(LookupFuncName(list_make2(makeString(schema), makeString(function)), 0, NULL, false));

	RestoreUser(saved);
	return date;
}

Datum
WorkDate(void)
{
	return AskAsOwner("crm", "work_date");
}

Datum
Today(void)
{
	return AskAsOwner("crm_data", "today");
}
