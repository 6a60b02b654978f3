/*
 * Attaching tables of the ERP: crm.attach_document(), crm.attach_partner(), crm.detach().
 *
 * Whoever owns the ERP's table attaches it, and the mapping query then runs with the
 * owner's rights. All checks are made before anything is changed. The triggers name no
 * column of the table, because the ERP's own ALTER TABLE must go on working.
 *
 * These functions have no search_path of their own: the query is understood as the
 * caller understands it.
 */
#include "attached_trigger.h"
#include "source.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/catalog.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(crm_attach_document);
PG_FUNCTION_INFO_V1(crm_attach_partner);
PG_FUNCTION_INFO_V1(crm_detach);

/* What is to be attached */
typedef struct Attaching
{
	Oid			caller;
	char	   *name;
	const char *kind;
	Oid			relid;
	char	   *key;
	char	   *query;
	char	   *search_path;
	char	   *relation;
	int32		partner_source_id;	/* 0: none */
	char	   *timing;
	char	   *on_unpost;
	char	   *without_partner;
	bool		write_back;
	char	   *legal_entity;
	List	   *dependents;		/* Dependent */
} Attaching;

/* A line table whose rows touch the documents */
typedef struct Dependent
{
	Oid			relid;
	char	   *key;			/* column that holds the key, or ... */
	char	   *key_query;		/* ... what this query makes keys of */
} Dependent;

/*
 * Checking
 */

static char *
RequiredText(FunctionCallInfo fcinfo, int arg, const char *name)
{
	if (PG_ARGISNULL(arg))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", name)));
	return text_to_cstring(PG_GETARG_TEXT_PP(arg));
}

static char *
Choice(FunctionCallInfo fcinfo, int arg, const char *name, const char *choices[], int nchoices)
{
	char	   *value = RequiredText(fcinfo, arg, name);
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < nchoices; i++)
	{
		if (strcmp(value, choices[i]) == 0)
			return value;
		appendStringInfo(&list, "%s\"%s\"", i > 0 ? ", " : "", choices[i]);
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("argument \"%s\" cannot be \"%s\"", name, value),
			 errhint("It is one of %s.", list.data)));
}

static void
CheckKind(Relation relation)
{
	char		relkind = relation->rd_rel->relkind;

	if (relkind != RELKIND_RELATION && relkind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a table", RelationGetRelationName(relation)),
				 errhint("Attach the table that is written when a document is posted.")));
	if (relation->rd_rel->relpersistence == RELPERSISTENCE_TEMP)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is a temporary table", RelationGetRelationName(relation))));
	if (IsCatalogRelation(relation))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("\"%s\" is a system catalog", RelationGetRelationName(relation))));
	if (RelationGetNamespace(relation) == get_namespace_oid("crm_data", false))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is a table of crm itself", RelationGetRelationName(relation))));
	if (relation->rd_rel->relkind == RELKIND_RELATION && find_inheritance_children(RelationGetRelid(relation), AccessShareLock) != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("\"%s\" has inheritance children", RelationGetRelationName(relation)),
				 errdetail("Rows that are written to them fire no trigger of the parent.")));
	if (relation->rd_rel->relispartition)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is a partition", RelationGetRelationName(relation)),
				 errhint("Attach the partitioned table.")));
}

