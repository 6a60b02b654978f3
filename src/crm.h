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

/* work_date.c */
extern Datum WorkDate(void);
extern Datum Today(void);

/* trigger.c */
extern struct TriggerData *CheckTrigger(FunctionCallInfo fcinfo, const char *function);
extern struct TriggerData *CheckRowTrigger(FunctionCallInfo fcinfo, const char *function);
extern HeapTuple NewTuple(struct TriggerData *trigger);
extern HeapTuple StampedTuple(struct TriggerData *trigger);
extern Datum ColumnOf(Relation relation, HeapTuple tuple, const char *name, bool *isnull);
extern HeapTuple WithColumn(Relation relation, HeapTuple tuple, const char *name, Datum value);
extern char *ColumnText(Relation relation, HeapTuple tuple, const char *name);

/* A row while its trigger works on it; former is NULL on INSERT */
typedef struct TriggerRow
{
	Relation	relation;
	HeapTuple	former;
	HeapTuple	tuple;
} TriggerRow;

extern TriggerRow ReadTriggerRow(struct TriggerData *trigger);
extern char *RowText(const TriggerRow *row, const char *column);
extern char *FormerRowText(const TriggerRow *row, const char *column);
extern bool RowChanged(const TriggerRow *row, const char *column);
extern void SetRowValue(TriggerRow *row, const char *column, Datum value, bool isnull);
extern void SetRowText(TriggerRow *row, const char *column, const char *value);

/* contact_assignment.c */
extern void TouchContact(Datum contact_id);

/* rating_rule.c */
extern void LockRatings(void);

/* owner.c: acting as somebody else, whoever fired the trigger */
typedef struct SavedUser
{
	Oid			userid;
	int			sec_context;
} SavedUser;

/* Connected to SPI, as the owner of our tables, with nothing but pg_catalog in the search_path, without JIT */
typedef struct CrmScope
{
	SavedUser	user;
	int			settings;		/* level of what was set */
} CrmScope;

extern Oid	OwnerOf(Oid relid);
extern SavedUser BecomeUser(Oid userid);
extern SavedUser BecomeRestrictedUser(Oid userid);
extern void RestoreUser(SavedUser saved);
extern CrmScope EnterCrm(void);
extern void LeaveCrm(CrmScope scope);

/* statement.c: SQL statements that are planned once per backend */
#define STATEMENT_MAX_ARGS 32

typedef struct Statement
{
	const char *sql;
	int			nargs;
	Oid			argtypes[STATEMENT_MAX_ARGS];
	bool		generic;		/* of one plan whatever the arguments */
	SPIPlanPtr	plan;
} Statement;

extern int	RunStatement(Statement *statement, Datum *values, const bool *isnull);
extern int	WriteAtPresent(Statement *statement, Datum *values, const bool *isnull);
extern int	RunAsSeen(Statement *statement, Datum *values, const bool *isnull);
extern int	RunAtPresent(Statement *statement, Datum *values, const bool *isnull);
extern void PushPresent(void);

typedef void (*RowConsumer) (struct TupleTableSlot *slot, void *argument);
extern void StreamStatement(Statement *statement, Datum *values, RowConsumer consume, void *argument);

extern Datum ResultValue(uint64 row, int column, bool *isnull);
extern char *ResultText(uint64 row, int column);
extern bool ResultTrue(uint64 row, int column);

/* number_series.c: numbers such as CT000123 */
extern char *UnusedNumber(const char *kind, Statement *find_used);
extern void CheckManualNumber(const char *kind, const char *number);

/* lookup.c: contacts by what a user types */
extern int64 FindCompany(const char *search);

/* search_path.c */
extern char *CurrentSearchPath(void);
extern int	EnterSearchPath(const char *schemas);
extern void LeaveSearchPath(int level);

/* trigger.c */
extern Datum NormalizeCode(Datum code, Oid collation, bool *isnull);

/* table.c: our own tables, found by name once and again when the extension is re-created */
extern Oid	CrmTable(const char *name);
extern char *QualifiedName(Oid relid);

#endif
