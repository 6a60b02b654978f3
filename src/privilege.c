/*
 * Privileges. Roles belong to the cluster, so the extension makes none; a profile
 * names what a role of the site's may do. The matrix is crm_data.profile_privilege().
 */
#include "crm.h"

#include "catalog/pg_type.h"
#include "utils/acl.h"

PG_FUNCTION_INFO_V1(crm_grant_role);
PG_FUNCTION_INFO_V1(crm_revoke_public);

/* GRANT <privileges> ON <object> TO <role>; ... for each row of the matrix and each object it names */
#define GRANTS_STATEMENT \
	"SELECT string_agg(format('GRANT %s ON %s TO %I', m.privileges, o.object, $1), '; ')" \
	" FROM crm_data.profile_privilege() AS m JOIN (" \
	"  SELECT 'schema' AS kind, nspname::text AS name, format('SCHEMA %I', nspname) AS object" \
	"  FROM pg_namespace WHERE nspname IN ('crm', 'crm_data')" \
	"  UNION ALL SELECT CASE WHEN relname IN ('source', 'source_dependent') THEN 'attachment' ELSE 'table' END," \
	"   relname, format('TABLE %s', c.oid::regclass)" \
	"  FROM pg_class AS c WHERE relnamespace IN ('crm'::regnamespace, 'crm_data'::regnamespace) AND relkind IN ('r', 'v')" \
	"  UNION ALL SELECT 'function', proname, format('ROUTINE %s', p.oid::regprocedure)" \
	"  FROM pg_proc AS p WHERE pronamespace IN ('crm'::regnamespace, 'crm_data'::regnamespace)" \
	"  AND prorettype <> 'trigger'::regtype" \
	" ) AS o ON o.kind = m.object_kind AND (o.name = m.object_name OR m.object_name = '*')" \
	" WHERE m.profile = $2"

/* Functions that this script has created: whatever has initial privileges was treated before */
#define REVOKES_STATEMENT \
	"SELECT string_agg(format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', p.oid::regprocedure), '; ')" \
	" FROM pg_proc AS p WHERE pronamespace IN ('crm'::regnamespace, 'crm_data'::regnamespace)" \
	" AND NOT EXISTS (SELECT FROM pg_init_privs AS i WHERE i.objoid = p.oid AND i.classoid = 'pg_proc'::regclass)"

/* Commands that a statement has put together; false when there are none */
static bool
RunCommands(const char *commands)
{
	if (commands == NULL)
		return false;
	if (SPI_execute(commands, false, 0) < 0)
		elog(ERROR, "could not execute \"%s\": %s", commands, SPI_result_code_string(SPI_result));
	return true;
}

/* Others could only grant what they may pass on, and would be warned where this fails */
static void
CheckOwner(void)
{
	static Statement find = {.sql = "SELECT FROM pg_namespace WHERE nspname = 'crm' AND pg_has_role(nspowner, 'USAGE')"};

	if (RunStatement(&find, NULL, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of extension crm to grant its profiles")));
}

/*
 * crm.grant_role(role_name, profile)
 */
Datum
crm_grant_role(PG_FUNCTION_ARGS)
{
	static Statement grants = {.sql = GRANTS_STATEMENT, .nargs = 2, .argtypes = {TEXTOID, TEXTOID}};
	Datum		values[] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)};

	/* A missing role is said before commands that mention it fail one by one */
	get_role_oid(text_to_cstring(PG_GETARG_TEXT_PP(0)), false);

	SPI_connect();
	CheckOwner();
	RunStatement(&grants, values, NULL);
	if (!RunCommands(ResultText(0, 1)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown profile \"%s\"", text_to_cstring(PG_GETARG_TEXT_PP(1))),
				 errhint("The profiles are reader, user and admin.")));
	SPI_finish();

	PG_RETURN_VOID();
}

/*
 * crm_data.revoke_public(), the last step of the scripts that install and update: a
 * new function is executable by nobody but through a profile. Repeating a REVOKE
 * would make the administrator's own grants count as ours, and dumps would lose them.
 */
Datum
crm_revoke_public(PG_FUNCTION_ARGS)
{
	static Statement revokes = {.sql = REVOKES_STATEMENT};

	SPI_connect();
	RunStatement(&revokes, NULL, NULL);
	RunCommands(ResultText(0, 1));
	SPI_finish();

	PG_RETURN_VOID();
}
