/*
 * Lists of ids.
 */
#ifndef CRM_ID_LIST_H
#define CRM_ID_LIST_H

#include "crm.h"

#include "executor/tuptable.h"

typedef struct IdList
{
	int64	   *ids;
	int			n;
	int			capacity;
} IdList;

/* An id in a row that was taken apart; 0 for a null */
static inline int64
SlotId(TupleTableSlot *slot, int column)
{
	return slot->tts_isnull[column] ? 0 : DatumGetInt64(slot->tts_values[column]);
}

extern void AddId(IdList *list, int64 id);
extern void AddIdsOf(TupleTableSlot *slot, void *list);
extern void AddIdArray(IdList *list, Datum ids);
extern void SortIds(IdList *list);
extern Datum IdArray(const IdList *list);

#endif
