/*
 * Documents: the columns of their mapping query, and what an entry makes of them
 * (domain/1 section 8.10).
 *
 * Everything that can be wrong with a document is found out here, before anything is
 * written; it becomes a row of crm.posting_problem, and the posting goes on.
 *
 * A contact is found by its card with one index probe, and its company with another.
 * A statement with many documents remembers cards (remembered_card.c).
 */
#include "document.h"
#include "document_template.h"
#include "problem.h"
#include "remembered_card.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/date.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

typedef enum DocumentColumn
{
	DOC_DOCUMENT_KEY,
	DOC_DOCUMENT_TYPE,
	DOC_POSTING_DATE,
	DOC_DOCUMENT_NO,
	DOC_VERSION_NO,
	DOC_OCCURRENCE_NO,
	DOC_PARTNER_KEY,
	DOC_CONTACT_KEY,
	DOC_CONTACT_NO,
	DOC_DUE_DATE,
	DOC_CLOSED_DATE,
	DOC_AMOUNT,
	DOC_DOCUMENT_AMOUNT,
	DOC_CURRENCY_CODE,
	DOC_CURRENCY_RATE,
	DOC_PROFIT,
	DOC_DISCOUNT,
	DOC_REMAINING_AMOUNT,
	DOC_SALESPERSON_CODE,
	DOC_CAMPAIGN_NO,
	DOC_OPPORTUNITY_NO,
	DOC_DESCRIPTION,
	DOC_ITEM_NOS,
	DOC_LEGAL_ENTITY
} DocumentColumn;

static const MappingColumn document_columns[] = {
	[DOC_DOCUMENT_KEY] = {"document_key", NULL, true},
	[DOC_DOCUMENT_TYPE] = {"document_type", "text", true},
	[DOC_POSTING_DATE] = {"posting_date", "date", true},
	[DOC_DOCUMENT_NO] = {"document_no", "text"},
	[DOC_VERSION_NO] = {"version_no", "integer"},
	[DOC_OCCURRENCE_NO] = {"occurrence_no", "integer"},
	[DOC_PARTNER_KEY] = {"partner_key", "text"},
	[DOC_CONTACT_KEY] = {"contact_key", "text"},
	[DOC_CONTACT_NO] = {"contact_no", "text"},
	[DOC_DUE_DATE] = {"due_date", "date"},
	[DOC_CLOSED_DATE] = {"closed_date", "date"},
	[DOC_AMOUNT] = {"amount", "numeric(24,6)"},
	[DOC_DOCUMENT_AMOUNT] = {"document_amount", "numeric(24,6)"},
	[DOC_CURRENCY_CODE] = {"currency_code", "text"},
	[DOC_CURRENCY_RATE] = {"currency_rate", "numeric(24,12)"},
	[DOC_PROFIT] = {"profit", "numeric(24,6)"},
	[DOC_DISCOUNT] = {"discount", "numeric(24,6)"},
	[DOC_REMAINING_AMOUNT] = {"remaining_amount", "numeric(24,6)"},
	[DOC_SALESPERSON_CODE] = {"salesperson_code", "text"},
	[DOC_CAMPAIGN_NO] = {"campaign_no", "text"},
	[DOC_OPPORTUNITY_NO] = {"opportunity_no", "text"},
	[DOC_DESCRIPTION] = {"description", "text"},
	[DOC_ITEM_NOS] = {"item_nos", "text[]"},
	[DOC_LEGAL_ENTITY] = {"legal_entity", "text"}
};

const MappingShape document_shape = {
	.noun = "document",
	.columns = document_columns,
	.ncolumns = lengthof(document_columns)
};

