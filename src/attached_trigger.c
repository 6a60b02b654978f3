/*
 * The triggers on the ERP's tables. They follow from what is attached: a table has the
 * row trigger while any source of timing 'statement' looks at it, and so on.
 *
 * Names begin with zz_ so that the ERP's own triggers come first.
 */
#include "attached_trigger.h"

#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

static void
RunCommand(const char *sql)
{
	if (SPI_execute(sql, false, 0) != SPI_OK_UTILITY)
		elog(ERROR, "could not run \"%s\"", sql);
}

/* Have the trigger or not */
static void
SetTrigger(Oid relid, const char *name, bool wanted, const char *constraint, const char *event,
		   const char *level, const char *argument)
{
	bool		exists = OidIsValid(get_trigger_oid(relid, name, true));

	if (wanted && !exists)
		RunCommand(psprintf("CREATE %s TRIGGER %s AFTER %s ON %s %s %s EXECUTE FUNCTION crm_data.log_posting('%s')",
							constraint, name, event, QualifiedName(relid),
							constraint[0] ? "DEFERRABLE INITIALLY DEFERRED" : "", level, argument));
	else if (!wanted && exists)
		RunCommand(psprintf("DROP TRIGGER %s ON %s", name, QualifiedName(relid)));
}

/* TRUNCATE of one partition fires nothing on the partitioned table, so every partition has the trigger */
static void
SetTruncateTriggers(Oid relid, bool wanted)
{
	List	   *tables = find_all_inheritors(relid, ShareRowExclusiveLock, NULL);
	ListCell   *cell;

	foreach(cell, tables)
		if (lfirst_oid(cell) == relid || get_rel_relispartition(lfirst_oid(cell)))
			SetTrigger(lfirst_oid(cell), "zz_crm_truncate", wanted, "", "TRUNCATE", "FOR EACH STATEMENT", "truncate");
}

/* Is there a source of this timing that looks at the table? */
static bool
IsWatched(Oid relid, const char *timing)
{
	static Statement select_watch = {
		.sql = "SELECT FROM crm_data.source AS s WHERE s.attached AND s.timing = $2 AND (s.on_table = $1"
		" OR EXISTS (SELECT FROM crm_data.source_dependent AS d WHERE d.source_id = s.source_id AND d.on_table = $1))",
		.nargs = 2,.argtypes = {REGCLASSOID, TEXTOID}
	};
	Datum		values[2] = {ObjectIdGetDatum(relid), CStringGetTextDatum(timing)};

	return RunStatement(&select_watch, values, NULL) > 0;
}

/* Give the table the triggers that what is attached calls for. In the scope of crm. */
void
SetTriggers(Oid relid)
{
	bool		by_statement = IsWatched(relid, "statement");
	bool		at_commit = IsWatched(relid, "commit");
	bool		partitioned = get_rel_relkind(relid) == RELKIND_PARTITIONED_TABLE;

	SetTrigger(relid, "zz_crm_row", by_statement, "", "INSERT OR UPDATE OR DELETE", "FOR EACH ROW",
			   partitioned ? "row" : "statement");
	SetTrigger(relid, "zz_crm_statement", by_statement && !partitioned, "", "INSERT OR UPDATE OR DELETE",
			   "FOR EACH STATEMENT", "statement");
	SetTrigger(relid, "zz_crm_commit", at_commit, "CONSTRAINT", "INSERT OR UPDATE OR DELETE", "FOR EACH ROW", "commit");
	SetTruncateTriggers(relid, by_statement || at_commit);

	/* Backends that know the table already read anew what is attached to it */
	CacheInvalidateRelcacheByRelid(relid);
}