static void
CheckOwner(Oid relid)
{
	if (!OwnsTable(relid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, get_rel_name(relid));
}

/* Does a unique index say that no two rows have the same key? */
static bool
IsUniqueBy(Relation relation, Oid index_oid, AttrNumber key)
{
	Relation	index = index_open(index_oid, AccessShareLock);
	Form_pg_index form = index->rd_index;
	bool		unique = form->indisunique && form->indimmediate && form->indisvalid &&
		RelationGetIndexPredicate(index) == NIL && form->indkey.values[0] == key;

	/* A partitioned table's indexes must also hold the partition key */
	if (form->indnkeyatts > 1 && relation->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
		unique = false;
	index_close(index, AccessShareLock);
	return unique;
}

/* The log keeps keys as text, so a key must have one text whatever the session's settings are */
static bool
HasOneText(Oid type)
{
	char		category;
	bool		preferred;

	type = getBaseType(type);
	if (type == FLOAT4OID || type == FLOAT8OID || type == BYTEAOID)
		return false;
	get_type_category_preferred(type, &category, &preferred);
	return category == TYPCATEGORY_NUMERIC || category == TYPCATEGORY_STRING ||
		category == TYPCATEGORY_ENUM || category == TYPCATEGORY_USER || category == TYPCATEGORY_NETWORK;
}

static void
CheckKey(Relation relation, const char *key_column)
{
	AttrNumber	key = KeyAttnum(RelationGetRelid(relation), key_column);
	Oid			type = get_atttype(RelationGetRelid(relation), key);
	ListCell   *cell;

	if (!HasOneText(type))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of type %s cannot be a key", key_column, format_type_be(type)),
				 errhint("A key is a number without floating point, a text, an enum, or an id such as uuid.")));

	foreach(cell, RelationGetIndexList(relation))
		if (IsUniqueBy(relation, lfirst_oid(cell), key))
			return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
			 errmsg("column \"%s\" of table \"%s\" is not unique", key_column, RelationGetRelationName(relation)),
			 errdetail("No unique index is on this column alone."),
			 errhint("The key of a mapping is the table's primary key or a unique column.")));
}

static void
CheckTable(Oid relid, const char *key_column)
{
	Relation	relation = table_open(relid, AccessShareLock);

	CheckKind(relation);
	CheckOwner(relid);
	CheckKey(relation, key_column);
	table_close(relation, AccessShareLock);
}

static void
CheckDependent(const Dependent *dependent, const Attaching *attaching)
{
	Relation	relation = table_open(dependent->relid, AccessShareLock);
	Oid			key_type = get_atttype(attaching->relid, KeyAttnum(attaching->relid, attaching->key));
	Oid			type = get_atttype(dependent->relid, KeyAttnum(dependent->relid, dependent->key));

	CheckKind(relation);
	CheckOwner(dependent->relid);
	if (type != key_type && dependent->key_query == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of table \"%s\" has type %s", dependent->key,
						RelationGetRelationName(relation), format_type_be(type)),
				 errdetail("The key of table \"%s\" has type %s.",
						   get_rel_name(attaching->relid), format_type_be(key_type))));
	table_close(relation, AccessShareLock);
}

static void
CheckDocumentType(const Mapping *mapping)
{
	static Statement select_purpose = {
		.sql = "SELECT FROM crm_data.interaction_purpose WHERE purpose = $1 AND side <> 'none'",
		.nargs = 1,.argtypes = {TEXTOID}
	};
	char	   *type = ConstantColumn(mapping, "document_type");
	Datum		purpose;
	CrmScope	scope;
	bool		known;

	if (type == NULL)
		return;
	scope = EnterCrm();
	purpose = CStringGetTextDatum(type);
	known = RunStatement(&select_purpose, &purpose, NULL) > 0;
	LeaveCrm(scope);
	if (!known)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("document type \"%s\" is not known", type),
				 errhint("View crm.document_type lists the types.")));
}

/* The owner must be able to run the queries */
static void
TryQueries(const Mapping *mapping, const Attaching *attaching)
{
	int			level;
	SavedUser	saved = BecomeRestrictedUser(OwnerOf(mapping->relid));
	ListCell   *cell;

	SPI_connect();
	level = EnterSearchPath(mapping->search_path);
	SPI_execute(MappingSql(mapping, "false"), true, 0);
	LeaveSearchPath(level);

	foreach(cell, attaching->dependents)
	{
		Dependent  *dependent = lfirst(cell);

		if (dependent->key_query)
			QueryKeys(mapping, dependent->key_query,
					  get_atttype(dependent->relid, KeyAttnum(dependent->relid, dependent->key)), NULL, 0);
	}
	SPI_finish();
	RestoreUser(saved);
}

static Mapping *
CheckQuery(Attaching *attaching, SourceKind kind)
{
	Mapping    *mapping;

	attaching->search_path = CurrentSearchPath();
	mapping = AnalyzeMapping(ShapeOf(kind), attaching->query, attaching->search_path,
							 attaching->relid, KeyAttnum(attaching->relid, attaching->key));
	TryQueries(mapping, attaching);
	return mapping;
}

