/*
 * Lists of ids. 0 stands for nobody and is left out.
 */
#include "id_list.h"

#include "catalog/pg_type.h"
#include "utils/array.h"

void
AddId(IdList *list, int64 id)
{
	if (id == 0)
		return;
	if (list->n == list->capacity)
	{
		list->capacity = list->capacity * 2 + 16;
		list->ids = list->ids ? repalloc_huge(list->ids, list->capacity * sizeof(int64)) : palloc(list->capacity * sizeof(int64));
	}
	list->ids[list->n++] = id;
}

static int
CompareInt64(const void *a, const void *b)
{
	int64		left = *(const int64 *) a;
	int64		right = *(const int64 *) b;

	return (left > right) - (left < right);
}

/* Each one once */
void
SortIds(IdList *list)
{
	int			n = 0;

	qsort(list->ids, list->n, sizeof(int64), CompareInt64);
	for (int i = 0; i < list->n; i++)
		if (n == 0 || list->ids[n - 1] != list->ids[i])
			list->ids[n++] = list->ids[i];
	list->n = n;
}

Datum
IdArray(const IdList *list)
{
	Datum	   *values = palloc(Max(list->n, 1) * sizeof(Datum));

	for (int i = 0; i < list->n; i++)
		values[i] = Int64GetDatum(list->ids[i]);
	return PointerGetDatum(construct_array(values, list->n, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* All columns of a row */
void
AddIdsOf(TupleTableSlot *slot, void *list)
{
	slot_getallattrs(slot);
	for (int i = 0; i < slot->tts_nvalid; i++)
		AddId(list, SlotId(slot, i));
}

void
AddIdArray(IdList *list, Datum contact_ids)
{
	Datum	   *values;
	int			n;

	deconstruct_array(DatumGetArrayTypeP(contact_ids), INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &values, NULL, &n);
	for (int i = 0; i < n; i++)
		AddId(list, DatumGetInt64(values[i]));
}
