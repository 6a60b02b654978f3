/*
 * Rows of crm_data.interaction as the engine writes them.
 */
#ifndef CRM_INTERACTION_LOG_H
#define CRM_INTERACTION_LOG_H

#include "crm.h"

/* Columns in the order of the table; only ever extended at the end */
typedef enum LogColumn
{
	LOG_INTERACTION_ID = 1,
	LOG_CONTACT_ID,
	LOG_COMPANY_ID,
	LOG_INTERACTION_DATE,
	LOG_INTERACTION_AT,
	LOG_DESCRIPTION,
	LOG_SUBJECT,
	LOG_INFORMATION_FLOW,
	LOG_INITIATED_BY,
	LOG_COST,
	LOG_DURATION_MINUTES,
	LOG_INTERACTION_GROUP_CODE,
	LOG_INTERACTION_TEMPLATE_CODE,
	LOG_LANGUAGE_CODE,
	LOG_CAMPAIGN_NO,
	LOG_CAMPAIGN_TARGET,
	LOG_CAMPAIGN_RESPONSE,
	LOG_OPPORTUNITY_NO,
	LOG_SALESPERSON_CODE,
	LOG_USER_NAME,
	LOG_EVALUATION,
	LOG_ATTEMPT_FAILED,
	LOG_CORRESPONDENCE_TYPE,
	LOG_DELIVERY_STATUS,
	LOG_CONTACT_ALT_ADDRESS_CODE,
	LOG_CONTACT_VIA,
	LOG_CANCELED,
	LOG_POSTPONED,
	LOG_SOURCE_ID,
	LOG_DOCUMENT_KEY,
	LOG_POSTED,
	LOG_REVERSAL_OF,
	LOG_DOCUMENT_TYPE,
	LOG_DOCUMENT_NO,
	LOG_VERSION_NO,
	LOG_OCCURRENCE_NO,
	LOG_PARTNER_KEY,
	LOG_CONTACT_KEY,
	LOG_POSTING_DATE,
	LOG_DUE_DATE,
	LOG_CLOSED_DATE,
	LOG_CURRENCY_CODE,
	LOG_CURRENCY_RATE,
	LOG_AMOUNT,
	LOG_DOCUMENT_AMOUNT,
	LOG_PROFIT,
	LOG_DISCOUNT,
	LOG_REMAINING_AMOUNT,
	LOG_ITEM_NOS,
	LOG_LEGAL_ENTITY,
	LOG_CLOSED_BY_DOCUMENT_NO,
	LOG_LINKED_BY_HAND,
	LOG_COLUMNS = LOG_LINKED_BY_HAND
} LogColumn;

/* An entry; arrays are indexed by LogColumn, so element 0 is unused */
typedef struct LogEntry
{
	Datum		values[LOG_COLUMNS + 1];
	bool		isnull[LOG_COLUMNS + 1];
	bool		follows[LOG_COLUMNS + 1];	/* an edited document changes these columns */
} LogEntry;

typedef struct InteractionLog InteractionLog;

extern InteractionLog *OpenInteractionLog(void);
extern void CloseInteractionLog(InteractionLog *log);
extern void FlushInteractionLog(InteractionLog *log);
extern void AppendEntry(InteractionLog *log, LogEntry *entry);
extern void ReconcileEntry(InteractionLog *log, LogEntry *entry);
extern bool ReconcileHistory(InteractionLog *log, LogEntry *entry);
extern void RemoveEntry(InteractionLog *log, int32 source_id, const char *key, bool reverse, bool gone);
extern int64 AppendedEntries(const InteractionLog *log);
extern void NoteReplay(InteractionLog *log, int32 source_id, const char *key);
extern bool HasLiveEntries(InteractionLog *log, int32 source_id);

static inline void
SetColumn(LogEntry *entry, LogColumn column, Datum value)
{
	entry->values[column] = value;
	entry->isnull[column] = false;
}

#endif
