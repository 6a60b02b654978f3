/*
 * Telling the classification whose figures have changed.
 *
 * A change appends a row to crm_data.contact_change in its own transaction: writers never wait for
 * each other, and a change that is rolled back was never told. The row is written even if the contact
 * has one already: somebody with an older snapshot may just be taking that one into account and away.
 *
 * While no question is automatic, nothing is appended. A transaction that has found that out must not
 * go on when the first such question comes into being, so making one waits for those that are
 * writing and keeps new ones waiting until it is committed; it happens once.
 */
#include "contact_change.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "storage/lmgr.h"
#include "utils/datum.h"
#include "utils/inval.h"
#include "utils/rel.h"
#include "utils/xid8.h"

PG_FUNCTION_INFO_V1(crm_note_contact_change);
PG_FUNCTION_INFO_V1(crm_track_changes);
PG_FUNCTION_INFO_V1(crm_note_truncation);

static Oid	watched_table;
static bool tracked;
static bool stale = true;

static void
QuestionsChanged(Datum arg, Oid relid)
{
	if (relid == InvalidOid || relid == watched_table)
		stale = true;
}

#define AUTOMATIC_LINE "SELECT FROM crm_data.questionnaire_line" \
	" WHERE (auto_classification OR contact_class_field IS NOT NULL)"

static void
LookForQuestions(void)
{
	static Statement find = {.sql = AUTOMATIC_LINE " LIMIT 1"};
	CrmScope	scope = EnterCrm();

	/* Should this be interrupted, changes are noted that nobody may want */
	watched_table = CrmTable("questionnaire_line");
	tracked = true;
	stale = false;
	tracked = RunAtPresent(&find, NULL, NULL) > 0;
	LeaveCrm(scope);
}

/* Whether anybody wants to know. The caller has locked what it is going to write. */
bool
ChangesAreTracked(void)
{
	static bool registered = false;

	if (!registered)
		CacheRegisterRelcacheCallback(QuestionsChanged, (Datum) 0);
	registered = true;
	if (stale)
		LookForQuestions();
	return tracked;
}

static bool
IsRepeated(const ContactChanges *changes, const Datum *values, const bool *isnull)
{
	return changes->relation &&
		memcmp(changes->last, values, sizeof(changes->last)) == 0 &&
		memcmp(changes->last_isnull, isnull, sizeof(changes->last_isnull)) == 0;
}

void
NoteContactChange(ContactChanges *changes, Datum contact_id, bool contact_isnull, Datum company_id, bool company_isnull)
{
	Datum		values[] = {
		contact_isnull ? 0 : contact_id, company_isnull ? 0 : company_id, FullTransactionIdGetDatum(GetTopFullTransactionId())
	};
	bool		isnull[] = {contact_isnull, company_isnull, false};
	HeapTuple	tuple;

	if ((contact_isnull && company_isnull) || IsRepeated(changes, values, isnull))
		return;
	if (changes->relation == NULL)
		changes->relation = table_open(CrmTable("contact_change"), RowExclusiveLock);
	tuple = heap_form_tuple(RelationGetDescr(changes->relation), values, isnull);
	simple_heap_insert(changes->relation, tuple);
	heap_freetuple(tuple);
	memcpy(changes->last, values, sizeof(changes->last));
	memcpy(changes->last_isnull, isnull, sizeof(changes->last_isnull));
}

void
CloseContactChanges(ContactChanges *changes)
{
	if (changes->relation)
		table_close(changes->relation, NoLock);
	changes->relation = NULL;
}

static void
NoteTuple(ContactChanges *changes, Relation relation, HeapTuple tuple)
{
	bool		has_company = SPI_fnumber(RelationGetDescr(relation), "company_id") > 0;
	bool		contact_isnull,
				company_isnull = true;
	Datum		contact_id = ColumnOf(relation, tuple, "contact_id", &contact_isnull);
	Datum		company_id = has_company ? ColumnOf(relation, tuple, "company_id", &company_isnull) : 0;

	NoteContactChange(changes, contact_id, contact_isnull, company_id, company_isnull);
}

/* AFTER INSERT OR UPDATE OR DELETE of what has a contact_id: of the log where SQL writes it, of contacts, relations, opportunities */
Datum
crm_note_contact_change(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "note_contact_change");
	ContactChanges changes = {NULL};

	if (!ChangesAreTracked())
		return PointerGetDatum(NULL);
	NoteTuple(&changes, trigger->tg_relation, trigger->tg_trigtuple);
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		NoteTuple(&changes, trigger->tg_relation, trigger->tg_newtuple);
	CloseContactChanges(&changes);
	return PointerGetDatum(NULL);
}

/* AFTER INSERT OR UPDATE ON crm_data.questionnaire_line, of a question that is automatic: see above */
Datum
crm_track_changes(PG_FUNCTION_ARGS)
{
	static const char *const written[] = {"contact", "contact_business_relation", "interaction", "opportunity_entry"};
	static Statement find_other = {
		.sql = AUTOMATIC_LINE " AND (questionnaire_code, line_no) <> ($1, $2) LIMIT 1 FOR SHARE",
		.nargs = 2, .argtypes = {TEXTOID, INT4OID}
	};
	TriggerData *trigger = CheckRowTrigger(fcinfo, "track_changes");
	HeapTuple	line = NewTuple(trigger);
	bool		isnull;
	Datum		values[] = {
		ColumnOf(trigger->tg_relation, line, "questionnaire_code", &isnull),
		ColumnOf(trigger->tg_relation, line, "line_no", &isnull)
	};
	CrmScope	scope = EnterCrm();

	/* Another one that stays, not one that somebody is just removing */
	if (RunStatement(&find_other, values, NULL) == 0)
		for (int i = 0; i < lengthof(written); i++)
			LockRelationOid(CrmTable(written[i]), ShareRowExclusiveLock);
	LeaveCrm(scope);
	return PointerGetDatum(NULL);
}

/* AFTER TRUNCATE of what a classification is made of, or of the answers that it has written: it starts again, in all sessions */
Datum
crm_note_truncation(PG_FUNCTION_ARGS)
{
	static Statement forget = {.sql = "DELETE FROM crm_data.classification_state"};
	CrmScope	scope;

	CheckTrigger(fcinfo, "note_truncation");
	scope = EnterCrm();
	RunStatement(&forget, NULL, NULL);
	CacheInvalidateRelcacheByRelid(CrmTable("questionnaire_line"));
	LeaveCrm(scope);
	return PointerGetDatum(NULL);
}
