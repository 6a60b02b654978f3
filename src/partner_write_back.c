/*
 * Contact to card: what people change on a contact goes to the cards it is linked to,
 * where the mapping allows it.
 *
 * It does where the source writes back and the query takes the column straight from a
 * column of the attached table. Only the columns that changed are written, with the
 * rights of the owner of the ERP's table; a card that says the same already is left.
 */
#include "partner.h"

#include "catalog/pg_attribute.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "parser/parse_coerce.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(crm_write_back_contact);

/* A card that a contact is linked to */
typedef struct LinkedCard
{
	Source	   *source;
	char	   *card_key;
} LinkedCard;

/* A contact before and after; without a before, everything counts as changed */
typedef struct ContactChange
{
	TupleDesc	tupdesc;
	HeapTuple	old_row;
	HeapTuple	new_row;
} ContactChange;

static bool
HasChanged(const ContactChange *change, int attnum)
{
	char	   *old_value;
	char	   *new_value;

	if (change->old_row == NULL)
		return true;
	old_value = SPI_getvalue(change->old_row, change->tupdesc, attnum);
	new_value = SPI_getvalue(change->new_row, change->tupdesc, attnum);
	if (old_value == NULL || new_value == NULL)
		return old_value != new_value;
	return strcmp(old_value, new_value) != 0;
}

/* A column that the ERP computes itself cannot be written */
static bool
IsWritable(Form_pg_attribute attribute)
{
	return attribute->attgenerated == '\0' && attribute->attidentity != ATTRIBUTE_IDENTITY_ALWAYS;
}

/* The value as a literal of unknown type, which becomes that of the column; blank is what a text has that may not be null */
static const char *
LiteralFor(Form_pg_attribute attribute, const char *value)
{
	if (value)
		return quote_literal_cstr(value);
	return attribute->attnotnull && TypeCategory(attribute->atttypid) == TYPCATEGORY_STRING ? "''" : "NULL";
}

static void
AppendAssignment(StringInfo sets, StringInfo differences, Form_pg_attribute attribute, const char *value)
{
	const char *column = quote_identifier(NameStr(attribute->attname));
	const char *literal = LiteralFor(attribute, value);

	appendStringInfo(sets, "%s%s = %s", sets->len ? ", " : "", column, literal);
	appendStringInfo(differences, "%s%s IS DISTINCT FROM %s", differences->len ? " OR " : "", column, literal);
}

/* What the contact says as assignments to the card's columns; false if nothing concerns it */
static bool
CollectAssignments(const ContactChange *change, const Source *source, StringInfo sets, StringInfo differences)
{
	const Mapping *mapping = source->mapping;
	Relation	card = RelationIdGetRelation(source->relid);

	for (int i = 1; i < mapping->shape->ncolumns; i++)
	{
		const char *column = mapping->shape->columns[i].name;
		AttrNumber	attnum = PlainColumn(mapping, column);
		int			contact_attnum = SPI_fnumber(change->tupdesc, column);

		if (attnum > 0 && contact_attnum > 0 && IsKeptInStep(source, column) && HasChanged(change, contact_attnum) &&
			IsWritable(TupleDescAttr(RelationGetDescr(card), attnum - 1)))
			AppendAssignment(sets, differences, TupleDescAttr(RelationGetDescr(card), attnum - 1),
							 SPI_getvalue(change->new_row, change->tupdesc, contact_attnum));
	}
	RelationClose(card);
	return sets->len > 0;
}

static char *
CardCondition(const Source *source, const char *card_key, const char *differences)
{
	const Mapping *mapping = source->mapping;

	return psprintf("%s OPERATOR(pg_catalog.=) %s AND (%s)",
					quote_identifier(get_attname(source->relid, mapping->key_attnum, false)),
					quote_literal_cstr(card_key), differences);
}

/*
 * The ERP locks the card and then the contact, a user of the CRM the contact and then
 * the card. Were both to wait, the ERP might be the victim of the deadlock; so the user
 * does not wait for a card that is being changed, but is told to try again.
 */
static char *
LockCardSql(const Source *source, const char *card_key, const char *differences)
{
	return psprintf("SELECT FROM %s WHERE %s FOR NO KEY UPDATE NOWAIT",
					QualifiedName(source->relid), CardCondition(source, card_key, differences));
}

static char *
UpdateCardSql(const Source *source, const char *card_key, const char *sets, const char *differences)
{
	return psprintf("UPDATE %s SET %s WHERE %s",
					QualifiedName(source->relid), sets, CardCondition(source, card_key, differences));
}

static void
WriteCard(const ContactChange *change, const Source *source, const char *card_key)
{
	int			level;
	StringInfoData sets;
	StringInfoData differences;
	SavedUser	saved;

	initStringInfo(&sets);
	initStringInfo(&differences);
	if (!CollectAssignments(change, source, &sets, &differences))
		return;

	/* The ERP's own triggers fire, and are to find what they name */
	saved = BecomeUser(source->owner);
	level = EnterSearchPath(source->mapping->search_path);
	if (!AreCardsRead())
		SPI_execute(LockCardSql(source, card_key, differences.data), false, 0);
	SPI_execute(UpdateCardSql(source, card_key, sets.data, differences.data), false, 0);
	LeaveSearchPath(level);
	RestoreUser(saved);
}

/* Write all that the mapping allows from a contact to a card; the contact is row 0 of the SPI result */
void
WriteWholeCard(const Source *source, const char *card_key)
{
	ContactChange change = {.tupdesc = SPI_tuptable->tupdesc,.new_row = SPI_tuptable->vals[0]};

	WriteCard(&change, source, card_key);
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
		if (card->source->mapping && !IsBeingRead(card->source->source_id, card->card_key))
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
	ContactChange change = {
		.tupdesc = RelationGetDescr(trigger->tg_relation),
		.old_row = trigger->tg_trigtuple,
		.new_row = trigger->tg_newtuple
	};
	CrmScope	scope = EnterCrm();
	ListCell   *cell;

	foreach(cell, LinkedCards(DatumGetInt64(contact_id)))
	{
		LinkedCard *card = lfirst(cell);

		WriteCard(&change, card->source, card->card_key);
	}
	LeaveCrm(scope);
	return PointerGetDatum(NULL);
}
