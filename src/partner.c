/*
 * Partner cards of the ERP - customers, vendors, bank accounts, employees - and the
 * contacts that are kept in step with them (domain/1 sections 3.5 and 3.6).
 *
 * Card to contact: the mapping query gives the cards whose keys were touched; a card
 * without a link gets a contact and a link, a linked one passes on the columns that
 * differ, a card that is gone loses its link. Everything is set-based over the rows of
 * the query, so one card and a million go the same way. Columns that the query does not
 * have are left to the people of the CRM. A phone number with letters or an e-mail
 * address without a domain, which a contact would refuse, is left blank and reported.
 *
 * Contact to card: partner_write_back.c. The two do not chase each other, because both
 * only write what differs and a card is not written back to while it is being read.
 */
#include "partner.h"
#include "guard.h"
#include "mapping_rows.h"
#include "problem.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/snapmgr.h"

/* How a column of the card gets into the contact */
typedef enum CardColumnUse
{
	NOT_COPIED,
	COPIED,						/* as it is */
	COPIED_FLAG,				/* unknown means false */
	COPIED_TEXT,				/* blank means none */
	COPIED_CODE,				/* in upper case */
	COPIED_PHONE_NO,
	COPIED_EMAIL
} CardColumnUse;

static const MappingColumn card_columns[] = {
	{"card_key", NULL, true},
	{"name", "text", true},
	{"card_no", "text"},
	{"contact_type", "text"},
	{"company_key", "text"},
	{"contact_name", "text"},
	{"legal_entity", "text"},
	{"name_2", "text"},
	{"search_name", "text"},
	{"first_name", "text"},
	{"middle_name", "text"},
	{"surname", "text"},
	{"job_title", "text"},
	{"initials", "text"},
	{"gender", "text"},
	{"birth_date", "date"},
	{"address", "text"},
	{"address_2", "text"},
	{"city", "text"},
	{"post_code", "text"},
	{"county", "text"},
	{"country_code", "text"},
	{"phone_no", "text"},
	{"mobile_phone_no", "text"},
	{"fax_no", "text"},
	{"email", "text"},
	{"email_2", "text"},
	{"home_page", "text"},
	{"territory_code", "text"},
	{"currency_code", "text"},
	{"language_code", "text"},
	{"registration_no", "text"},
	{"vat_registration_no", "text"},
	{"salesperson_code", "text"},
	{"privacy_blocked", "boolean"},
	{"external_id", "text"}
};

const MappingShape partner_shape = {
	.noun = "card",
	.columns = card_columns,
	.ncolumns = lengthof(card_columns)
};

static CardColumnUse
UseOf(const char *column)
{
	static const struct
	{
		const char *name;
		CardColumnUse use;
	}			special[] = {
		{"card_key", NOT_COPIED}, {"card_no", NOT_COPIED}, {"contact_type", NOT_COPIED}, {"company_key", NOT_COPIED},
		{"contact_name", NOT_COPIED}, {"legal_entity", NOT_COPIED}, {"birth_date", COPIED}, {"privacy_blocked", COPIED_FLAG},
		{"search_name", COPIED_CODE}, {"country_code", COPIED_CODE}, {"territory_code", COPIED_CODE},
		{"currency_code", COPIED_CODE}, {"language_code", COPIED_CODE}, {"vat_registration_no", COPIED_CODE},
		{"salesperson_code", COPIED_CODE}, {"phone_no", COPIED_PHONE_NO}, {"mobile_phone_no", COPIED_PHONE_NO},
		{"email", COPIED_EMAIL}, {"email_2", COPIED_EMAIL}
	};

	for (int i = 0; i < lengthof(special); i++)
		if (strcmp(special[i].name, column) == 0)
			return special[i].use;
	return COPIED_TEXT;
}

/* A column of card k as the contact would hold it */
static char *
CardValue(const char *column)
{
	switch (UseOf(column))
	{
		case COPIED_TEXT:
			if (strcmp(column, "name") == 0)
				return "coalesce(btrim(k.name), '')";
			return psprintf("nullif(btrim(k.%s), '')", column);
		case COPIED_FLAG:
			return psprintf("coalesce(k.%s, false)", column);
		case COPIED_CODE:
			return psprintf("nullif(upper(btrim(k.%s)), '')", column);
		case COPIED_PHONE_NO:
			return psprintf("CASE WHEN k.%s !~ '[[:alpha:]]' THEN nullif(btrim(k.%s), '') END", column, column);
		case COPIED_EMAIL:
			return psprintf("substring(btrim(k.%s) FROM '^[^@[:space:]]+@[^@[:space:]]+$')", column);
		default:
			return psprintf("k.%s", column);
	}
}

