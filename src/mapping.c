/*
 * Mapping queries: checking them, and running them for the keys that were touched.
 *
 * A mapping is text. It is analyzed anew in every backend and whenever a table that it
 * stands on changes, under the search_path that it was attached with. A stored view
 * would pin the ERP's columns and make its own ALTER TABLE fail.
 *
 * What runs is the query wrapped into
 *
 *		SELECT q."document_key", CAST(q."amount" AS numeric(24,6)), NULL::date, ...
 *		FROM (<the query>) q WHERE q."document_key" = $1
 *
 * so that a result row always has the columns of the shape, in its order and types.
 */
#include "mapping.h"

#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "nodes/params.h"
#include "parser/analyze.h"
#include "parser/parse_coerce.h"
#include "parser/parse_type.h"
#include "parser/parser.h"
#include "parser/parsetree.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"
#include "utils/snapmgr.h"

/* Where in the query an error is, rather than where in the statement that called us */
static void
PointIntoMapping(void *query)
{
	int			position = geterrposition();

	if (position > 0)
	{
		errposition(0);
		internalerrposition(position);
		internalerrquery(query);
	}
}

/* The text of the one SELECT that the query is, without what surrounds it */
RawStmt *
ParseSelect(const char *query, const char *what, char **select_text)
{
	List	   *statements = raw_parser(query, RAW_PARSE_DEFAULT);
	RawStmt    *statement;

	if (list_length(statements) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("%s is not one statement", what),
				 errhint("Give a single SELECT.")));

	statement = linitial_node(RawStmt, statements);
	if (!IsA(statement->stmt, SelectStmt) || ((SelectStmt *) statement->stmt)->intoClause)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s is not a SELECT", what)));

	*select_text = statement->stmt_len > 0
		? pnstrdup(query + statement->stmt_location, statement->stmt_len)
		: pstrdup(query + statement->stmt_location);
	return statement;
}

static int
FindColumn(const MappingShape *shape, const char *name)
{
	for (int i = 0; i < shape->ncolumns; i++)
		if (strcmp(shape->columns[i].name, name) == 0)
			return i;
	return -1;
}

static char *
ColumnNames(const MappingShape *shape)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < shape->ncolumns; i++)
		appendStringInfo(&names, "%s%s", i > 0 ? ", " : "", shape->columns[i].name);
	return names.data;
}

/* The query's output column of that name, or NULL */
TargetEntry *
FindTarget(Query *query, const char *name)
{
	ListCell   *cell;

	foreach(cell, query->targetList)
	{
		TargetEntry *target = lfirst_node(TargetEntry, cell);

		if (!target->resjunk && strcmp(target->resname, name) == 0)
			return target;
	}
	return NULL;
}

static void
CheckNames(const MappingShape *shape, Query *query)
{
	ListCell   *cell;

	foreach(cell, query->targetList)
	{
		TargetEntry *target = lfirst_node(TargetEntry, cell);

		if (target->resjunk)
			continue;
		if (FindColumn(shape, target->resname) < 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("mapping query has an unknown column \"%s\"", target->resname),
					 errhint("A %s may have the columns %s.", shape->noun, ColumnNames(shape))));
		if (FindTarget(query, target->resname) != target)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("mapping query has column \"%s\" more than once", target->resname)));
	}

	for (int i = 0; i < shape->ncolumns; i++)
		if (shape->columns[i].required && FindTarget(query, shape->columns[i].name) == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("mapping query lacks the column \"%s\"", shape->columns[i].name),
					 errhint("Every %s has one.", shape->noun)));
}

/* Dates, booleans and the like become text all too easily: a text column wants texts, numbers or ids */
static bool
MakesText(Oid type)
{
	char		category;
	bool		preferred;

	get_type_category_preferred(type, &category, &preferred);
	return strchr((char[]) {TYPCATEGORY_STRING, TYPCATEGORY_NUMERIC, TYPCATEGORY_ENUM,
		TYPCATEGORY_USER, TYPCATEGORY_UNKNOWN, '\0'}, category) != NULL;
}

static bool
Suits(Oid given, Oid wanted, bool is_key)
{
	if (is_key)
		return given == wanted;
	if (wanted == TEXTOID && !MakesText(given))
		return false;
	return can_coerce_type(1, &given, &wanted, COERCION_ASSIGNMENT);
}

