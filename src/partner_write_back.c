/*
 * Contact to card: what people change on a contact goes to the cards it is linked to,
 * where the mapping allows it.
 *
 * It does where the source writes back and the query takes the column straight from a
 * column of the attached table. Only the columns that changed are written, with the
 * rights of the owner of the ERP's table; a card that says the same already is left.
 */
#include "partner.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(crm_write_back_contact);

/* A card that a contact is linked to */
typedef struct LinkedCard
{
	Source	   *source;
	char	   *card_key;
} LinkedCard;

/* The column of the attached table that a column of the query is, or 0 */
static AttrNumber
PlainColumn(const Mapping *mapping, const char *name)
{
	TargetEntry *target = FindTarget(mapping->analyzed, name);
	Node	   *expr = target ? (Node *) target->expr : NULL;
	RangeTblEntry *rte;

	while (expr && IsA(expr, RelabelType))
		expr = (Node *) ((RelabelType *) expr)->arg;
	if (expr == NULL || !IsA(expr, Var) || ((Var *) expr)->varlevelsup > 0)
		return 0;

	rte = rt_fetch(((Var *) expr)->varno, mapping->analyzed->rtable);
	return rte->rtekind == RTE_RELATION && rte->relid == mapping->relid && ((Var *) expr)->varattno > 0
		? ((Var *) expr)->varattno : 0;
}

static bool
ContactColumnChanged(TriggerData *trigger, const char *column, char **value)
{
	TupleDesc	tupdesc = RelationGetDescr(trigger->tg_relation);
	int			attnum = SPI_fnumber(tupdesc, column);
	char	   *old_value = SPI_getvalue(trigger->tg_trigtuple, tupdesc, attnum);

	*value = SPI_getvalue(trigger->tg_newtuple, tupdesc, attnum);
	if (old_value == NULL || *value == NULL)
		return old_value != *value;
	return strcmp(old_value, *value) != 0;
}

/* Blank is what a column that may not be null has instead */
static bool
IsNotNull(Oid relid, AttrNumber attnum)
{
	Relation	relation = RelationIdGetRelation(relid);
	bool		notnull = TupleDescAttr(RelationGetDescr(relation), attnum - 1)->attnotnull;

	RelationClose(relation);
	return notnull;
}

static void
AppendAssignment(StringInfo sets, StringInfo differences, Oid relid, AttrNumber attnum, const char *value)
{
	const char *column = quote_identifier(get_attname(relid, attnum, false));
	const char *type = format_type_be(get_atttype(relid, attnum));
	char	   *literal = value ? psprintf("%s::%s", quote_literal_cstr(value), type)
		: IsNotNull(relid, attnum) ? psprintf("''::%s", type) : "NULL";

	appendStringInfo(sets, "%s%s = %s", sets->len ? ", " : "", column, literal);
	appendStringInfo(differences, "%s%s IS DISTINCT FROM %s", differences->len ? " OR " : "", column, literal);
}

/* The changes of the contact as assignments to the card's columns; false if none concerns it */
static bool
CollectAssignments(TriggerData *trigger, const Mapping *mapping, StringInfo sets, StringInfo differences)
{
	for (int i = 1; i < mapping->shape->ncolumns; i++)
	{
		const char *column = mapping->shape->columns[i].name;
		AttrNumber	attnum = PlainColumn(mapping, column);
		char	   *value;

		if (attnum == 0 || SPI_fnumber(RelationGetDescr(trigger->tg_relation), column) <= 0)
			continue;
		if (ContactColumnChanged(trigger, column, &value))
			AppendAssignment(sets, differences, mapping->relid, attnum, value);
	}
	return sets->len > 0;
}

static char *
UpdateCardSql(const LinkedCard *card, const char *sets, const char *differences)
{
	Oid			relid = card->source->relid;
	Mapping    *mapping = card->source->mapping;

	return psprintf("UPDATE %s SET %s WHERE %s = %s::%s AND (%s)",
					quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)), get_rel_name(relid)),
					sets, quote_identifier(get_attname(relid, mapping->key_attnum, false)),
					quote_literal_cstr(card->card_key), format_type_be(mapping->key_type), differences);
}

static void
WriteCard(TriggerData *trigger, const LinkedCard *card)
{
	StringInfoData sets;
	StringInfoData differences;
	SavedUser	saved;

	initStringInfo(&sets);
	initStringInfo(&differences);
	if (!CollectAssignments(trigger, card->source->mapping, &sets, &differences))
		return;

	saved = BecomeUser(card->source->owner);
	SPI_execute(UpdateCardSql(card, sets.data, differences.data), false, 0);
	RestoreUser(saved);
}

/* The cards of the contact that may be written to */
static List *
LinkedCards(int64 contact_id)
{
	static Statement select_links = {
		.sql = "SELECT r.source_id, r.card_key FROM crm_data.contact_business_relation AS r"
		" JOIN crm_data.source AS s USING (source_id) WHERE r.contact_id = $1 AND s.attached AND s.write_back",
		.nargs = 1,.argtypes = {INT8OID}
	};
	Datum		id = Int64GetDatum(contact_id);
	SPITupleTable *rows;
	uint64		nrows;
	List	   *cards = NIL;
	bool		isnull;

	RunStatement(&select_links, &id, NULL);
	rows = SPI_tuptable;
	nrows = SPI_processed;
	for (uint64 i = 0; i < nrows; i++)
	{
		LinkedCard *card = palloc(sizeof(LinkedCard));

		card->source = FindSource(DatumGetInt32(SPI_getbinval(rows->vals[i], rows->tupdesc, 1, &isnull)));
		card->card_key = SPI_getvalue(rows->vals[i], rows->tupdesc, 2);
		if (card->source->mapping && !IsBeingRead(card->source->source_id))
			cards = lappend(cards, card);
	}
	return cards;
}

/* AFTER UPDATE of a contact */
Datum
crm_write_back_contact(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "write_back_contact");
	bool		isnull;
	Datum		contact_id = heap_getattr(trigger->tg_newtuple,
										  SPI_fnumber(RelationGetDescr(trigger->tg_relation), "contact_id"),
										  RelationGetDescr(trigger->tg_relation), &isnull);
	CrmScope	scope = EnterCrm();
	ListCell   *cell;

	foreach(cell, LinkedCards(DatumGetInt64(contact_id)))
		WriteCard(trigger, lfirst(cell));
	LeaveCrm(scope);
	return PointerGetDatum(NULL);
}