/*
 * Partners of documents
 */

/* The partner source by name, or the only one there is; 0 if the query names no partners */
static int32
PartnerSourceId(const char *partner, const Mapping *mapping)
{
	List	   *ids = SourceIds("partner", partner);

	if (partner == NULL && !HasColumn(mapping, "partner_key") && !HasColumn(mapping, "contact_key"))
		return 0;
	if (list_length(ids) == 1)
		return linitial_int(ids);
	if (partner)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("no partners are attached under the name \"%s\"", partner),
				 errhint("Call crm.attach_partner() first.")));
	if (ids == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("no partners are attached that the documents could name"),
				 errhint("Call crm.attach_partner() first.")));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("several kinds of partners are attached"),
			 errhint("Say which one the documents name with the argument \"partner\".")));
}

static void
RefuseDependents(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("argument \"also\" must map names of tables to columns"),
			 errhint("For example {\"invoice_line\": \"invoice_id\"}, or {\"stock_move\": {\"column\": \"id\", \"keys\": \"SELECT ... = ANY ($1)\"}}.")));
}

static char *
JsonbString(const JsonbValue *value)
{
	if (value == NULL || value->type != jbvString)
		RefuseDependents();
	return pnstrdup(value->val.string.val, value->val.string.len);
}

/* {"column": ..., "keys": ...} */
static void
ParseKeyQuery(const JsonbValue *value, Dependent *dependent)
{
	JsonbContainer *object = value->val.binary.data;
	JsonbValue	member;
	char	   *key_query;

	if (!JsonContainerIsObject(object) || JsonContainerSize(object) != 2)
		RefuseDependents();
	dependent->key = JsonbString(getKeyJsonValueFromContainer(object, "column", strlen("column"), &member));
	key_query = JsonbString(getKeyJsonValueFromContainer(object, "keys", strlen("keys"), &member));
	ParseSelect(key_query, "query for keys", &dependent->key_query);
}

/* The line tables of also => '{"table": "column", ...}' */
static List *
ParseDependents(Jsonb *also)
{
	JsonbIterator *iterator = JsonbIteratorInit(&also->root);
	JsonbIteratorToken token;
	JsonbValue	value;
	List	   *dependents = NIL;
	Dependent  *dependent = NULL;

	if (!JB_ROOT_IS_OBJECT(also))
		RefuseDependents();
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
		{
			dependent = palloc0(sizeof(Dependent));
			dependent->relid = DatumGetObjectId(DirectFunctionCall1(regclassin, CStringGetDatum(JsonbString(&value))));
			dependents = lappend(dependents, dependent);
		}
		else if (token == WJB_VALUE && value.type == jbvBinary)
			ParseKeyQuery(&value, dependent);
		else if (token == WJB_VALUE)
			dependent->key = JsonbString(&value);
	}
	return dependents;
}

/*
 * Storing
 */

/* The name is of something attached, or was of something of another kind, which the log refers to */
static void
RefuseName(const char *name)
{
	if (SourceIds(NULL, name) != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("\"%s\" is attached already", name),
				 errhint("Call crm.detach() first.")));
	ereport(ERROR,
			(errcode(ERRCODE_DUPLICATE_OBJECT),
			 errmsg("\"%s\" was an attachment of another kind", name),
			 errhint("Choose another name.")));
}