/* Columns that go into the log as they are, and follow the document when it is edited */
static const struct
{
	DocumentColumn from;
	LogColumn	to;
}			copied_columns[] = {
	{DOC_DOCUMENT_TYPE, LOG_DOCUMENT_TYPE},
	{DOC_DOCUMENT_NO, LOG_DOCUMENT_NO},
	{DOC_VERSION_NO, LOG_VERSION_NO},
	{DOC_OCCURRENCE_NO, LOG_OCCURRENCE_NO},
	{DOC_PARTNER_KEY, LOG_PARTNER_KEY},
	{DOC_CONTACT_KEY, LOG_CONTACT_KEY},
	{DOC_POSTING_DATE, LOG_POSTING_DATE},
	{DOC_DUE_DATE, LOG_DUE_DATE},
	{DOC_CLOSED_DATE, LOG_CLOSED_DATE},
	{DOC_CURRENCY_CODE, LOG_CURRENCY_CODE},
	{DOC_CURRENCY_RATE, LOG_CURRENCY_RATE},
	{DOC_AMOUNT, LOG_AMOUNT},
	{DOC_DOCUMENT_AMOUNT, LOG_DOCUMENT_AMOUNT},
	{DOC_PROFIT, LOG_PROFIT},
	{DOC_DISCOUNT, LOG_DISCOUNT},
	{DOC_REMAINING_AMOUNT, LOG_REMAINING_AMOUNT},
	{DOC_SALESPERSON_CODE, LOG_SALESPERSON_CODE},
	{DOC_CAMPAIGN_NO, LOG_CAMPAIGN_NO},
	{DOC_OPPORTUNITY_NO, LOG_OPPORTUNITY_NO},
	{DOC_DESCRIPTION, LOG_DESCRIPTION},
	{DOC_ITEM_NOS, LOG_ITEM_NOS},
	{DOC_LEGAL_ENTITY, LOG_LEGAL_ENTITY}
};

struct DocumentReader
{
	Relation	relations;		/* crm_data.contact_business_relation */
	Relation	contacts;		/* crm_data.contact */
	Oid			card_index;
	Oid			contact_index;
	Oid			contact_no_index;
	Snapshot	snapshot;
	MemoryContext memory;
	bool		remember;		/* is it worth it? */
	Datum		user_name;
	Datum		now;
};

/* Columns of the tables that are read below SQL, in the order of their CREATE TABLE */
#define RELATION_CONTACT_ID 1
#define RELATION_SOURCE_ID 5
#define RELATION_CARD_KEY 6
#define CONTACT_CONTACT_ID 1
#define CONTACT_CONTACT_NO 2
#define CONTACT_COMPANY_ID 14

#define MAX_KEY_LENGTH 255

/* many: more than a few documents are to be read */
DocumentReader *
OpenDocumentReader(bool many)
{
	DocumentReader *reader = palloc0(sizeof(DocumentReader));
	Oid			schema = get_namespace_oid("crm_data", false);

	reader->memory = CurrentMemoryContext;
	reader->remember = many;
	if (many)
		RecallCards();
	reader->relations = table_open(get_relname_relid("contact_business_relation", schema), AccessShareLock);
	reader->contacts = table_open(get_relname_relid("contact", schema), AccessShareLock);
	reader->card_index = get_relname_relid("contact_business_relation_card_key", schema);
	reader->contact_index = get_relname_relid("contact_pkey", schema);
	reader->contact_no_index = get_relname_relid("contact_no_key", schema);

	/* Under REPEATABLE READ too, a card counts that has been committed meanwhile */
	reader->snapshot = RegisterSnapshot(GetLatestSnapshot());
	reader->user_name = CStringGetTextDatum(GetUserNameFromId(GetSessionUserId(), false));
	reader->now = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
	return reader;
}

/* After the last entry has been written */
void
CloseDocumentReader(DocumentReader *reader)
{
	if (reader->remember)
		KeepCards();
	UnregisterSnapshot(reader->snapshot);
	table_close(reader->contacts, AccessShareLock);
	table_close(reader->relations, AccessShareLock);
	pfree(reader);
}

/*
 * Finding the contact
 */

/* Fill in the company (and the salesperson) of a contact found by the given key */
static bool
FetchContact(DocumentReader *reader, Oid index, ScanKey key, bool with_salesperson, DocumentContact *contact)
{
	SysScanDesc scan = systable_beginscan(reader->contacts, index, true, reader->snapshot, 1, key);
	HeapTuple	tuple = systable_getnext(scan);
	TupleDesc	tupdesc = RelationGetDescr(reader->contacts);
	bool		isnull;

	if (HeapTupleIsValid(tuple))
	{
		contact->contact_id = DatumGetInt64(heap_getattr(tuple, CONTACT_CONTACT_ID, tupdesc, &isnull));
		contact->company_id = DatumGetInt64(heap_getattr(tuple, CONTACT_COMPANY_ID, tupdesc, &isnull));
		if (isnull)
			contact->company_id = 0;
		if (with_salesperson)
		{
			Datum		code = heap_getattr(tuple, SPI_fnumber(tupdesc, "salesperson_code"), tupdesc, &isnull);

			contact->salesperson_code = isnull ? NULL : MemoryContextStrdup(reader->memory, TextDatumGetCString(code));
		}
	}
	systable_endscan(scan);
	return HeapTupleIsValid(tuple);
}

