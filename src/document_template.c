/*
 * The templates of document types, remembered per backend.
 *
 * The tables that decide are changed by people, rarely; a statement trigger on each
 * sends a relation-cache invalidation of crm_data.interaction_template_setup, which is
 * transactional and reaches every backend.
 */
#include "crm.h"
#include "document_template.h"

#include "catalog/pg_type.h"
#include "utils/datum.h"
#include "utils/inval.h"
#include "utils/memutils.h"

static MemoryContext context;
static HTAB *templates;
static Oid	watched_table;
static bool log_on_posting_date;
static bool stale = true;

static void
InvalidateTemplates(Datum arg, Oid relid)
{
	if (relid == InvalidOid || relid == watched_table)
		stale = true;
}

/* A text of the result as a text datum of the cache's, 0 for a null */
static Datum
KeepVarlena(uint64 row, int column)
{
	bool		isnull;
	Datum		value = ResultValue(row, column, &isnull);
	MemoryContext caller;

	if (isnull)
		return (Datum) 0;
	caller = MemoryContextSwitchTo(context);
	value = datumCopy(value, false, -1);
	MemoryContextSwitchTo(caller);
	return value;
}

static void
ReadTemplate(DocumentTemplate *template, const char *document_type)
{
	static Statement select_template = {
		.sql = "SELECT t.interaction_template_code IS NOT NULL,"
		" EXISTS (SELECT FROM crm_data.interaction_template_language AS l WHERE l.interaction_template_code = t.interaction_template_code),"
		" t.interaction_template_code, t.interaction_group_code, t.description, t.unit_cost, t.unit_duration_minutes,"
		" t.information_flow, t.initiated_by, t.campaign_no, t.correspondence_type, t.campaign_target, t.campaign_response"
		" FROM crm_data.interaction_purpose AS p LEFT JOIN crm_data.interaction_template_setup AS s USING (purpose)"
		" LEFT JOIN crm_data.interaction_template AS t USING (interaction_template_code)"
		" WHERE p.purpose = $1 AND p.side <> 'none'",
		.nargs = 1,.argtypes = {TEXTOID}
	};
	Datum		purpose = CStringGetTextDatum(document_type);

	template->known = RunAtPresent(&select_template, &purpose, NULL) > 0;
	template->logged = template->known && ResultTrue(0, 1);
	if (!template->logged)
		return;

	template->has_languages = ResultTrue(0, 2);
	template->code = KeepVarlena(0, 3);
	template->group_code = KeepVarlena(0, 4);
	template->description = KeepVarlena(0, 5);
	template->cost = KeepVarlena(0, 6);
	template->duration = KeepVarlena(0, 7);
	template->information_flow = KeepVarlena(0, 8);
	template->initiated_by = KeepVarlena(0, 9);
	template->campaign_no = KeepVarlena(0, 10);
	template->correspondence_type = KeepVarlena(0, 11);
	template->campaign_target = ResultTrue(0, 12);
	template->campaign_response = ResultTrue(0, 13);
}

static void
ReadSetup(void)
{
	static Statement select_setup = {
		.sql = "SELECT log_document_on = 'posting date' FROM crm_data.setup"
	};

	log_on_posting_date = RunAtPresent(&select_setup, NULL, NULL) == 0 || ResultTrue(0, 1);
}

/* Start anew; entries that wait to be written may point into the old templates, so these go with the transaction */
static void
ResetTemplates(void)
{
	HASHCTL		control = {.keysize = NAMEDATALEN, .entrysize = sizeof(DocumentTemplate)};
	CrmScope	scope;

	if (context == NULL)
		CacheRegisterRelcacheCallback(InvalidateTemplates, (Datum) 0);
	else
		MemoryContextSetParent(context, TopTransactionContext);
	context = AllocSetContextCreate(CacheMemoryContext, "crm document templates", ALLOCSET_SMALL_SIZES);
	control.hcxt = context;
	templates = hash_create("crm document templates", 32, &control, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	watched_table = CrmTable("interaction_template_setup");

	stale = false;
	scope = EnterCrm();
	ReadSetup();
	LeaveCrm(scope);
}

/* The template that logs this type of document; check known, logged and has_languages */
const DocumentTemplate *
FindDocumentTemplate(const char *document_type)
{
	DocumentTemplate *template;

	if (stale)
		ResetTemplates();

	template = hash_search(templates, document_type, HASH_FIND, NULL);
	if (template == NULL)
	{
		DocumentTemplate read = {0};
		CrmScope	scope = EnterCrm();

		ReadTemplate(&read, document_type);
		LeaveCrm(scope);

		strlcpy(read.document_type, document_type, NAMEDATALEN);
		template = hash_search(templates, read.document_type, HASH_ENTER, NULL);
		*template = read;
	}
	return template;
}

/* Is the interaction dated by the document, or by the day on which it is logged? */
bool
LogOnPostingDate(void)
{
	if (stale)
		ResetTemplates();
	return log_on_posting_date;
}
