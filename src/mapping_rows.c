/*
 * Rows of a mapping query as a table that SQL can join.
 *
 * The mapping query runs with the rights of the ERP's table owner, what is done with
 * its rows with those of the owner of our tables, so the answer of the one is handed to
 * the other as a tuplestore under the name "document" or "card".
 */
#include "mapping_rows.h"

#include "catalog/pg_type.h"
#include "executor/tstoreReceiver.h"
#include "miscadmin.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

/* Run the mapping query, for some keys or all, into a tuplestore */
static Tuplestorestate *
StoreRows(Source *source, Datum *keys, int nkeys, TupleDesc *tupdesc)
{
	Tuplestorestate *store = tuplestore_begin_heap(false, false, work_mem);
	DestReceiver *receiver = CreateDestReceiver(DestTuplestore);
	SavedUser	saved = BecomeRestrictedUser(source->owner);

	SetTuplestoreDestReceiverParams(receiver, store, CurrentMemoryContext, false, NULL, NULL);
	*tupdesc = StoreMapping(source->mapping, keys, nkeys, receiver);
	RestoreUser(saved);
	return store;
}

/*
 * Make the rows of the source, for some keys or (keys = NULL) all, a table of the SPI
 * connection. Its key is text; its other columns are those of the shape.
 */
OfferedRows
OfferRows(Source *source, Datum *keys, int nkeys)
{
	OfferedRows rows = palloc0(sizeof(EphemeralNamedRelationData));
	int			result;

	rows->md.name = pstrdup(source->mapping->shape->noun);
	rows->md.enrtype = ENR_NAMED_TUPLESTORE;
	rows->reldata = StoreRows(source, keys, nkeys, &rows->md.tupdesc);
	rows->md.enrtuples = tuplestore_tuple_count(rows->reldata);

	result = SPI_register_relation(rows);
	if (result != SPI_OK_REL_REGISTER)
		elog(ERROR, "could not register mapped rows: %s", SPI_result_code_string(result));
	return rows;
}

void
WithdrawRows(OfferedRows rows)
{
	SPI_unregister_relation(rows->md.name);
	tuplestore_end(rows->reldata);
}

/* Keys of live entries whose document the query does not return, in the caller's memory */
List *
StrayKeys(Source *source)
{
	const char *sql =
		"SELECT i.document_key FROM crm_data.interaction AS i WHERE i.source_id = $1 AND i.posted"
		" AND NOT EXISTS (SELECT FROM document AS d WHERE d.document_key = i.document_key)";
	MemoryContext caller = CurrentMemoryContext;
	CrmScope	scope = EnterCrm();
	Datum		id = Int32GetDatum(source->source_id);
	List	   *keys = NIL;
	OfferedRows rows;

	PushPresent();
	rows = OfferRows(source, NULL, 0);
	SPI_execute_with_args(sql, 1, (Oid[]) {INT4OID}, &id, NULL, true, 0);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		char	   *key = ResultText(i, 1);
		MemoryContext spi = MemoryContextSwitchTo(caller);

		keys = lappend(keys, pstrdup(key));
		MemoryContextSwitchTo(spi);
	}
	PopActiveSnapshot();
	WithdrawRows(rows);
	LeaveCrm(scope);
	return keys;
}
