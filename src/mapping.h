/*
 * A mapping: the query that says which rows of the ERP are documents or cards.
 */
#ifndef CRM_MAPPING_H
#define CRM_MAPPING_H

#include "crm.h"

#include "nodes/parsenodes.h"
#include "tcop/dest.h"

/* One column of the contract between a mapping query and crm; the key comes first */
typedef struct MappingColumn
{
	const char *name;
	const char *type;			/* as SQL writes it; NULL: that of the key column */
	bool		required;
} MappingColumn;

typedef struct MappingShape
{
	const char *noun;			/* what a row is, for messages */
	const MappingColumn *columns;
	int			ncolumns;
} MappingShape;

typedef struct Mapping
{
	const MappingShape *shape;
	char	   *query;			/* one SELECT, without a semicolon */
	char	   *search_path;	/* that the query was checked under */
	Oid			relid;			/* the attached table */
	AttrNumber	key_attnum;
	Oid			key_type;
	Query	   *analyzed;

	/* The compiled form of a plain projection and filter, or NULLs */
	ExprContext *econtext;
	ExprState  *filter;
	ProjectionInfo *projection;

	/* The planned forms */
	SPIPlanPtr	one_key_plan;
	SPIPlanPtr	many_keys_plan;
	SPIPlanPtr	lock_plan;
} Mapping;

/* mapping.c */
extern Mapping *AnalyzeMapping(const MappingShape *shape, const char *query, const char *search_path,
							   Oid relid, AttrNumber key_attnum);
extern RawStmt *ParseSelect(const char *query, const char *what, char **select_text);
extern char *MappingSql(const Mapping *mapping, const char *condition);
extern void QueryMapping(Mapping *mapping, Datum *keys, int nkeys);
extern void LockKeys(Mapping *mapping, Datum *keys, int nkeys);
extern void QueryKeys(const Mapping *mapping, const char *key_query, Oid type, Datum *values, int nvalues);
extern TupleDesc StoreMapping(Mapping *mapping, Datum *keys, int nkeys, DestReceiver *receiver);
extern char *KeyText(Oid type, Datum key);
extern Datum KeyDatum(Oid type, char *text);
extern TargetEntry *FindTarget(Query *query, const char *name);
extern AttrNumber PlainColumn(const Mapping *mapping, const char *name);
extern bool HasColumn(const Mapping *mapping, const char *name);
extern char *ConstantColumn(const Mapping *mapping, const char *name);
extern void FreeMappingPlans(Mapping *mapping);

/* mapping_columns.c */
extern List *RelationsRead(const Mapping *mapping);
extern Bitmapset *ColumnsRead(const Mapping *mapping, Oid relid, bool *all);

/* mapping_compile.c */
extern void CompileMapping(Mapping *mapping);
extern bool EvaluateMapping(Mapping *mapping, TupleTableSlot *row, HeapTuple *answer, ErrorData **error);

#endif
