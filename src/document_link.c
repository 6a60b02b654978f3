/*
 * crm.link_document() and crm.unlink_document(): an opportunity and a document that does not name it.
 *
 * The link is on the entry of the document in the log, where the posting engine leaves it alone as long as the document
 * names no opportunity itself. Entry first, then opportunity, as a posting locks them.
 */
#include "opportunity_document.h"
#include "source.h"

#include "catalog/pg_type.h"

PG_FUNCTION_INFO_V1(crm_link_document);
PG_FUNCTION_INFO_V1(crm_unlink_document);

#define SELECT_OPPORTUNITY "SELECT opportunity_no, status, source_id, document_key" \
	" FROM crm_data.opportunity WHERE opportunity_no = crm_data.as_code($1)"

/* The number as it is written; the one row of the SPI result has it, the status, and the document that it is linked with */
static char *
ReadOpportunity(const char *opportunity_no, bool lock)
{
	static Statement select_opportunity = {
		.sql = SELECT_OPPORTUNITY,
		.nargs = 1,.argtypes = {TEXTOID}
	};
	static Statement lock_opportunity = {
		.sql = SELECT_OPPORTUNITY " FOR UPDATE",
		.nargs = 1,.argtypes = {TEXTOID}
	};
	Datum		number = CStringGetTextDatum(opportunity_no);

	if ((lock ? WriteAtPresent(&lock_opportunity, &number, NULL) : RunAtPresent(&select_opportunity, &number, NULL)) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("opportunity \"%s\" does not exist", opportunity_no)));
	return ResultText(0, 1);
}

/* Lock the entry of a document; its type, opportunity, and whether a user linked it are the SPI result. false if there is none. */
static bool
LockEntry(int32 source_id, const char *document_key)
{
	static Statement lock_entry = {
		.sql = "SELECT document_type, opportunity_no, linked_by_hand FROM crm_data.interaction"
		" WHERE source_id = $1 AND document_key = $2 AND posted FOR NO KEY UPDATE",
		.nargs = 2,.argtypes = {INT4OID, TEXTOID}
	};
	Datum		values[2] = {Int32GetDatum(source_id), CStringGetTextDatum(document_key)};

	return WriteAtPresent(&lock_entry, values, NULL) > 0;
}

static void
SetOpportunity(int32 source_id, const char *document_key, const char *opportunity_no)
{
	static Statement update_entry = {
		.sql = "UPDATE crm_data.interaction SET opportunity_no = $3, linked_by_hand = $3 IS NOT NULL"
		" WHERE source_id = $1 AND document_key = $2 AND posted",
		.nargs = 3,.argtypes = {INT4OID, TEXTOID, TEXTOID}
	};
	Datum		values[3] = {Int32GetDatum(source_id), CStringGetTextDatum(document_key)};
	bool		isnull[3] = {false, false, opportunity_no == NULL};

	if (opportunity_no)
		values[2] = CStringGetTextDatum(opportunity_no);
	WriteAtPresent(&update_entry, values, isnull);
}

static void
RefuseOwnWord(const char *document_key, const char *opportunity_no)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("document \"%s\" names opportunity \"%s\" itself", document_key, opportunity_no),
			 errhint("Change it where the document is written.")));
}

/* Take a document away from the opportunity that a user linked it with, if any and if this may be */
static void
LeaveFormer(DocumentEvent event, char *former, bool by_hand, bool move)
{
	if (former == NULL)
		return;
	if (!by_hand)
		RefuseOwnWord(event.document_key, former);
	if (!move)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("document \"%s\" is linked with opportunity \"%s\"", event.document_key, former),
				 errhint("With the argument \"move\" it is moved.")));
	SetOpportunity(event.source_id, event.document_key, NULL);
	event.kind = DOCUMENT_GONE;
	event.opportunity_no = former;
	event.by_hand = false;
	SettleEvent(&event, true);
}

static DocumentEventKind
LinkableKind(const char *document_key, const char *document_type)
{
	DocumentEventKind kind = EventOfType(document_type);

	if (kind == NO_EVENT)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("document \"%s\" is a %s", document_key, document_type),
				 errhint("An opportunity is linked with sales quotes, sales orders and sales invoices.")));
	return kind;
}

/* crm.link_document(opportunity_no, source_name, document_key, move) */
Datum
crm_link_document(PG_FUNCTION_ARGS)
{
	char	   *source_name = text_to_cstring(PG_GETARG_TEXT_PP(1));
	DocumentEvent event = {
		.source_id = SourceIdByName(source_name),
		.document_key = text_to_cstring(PG_GETARG_TEXT_PP(2)),
		.by_hand = true
	};
	CrmScope	scope = EnterCrm();
	char	   *former;
	bool		by_hand;

	event.opportunity_no = ReadOpportunity(text_to_cstring(PG_GETARG_TEXT_PP(0)), false);
	if (!LockEntry(event.source_id, event.document_key))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("\"%s\" has no document \"%s\" in the log", source_name, event.document_key)));
	event.kind = LinkableKind(event.document_key, ResultText(0, 1));
	former = ResultText(0, 2);
	by_hand = ResultTrue(0, 3);

	if (former == NULL || strcmp(former, event.opportunity_no) != 0)
	{
		LeaveFormer(event, former, by_hand, PG_GETARG_BOOL(3));
		SetOpportunity(event.source_id, event.document_key, event.opportunity_no);
	}
	SettleEvent(&event, true);
	LeaveCrm(scope);
	PG_RETURN_VOID();
}

/* The link of the opportunity in the SPI result; a closed one keeps its own */
static DocumentEvent
LinkToClear(const char *opportunity_no, bool lock)
{
	DocumentEvent event = {.kind = DOCUMENT_GONE,.opportunity_no = ReadOpportunity(opportunity_no, lock)};
	bool		isnull;

	event.source_id = DatumGetInt32(ResultValue(0, 3, &isnull));
	event.document_key = ResultText(0, 4);
	if (event.document_key == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("opportunity \"%s\" is linked with no document", event.opportunity_no)));
	if (strcmp(ResultText(0, 2), "in progress") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("opportunity \"%s\" is %s", event.opportunity_no, ResultText(0, 2)),
				 errhint("Its document cannot be changed any more.")));
	return event;
}

/*
 * Lock the opportunity that an event was read of. Whoever it, or the entry, was waited for may have closed it or linked it
 * with another document, whose entry it is too late to lock.
 */
static void
LockLink(const DocumentEvent *event)
{
	DocumentEvent now = LinkToClear(event->opportunity_no, true);

	if (now.source_id != event->source_id || strcmp(now.document_key, event->document_key) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("opportunity \"%s\" has been linked with another document by now", event->opportunity_no),
				 errhint("Try again.")));
}

/* crm.unlink_document(opportunity_no) */
Datum
crm_unlink_document(PG_FUNCTION_ARGS)
{
	CrmScope	scope = EnterCrm();
	DocumentEvent event = LinkToClear(text_to_cstring(PG_GETARG_TEXT_PP(0)), false);
	bool		logged = LockEntry(event.source_id, event.document_key);
	bool		by_hand = logged && ResultTrue(0, 3);

	LockLink(&event);
	if (logged)
	{
		if (!by_hand)
			RefuseOwnWord(event.document_key, event.opportunity_no);
		SetOpportunity(event.source_id, event.document_key, NULL);
	}
	SettleEvent(&event, true);
	LeaveCrm(scope);
	PG_RETURN_VOID();
}
