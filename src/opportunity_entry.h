/*
 * Entries of opportunities: what the actions on an opportunity write, and what revises it.
 */
#ifndef CRM_OPPORTUNITY_ENTRY_H
#define CRM_OPPORTUNITY_ENTRY_H

#include "crm.h"

#include "catalog/pg_type.h"

/* What is known of an entry before it is written: the arguments of all statements about it */
typedef enum DraftField
{
	OPPORTUNITY_NO,
	FORMER_ID,					/* the active entry, which this one follows */
	STAGE,						/* 0 closes */
	ACTION_TAKEN,
	RESETS_CHANCES,				/* the stage's chances win over typed ones */
	ESTIMATED_VALUE,			/* in the opportunity's currency; of won ones the sales value */
	CHANCES_PCT,
	DATE_OF_CHANGE,
	ESTIMATED_CLOSE_DATE,
	CURRENCY_RATE,
	CLOSE_OPPORTUNITY_CODE,
	DRAFT_FIELDS
} DraftField;

#define DRAFT_TYPES {TEXTOID, INT8OID, INT4OID, TEXTOID, BOOLOID, NUMERICOID, NUMERICOID, DATEOID, DATEOID, NUMERICOID, TEXTOID}

typedef struct EntryDraft
{
	Datum		values[DRAFT_FIELDS];
	bool		isnull[DRAFT_FIELDS];
	char	   *opportunity_no;
	char	   *status;			/* of the opportunity, as it is locked */
} EntryDraft;

/* opportunity_entry.c. Within EnterCrm() */
extern void StartDraft(EntryDraft *draft, FunctionCallInfo fcinfo, const DraftField *fields, int nfields);
extern void SetDraftText(EntryDraft *draft, DraftField field, const char *value);
extern void LockDraft(EntryDraft *draft);
extern bool CheckDraft(Statement *statement, EntryDraft *draft);
extern Datum AppendOpportunityEntry(EntryDraft *draft);
extern Datum OneOpportunity(Datum opportunity_no);
extern int	ReviseEntries(Datum opportunity_nos, Datum calcd_current_value, bool keep_value);

/* opportunity.c: writing an opportunity with what follows from actions on it, which nobody may set by hand */
extern int	WriteOpportunity(Statement *statement, Datum *values, const bool *isnull);

/* opportunity_action.c: the first action. Within EnterCrm() */
extern void ActivateOpportunity(EntryDraft *draft);

/* task.c */
extern void CancelOpenTasks(EntryDraft *draft);
extern void CreateTasks(Datum entry_no);
extern void CheckTasksClosed(EntryDraft *draft);

#endif