static bool
FindContactByNo(DocumentReader *reader, Datum contact_no, DocumentContact *contact)
{
	ScanKeyData key;

	ScanKeyEntryInitialize(&key, 0, CONTACT_CONTACT_NO, BTEqualStrategyNumber, InvalidOid,
						   DEFAULT_COLLATION_OID, F_TEXTEQ, contact_no);
	return FetchContact(reader, reader->contact_no_index, &key, true, contact);
}

static bool
FindContactById(DocumentReader *reader, Datum contact_id, bool with_salesperson, DocumentContact *contact)
{
	ScanKeyData key;

	ScanKeyInit(&key, CONTACT_CONTACT_ID, BTEqualStrategyNumber, F_INT8EQ, contact_id);
	return FetchContact(reader, reader->contact_index, &key, with_salesperson, contact);
}

static bool
FetchCard(DocumentReader *reader, int32 partner_source_id, Datum card_key, bool with_salesperson,
		  DocumentContact *contact)
{
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		found = false;

	ScanKeyInit(&keys[0], RELATION_SOURCE_ID, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(partner_source_id));
	ScanKeyEntryInitialize(&keys[1], 0, RELATION_CARD_KEY, BTEqualStrategyNumber, InvalidOid,
						   DEFAULT_COLLATION_OID, F_TEXTEQ, card_key);
	scan = systable_beginscan(reader->relations, reader->card_index, true, reader->snapshot, 2, keys);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		bool		isnull;
		Datum		contact_id = heap_getattr(tuple, RELATION_CONTACT_ID, RelationGetDescr(reader->relations), &isnull);

		found = FindContactById(reader, contact_id, with_salesperson, contact);
	}
	systable_endscan(scan);
	return found;
}

static bool
FindCard(DocumentReader *reader, int32 partner_source_id, Datum card_key, DocumentContact *contact)
{
	const DocumentContact *remembered;
	char	   *key_text;

	if (!reader->remember)
		return FetchCard(reader, partner_source_id, card_key, false, contact);

	key_text = TextDatumGetCString(card_key);
	remembered = RememberedCard(partner_source_id, key_text);
	if (remembered)
	{
		*contact = *remembered;
		return true;
	}
	if (!FetchCard(reader, partner_source_id, card_key, false, contact))
		return false;
	RememberCard(partner_source_id, key_text, contact);
	return true;
}

static DocumentFate
UnknownContact(const Source *source, const char *key, const char *what, Datum value)
{
	RecordProblem(source->source_id, key, ERRCODE_NO_DATA_FOUND,
				  psprintf("%s \"%s\" of document \"%s\" is not known to crm", what, TextDatumGetCString(value), key),
				  NULL, "Make the contact known and call crm.replay_problems().");
	return DOCUMENT_PROBLEM;
}

/* The contact that the document names itself, else that of the partner's card */
static DocumentFate
FindDocumentContact(DocumentReader *reader, const Source *source, const char *key,
					const Datum *values, const bool *isnull, DocumentContact *contact)
{
	memset(contact, 0, sizeof(DocumentContact));

	if (!isnull[DOC_CONTACT_NO])
		return FindContactByNo(reader, values[DOC_CONTACT_NO], contact)
			? DOCUMENT_LOGGED : UnknownContact(source, key, "contact", values[DOC_CONTACT_NO]);

	if (!isnull[DOC_CONTACT_KEY] &&
		FetchCard(reader, source->partner_source_id, values[DOC_CONTACT_KEY], true, contact))
		return DOCUMENT_LOGGED;

	if (!isnull[DOC_PARTNER_KEY])
		return FindCard(reader, source->partner_source_id, values[DOC_PARTNER_KEY], contact)
			? DOCUMENT_LOGGED : UnknownContact(source, key, "partner", values[DOC_PARTNER_KEY]);

	if (!isnull[DOC_CONTACT_KEY])
		return UnknownContact(source, key, "contact card", values[DOC_CONTACT_KEY]);
	return source->skip_without_partner ? DOCUMENT_NOT_LOGGED : DOCUMENT_LOGGED;
}

