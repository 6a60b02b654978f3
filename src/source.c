/*
 * The backend's memory of what is attached.
 *
 * Two hash tables in one memory context: sources by id, and tables by OID with the
 * sources that their rows touch. Relation-cache invalidation of any table in there -
 * DDL of the ERP's, attach and detach, ANALYZE - marks the whole as stale; the next
 * look-up starts a new context. A stale context may still be in use further up the
 * stack, so it is only retired, and freed when the transaction ends. Entries are
 * filled before they are marked valid: an error midway leaves a harmless entry.
 */
#include "source.h"
#include "guard.h"

#include "access/xact.h"
#include "catalog/partition.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

typedef struct SourceEntry
{
	int32		source_id;		/* hash key */
	bool		valid;
	Source	   *source;
} SourceEntry;

typedef struct SourceCache
{
	MemoryContext context;
	HTAB	   *sources;
	HTAB	   *tables;
} SourceCache;

static SourceCache *cache;
static List *retired;			/* SourceCache, in TopMemoryContext */
static bool stale;
static bool broken_seen;		/* a mapping did not work when it was loaded */
static bool callbacks_registered;

/*
 * Life of the cache
 */

static void
InvalidateCache(Datum arg, Oid relid)
{
	if (cache == NULL || stale)
		return;
	if (relid == InvalidOid || hash_search(cache->tables, &relid, HASH_FIND, NULL))
		stale = true;
}

static void
FreeCache(SourceCache *old)
{
	HASH_SEQ_STATUS status;
	SourceEntry *entry;

	hash_seq_init(&status, old->sources);
	while ((entry = hash_seq_search(&status)) != NULL)
		if (entry->valid && entry->source->mapping)
			FreeMappingPlans(entry->source->mapping);
	MemoryContextDelete(old->context);
}

/*
 * What is broken may be mended by DDL that sends us no invalidation. So it is looked at
 * again, but not for every row: by the next statement, or when somebody asks for it.
 */
void
RetryBroken(void)
{
	if (broken_seen)
		stale = true;
	broken_seen = false;
}

static void
FreeRetired(XactEvent event, void *arg)
{
	RetryBroken();
	ListCell   *cell;

	if (retired == NIL || (event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT && event != XACT_EVENT_PREPARE))
		return;
	foreach(cell, retired)
		FreeCache(lfirst(cell));
	list_free(retired);
	retired = NIL;
}

static void
RetireCache(void)
{
	MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);

	retired = lappend(retired, cache);
	MemoryContextSwitchTo(caller);
	cache = NULL;
}

static HTAB *
CreateTable(MemoryContext context, const char *name, Size keysize, Size entrysize)
{
	HASHCTL		control = {.keysize = keysize, .entrysize = entrysize, .hcxt = context};

	return hash_create(name, 32, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

static void
EnsureCache(void)
{
	MemoryContext context;

	if (!callbacks_registered)
	{
		CacheRegisterRelcacheCallback(InvalidateCache, (Datum) 0);
		RegisterXactCallback(FreeRetired, NULL);
		callbacks_registered = true;
	}
	if (cache && stale)
		RetireCache();
	if (cache)
		return;

	context = AllocSetContextCreate(CacheMemoryContext, "crm sources", ALLOCSET_DEFAULT_SIZES);
	cache = MemoryContextAllocZero(context, sizeof(SourceCache));
	cache->context = context;
	cache->sources = CreateTable(context, "crm sources by id", sizeof(int32), sizeof(SourceEntry));
	cache->tables = CreateTable(context, "crm attached tables", sizeof(Oid), sizeof(AttachedTable));
	stale = false;
}

/*
 * Reading sources
 */

const MappingShape *
ShapeOf(SourceKind kind)
{
	return kind == DOCUMENT_SOURCE ? &document_shape : &partner_shape;
}

/* A column by name; error if the table has none of that name */
AttrNumber
KeyAttnum(Oid relid, const char *column)
{
	AttrNumber	attnum = get_attnum(relid, column);

	if (attnum <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" does not exist", column, get_rel_name(relid))));
	return attnum;
}

