/*
 * Differences between PostgreSQL versions, each behind a wrapper that has the
 * newest meaning. No other file of the project asks for PG_VERSION_NUM.
 */
#ifndef CRM_COMPAT_H
#define CRM_COMPAT_H

#include "access/attmap.h"
#include "access/tableam.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "executor/executor.h"
#include "nodes/parsenodes.h"
#include "storage/proc.h"
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/rel.h"
#if PG_VERSION_NUM >= 160000
#include "parser/parse_relation.h"
#endif

#if PG_VERSION_NUM < 150000
#error crm needs PostgreSQL 15 or newer
#endif

/* 16 moved the columns that a query reads from the range table entry to its permission info */
static inline Bitmapset *
SelectedColumns(Query *query, RangeTblEntry *rte)
{
#if PG_VERSION_NUM >= 160000
	return rte->perminfoindex == 0 ? NULL : getRTEPermissionInfo(query->rteperminfos, rte)->selectedCols;
#else
	return rte->selectedCols;
#endif
}

/* 16 added whether only summarizing indexes need an entry */
static inline List *
InsertIndexEntries(ResultRelInfo *relinfo, TupleTableSlot *slot, EState *estate,
				   bool update, bool no_error, bool *conflict, List *arbiters)
{
#if PG_VERSION_NUM >= 160000
	return ExecInsertIndexTuples(relinfo, slot, estate, update, no_error, conflict, arbiters, false);
#else
	return ExecInsertIndexTuples(relinfo, slot, estate, update, no_error, conflict, arbiters);
#endif
}

/* 16 has one function for the owners of all kinds of objects */
static inline bool
OwnsTable(Oid relid, Oid userid)
{
#if PG_VERSION_NUM >= 160000
	return object_ownercheck(RelationRelationId, relid, userid);
#else
	return pg_class_ownercheck(relid, userid);
#endif
}

/* 16 lets columns be missing */
static inline AttrMap *
MapColumns(TupleDesc from, TupleDesc to)
{
#if PG_VERSION_NUM >= 160000
	return build_attrmap_by_name_if_req(from, to, false);
#else
	return build_attrmap_by_name_if_req(from, to);
#endif
}

/* 17 keeps the parts of a virtual transaction id together */
static inline LocalTransactionId
CurrentLocalTransaction(void)
{
#if PG_VERSION_NUM >= 170000
	return MyProc->vxid.lxid;
#else
	return MyProc->lxid;
#endif
}

/* 16 calls the file of a relation its number */
static inline Oid
StorageOf(Relation relation)
{
#if PG_VERSION_NUM >= 160000
	return relation->rd_locator.relNumber;
#else
	return relation->rd_node.relNode;
#endif
}

/* 16 tells which indexes an update concerns; before, whether it concerns any */
#if PG_VERSION_NUM >= 160000
#define UPDATES_NO_INDEX TU_None
#else
#define UPDATES_NO_INDEX false
typedef bool TU_UpdateIndexes;
#endif

#endif
