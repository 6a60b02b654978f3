/*
 * Finding our own tables, and naming any.
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

/* A table as SQL names it */
char *
QualifiedName(Oid relid)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)), get_rel_name(relid));
}
