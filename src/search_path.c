/*
 * The search_path that a mapping query was checked under, and that it always runs under.
 *
 * Kept as the list of schemas that were searched when the query was attached, without
 * pg_temp: a temporary table must not step into the place of the ERP's.
 */
#include "crm.h"

#include "catalog/namespace.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

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

/*
 * Search these schemas until LeaveSearchPath(), which takes the level returned. This is a
 * setting, which the SET clauses of functions that a mapping query calls win over.
 */
int
EnterSearchPath(const char *schemas)
{
	int			level = NewGUCNestLevel();
	char	   *path = psprintf("%s%spg_temp", schemas, schemas[0] ? ", " : "");

	(void) set_config_option("search_path", path, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	pfree(path);
	return level;
}

void
LeaveSearchPath(int level)
{
	AtEOXact_GUC(true, level);
}