typedef struct SourceRow
{
	Source	   *source;
	char	   *query;
	char	   *search_path;
	char	   *table_name;
	char	   *key_column;
} SourceRow;

/* Read the row of crm_data.source; false if there is none */
static bool
ReadSourceRow(int32 source_id, SourceRow *row)
{
	static Statement select_source = {
		.sql = "SELECT source_name, source_kind, on_table, query, search_path, key_column, relation,"
		" coalesce(partner_source_id, 0), on_unpost = 'reverse', without_partner = 'skip', write_back, legal_entity, timing = 'commit', table_name"
		" FROM crm_data.source WHERE source_id = $1",
		.nargs = 1,.argtypes = {INT4OID}
	};
	Datum		id = Int32GetDatum(source_id);
	Source	   *source = row->source;
	bool		isnull;

	if (RunAtPresent(&select_source, &id, NULL) == 0)
		return false;

	source->source_id = source_id;
	source->name = MemoryContextStrdup(cache->context, ResultText(0, 1));
	source->kind = strcmp(ResultText(0, 2), "document") == 0 ? DOCUMENT_SOURCE : PARTNER_SOURCE;
	source->relid = DatumGetObjectId(ResultValue(0, 3, &isnull));
	row->query = ResultText(0, 4);
	row->search_path = ResultText(0, 5);
	row->key_column = ResultText(0, 6);
	source->relation = ResultText(0, 7) ? MemoryContextStrdup(cache->context, ResultText(0, 7)) : NULL;
	source->partner_source_id = DatumGetInt32(ResultValue(0, 8, &isnull));
	source->reverse = DatumGetBool(ResultValue(0, 9, &isnull));
	source->skip_without_partner = DatumGetBool(ResultValue(0, 10, &isnull));
	source->write_back = DatumGetBool(ResultValue(0, 11, &isnull));
	source->legal_entity = MemoryContextStrdup(cache->context, ResultText(0, 12));
	source->at_commit = DatumGetBool(ResultValue(0, 13, &isnull));
	row->table_name = ResultText(0, 14);
	return true;
}

/* Have invalidations of the table make the cache stale */
static AttachedTable *
WatchTable(Oid relid)
{
	bool		found;
	AttachedTable *table = hash_search(cache->tables, &relid, HASH_ENTER, &found);

	if (!found)
		table->valid = false;
	return table;
}

/* Guarded, in the cache's memory: the ERP may have dropped what the query needs */
static void
LoadMapping(void *argument)
{
	SourceRow  *row = argument;
	Mapping    *mapping;
	ListCell   *cell;

	if (get_rel_name(row->source->relid) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table \"%s\" does not exist", row->table_name)));
	row->source->owner = OwnerOf(row->source->relid);
	mapping = AnalyzeMapping(ShapeOf(row->source->kind), row->query, row->search_path,
							 row->source->relid, KeyAttnum(row->source->relid, row->key_column));
	foreach(cell, RelationsRead(mapping))
		WatchTable(lfirst_oid(cell));
	if (row->source->kind == DOCUMENT_SOURCE)
		CompileMapping(mapping);
	row->source->mapping = mapping;
}

static Source *
LoadSource(int32 source_id)
{
	SourceRow	row = {.source = MemoryContextAllocZero(cache->context, sizeof(Source))};
	MemoryContext caller;

	if (!ReadSourceRow(source_id, &row))
		return NULL;

	WatchTable(row.source->relid);
	caller = MemoryContextSwitchTo(cache->context);

	if (!RunGuarded(LoadMapping, &row, &row.source->broken))
		broken_seen = true;
	MemoryContextSwitchTo(caller);
	return row.source;
}

/* Inside SPI */
static Source *
FindSourceInCache(int32 source_id)
{
	bool		found;
	SourceEntry *entry = hash_search(cache->sources, &source_id, HASH_ENTER, &found);

	if (!found)
		entry->valid = false;
	if (!entry->valid)
	{
		entry->source = LoadSource(source_id);
		entry->valid = entry->source != NULL;
	}
	return entry->valid ? entry->source : NULL;
}