static void
CheckType(const Mapping *mapping, const MappingColumn *column, Oid given)
{
	Oid			wanted = mapping->key_type;
	int32		typmod;

	if (column->type)
		parseTypeString(column->type, &wanted, &typmod, false);
	if (!Suits(given, wanted, column->type == NULL))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of the mapping query has type %s", column->name, format_type_be(given)),
				 column->type ? errdetail("It is to be %s.", column->type)
				 : errdetail("Column \"%s\" of the attached table has type %s.",
							 get_attname(mapping->relid, mapping->key_attnum, false), format_type_be(wanted)),
				 errhint("Cast it in the query.")));
}

static void
CheckTypes(const Mapping *mapping)
{
	for (int i = 0; i < mapping->shape->ncolumns; i++)
	{
		const MappingColumn *column = &mapping->shape->columns[i];
		TargetEntry *target = FindTarget(mapping->analyzed, column->name);

		if (target)
			CheckType(mapping, column, exprType((Node *) target->expr));
	}
}

/* The column of a table that a column of the query is, without any doing; else NULL */
static Var *
PlainVar(const Mapping *mapping, const char *name)
{
	TargetEntry *target = FindTarget(mapping->analyzed, name);
	Node	   *expr = target ? (Node *) target->expr : NULL;

	while (expr && IsA(expr, RelabelType))
		expr = (Node *) ((RelabelType *) expr)->arg;
	return expr && IsA(expr, Var) && ((Var *) expr)->varlevelsup == 0 && ((Var *) expr)->varattno > 0
		? (Var *) expr : NULL;
}

/* The column of the attached table that a column of the query is; else 0. The key says which row is meant. */
AttrNumber
PlainColumn(const Mapping *mapping, const char *name)
{
	Var		   *key = PlainVar(mapping, mapping->shape->columns[0].name);
	Var		   *var = PlainVar(mapping, name);
	RangeTblEntry *rte;

	if (key == NULL || var == NULL || var->varno != key->varno)
		return 0;
	rte = rt_fetch(var->varno, mapping->analyzed->rtable);
	return rte->rtekind == RTE_RELATION && rte->relid == mapping->relid ? var->varattno : 0;
}

/* Keys of rows that the statement touched are looked up in this column */
static void
CheckKeyColumn(const Mapping *mapping)
{
	const char *column = mapping->shape->columns[0].name;
	AttrNumber	attnum = PlainColumn(mapping, column);

	if (attnum != 0 && attnum != mapping->key_attnum)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
				 errmsg("column \"%s\" of the mapping query is not the key \"%s\" of the attached table",
						column, get_attname(mapping->relid, mapping->key_attnum, false))));
}

static void
CheckReadOnly(Query *query)
{
	if (query->hasModifyingCTE || query->rowMarks != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("mapping query must not change or lock rows")));
}

/*
 * Check a query against a shape. Runs at attachment, where errors are the user's
 * answer, and when a backend first needs the mapping.
 */
Mapping *
AnalyzeMapping(const MappingShape *shape, const char *query, const char *search_path,
			   Oid relid, AttrNumber key_attnum)
{
	int			level;
	Mapping    *mapping = palloc0(sizeof(Mapping));
	RawStmt    *statement;
	ErrorContextCallback errors = {error_context_stack, PointIntoMapping, unconstify(char *, query)};

	mapping->shape = shape;
	mapping->search_path = pstrdup(search_path);
	mapping->relid = relid;
	mapping->key_attnum = key_attnum;
	mapping->key_type = get_atttype(relid, key_attnum);

	level = EnterSearchPath(mapping->search_path);
	error_context_stack = &errors;
	statement = ParseSelect(query, "mapping query", &mapping->query);
	mapping->analyzed = parse_analyze_fixedparams(statement, query, NULL, 0, NULL);
	error_context_stack = errors.previous;
	LeaveSearchPath(level);

	CheckReadOnly(mapping->analyzed);
	CheckNames(shape, mapping->analyzed);
	CheckTypes(mapping);
	CheckKeyColumn(mapping);
	return mapping;
}

static void
AppendKey(StringInfo sql, const Mapping *mapping, bool as_text)
{
	const char *name = mapping->shape->columns[0].name;

	if (!as_text)
		appendStringInfo(sql, "q.\"%s\"", name);
	else if (mapping->key_type == NUMERICOID)
		appendStringInfo(sql, "CAST(pg_catalog.trim_scale(q.\"%s\") AS text) AS \"%s\"", name, name);
	else
		appendStringInfo(sql, "CAST(q.\"%s\" AS text) AS \"%s\"", name, name);
}