/* Insert the source, or go on with a detached one of the same name and kind */
static int32
StoreSource(const Attaching *attaching)
{
	static Statement upsert_source = {
		.sql = "INSERT INTO crm_data.source AS s (source_name, source_kind, on_table, table_name, key_column, query,"
		" search_path, relation, partner_source_id, timing, on_unpost, without_partner, write_back, legal_entity)"
		" VALUES ($1, $2, $3, $3::regclass::text, $4, $5, $6, $7, nullif($8, 0), $9, $10, $11, $12, $13)"
		" ON CONFLICT (source_name) DO UPDATE SET on_table = EXCLUDED.on_table, table_name = EXCLUDED.table_name,"
		" key_column = EXCLUDED.key_column, query = EXCLUDED.query, search_path = EXCLUDED.search_path,"
		" relation = EXCLUDED.relation, partner_source_id = EXCLUDED.partner_source_id, timing = EXCLUDED.timing,"
		" on_unpost = EXCLUDED.on_unpost, without_partner = EXCLUDED.without_partner,"
		" write_back = EXCLUDED.write_back, legal_entity = EXCLUDED.legal_entity, attached = true,"
		" attached_at = now(), attached_by = session_user"
		" WHERE NOT s.attached AND s.source_kind = EXCLUDED.source_kind"
		/* Nobody goes on with what another owner had attached */
		" AND NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = s.on_table AND NOT pg_has_role($14, c.relowner, 'USAGE'))"
		" RETURNING source_id",
		.nargs = 14,
		.argtypes = {TEXTOID, TEXTOID, REGCLASSOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, INT4OID,
		TEXTOID, TEXTOID, TEXTOID, BOOLOID, TEXTOID, OIDOID}
	};
	Datum		values[14] = {
		CStringGetTextDatum(attaching->name), CStringGetTextDatum(attaching->kind),
		ObjectIdGetDatum(attaching->relid), CStringGetTextDatum(attaching->key),
		CStringGetTextDatum(attaching->query), CStringGetTextDatum(attaching->search_path),
		attaching->relation ? CStringGetTextDatum(attaching->relation) : (Datum) 0,
		Int32GetDatum(attaching->partner_source_id), CStringGetTextDatum(attaching->timing),
		CStringGetTextDatum(attaching->on_unpost), CStringGetTextDatum(attaching->without_partner),
		BoolGetDatum(attaching->write_back), CStringGetTextDatum(attaching->legal_entity),
		ObjectIdGetDatum(attaching->caller)
	};
	bool		nulls[14] = {[6] = attaching->relation == NULL};
	bool		isnull;

	if (RunStatement(&upsert_source, values, nulls) == 0)
		RefuseName(attaching->name);
	return DatumGetInt32(ResultValue(0, 1, &isnull));
}

static void
StoreDependents(int32 source_id, List *dependents)
{
	static Statement delete_dependents = {
		.sql = "DELETE FROM crm_data.source_dependent WHERE source_id = $1",
		.nargs = 1,.argtypes = {INT4OID}
	};
	static Statement insert_dependent = {
		.sql = "INSERT INTO crm_data.source_dependent VALUES ($1, $2, $2::regclass::text, $3, $4)",
		.nargs = 4,.argtypes = {INT4OID, REGCLASSOID, TEXTOID, TEXTOID}
	};
	Datum		values[4] = {Int32GetDatum(source_id)};
	bool		isnull[4] = {false};
	ListCell   *cell;

	RunStatement(&delete_dependents, values, NULL);
	foreach(cell, dependents)
	{
		Dependent  *dependent = lfirst(cell);

		values[1] = ObjectIdGetDatum(dependent->relid);
		values[2] = CStringGetTextDatum(dependent->key);
		isnull[3] = dependent->key_query == NULL;
		if (dependent->key_query)
			values[3] = CStringGetTextDatum(dependent->key_query);
		RunStatement(&insert_dependent, values, isnull);
	}
}

static int32
Attach(const Attaching *attaching)
{
	CrmScope	scope = EnterCrm();
	int32		source_id = StoreSource(attaching);
	ListCell   *cell;

	StoreDependents(source_id, attaching->dependents);
	SetTriggers(attaching->relid);
	foreach(cell, attaching->dependents)
		SetTriggers(((Dependent *) lfirst(cell))->relid);

	LeaveCrm(scope);
	return source_id;
}

/* The arguments that documents and partners have in common, in the same places */
static void
ReadArguments(FunctionCallInfo fcinfo, Attaching *attaching, int query_arg, int legal_entity_arg)
{
	attaching->caller = GetUserId();
	attaching->name = RequiredText(fcinfo, 0, "name");
	if (PG_ARGISNULL(1))
		RequiredText(fcinfo, 1, "on_table");
	attaching->relid = PG_GETARG_OID(1);
	attaching->key = RequiredText(fcinfo, 2, "key");
	attaching->query = RequiredText(fcinfo, query_arg, "query");
	attaching->legal_entity = RequiredText(fcinfo, legal_entity_arg, "legal_entity");
}