Source *
FindSource(int32 source_id)
{
	CrmScope	scope = EnterCrm();
	Source	   *source;

	RetryBroken();
	EnsureCache();
	source = FindSourceInCache(source_id);
	LeaveCrm(scope);
	if (source == NULL)
		elog(ERROR, "crm source %d does not exist", source_id);
	return source;
}

/* Error if the query does not work any more */
void
CheckMapping(const Source *source)
{
	if (source->mapping == NULL)
		ereport(ERROR,
				(errcode(source->broken->sqlerrcode),
				 errmsg("mapping query of \"%s\" does not work: %s", source->name, source->broken->message),
				 errhint("Detach it and attach it with a query that does.")));
}

/* Error if there is none of that name */
int32
SourceIdByName(const char *name)
{
	List	   *ids = SourceIds(NULL, name);

	if (ids == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("nothing is attached under the name \"%s\"", name),
				 errhint("View crm.source lists what is attached.")));
	return linitial_int(ids);
}

/* Ids of the sources of a kind, of a name, or of any (NULL), in order */
List *
SourceIds(const char *kind, const char *name)
{
	static Statement select_ids = {
		.sql = "SELECT source_id FROM crm_data.source"
		" WHERE attached AND source_kind = coalesce($1, source_kind) AND source_name = coalesce($2, source_name) ORDER BY source_id",
		.nargs = 2,.argtypes = {TEXTOID, TEXTOID}
	};
	Datum		values[2] = {0};
	bool		isnull[2] = {kind == NULL, name == NULL};
	MemoryContext caller = CurrentMemoryContext;
	CrmScope	scope;
	List	   *ids = NIL;

	if (kind)
		values[0] = CStringGetTextDatum(kind);
	if (name)
		values[1] = CStringGetTextDatum(name);

	scope = EnterCrm();
	RunStatement(&select_ids, values, isnull);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		null;
		int32		id = DatumGetInt32(ResultValue(i, 1, &null));
		MemoryContext spi = MemoryContextSwitchTo(caller);

		ids = lappend_int(ids, id);
		MemoryContextSwitchTo(spi);
	}
	LeaveCrm(scope);
	return ids;
}

/* The tables of a source that still exist */
List *
TablesOf(int32 source_id)
{
	static Statement select_tables = {
		.sql = "SELECT on_table FROM crm_data.source WHERE source_id = $1"
		" UNION SELECT on_table FROM crm_data.source_dependent WHERE source_id = $1",
		.nargs = 1,.argtypes = {INT4OID}
	};
	Datum		id = Int32GetDatum(source_id);
	List	   *tables = NIL;
	bool		isnull;

	RunStatement(&select_tables, &id, NULL);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		Oid			relid = DatumGetObjectId(ResultValue(i, 1, &isnull));

		if (get_rel_name(relid))
			tables = lappend_oid(tables, relid);
	}
	return tables;
}

/* Keep everybody else from writing the tables of a source until the transaction ends */
void
LockTables(int32 source_id)
{
	CrmScope	scope = EnterCrm();
	ListCell   *cell;

	foreach(cell, TablesOf(source_id))
	{
		LockRelationOid(lfirst_oid(cell), ShareRowExclusiveLock);
		find_all_inheritors(lfirst_oid(cell), ShareRowExclusiveLock, NULL);
	}
	LeaveCrm(scope);
}

/*
 * Tables
 */

typedef struct ColumnSearch
{
	Attachment *attachment;
	Oid			relid;
} ColumnSearch;

/* Guarded, for a table of the query may have been dropped since the query was analyzed */
static void
SearchColumns(void *argument)
{
	ColumnSearch *search = argument;
	Attachment *attachment = search->attachment;
	bool		all;
	Bitmapset  *columns = ColumnsRead(attachment->source->mapping, search->relid, &all);

	attachment->columns = bms_add_member(columns, attachment->key_attnum);
	attachment->all_columns = all;
}

static void
SetColumns(Attachment *attachment, Oid relid)
{
	ColumnSearch search = {.attachment = attachment,.relid = relid};
	ErrorData  *error;

	attachment->all_columns = true;
	if (attachment->source->mapping && !RunGuarded(SearchColumns, &search, &error))
		broken_seen = true;
}

