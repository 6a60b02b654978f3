/*
 * Acting as the owner of a table.
 *
 * Triggers fire for users who have no rights on our tables, and mapping queries are
 * the business of whoever owns the ERP's table. Both run as the owner of the table
 * concerned. Mapping queries run with operations restricted besides, so that code of a
 * third party cannot outlive the switch; where the ERP's own table is written, its
 * triggers may do all that they do when somebody else writes it. An error restores the
 * user with the (sub)transaction.
 */
#include "crm.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/syscache.h"

Oid
OwnerOf(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relid)));
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

static SavedUser
SwitchUser(Oid userid, int sec_context)
{
	SavedUser	saved;

	GetUserIdAndSecContext(&saved.userid, &saved.sec_context);
	SetUserIdAndSecContext(userid, saved.sec_context | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_NOFORCE_RLS | sec_context);
	return saved;
}

SavedUser
BecomeUser(Oid userid)
{
	return SwitchUser(userid, 0);
}

SavedUser
BecomeRestrictedUser(Oid userid)
{
	return SwitchUser(userid, SECURITY_RESTRICTED_OPERATION);
}

void
RestoreUser(SavedUser saved)
{
	SetUserIdAndSecContext(saved.userid, saved.sec_context);
}

/* JIT: compiling our statements takes seconds where running them takes milliseconds */
CrmScope
EnterCrm(void)
{
	CrmScope	scope;

	SPI_connect();
	scope.user = BecomeUser(OwnerOf(CrmTable("source")));
	scope.settings = EnterSearchPath("");
	set_config_option("jit", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	return scope;
}

void
LeaveCrm(CrmScope scope)
{
	LeaveSearchPath(scope.settings);
	RestoreUser(scope.user);
	SPI_finish();
}
