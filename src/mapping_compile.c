/*
 * The fast path: a mapping that is a plain projection and filter of the attached table
 * is evaluated on the trigger's own tuple, without SPI, planning or query text.
 *
 * Such an expression does nothing but compute: only built-in functions, no subqueries,
 * nothing volatile. That is why its errors may be caught without a
 * subtransaction: there is nothing to roll back.
 */
#include "mapping.h"
#include "guard.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_type.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"

static bool
IsForeignFunction(Oid function, void *context)
{
	/* The functions of type xml that are stable may run queries */
	return function >= FirstNormalObjectId || get_func_rettype(function) == XMLOID;
}

/* True for what cannot be computed from the tuple alone */
static bool
NotPlainWalker(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
		return ((Var *) node)->varattno <= 0 || ((Var *) node)->varlevelsup > 0;
	if (IsA(node, SubLink) || IsA(node, Param) || IsA(node, CoerceToDomain) ||
		IsA(node, SQLValueFunction) || IsA(node, NextValueExpr) || IsA(node, XmlExpr))
		return true;
	if (check_functions_in_node(node, IsForeignFunction, NULL))
		return true;
	return expression_tree_walker(node, NotPlainWalker, context);
}

static bool
IsPlainExpression(Node *node)
{
	return !NotPlainWalker(node, NULL) && !contain_volatile_functions(node);
}

/* SELECT … FROM the attached table WHERE …, and nothing else */
static bool
IsPlainQuery(const Mapping *mapping)
{
	Query	   *query = mapping->analyzed;
	RangeTblEntry *rte;

	if (list_length(query->rtable) != 1 || list_length(query->jointree->fromlist) != 1 ||
		!IsA(linitial(query->jointree->fromlist), RangeTblRef))
		return false;

	rte = linitial_node(RangeTblEntry, query->rtable);
	return rte->rtekind == RTE_RELATION && rte->relid == mapping->relid && rte->inh &&
		rte->tablesample == NULL &&
		!query->hasAggs && !query->hasWindowFuncs && !query->hasTargetSRFs && !query->hasSubLinks &&
		!query->hasDistinctOn && query->cteList == NIL && query->setOperations == NULL &&
		query->groupClause == NIL && query->groupingSets == NIL && query->havingQual == NULL &&
		query->distinctClause == NIL && query->limitCount == NULL && query->limitOffset == NULL &&
		IsPlainExpression((Node *) query->targetList) && IsPlainExpression(query->jointree->quals);
}

/* An output column in the type of the shape, as CAST would make it; NULL if that cannot be compiled */
static Expr *
CoercedColumn(const Mapping *mapping, const MappingColumn *column)
{
	TargetEntry *target = FindTarget(mapping->analyzed, column->name);
	Oid			type;
	int32		typmod;
	Node	   *coerced;

	if (column->type == NULL)
		return copyObject(target->expr);

	parseTypeString(column->type, &type, &typmod, false);
	if (target == NULL)
		return (Expr *) makeNullConst(type, typmod, get_typcollation(type));

	coerced = coerce_to_target_type(NULL, copyObject((Node *) target->expr), exprType((Node *) target->expr),
									type, typmod, COERCION_EXPLICIT, COERCE_EXPLICIT_CAST, -1);
	return coerced && IsPlainExpression(coerced) ? (Expr *) coerced : NULL;
}

static List *
CoercedTargetList(const Mapping *mapping)
{
	List	   *targets = NIL;

	for (int i = 0; i < mapping->shape->ncolumns; i++)
	{
		const MappingColumn *column = &mapping->shape->columns[i];
		Expr	   *expr = CoercedColumn(mapping, column);

		if (expr == NULL)
			return NIL;
		targets = lappend(targets, makeTargetEntry(expression_planner(expr), i + 1, pstrdup(column->name), false));
	}
	return targets;
}

/* Give the mapping its compiled form if it can have one. Its memory context is current. */
void
CompileMapping(Mapping *mapping)
{
	List	   *targets;
	Relation	relation;
	TupleTableSlot *result;
	Expr	   *quals;

	/* The trigger knows the key by its column, so the query must return that very column */
	if (!IsPlainQuery(mapping) || PlainColumn(mapping, mapping->shape->columns[0].name) == 0)
		return;
	targets = CoercedTargetList(mapping);
	if (targets == NIL)
		return;

	quals = expression_planner((Expr *) copyObject(mapping->analyzed->jointree->quals));
	mapping->filter = ExecInitQual(make_ands_implicit(quals), NULL);

	mapping->econtext = CreateStandaloneExprContext();
	result = MakeSingleTupleTableSlot(ExecTypeFromTL(targets), &TTSOpsVirtual);
	relation = RelationIdGetRelation(mapping->relid);
	mapping->projection = ExecBuildProjectionInfo(targets, mapping->econtext, result, NULL, RelationGetDescr(relation));
	RelationClose(relation);
}

/*
 * Does the row belong to the query's answer? If so, and answer is wanted, *answer is a
 * copy of the answer's row. What went wrong is returned as *error.
 */
bool
EvaluateMapping(Mapping *mapping, TupleTableSlot *row, HeapTuple *answer, ErrorData **error)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile bool qualifies = false;

	*error = NULL;
	ResetExprContext(mapping->econtext);
	mapping->econtext->ecxt_scantuple = row;

	PG_TRY();
	{
		qualifies = ExecQual(mapping->filter, mapping->econtext);
		if (qualifies && answer)
			*answer = ExecCopySlotHeapTuple(ExecProject(mapping->projection));
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		*error = CopyErrorData();
		if (MustRethrow((*error)->sqlerrcode))
			PG_RE_THROW();
		FlushErrorState();
		qualifies = false;
	}
	PG_END_TRY();

	return qualifies;
}