/* The table itself, and those that touch its keys */
static void
CheckTables(FunctionCallInfo fcinfo, Attaching *attaching, int also_arg)
{
	ListCell   *cell;

	CheckTable(attaching->relid, attaching->key);
	if (!PG_ARGISNULL(also_arg))
		attaching->dependents = ParseDependents(PG_GETARG_JSONB_P(also_arg));
	foreach(cell, attaching->dependents)
		CheckDependent(lfirst(cell), attaching);
}

/* crm.attach_document(name, on_table, key, query, partner, timing, also, on_unpost, without_partner, legal_entity) */
Datum
crm_attach_document(PG_FUNCTION_ARGS)
{
	Attaching	attaching = {.kind = "document"};
	Mapping    *mapping;

	ReadArguments(fcinfo, &attaching, 3, 9);
	attaching.timing = Choice(fcinfo, 5, "timing", (const char *[]) {"statement", "commit"}, 2);
	attaching.on_unpost = Choice(fcinfo, 7, "on_unpost", (const char *[]) {"void", "reverse"}, 2);
	attaching.without_partner = Choice(fcinfo, 8, "without_partner", (const char *[]) {"log", "skip"}, 2);

	CheckTables(fcinfo, &attaching, 6);
	mapping = CheckQuery(&attaching, DOCUMENT_SOURCE);
	CheckDocumentType(mapping);
	attaching.partner_source_id =
		PartnerSourceId(PG_ARGISNULL(4) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(4)), mapping);

	PG_RETURN_INT32(Attach(&attaching));
}

/* crm.attach_partner(name, on_table, key, relation, query, write_back, legal_entity, also) */
Datum
crm_attach_partner(PG_FUNCTION_ARGS)
{
	static const char *relations[] = {"customer", "vendor", "bank account", "employee"};
	Attaching	attaching = {.kind = "partner",.timing = "statement",.on_unpost = "void",.without_partner = "log"};

	ReadArguments(fcinfo, &attaching, 4, 6);
	attaching.relation = Choice(fcinfo, 3, "relation", relations, lengthof(relations));
	attaching.write_back = !PG_ARGISNULL(5) && PG_GETARG_BOOL(5);

	CheckTables(fcinfo, &attaching, 7);
	CheckQuery(&attaching, PARTNER_SOURCE);

	PG_RETURN_INT32(Attach(&attaching));
}

/*
 * Detaching
 */

static void
CheckUnused(int32 source_id)
{
	static Statement select_user = {
		.sql = "SELECT source_name FROM crm_data.source WHERE partner_source_id = $1 AND attached ORDER BY source_name",
		.nargs = 1,.argtypes = {INT4OID}
	};
	Datum		id = Int32GetDatum(source_id);

	if (RunStatement(&select_user, &id, NULL) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("documents still name these partners"),
				 errdetail("\"%s\" does.", ResultText(0, 1)),
				 errhint("Detach the documents first.")));
}

/* crm.detach(name): the log stays, its documents are not followed any more */
Datum
crm_detach(PG_FUNCTION_ARGS)
{
	static Statement update_source = {
		.sql = "UPDATE crm_data.source SET attached = false WHERE source_id = $1",
		.nargs = 1,.argtypes = {INT4OID}
	};
	int32		source_id = SourceIdByName(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	Datum		id = Int32GetDatum(source_id);
	Oid			caller = GetUserId();
	CrmScope	scope = EnterCrm();
	List	   *tables = TablesOf(source_id);
	ListCell   *cell;

	foreach(cell, tables)
		if (!OwnsTable(lfirst_oid(cell), caller))
			aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, get_rel_name(lfirst_oid(cell)));

	CheckUnused(source_id);
	RunStatement(&update_source, &id, NULL);
	foreach(cell, tables)
		SetTriggers(lfirst_oid(cell));
	LeaveCrm(scope);
	PG_RETURN_VOID();
}