/* Do card and contact share this column? */
bool
IsKeptInStep(const Source *source, const char *column)
{
	if (UseOf(column) == NOT_COPIED || !HasColumn(source->mapping, column))
		return false;
	/* A vendor's or bank's person in charge is not the salesperson */
	return strcmp(column, "salesperson_code") != 0 || strcmp(source->relation, "customer") == 0;
}

/*
 * The statements, made for the columns that the query has
 *
 * $1 is the source, $2 the relation (link type), $3 the legal entity, $4 the touched
 * keys or null for all.
 */
#define NARGUMENTS 4

typedef struct CardSync
{
	Source	   *source;
	Datum	   *keys;			/* NULL: all cards */
	char	  **key_texts;
	int			nkeys;
	int64		ncreated;
	Datum		arguments[NARGUMENTS];
	bool		isnull[NARGUMENTS];
} CardSync;

static uint64
RunCardStatement(CardSync *sync, const char *sql)
{
	static Oid	argtypes[NARGUMENTS] = {INT4OID, TEXTOID, TEXTOID, TEXTARRAYOID};
	char		nulls[NARGUMENTS];

	for (int i = 0; i < NARGUMENTS; i++)
		nulls[i] = sync->isnull[i] ? 'n' : ' ';
	if (SPI_execute_with_args(sql, NARGUMENTS, argtypes, sync->arguments, nulls, false, 0) < 0)
		elog(ERROR, "could not run \"%s\"", sql);
	return SPI_processed;
}

static void
DeleteLostLinks(CardSync *sync)
{
	RunCardStatement(sync,
					 "DELETE FROM crm_data.contact_business_relation AS r WHERE r.source_id = $1"
					 " AND r.card_key IS NOT NULL AND ($4 IS NULL OR r.card_key = ANY ($4))"
					 " AND NOT EXISTS (SELECT FROM card AS k WHERE k.card_key = r.card_key)");
}

/* Codes that the ERP uses and the CRM has not heard of yet */
static void
AddCodes(CardSync *sync, const char *table, const char *column)
{
	if (HasColumn(sync->source->mapping, column))
		RunCardStatement(sync, psprintf(
										"INSERT INTO crm_data.%s (%s) SELECT DISTINCT %s FROM card AS k WHERE %s IS NOT NULL"
										" ON CONFLICT DO NOTHING", table, column, CardValue(column), CardValue(column)));
}

static void
AppendColumns(StringInfo columns, StringInfo values, const Source *source)
{
	for (int i = 0; i < partner_shape.ncolumns; i++)
	{
		if (!IsKeptInStep(source, card_columns[i].name))
			continue;
		appendStringInfo(columns, ", %s", card_columns[i].name);
		appendStringInfo(values, ", %s", CardValue(card_columns[i].name));
	}
}

/* Say which values of the cards a contact cannot take */
static void
ReportRefusedValues(CardSync *sync)
{
	for (int i = 0; i < partner_shape.ncolumns; i++)
	{
		const char *column = card_columns[i].name;

		if ((UseOf(column) == COPIED_PHONE_NO || UseOf(column) == COPIED_EMAIL) && HasColumn(sync->source->mapping, column))
			RunCardStatement(sync, psprintf(
											"INSERT INTO crm_data.posting_problem (source_id, document_key, sqlstate, message, hint)"
											" SELECT $1, k.card_key, '23514', format('%s \"%%s\" of card \"%%s\" is not valid', k.%s, k.card_key),"
											" 'Correct the card; the contact has no %s meanwhile.' FROM card AS k"
											" WHERE btrim(k.%s) <> '' AND %s IS NULL"
											" AND NOT EXISTS (SELECT FROM crm_data.posting_problem AS p WHERE p.source_id = $1"
											"  AND p.document_key = k.card_key AND p.sqlstate = '23514')",
											column, column, column, column, CardValue(column)));
	}
}

