/*
 * Lists of ids.
 */
#ifndef CRM_ID_LIST_H
#define CRM_ID_LIST_H

#include "crm.h"

typedef struct IdList
{
	int64	   *ids;
	int			n;
	int			capacity;
} IdList;

extern void AddId(IdList *list, int64 id);
extern void AddIdsOf(struct TupleTableSlot *slot, void *list);
extern void AddIdArray(IdList *list, Datum ids);
extern void SortIds(IdList *list);
extern Datum IdArray(const IdList *list);

#endif