/*
 * Checking
 */

static DocumentFate
Reject(const Source *source, const char *key, int sqlerrcode, const char *message, const char *hint)
{
	RecordProblem(source->source_id, key, sqlerrcode, message, NULL, hint);
	return DOCUMENT_PROBLEM;
}

static bool
HasNaN(const Datum *values, const bool *isnull)
{
	static const DocumentColumn figures[] = {DOC_AMOUNT, DOC_DOCUMENT_AMOUNT, DOC_CURRENCY_RATE, DOC_PROFIT,
	DOC_DISCOUNT, DOC_REMAINING_AMOUNT};

	for (int i = 0; i < lengthof(figures); i++)
		if (!isnull[figures[i]] && numeric_is_nan(DatumGetNumeric(values[figures[i]])))
			return true;
	return false;
}

static bool
HasInfiniteDate(const Datum *values, const bool *isnull)
{
	static const DocumentColumn dates[] = {DOC_POSTING_DATE, DOC_DUE_DATE, DOC_CLOSED_DATE};

	for (int i = 0; i < lengthof(dates); i++)
		if (!isnull[dates[i]] && DATE_NOT_FINITE(DatumGetDateADT(values[dates[i]])))
			return true;
	return false;
}

/* What no table constraint could say without failing the posting */
static DocumentFate
CheckDocument(const Source *source, const char *key, const Datum *values, const bool *isnull)
{
	if (strlen(key) > MAX_KEY_LENGTH)
		return Reject(source, pnstrdup(key, MAX_KEY_LENGTH), ERRCODE_STRING_DATA_RIGHT_TRUNCATION,
					  "document key is too long", "A key has at most 255 bytes.");
	if (isnull[DOC_DOCUMENT_TYPE])
		return Reject(source, key, ERRCODE_NULL_VALUE_NOT_ALLOWED,
					  psprintf("document \"%s\" has no document type", key), NULL);
	if (isnull[DOC_POSTING_DATE])
		return Reject(source, key, ERRCODE_NULL_VALUE_NOT_ALLOWED,
					  psprintf("document \"%s\" has no posting date", key), NULL);
	if (HasNaN(values, isnull))
		return Reject(source, key, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
					  psprintf("document \"%s\" has a figure that is not a number", key), NULL);
	if (HasInfiniteDate(values, isnull))
		return Reject(source, key, ERRCODE_DATETIME_VALUE_OUT_OF_RANGE,
					  psprintf("document \"%s\" has a date that is infinite", key), NULL);
	return DOCUMENT_LOGGED;
}

static DocumentFate
FindTemplate(const Source *source, const char *key, const char *document_type, const DocumentTemplate **template)
{
	*template = FindDocumentTemplate(document_type);

	if (!(*template)->known)
		return Reject(source, key, ERRCODE_INVALID_PARAMETER_VALUE,
					  psprintf("document \"%s\" has the unknown type \"%s\"", key, document_type),
					  "View crm.document_type lists the types.");
	if (!(*template)->logged)
		return DOCUMENT_NOT_LOGGED;
	if ((*template)->has_languages)
		return Reject(source, key, ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
					  psprintf("template \"%s\" for documents of type \"%s\" has languages",
							   TextDatumGetCString((*template)->code), document_type),
					  "A template that logs documents has no language rows.");
	return DOCUMENT_LOGGED;
}

/*
 * Filling the entry
 */

static void
SetOptional(LogEntry *entry, LogColumn column, Datum value)
{
	if (value != (Datum) 0)
		SetColumn(entry, column, value);
}

static void
CopyColumns(const Datum *values, const bool *isnull, LogEntry *entry)
{
	for (int i = 0; i < lengthof(copied_columns); i++)
	{
		LogColumn	to = copied_columns[i].to;

		entry->follows[to] = true;
		if (!isnull[copied_columns[i].from])
			SetColumn(entry, to, values[copied_columns[i].from]);
	}
}

