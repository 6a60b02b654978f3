/*
 * The search_path that a mapping query was checked under, and that it always runs under.
 *
 * Kept as the list of schemas that were searched when the query was attached, without
 * pg_temp: a temporary table must not step into the place of the ERP's.
 */
#include "crm.h"

#include "catalog/pg_namespace.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

/* The schemas searched now, as a list of quoted names */
char *
CurrentSearchPath(void)
{
	StringInfoData path;
	List	   *schemas = fetch_search_path(false);
	ListCell   *cell;

	initStringInfo(&path);
	foreach(cell, schemas)
	{
		char	   *name = get_namespace_name(lfirst_oid(cell));

		if (name == NULL || isAnyTempNamespace(lfirst_oid(cell)))
			continue;
		appendStringInfo(&path, "%s%s", path.len > 0 ? ", " : "", quote_identifier(name));
	}
	return path.data;
}

/* The same list as text and as schemas; what is gone since is left out, as search_path does */
SearchPath *
MakeSearchPath(const char *schemas)
{
	List	   *oids = NIL;
	List	   *names;
	ListCell   *cell;

	if (!SplitIdentifierString(pstrdup(schemas), ',', &names))
		elog(ERROR, "search_path \"%s\" of a mapping is malformed", schemas);

	foreach(cell, names)
	{
		Oid			schema = get_namespace_oid(lfirst(cell), true);

		if (OidIsValid(schema))
			oids = lappend_oid(oids, schema);
	}
	return NewSearchPath(schemas, oids);
}
