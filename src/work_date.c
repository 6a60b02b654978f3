/*
 * The business date, as C asks for it. crm.work_date() holds the rule.
 */
#include "crm.h"

#include "nodes/value.h"
#include "parser/parse_func.h"

/* Whoever posts need not have rights on crm */
Datum
WorkDate(void)
{
	SavedUser	saved = BecomeUser(OwnerOf(CrmTable("setup")));
	Datum		today = OidFunctionCall0(LookupFuncName(list_make2(makeString("crm"), makeString("work_date")), 0, NULL, false));

	RestoreUser(saved);
	return today;
}
