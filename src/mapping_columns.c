/*
 * Which columns of a table a mapping query reads.
 *
 * An ERP updates a document several times while posting it and long afterwards. A row
 * in which no column changed that the query reads cannot change the query's answer,
 * and is left after a few comparisons.
 */
#include "mapping.h"

#include "access/sysattr.h"
#include "access/transam.h"
#include "nodes/nodeFuncs.h"
#include "rewrite/rewriteHandler.h"

typedef struct ReadContext
{
	Oid			relid;
	Query	   *query;			/* whose range table is being walked */
	Bitmapset  *columns;
	bool		all;
	List	   *relids;			/* every table and view that is read */
} ReadContext;

/* A function that is not built in may read the table behind our back */
static bool
IsOpaqueFunction(Oid function, void *context)
{
	return function >= FirstNormalObjectId;
}

static void
AddColumns(ReadContext *context, RangeTblEntry *rte)
{
	Bitmapset  *selected = SelectedColumns(context->query, rte);
	int			member = -1;

	while ((member = bms_next_member(selected, member)) >= 0)
	{
		AttrNumber	attnum = member + FirstLowInvalidHeapAttributeNumber;

		if (attnum <= 0)
			context->all = true;	/* the whole row, or a system column */
		else
			context->columns = bms_add_member(context->columns, attnum);
	}
}

static bool
ReadWalker(Node *node, ReadContext *context)
{
	if (node == NULL)
		return false;

	if (IsA(node, RangeTblEntry))
	{
		RangeTblEntry *rte = (RangeTblEntry *) node;

		if (rte->rtekind == RTE_RELATION)
			context->relids = list_append_unique_oid(context->relids, rte->relid);
		if (rte->rtekind == RTE_RELATION && rte->relid == context->relid)
			AddColumns(context, rte);
		return false;			/* range_table_walker goes on into subqueries */
	}

	if (IsA(node, Query))
	{
		Query	   *outer = context->query;

		context->query = (Query *) node;
		query_tree_walker((Query *) node, ReadWalker, context, QTW_EXAMINE_RTES_BEFORE);
		context->query = outer;
		return false;
	}

	if (check_functions_in_node(node, IsOpaqueFunction, NULL))
		context->all = true;

	return expression_tree_walker(node, ReadWalker, context);
}

/* Rewriting opens the views that the query may stand on */
static ReadContext
ReadQuery(const Mapping *mapping, Oid relid)
{
	Query	   *query = copyObject(mapping->analyzed);
	ReadContext context = {.relid = relid};

	AcquireRewriteLocks(query, true, false);
	ReadWalker((Node *) linitial_node(Query, QueryRewrite(query)), &context);
	ReadWalker((Node *) mapping->analyzed, &context);
	return context;
}

/* The tables and views that the query reads */
List *
RelationsRead(const Mapping *mapping)
{
	return ReadQuery(mapping, InvalidOid).relids;
}

/* The columns of relid that the query reads; *all if they cannot be told */
Bitmapset *
ColumnsRead(const Mapping *mapping, Oid relid, bool *all)
{
	ReadContext context = ReadQuery(mapping, relid);

	/* A table that the query does not name may be read by ways that we cannot see */
	*all = context.all || context.columns == NULL;
	return context.columns;
}