/*
 * Contacts and links for cards that have none: in one pass companies and persons of
 * their own, in another the persons of companies, which are there by then. The former
 * get no defaults from the setup (they bring last_modified_at), the latter inherit from
 * their company. A relation without a code in the setup makes no contacts.
 */
static uint64
CreateContacts(CardSync *sync, bool of_companies)
{
	StringInfoData columns;
	StringInfoData values;

	initStringInfo(&columns);
	initStringInfo(&values);
	AppendColumns(&columns, &values, sync->source);
	return RunCardStatement(sync, psprintf(
		"WITH new AS MATERIALIZED ("
		"  SELECT nextval('crm_data.contact_contact_id_seq') AS contact_id, company.contact_id AS company_id, k.*,"
		"   CASE $2 WHEN 'customer' THEN s.customer_relation_code WHEN 'vendor' THEN s.vendor_relation_code"
		"    WHEN 'bank account' THEN s.bank_account_relation_code ELSE s.employee_relation_code END AS relation_code"
		"  FROM crm_data.setup AS s CROSS JOIN card AS k"
		"  LEFT JOIN crm_data.contact_business_relation AS company"
		"   ON company.source_id = $1 AND company.card_key = k.company_key AND k.contact_type = 'person'"
		"  WHERE (k.contact_type = 'person' AND k.company_key IS NOT NULL) IS %s AND k.card_key IS NOT NULL"
		"   AND NOT EXISTS (SELECT FROM crm_data.contact_business_relation AS r WHERE r.source_id = $1 AND r.card_key = k.card_key)),"
		" created AS ("
		"  INSERT INTO crm_data.contact (contact_id, contact_type, company_id, legal_entity, last_modified_at%s)"
		"  SELECT k.contact_id, coalesce(k.contact_type, 'company'),"
		"   CASE WHEN k.contact_type = 'person' THEN k.company_id ELSE k.contact_id END,"
		"   coalesce(k.legal_entity, $3), CASE WHEN k.company_id IS NULL THEN now() END%s"
		"  FROM new AS k WHERE k.relation_code IS NOT NULL RETURNING contact_id, contact_type),"
		" named AS ("
		"  INSERT INTO crm_data.contact (contact_type, name, company_id, legal_entity)"
		"  SELECT 'person', btrim(k.contact_name), k.contact_id, coalesce(k.legal_entity, $3)"
		"  FROM created JOIN new AS k USING (contact_id) WHERE created.contact_type = 'company' AND btrim(k.contact_name) <> '')"
		" INSERT INTO crm_data.contact_business_relation (contact_id, business_relation_code, link_type, card_no, source_id, card_key, last_modified_at)"
		" SELECT k.contact_id, k.relation_code, $2, coalesce(k.card_no, k.card_key), $1, k.card_key, now()"
		" FROM created JOIN new AS k USING (contact_id)",
		of_companies ? "true" : "false", columns.data, values.data));
}

/* What differs between a card and its contact goes to the contact */
static void
UpdateContacts(CardSync *sync)
{
	StringInfoData sets;
	StringInfoData differences;

	initStringInfo(&sets);
	initStringInfo(&differences);
	for (int i = 0; i < partner_shape.ncolumns; i++)
	{
		const char *column = card_columns[i].name;

		if (!IsKeptInStep(sync->source, column))
			continue;
		appendStringInfo(&sets, "%s%s = %s", sets.len ? ", " : "", column, CardValue(column));
		appendStringInfo(&differences, "%sc.%s IS DISTINCT FROM %s",
						 differences.len ? " OR " : "", column, CardValue(column));
	}
	RunCardStatement(sync, psprintf(
									"UPDATE crm_data.contact AS c SET %s, last_modified_at = now() FROM card AS k"
									" JOIN crm_data.contact_business_relation AS r ON r.source_id = $1 AND r.card_key = k.card_key"
									" WHERE c.contact_id = r.contact_id AND (%s)",
									sets.data, differences.data));
}

/* The card's number is what people know it by */
static void
UpdateLinks(CardSync *sync)
{
	RunCardStatement(sync,
					 "UPDATE crm_data.contact_business_relation AS r SET card_no = coalesce(k.card_no, k.card_key) FROM card AS k"
					 " WHERE r.source_id = $1 AND r.card_key = k.card_key"
					 " AND r.card_no IS DISTINCT FROM coalesce(k.card_no, k.card_key)");
}