static Attachment *
MakeAttachment(Oid relid, Source *source, bool own, const char *key_column, const char *key_query)
{
	Attachment *attachment = palloc0(sizeof(Attachment));

	attachment->source = source;
	attachment->own = own;
	attachment->key_attnum = get_attnum(relid, key_column);
	attachment->key_query = key_query ? pstrdup(key_query) : NULL;
	if (attachment->key_attnum > 0)
	{
		attachment->key_type = get_atttype(relid, attachment->key_attnum);
		SetColumns(attachment, relid);
	}
	return attachment;
}

/* The sources that rows of relid touch, as attached table and as line table */
static List *
LoadAttachments(Oid relid)
{
	static Statement select_attachments = {
		.sql = "SELECT source_id, true, key_column, NULL FROM crm_data.source WHERE on_table = $1 AND attached"
		" UNION ALL SELECT d.source_id, false, d.key_column, d.key_query FROM crm_data.source_dependent AS d"
		" JOIN crm_data.source AS s USING (source_id) WHERE d.on_table = $1 AND s.attached ORDER BY 1",
		.nargs = 1,.argtypes = {REGCLASSOID}
	};
	Datum		table = ObjectIdGetDatum(relid);
	SPITupleTable *rows;
	uint64		nrows;
	List	   *attachments = NIL;

	RunAtPresent(&select_attachments, &table, NULL);
	rows = SPI_tuptable;
	nrows = SPI_processed;

	for (uint64 i = 0; i < nrows; i++)
	{
		bool		isnull;
		Source	   *source = FindSourceInCache(DatumGetInt32(SPI_getbinval(rows->vals[i], rows->tupdesc, 1, &isnull)));
		bool		own = DatumGetBool(SPI_getbinval(rows->vals[i], rows->tupdesc, 2, &isnull));
		char	   *key_column = SPI_getvalue(rows->vals[i], rows->tupdesc, 3);
		char	   *key_query = SPI_getvalue(rows->vals[i], rows->tupdesc, 4);
		MemoryContext spi = MemoryContextSwitchTo(cache->context);

		attachments = lappend(attachments, MakeAttachment(relid, source, own, key_column, key_query));
		MemoryContextSwitchTo(spi);
	}
	return attachments;
}

/* A partition may hold its columns in another order than the table that is attached */
static void
MapPartition(AttachedTable *table, Relation partition, Oid root)
{
	MemoryContext caller = MemoryContextSwitchTo(cache->context);
	Relation	attached = RelationIdGetRelation(root);

	table->partition_map = MapColumns(RelationGetDescr(partition), RelationGetDescr(attached));
	if (table->partition_map)
	{
		TupleDesc	tupdesc = CreateTupleDescCopy(RelationGetDescr(attached));

		table->old_slot = MakeSingleTupleTableSlot(tupdesc, &TTSOpsVirtual);
		table->new_slot = MakeSingleTupleTableSlot(tupdesc, &TTSOpsVirtual);
	}
	RelationClose(attached);
	MemoryContextSwitchTo(caller);
}

/* What is attached to the table itself or, for a partition, to the nearest of its ancestors */
static void
LoadTable(AttachedTable *table, Relation relation)
{
	CrmScope	scope = EnterCrm();
	List	   *ancestors = relation->rd_rel->relispartition ? get_partition_ancestors(RelationGetRelid(relation)) : NIL;
	ListCell   *cell;

	table->partition_map = NULL;
	table->attachments = LoadAttachments(RelationGetRelid(relation));
	foreach(cell, ancestors)
	{
		if (table->attachments != NIL)
			break;
		table->attachments = LoadAttachments(lfirst_oid(cell));
		MapPartition(table, relation, lfirst_oid(cell));
	}
	LeaveCrm(scope);
}

AttachedTable *
FindAttachedTable(Relation relation)
{
	AttachedTable *table;

	EnsureCache();
	table = WatchTable(RelationGetRelid(relation));
	if (!table->valid)
	{
		LoadTable(table, relation);
		table->valid = true;
	}
	return table;
}
