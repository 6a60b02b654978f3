/*
 * Finding our own tables.
 *
 * OIDs change when the extension is dropped and created again in the same backend,
 * so nothing is remembered here; the catalog caches make a look-up cheap.
 */
#include "crm.h"

#include "catalog/namespace.h"
#include "utils/lsyscache.h"

Oid
CrmTable(const char *name)
{
	Oid			relid = get_relname_relid(name, get_namespace_oid("crm_data", false));

	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table \"crm_data.%s\" does not exist", name),
				 errhint("Create the extension crm again.")));
	return relid;
}