/* A person's card may have moved to another company */
static void
MovePersons(CardSync *sync)
{
	if (HasColumn(sync->source->mapping, "company_key"))
		RunCardStatement(sync,
						 "UPDATE crm_data.contact AS c SET company_id = company.contact_id FROM card AS k"
						 " JOIN crm_data.contact_business_relation AS r ON r.source_id = $1 AND r.card_key = k.card_key"
						 " JOIN crm_data.contact_business_relation AS company ON company.source_id = $1 AND company.card_key = k.company_key"
						 " WHERE c.contact_id = r.contact_id AND c.contact_type = 'person' AND k.contact_type = 'person'"
						 " AND c.company_id IS DISTINCT FROM company.contact_id");
}

/*
 * Running them
 */

/* The cards that are being read, which are not written back to meanwhile */
static const CardSync *being_read = NULL;

bool
IsBeingRead(int32 source_id, const char *card_key)
{
	if (being_read == NULL || being_read->source->source_id != source_id)
		return false;
	for (int i = 0; i < being_read->nkeys; i++)
		if (strcmp(being_read->key_texts[i], card_key) == 0)
			return true;
	return being_read->keys == NULL;
}

/* Is it a card that changes the contact, rather than a user of the CRM? */
bool
AreCardsRead(void)
{
	return being_read != NULL;
}

static void
SetArguments(CardSync *sync)
{
	const Source *source = sync->source;

	sync->arguments[0] = Int32GetDatum(source->source_id);
	sync->arguments[1] = CStringGetTextDatum(source->relation);
	sync->arguments[2] = CStringGetTextDatum(source->legal_entity);
	sync->isnull[3] = sync->keys == NULL;
	if (sync->keys)
	{
		Datum	   *texts = palloc(sync->nkeys * sizeof(Datum));

		for (int i = 0; i < sync->nkeys; i++)
			texts[i] = CStringGetTextDatum(sync->key_texts[i]);
		sync->arguments[3] = PointerGetDatum(construct_array(texts, sync->nkeys, TEXTOID, -1, false, TYPALIGN_INT));
	}
}

static void
RunCardStatements(CardSync *sync)
{
	DeleteLostLinks(sync);
	AddCodes(sync, "salesperson", "salesperson_code");
	AddCodes(sync, "territory", "territory_code");
	UpdateContacts(sync);
	UpdateLinks(sync);
	MovePersons(sync);
	sync->ncreated = CreateContacts(sync, false);
	sync->ncreated += CreateContacts(sync, true);
	ReportRefusedValues(sync);
}

/* Bring contacts to the state of the cards. Guarded when somebody else's statement is at stake. */
static void
SyncCardSet(void *argument)
{
	CardSync   *sync = argument;
	const CardSync *outer = being_read;
	CrmScope	scope = EnterCrm();
	OfferedRows rows;

	SetArguments(sync);
	PushPresent();
	rows = OfferRows(sync->source, sync->keys, sync->nkeys);
	PopActiveSnapshot();

	being_read = sync;
	PG_TRY();
	{
		RunCardStatements(sync);
	}
	PG_FINALLY();
	{
		being_read = outer;
	}
	PG_END_TRY();
	WithdrawRows(rows);
	LeaveCrm(scope);
}

/* All touched cards at once; after a failure one by one, so that only the culprits are left out */
void
SyncCards(Source *source, Datum *keys, char **key_texts, int nkeys)
{
	CardSync	sync = {.source = source,.keys = keys,.key_texts = key_texts,.nkeys = nkeys};
	ErrorData  *error = source->broken;
	bool		synced = source->mapping && RunGuarded(SyncCardSet, &sync, &error);

	if (synced)
		return;
	if (nkeys == 1)
		RecordError(source->source_id, key_texts[0], error);
	else
		for (int i = 0; i < nkeys; i++)
			SyncCards(source, &keys[i], &key_texts[i], 1);
}

/* One card, whose errors are the caller's */
void
PullCard(Source *source, Datum key, char *key_text)
{
	CardSync	sync = {.source = source,.keys = &key,.key_texts = &key_text,.nkeys = 1};

	SyncCardSet(&sync);
}

/* Every card there is; how many contacts were created */
int64
BackfillCards(Source *source)
{
	CardSync	sync = {.source = source};

	CheckMapping(source);
	SyncCardSet(&sync);
	return sync.ncreated;
}
