/*
 * crm.link_card(): a contact and a card of the ERP that came to be independently
 * (domain/1 section 3.4).
 */
#include "partner.h"
#include "mapping_rows.h"

#include "catalog/pg_type.h"
#include "utils/snapmgr.h"

PG_FUNCTION_INFO_V1(crm_link_card);

/* Read the contact, or the company of a person, unless persons are linked themselves; it is the SPI result */
static Datum
ReadContact(const Source *source, const char *contact_no)
{
	static Statement select_contact = {
		.sql = "SELECT c.contact_id, c.* FROM crm_data.contact AS given JOIN crm_data.contact AS c"
		" ON c.contact_id = CASE WHEN $2 THEN given.contact_id ELSE coalesce(given.company_id, given.contact_id) END"
		" WHERE given.contact_no = upper(btrim($1))",
		.nargs = 2,.argtypes = {TEXTOID, BOOLOID}
	};
	Datum		values[2] = {
		CStringGetTextDatum(contact_no),
		BoolGetDatum(strcmp(source->relation, "employee") == 0)
	};
	bool		isnull;

	if (RunStatement(&select_contact, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("contact \"%s\" does not exist", contact_no)));
	return ResultValue(0, 1, &isnull);
}

static bool
ResultColumnIs(const char *column, const char *value)
{
	char	   *text = ResultText(0, SPI_fnumber(SPI_tuptable->tupdesc, column));

	return text && strcmp(text, value) == 0;
}

/* The contact in the SPI result must be of the kind that the relation is for */
static void
CheckContact(const Source *source, const char *contact_no)
{
	bool		is_person = ResultColumnIs("contact_type", "person");

	if (ResultColumnIs("privacy_blocked", "t"))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("contact \"%s\" is privacy blocked", contact_no)));
	if (!is_person && strcmp(source->relation, "employee") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("contact \"%s\" is a company", contact_no),
				 errhint("An employee is a person.")));
	if (is_person && (strcmp(source->relation, "vendor") == 0 || strcmp(source->relation, "bank account") == 0))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("contact \"%s\" is a person without a company", contact_no),
				 errhint("A %s is a company.", source->relation)));
}

static OfferedRows
OfferCard(Source *source, Datum key, const char *card_key)
{
	OfferedRows rows;

	PushPresent();
	rows = OfferRows(source, &key, 1);
	PopActiveSnapshot();
	if (rows->md.enrtuples == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("\"%s\" has no card \"%s\"", source->name, card_key)));
	return rows;
}

/* Unique indexes keep contact and card 1:1; this says it in words */
static void
CheckUnlinked(const Source *source, Datum contact_id, const char *card_key)
{
	static Statement select_link = {
		.sql = "SELECT c.contact_no, coalesce(r.card_no, r.card_key) FROM crm_data.contact_business_relation AS r"
		" JOIN crm_data.contact AS c USING (contact_id)"
		" WHERE r.contact_id = $1 AND r.link_type = $2 AND coalesce(r.card_no, r.card_key) IS NOT NULL"
		" OR r.source_id = $3 AND r.card_key = $4",
		.nargs = 4,.argtypes = {INT8OID, TEXTOID, INT4OID, TEXTOID}
	};
	Datum		values[4] = {
		contact_id, CStringGetTextDatum(source->relation),
		Int32GetDatum(source->source_id), CStringGetTextDatum(card_key)
	};

	if (RunStatement(&select_link, values, NULL) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNIQUE_VIOLATION),
				 errmsg("contact \"%s\" is linked to %s \"%s\" already",
						ResultText(0, 1), source->relation, ResultText(0, 2))));
}

/* The card is offered to SQL */
static void
InsertLink(const Source *source, Datum contact_id)
{
	const char *sql =
		"INSERT INTO crm_data.contact_business_relation (contact_id, business_relation_code, link_type, card_no, source_id, card_key)"
		" SELECT $1, CASE $2 WHEN 'customer' THEN s.customer_relation_code WHEN 'vendor' THEN s.vendor_relation_code"
		"  WHEN 'bank account' THEN s.bank_account_relation_code ELSE s.employee_relation_code END,"
		"  $2, coalesce(card.card_no, card.card_key), $3, card.card_key"
		" FROM crm_data.setup AS s CROSS JOIN card";
	Datum		values[3] = {contact_id, CStringGetTextDatum(source->relation), Int32GetDatum(source->source_id)};

	SPI_execute_with_args(sql, 3, (Oid[]) {INT8OID, TEXTOID, INT4OID}, values, NULL, false, 0);
}

static void
CheckRelationCode(const Source *source)
{
	static Statement select_code = {
		.sql = "SELECT FROM crm_data.setup WHERE CASE $1 WHEN 'customer' THEN customer_relation_code"
		" WHEN 'vendor' THEN vendor_relation_code WHEN 'bank account' THEN bank_account_relation_code"
		" ELSE employee_relation_code END IS NOT NULL",
		.nargs = 1,.argtypes = {TEXTOID}
	};
	Datum		relation = CStringGetTextDatum(source->relation);

	if (RunStatement(&select_code, &relation, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("crm.setup has no business relation for a %s", source->relation)));
}

static Source *
PartnerSource(const char *name)
{
	Source	   *source = FindSource(SourceIdByName(name));

	if (source->kind != PARTNER_SOURCE)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("\"%s\" is no attachment of partners", name)));
	CheckMapping(source);
	return source;
}

static bool
CardIsMaster(const char *master)
{
	if (strcmp(master, "card") != 0 && strcmp(master, "contact") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"master\" cannot be \"%s\"", master),
				 errhint("It is \"card\" or \"contact\".")));
	return strcmp(master, "card") == 0;
}

/* crm.link_card(contact_no, source_name, card_key, master) */
Datum
crm_link_card(PG_FUNCTION_ARGS)
{
	char	   *contact_no = text_to_cstring(PG_GETARG_TEXT_PP(0));
	Source	   *source = PartnerSource(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	char	   *card_key = text_to_cstring(PG_GETARG_TEXT_PP(2));
	bool		card_is_master = CardIsMaster(text_to_cstring(PG_GETARG_TEXT_PP(3)));
	Datum		key = KeyDatum(source->mapping->key_type, card_key);
	CrmScope	scope = EnterCrm();
	Datum		contact_id = ReadContact(source, contact_no);
	OfferedRows card;

	CheckContact(source, contact_no);
	CheckRelationCode(source);
	CheckUnlinked(source, contact_id, card_key);
	card = OfferCard(source, key, card_key);
	InsertLink(source, contact_id);
	WithdrawRows(card);
	if (!card_is_master)
	{
		ReadContact(source, contact_no);
		WriteWholeCard(source, card_key);
	}
	LeaveCrm(scope);

	if (card_is_master)
		PullCard(source, key, card_key);
	PG_RETURN_VOID();
}
