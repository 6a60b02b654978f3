/*
 * Declarations that several files share. A file's own header says the rest.
 */
#ifndef CRM_H
#define CRM_H

#include "postgres.h"

#include "fmgr.h"
#include "executor/spi.h"
#include "utils/builtins.h"

#include "compat.h"

/* guc.c */
extern void DefineSettings(void);

/* trigger.c */
extern struct TriggerData *CheckRowTrigger(FunctionCallInfo fcinfo, const char *function);
extern char *ColumnText(HeapTuple tuple, TupleDesc tupdesc, const char *column);

/* owner.c: acting as the owner of a table, whoever fired the trigger */
typedef struct SavedUser
{
	Oid			userid;
	int			sec_context;
} SavedUser;

extern SavedUser BecomeOwnerOf(Oid relid);
extern void RestoreUser(SavedUser saved);

/* statement.c: SQL statements that are planned once per backend */
#define STATEMENT_MAX_ARGS 32

typedef struct Statement
{
	const char *sql;
	int			nargs;
	Oid			argtypes[STATEMENT_MAX_ARGS];
	SPIPlanPtr	plan;
} Statement;

extern int	RunStatement(Statement *statement, Datum *values, const bool *isnull);
extern Datum ResultValue(uint64 row, int column, bool *isnull);
extern char *ResultText(uint64 row, int column);
extern bool ResultTrue(uint64 row, int column);

/* table.c: our own tables, found by name once and again when the extension is re-created */
extern Oid	CrmTable(const char *name);

#endif
