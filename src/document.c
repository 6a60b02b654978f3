/*
 * Documents: the columns of their mapping query, and what an entry makes of them
 * (domain/1 section 8.10).
 *
 * Everything that can be wrong with a document is found out here, before anything is
 * written; it becomes a row of crm.posting_problem, and the posting goes on.
 * */
#include "document.h"
#include "contact_lookup.h"
#include "document_template.h"
#include "problem.h"

#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/date.h"
#include "utils/numeric.h"

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
	DOC_CLOSED_BY_DOCUMENT_NO,
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
	[DOC_CLOSED_BY_DOCUMENT_NO] = {"closed_by_document_no", "text"},
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
	{DOC_CLOSED_BY_DOCUMENT_NO, LOG_CLOSED_BY_DOCUMENT_NO},
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
	ContactLookup *contacts;
	Datum		user_name;
	Datum		now;
};

#define MAX_KEY_LENGTH 255
#define MAX_OPPORTUNITY_LENGTH 100

/* The session's user may have been dropped meanwhile */
static char *
SessionUserName(void)
{
	char	   *name = GetUserNameFromId(GetSessionUserId(), true);

	return name ? name : psprintf("%u", GetSessionUserId());
}

/* many: more than a few documents are to be read */
DocumentReader *
OpenDocumentReader(bool many)
{
	DocumentReader *reader = palloc0(sizeof(DocumentReader));

	reader->contacts = OpenContactLookup(many);
	reader->user_name = CStringGetTextDatum(SessionUserName());
	reader->now = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
	return reader;
}

void
CloseDocumentReader(DocumentReader *reader)
{
	CloseContactLookup(reader->contacts);
	pfree(reader);
}

/*
 * Finding the contact
 */

/* The contact that the document names itself, else that of the partner's card */
static DocumentFate
FindDocumentContact(DocumentReader *reader, const Source *source,
					const Datum *values, const bool *isnull, FoundContact *contact)
{
	bool		found = false;

	memset(contact, 0, sizeof(FoundContact));
	if (isnull[DOC_CONTACT_NO] && isnull[DOC_CONTACT_KEY] && isnull[DOC_PARTNER_KEY])
		return source->skip_without_partner ? DOCUMENT_NOT_LOGGED : DOCUMENT_LOGGED;

	if (!isnull[DOC_CONTACT_NO])
		found = FindContactByNo(reader->contacts, values[DOC_CONTACT_NO], contact);
	else
	{
		if (!isnull[DOC_CONTACT_KEY])
			found = FindContactByCard(reader->contacts, source->partner_source_id, values[DOC_CONTACT_KEY], true, contact);
		if (!found && !isnull[DOC_PARTNER_KEY])
			found = FindContactByCard(reader->contacts, source->partner_source_id, values[DOC_PARTNER_KEY], false, contact);
	}
	return found ? DOCUMENT_LOGGED : DOCUMENT_CONTACT_UNKNOWN;
}

/* Say whom the document names */
void
RecordUnknownContact(const Source *source, const char *key, const Datum *values, const bool *isnull)
{
	DocumentColumn column = !isnull[DOC_CONTACT_NO] ? DOC_CONTACT_NO
		: !isnull[DOC_PARTNER_KEY] ? DOC_PARTNER_KEY : DOC_CONTACT_KEY;
	const char *what = column == DOC_CONTACT_NO ? "contact" : column == DOC_PARTNER_KEY ? "partner" : "contact card";

	RecordProblem(source->source_id, key, ERRCODE_NO_DATA_FOUND,
				  psprintf("%s \"%s\" of document \"%s\" is not known to crm", what, TextDatumGetCString(values[column]), key),
				  NULL, "Make the contact known and call crm.replay_problems().");
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
	for (int i = 0; i < document_shape.ncolumns; i++)
		if (strncmp(document_columns[i].type ? document_columns[i].type : "", "numeric", 7) == 0 &&
			!isnull[i] && numeric_is_nan(DatumGetNumeric(values[i])))
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
		return Reject(source, NULL, ERRCODE_STRING_DATA_RIGHT_TRUNCATION,
					  psprintf("document key \"%s...\" is too long", pnstrdup(key, pg_mbcliplen(key, strlen(key), 40))), "A key has at most 255 bytes.");
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
	DefaultColumn(entry, LOG_DESCRIPTION, template->description);
	DefaultColumn(entry, LOG_CAMPAIGN_NO, template->campaign_no);
}

/* As opportunities have it; the log's index takes none that is too long */
static void
SetOpportunityNo(const Source *source, const char *key, LogEntry *entry)
{
	bool	   *isnull = &entry->isnull[LOG_OPPORTUNITY_NO];
	Datum		code;
	char	   *number;

	if (*isnull)
		return;
	code = entry->values[LOG_OPPORTUNITY_NO] = NormalizeCode(entry->values[LOG_OPPORTUNITY_NO], DEFAULT_COLLATION_OID, isnull);
	if (VARSIZE_ANY_EXHDR(DatumGetPointer(code)) <= MAX_OPPORTUNITY_LENGTH)
		return;
	*isnull = true;
	number = TextDatumGetCString(code);
	RecordProblem(source->source_id, key, ERRCODE_STRING_DATA_RIGHT_TRUNCATION,
				  psprintf("opportunity number \"%s...\" of document \"%s\" is too long", pnstrdup(number, pg_mbcliplen(number, strlen(number), 40)), key),
				  NULL, "A number has at most 100 bytes. The document is logged without it.");
}

static void
SetContact(const FoundContact *contact, LogEntry *entry)
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
		  const DocumentTemplate *template, const FoundContact *contact, LogEntry *entry)
{
	memset(entry->isnull, true, sizeof(entry->isnull));
	memset(entry->follows, false, sizeof(entry->follows));

	CopyColumns(values, isnull, entry);
	SetOpportunityNo(source, key, entry);
	if (!isnull[DOC_CONTACT_NO])
		SetColumn(entry, LOG_CONTACT_KEY, values[DOC_CONTACT_NO]);
	if (template->logged)
		ApplyTemplate(template, entry);
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
	SetColumn(entry, LOG_LINKED_BY_HAND, BoolGetDatum(false));
}

/* What may have come from the template or the contact at logging time stays where the document says nothing */
static void
KeepDefaults(LogEntry *entry)
{
	static const LogColumn defaulted[] = {LOG_DESCRIPTION, LOG_CAMPAIGN_NO, LOG_SALESPERSON_CODE};

	for (int i = 0; i < lengthof(defaulted); i++)
		if (entry->isnull[defaulted[i]])
			entry->follows[defaulted[i]] = false;
}

/* Make an entry of a row of the mapping query. values live as long as the entry. */
DocumentFate
ReadDocument(DocumentReader *reader, const Source *source, const char *key,
			 const Datum *values, const bool *isnull, LogEntry *entry)
{
	const DocumentTemplate *template;
	FoundContact contact = {0};
	DocumentFate fate;

	fate = CheckDocument(source, key, values, isnull);
	if (fate == DOCUMENT_LOGGED)
		fate = FindTemplate(source, key, TextDatumGetCString(values[DOC_DOCUMENT_TYPE]), &template);
	if (fate == DOCUMENT_LOGGED)
		fate = FindDocumentContact(reader, source, values, isnull, &contact);
	if (fate != DOCUMENT_PROBLEM)
		FillEntry(reader, source, key, values, isnull, template, &contact, entry);
	if (fate != DOCUMENT_PROBLEM && fate != DOCUMENT_LOGGED)
		KeepDefaults(entry);
	return fate;
}