static void
ApplyTemplate(const DocumentTemplate *template, LogEntry *entry)
{
	SetColumn(entry, LOG_INTERACTION_TEMPLATE_CODE, template->code);
	SetColumn(entry, LOG_INTERACTION_GROUP_CODE, template->group_code);
	SetColumn(entry, LOG_COST, template->cost);
	SetColumn(entry, LOG_DURATION_MINUTES, template->duration);
	SetOptional(entry, LOG_INFORMATION_FLOW, template->information_flow);
	SetOptional(entry, LOG_INITIATED_BY, template->initiated_by);
	SetOptional(entry, LOG_CORRESPONDENCE_TYPE, template->correspondence_type);
	SetColumn(entry, LOG_CAMPAIGN_TARGET, BoolGetDatum(template->campaign_target));
	SetColumn(entry, LOG_CAMPAIGN_RESPONSE, BoolGetDatum(template->campaign_response));
}

/* Give a column its default; what stands in for the document's own value stays when the document is edited */
static void
DefaultColumn(LogEntry *entry, LogColumn column, Datum value)
{
	if (!entry->isnull[column] || value == (Datum) 0)
		return;
	SetColumn(entry, column, value);
	entry->follows[column] = false;
}

static void
SetContact(const DocumentContact *contact, LogEntry *entry)
{
	if (contact->contact_id != 0)
		SetColumn(entry, LOG_CONTACT_ID, Int64GetDatum(contact->contact_id));
	if (contact->company_id != 0)
		SetColumn(entry, LOG_COMPANY_ID, Int64GetDatum(contact->company_id));
	if (contact->salesperson_code)
		DefaultColumn(entry, LOG_SALESPERSON_CODE, CStringGetTextDatum(contact->salesperson_code));
}

/* The day of the document, or the day on which it is logged, which stays */
static void
SetDate(LogEntry *entry)
{
	if (LogOnPostingDate())
	{
		SetColumn(entry, LOG_INTERACTION_DATE, entry->values[LOG_POSTING_DATE]);
		entry->follows[LOG_INTERACTION_DATE] = true;
	}
	else
		SetColumn(entry, LOG_INTERACTION_DATE, WorkDate());
}

static void
FillEntry(DocumentReader *reader, const Source *source, const char *key, const Datum *values, const bool *isnull,
		  const DocumentTemplate *template, const DocumentContact *contact, LogEntry *entry)
{
	memset(entry->isnull, true, sizeof(entry->isnull));
	memset(entry->follows, false, sizeof(entry->follows));

	CopyColumns(values, isnull, entry);
	if (!isnull[DOC_CONTACT_NO])
		SetColumn(entry, LOG_CONTACT_KEY, values[DOC_CONTACT_NO]);
	ApplyTemplate(template, entry);
	DefaultColumn(entry, LOG_DESCRIPTION, template->description);
	DefaultColumn(entry, LOG_CAMPAIGN_NO, template->campaign_no);
	if (entry->isnull[LOG_LEGAL_ENTITY])
		SetColumn(entry, LOG_LEGAL_ENTITY, CStringGetTextDatum(source->legal_entity));

	SetContact(contact, entry);
	SetDate(entry);
	SetColumn(entry, LOG_INTERACTION_AT, reader->now);
	SetColumn(entry, LOG_USER_NAME, reader->user_name);
	SetColumn(entry, LOG_ATTEMPT_FAILED, BoolGetDatum(false));
	SetColumn(entry, LOG_CANCELED, BoolGetDatum(false));
	SetColumn(entry, LOG_POSTPONED, BoolGetDatum(false));
	SetColumn(entry, LOG_SOURCE_ID, Int32GetDatum(source->source_id));
	SetColumn(entry, LOG_DOCUMENT_KEY, CStringGetTextDatum(key));
	SetColumn(entry, LOG_POSTED, BoolGetDatum(true));
}

/* Make an entry of a row of the mapping query. values live as long as the entry. */
DocumentFate
ReadDocument(DocumentReader *reader, const Source *source, const char *key,
			 const Datum *values, const bool *isnull, LogEntry *entry)
{
	const DocumentTemplate *template;
	DocumentContact contact;
	DocumentFate fate;

	fate = CheckDocument(source, key, values, isnull);
	if (fate == DOCUMENT_LOGGED)
		fate = FindTemplate(source, key, TextDatumGetCString(values[DOC_DOCUMENT_TYPE]), &template);
	if (fate == DOCUMENT_LOGGED)
		fate = FindDocumentContact(reader, source, key, values, isnull, &contact);
	if (fate == DOCUMENT_LOGGED)
		FillEntry(reader, source, key, values, isnull, template, &contact, entry);
	return fate;
}