/* The wrapped query; condition is what follows WHERE, or NULL */
static char *
WrappedSql(const Mapping *mapping, bool key_as_text, const char *condition)
{
	const MappingShape *shape = mapping->shape;
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	for (int i = 0; i < shape->ncolumns; i++)
	{
		const MappingColumn *column = &shape->columns[i];

		appendStringInfoString(&sql, i > 0 ? ", " : "");
		if (column->type == NULL)
			AppendKey(&sql, mapping, key_as_text);
		else if (FindTarget(mapping->analyzed, column->name))
			appendStringInfo(&sql, "CAST(q.\"%s\" AS %s) AS \"%s\"", column->name, column->type, column->name);
		else
			appendStringInfo(&sql, "CAST(NULL AS %s) AS \"%s\"", column->type, column->name);
	}
	/* The line break ends a comment that the query may end in */
	appendStringInfo(&sql, " FROM (%s\n) q", mapping->query);
	if (condition)
		appendStringInfo(&sql, " WHERE %s", condition);
	return sql.data;
}

char *
MappingSql(const Mapping *mapping, const char *condition)
{
	return WrappedSql(mapping, false, condition);
}

static char *
KeyCondition(const Mapping *mapping, const char *operand)
{
	return psprintf("q.\"%s\" OPERATOR(pg_catalog.=) %s", mapping->shape->columns[0].name, operand);
}

static SPIPlanPtr
Prepare(const char *sql, int nargs, Oid argtype)
{
	SPIPlanPtr	plan = SPI_prepare(sql, nargs, &argtype);

	if (plan == NULL)
		elog(ERROR, "could not prepare a mapping query: %s", SPI_result_code_string(SPI_result));
	return plan;
}

static SPIPlanPtr
PrepareKept(const char *sql, Oid argtype)
{
	SPIPlanPtr	plan = Prepare(sql, 1, argtype);

	SPI_keepplan(plan);
	return plan;
}

static Datum
ArrayOf(Oid type, Datum *values, int nvalues)
{
	int16		length;
	bool		byval;
	char		align;

	get_typlenbyvalalign(type, &length, &byval, &align);
	return PointerGetDatum(construct_array(values, nvalues, type, length, byval, align));
}

static Datum
KeyArray(const Mapping *mapping, Datum *keys, int nkeys)
{
	return ArrayOf(mapping->key_type, keys, nkeys);
}

/*
 * Run a query that makes keys of some values, given as the array $1; the rows are left
 * in SPI_tuptable. At attachment it is tried with no values.
 */
void
QueryKeys(const Mapping *mapping, const char *key_query, Oid type, Datum *values, int nvalues)
{
	int			level;
	Oid			array_type = get_array_type(type);
	Datum		array = ArrayOf(type, values, nvalues);

	level = EnterSearchPath(mapping->search_path);
	if (SPI_execute_with_args(key_query, 1, &array_type, &array, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "query for keys returned %s", SPI_result_code_string(SPI_result));
	LeaveSearchPath(level);

	if (SPI_tuptable->tupdesc->natts != 1 || TupleDescAttr(SPI_tuptable->tupdesc, 0)->atttypid != mapping->key_type)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("query for keys must return one column of type %s", format_type_be(mapping->key_type))));
}

/*
 * Run the query for some keys; the rows are left in SPI_tuptable. The caller has
 * connected to SPI, guards against failure and acts as the owner of the table. All
 * mapping queries run under the active snapshot: who brings the log up to date sets
 * it to the present.
 */
void
QueryMapping(Mapping *mapping, Datum *keys, int nkeys)
{
	int			level;
	SPIPlanPtr *plan = nkeys == 1 ? &mapping->one_key_plan : &mapping->many_keys_plan;
	Datum		parameter = nkeys == 1 ? keys[0] : KeyArray(mapping, keys, nkeys);
	int			result;

	level = EnterSearchPath(mapping->search_path);
	if (*plan == NULL)
		*plan = nkeys == 1
			? PrepareKept(MappingSql(mapping, KeyCondition(mapping, "$1")), mapping->key_type)
			: PrepareKept(MappingSql(mapping, KeyCondition(mapping, "ANY ($1)")), get_array_type(mapping->key_type));

	result = SPI_execute_plan(*plan, &parameter, NULL, true, 0);
	LeaveSearchPath(level);

	if (result != SPI_OK_SELECT)
		elog(ERROR, "mapping query returned %s", SPI_result_code_string(result));
}

/*
 * Lock the rows of the attached table that have these keys. Who changes a line of a
 * document touches a key without changing its row, so that two sessions could each look
 * at the document without the other's line; one of them has to wait before it looks.
 */
void
LockKeys(Mapping *mapping, Datum *keys, int nkeys)
{
	Datum		parameter = KeyArray(mapping, keys, nkeys);
	const char *key = quote_identifier(get_attname(mapping->relid, mapping->key_attnum, false));

	if (mapping->lock_plan == NULL)
		mapping->lock_plan = PrepareKept(psprintf("SELECT FROM %s WHERE %s OPERATOR(pg_catalog.=) ANY ($1) ORDER BY %s FOR NO KEY UPDATE",
												  QualifiedName(mapping->relid), key, key),
										 get_array_type(mapping->key_type));
	SPI_execute_snapshot(mapping->lock_plan, &parameter, NULL, GetLatestSnapshot(), InvalidSnapshot, false, true, 0);
}

/*
 * Send the rows for some keys, or (keys = NULL) all, to a receiver, with the key as
 * text. Returns what the rows look like.
 */
TupleDesc
StoreMapping(Mapping *mapping, Datum *keys, int nkeys, DestReceiver *receiver)
{
	int			level;
	SPIExecuteOptions options = {.dest = receiver,.read_only = true};
	char	   *sql = WrappedSql(mapping, true, keys ? KeyCondition(mapping, "ANY ($1)") : NULL);
	TupleDesc	tupdesc;
	SPIPlanPtr	plan;

	level = EnterSearchPath(mapping->search_path);
	plan = Prepare(sql, keys ? 1 : 0, get_array_type(mapping->key_type));
	tupdesc = CreateTupleDescCopy(((CachedPlanSource *) linitial(SPI_plan_get_plan_sources(plan)))->resultDesc);
	if (keys)
	{
		options.params = makeParamList(1);
		options.params->params[0].value = KeyArray(mapping, keys, nkeys);
		options.params->params[0].isnull = false;
		options.params->params[0].ptype = get_array_type(mapping->key_type);
		options.params->params[0].pflags = PARAM_FLAG_CONST;
	}
	SPI_execute_plan_extended(plan, &options);
	LeaveSearchPath(level);
	return tupdesc;
}

/* A key as the log keeps it; WrappedSql() says the same in SQL */
char *
KeyText(Oid type, Datum key)
{
	Oid			output;
	bool		varlena;
	char	   *text;

	/* Equal numbers may differ in their zeros after the point */
	if (type == NUMERICOID)
		key = DirectFunctionCall1(numeric_trim_scale, key);
	getTypeOutputInfo(type, &output, &varlena);
	text = OidOutputFunctionCall(output, key);

	/* char(n) compares without its padding */
	if (type == BPCHAROID)
		for (int i = strlen(text); i > 0 && text[i - 1] == ' '; i--)
			text[i - 1] = '\0';
	return text;
}

/* ... and back */
Datum
KeyDatum(Oid type, char *text)
{
	Oid			input;
	Oid			ioparam;

	getTypeInputInfo(type, &input, &ioparam);
	return OidInputFunctionCall(input, text, ioparam, -1);
}

void
FreeMappingPlans(Mapping *mapping)
{
	if (mapping->lock_plan)
		SPI_freeplan(mapping->lock_plan);
	if (mapping->one_key_plan)
		SPI_freeplan(mapping->one_key_plan);
	if (mapping->many_keys_plan)
		SPI_freeplan(mapping->many_keys_plan);
	mapping->one_key_plan = mapping->many_keys_plan = mapping->lock_plan = NULL;
}

bool
HasColumn(const Mapping *mapping, const char *name)
{
	return FindTarget(mapping->analyzed, name) != NULL;
}

/* The value of a text column that is a constant of the query's, else NULL */
char *
ConstantColumn(const Mapping *mapping, const char *name)
{
	TargetEntry *target = FindTarget(mapping->analyzed, name);
	Const	   *constant = target && IsA(target->expr, Const) ? (Const *) target->expr : NULL;

	return constant && constant->consttype == TEXTOID && !constant->constisnull
		? TextDatumGetCString(constant->constvalue) : NULL;
}
