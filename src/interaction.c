/*
 * Interactions by hand (domain/1 sections 8.5 to 8.14).
 *
 * What a caller leaves out is filled in by crm_data.interaction_draft(), which holds
 * the rules of precedence, one expression each. The draft is written first and judged
 * as it stands in the log: an error takes the statement back.
 */
#include "crm.h"

#include "catalog/pg_type.h"

PG_FUNCTION_INFO_V1(crm_log_interaction);
PG_FUNCTION_INFO_V1(crm_resume_interaction);
PG_FUNCTION_INFO_V1(crm_log_call);
PG_FUNCTION_INFO_V1(crm_cancel_interaction);

/* The arguments of crm.resume_interaction; those of crm.log_interaction begin with the second */
typedef enum Argument
{
	INTERACTION_ID,
	CONTACT_NO,
	TEMPLATE_CODE,
	SALESPERSON_CODE,
	INTERACTION_DATE,
	INTERACTION_AT,
	DESCRIPTION,
	SUBJECT,
	COST,
	DURATION_MINUTES,
	INFORMATION_FLOW,
	INITIATED_BY,
	EVALUATION,
	ATTEMPT_FAILED,
	CORRESPONDENCE_TYPE,
	LANGUAGE_CODE,
	CAMPAIGN_NO,
	CAMPAIGN_TARGET,
	CAMPAIGN_RESPONSE,
	OPPORTUNITY_NO,
	CONTACT_VIA,
	CONTACT_ALT_ADDRESS_CODE,
	ATTACHMENT_IDS,
	COMMENT,
	POSTPONED,
	DELIVER,
	NUM_ARGUMENTS
} Argument;

#define ARGUMENT_TYPES {INT8OID, TEXTOID, TEXTOID, TEXTOID, DATEOID, TIMESTAMPTZOID, TEXTOID, TEXTOID, \
	NUMERICOID, NUMERICOID, TEXTOID, TEXTOID, TEXTOID, BOOLOID, TEXTOID, TEXTOID, TEXTOID, BOOLOID, \
	BOOLOID, TEXTOID, TEXTOID, TEXTOID, INT8ARRAYOID, TEXTOID, BOOLOID, BOOLOID}

/* What interaction_draft() and resumed_draft() return, in their order */
#define DRAFT_COLUMNS "contact_id, company_id, interaction_date, interaction_at, description, subject," \
	" information_flow, initiated_by, cost, duration_minutes, interaction_group_code," \
	" interaction_template_code, language_code, campaign_no, campaign_target, campaign_response," \
	" opportunity_no, salesperson_code, user_name, evaluation, attempt_failed, correspondence_type," \
	" delivery_status, contact_alt_address_code, contact_via, postponed, legal_entity"

typedef struct Draft
{
	Datum		values[NUM_ARGUMENTS];
	bool		isnull[NUM_ARGUMENTS];
} Draft;

/* Columns of ReadEntry's result */
typedef enum Fact
{
	ENTRY_CONTACT = 1,
	ENTRY_CONTACT_BLOCKED,
	ENTRY_TEMPLATE,
	ENTRY_TEMPLATE_EXISTS,
	ENTRY_SALESPERSON,
	ENTRY_SALESPERSON_EXISTS,
	ENTRY_ALT_ADDRESS,
	ENTRY_ALT_ADDRESS_EXISTS,
	ENTRY_HAS_DATE,
	ENTRY_HAS_DESCRIPTION,
	ENTRY_CORRESPONDENCE,
	ENTRY_HAS_EMAIL,
	ENTRY_IS_OPENED,
	ENTRY_HAS_FILE
} Fact;

static char *
DraftText(const Draft *draft, Argument argument)
{
	return draft->isnull[argument] ? NULL : TextDatumGetCString(draft->values[argument]);
}

static bool
DraftTrue(const Draft *draft, Argument argument)
{
	return !draft->isnull[argument] && DatumGetBool(draft->values[argument]);
}

static void
SetDraft(Draft *draft, Argument argument, Datum value)
{
	draft->values[argument] = value;
	draft->isnull[argument] = false;
}

/* The caller's arguments, which begin at one of ours */
static void
GetArguments(FunctionCallInfo fcinfo, Argument first, Draft *draft)
{
	memset(draft->isnull, true, sizeof(draft->isnull));
	for (int i = first; i < NUM_ARGUMENTS; i++)
		if (!PG_ARGISNULL(i - first))
			SetDraft(draft, i, PG_GETARG_DATUM(i - first));
}

/* A new entry of the log */
static void
InsertEntry(Draft *draft)
{
	static Statement insert = {
		.sql = "INSERT INTO crm_data.interaction (" DRAFT_COLUMNS ")"
		" SELECT * FROM crm_data.interaction_draft($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,"
		" $15, $16, $17, $18, $19, $20, $21, $22, $25, $26) RETURNING interaction_id",
		.nargs = NUM_ARGUMENTS, .argtypes = ARGUMENT_TYPES
	};
	bool		isnull;

	RunStatement(&insert, draft->values, draft->isnull);
	SetDraft(draft, INTERACTION_ID, ResultValue(0, 1, &isnull));
}

/* A postponed entry, written again */
static void
OverwriteEntry(Draft *draft)
{
	static Statement lock = {
		.sql = "SELECT postponed FROM crm_data.interaction WHERE interaction_id = $1 FOR UPDATE",
		.nargs = NUM_ARGUMENTS, .argtypes = ARGUMENT_TYPES
	};
	static Statement overwrite = {
		.sql = "UPDATE crm_data.interaction SET (" DRAFT_COLUMNS ") ="
		" (SELECT * FROM crm_data.resumed_draft($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,"
		" $15, $16, $17, $18, $19, $20, $21, $22, $25, $26)) WHERE interaction_id = $1",
		.nargs = NUM_ARGUMENTS, .argtypes = ARGUMENT_TYPES
	};
	long long	id = draft->isnull[INTERACTION_ID] ? 0 : DatumGetInt64(draft->values[INTERACTION_ID]);

	if (RunStatement(&lock, draft->values, draft->isnull) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("interaction %lld does not exist", id)));
	if (!ResultTrue(0, 1))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("interaction %lld is not postponed", id),
				 errdetail("It is logged already."),
				 errhint("Cancel it and log another one.")));
	RunStatement(&overwrite, draft->values, draft->isnull);
}

/*
 * The files: the caller's, which replace those that were there; else those that are
 * there; else the template's in the language of the entry.
 */
static void
LinkFiles(Draft *draft)
{
	static Statement unlink = {
		.sql = "DELETE FROM crm_data.interaction_attachment WHERE interaction_id = $1 AND attachment_id <> ALL ($23)",
		.nargs = NUM_ARGUMENTS, .argtypes = ARGUMENT_TYPES
	};
	static Statement link = {
		.sql = "INSERT INTO crm_data.interaction_attachment (interaction_id, attachment_id)"
		" SELECT $1, given.attachment_id FROM unnest($23) AS given (attachment_id) ON CONFLICT DO NOTHING",
		.nargs = NUM_ARGUMENTS, .argtypes = ARGUMENT_TYPES
	};
	static Statement inherit = {
		.sql = "INSERT INTO crm_data.interaction_attachment (interaction_id, attachment_id)"
		" SELECT i.interaction_id, l.attachment_id FROM crm_data.interaction i"
		" JOIN crm_data.interaction_template_language l USING (interaction_template_code, language_code)"
		" WHERE i.interaction_id = $1 AND l.attachment_id IS NOT NULL AND NOT EXISTS"
		" (SELECT FROM crm_data.interaction_attachment a WHERE a.interaction_id = $1)",
		.nargs = NUM_ARGUMENTS, .argtypes = ARGUMENT_TYPES
	};

	if (draft->isnull[ATTACHMENT_IDS])
	{
		RunStatement(&inherit, draft->values, draft->isnull);
		return;
	}
	RunStatement(&unlink, draft->values, draft->isnull);
	RunStatement(&link, draft->values, draft->isnull);
}

/* The caller's comment takes the place of the comments that were there */
static void
WriteComment(Draft *draft)
{
	static Statement remove = {
		.sql = "DELETE FROM crm_data.comment_line WHERE interaction_id = $1",
		.nargs = NUM_ARGUMENTS, .argtypes = ARGUMENT_TYPES
	};
	static Statement add = {
		.sql = "INSERT INTO crm_data.comment_line (interaction_id, comment_text) VALUES ($1, $24)",
		.nargs = NUM_ARGUMENTS, .argtypes = ARGUMENT_TYPES
	};

	if (draft->isnull[COMMENT])
		return;
	RunStatement(&remove, draft->values, draft->isnull);
	RunStatement(&add, draft->values, draft->isnull);
}

/* The entry as it stands in the log, with what its codes stand for */
static void
ReadEntry(Draft *draft)
{
	static Statement read = {
		.sql = "SELECT c.contact_no, c.privacy_blocked,"
		" i.interaction_template_code, t.interaction_template_code IS NOT NULL,"
		" i.salesperson_code, s.salesperson_code IS NOT NULL,"
		" i.contact_alt_address_code, a.alt_address_code IS NOT NULL,"
		" isfinite(i.interaction_date) AND isfinite(i.interaction_at), btrim(i.description) <> '',"
		" i.correspondence_type, coalesce(a.email, c.email) IS NOT NULL, t.wizard_action = 'open',"
		" coalesce(l.word_template_code, t.word_template_code) IS NOT NULL"
		" OR EXISTS (SELECT FROM crm_data.interaction_attachment f WHERE f.interaction_id = i.interaction_id)"
		" FROM crm_data.interaction i"
		" LEFT JOIN crm_data.contact c USING (contact_id)"
		" LEFT JOIN crm_data.interaction_template t USING (interaction_template_code)"
		" LEFT JOIN crm_data.interaction_template_language l"
		" ON l.interaction_template_code = i.interaction_template_code AND l.language_code = i.language_code"
		" LEFT JOIN crm_data.salesperson s ON s.salesperson_code = i.salesperson_code"
		" LEFT JOIN crm_data.contact_alt_address a"
		" ON a.contact_id = i.contact_id AND a.alt_address_code = i.contact_alt_address_code"
		" WHERE i.interaction_id = $1",
		.nargs = NUM_ARGUMENTS, .argtypes = ARGUMENT_TYPES
	};

	RunStatement(&read, draft->values, draft->isnull);
}

static void
RefuseUnknown(const char *what, const char *code)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("%s \"%s\" does not exist", what, code)));
}

/* What is named must be there, in a draft too */
static void
CheckNames(const Draft *draft)
{
	char	   *contact = ResultText(0, ENTRY_CONTACT);

	if (contact == NULL && !draft->isnull[CONTACT_NO])
		RefuseUnknown("contact", DraftText(draft, CONTACT_NO));
	if (ResultTrue(0, ENTRY_CONTACT_BLOCKED))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("contact \"%s\" is blocked for privacy", contact),
				 errdetail("It may not get new interactions.")));
	if (ResultText(0, ENTRY_TEMPLATE) && !ResultTrue(0, ENTRY_TEMPLATE_EXISTS))
		RefuseUnknown("interaction template", ResultText(0, ENTRY_TEMPLATE));
	if (ResultText(0, ENTRY_SALESPERSON) && !ResultTrue(0, ENTRY_SALESPERSON_EXISTS))
		RefuseUnknown("salesperson", ResultText(0, ENTRY_SALESPERSON));
	if (ResultText(0, ENTRY_ALT_ADDRESS) && !ResultTrue(0, ENTRY_ALT_ADDRESS_EXISTS))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("alternative address \"%s\" of contact \"%s\" does not exist",
						ResultText(0, ENTRY_ALT_ADDRESS), contact ? contact : "")));
}

static void
Require(bool present, const char *what, const char *hint)
{
	if (!present)
		ereport(ERROR,
				(errcode(ERRCODE_NOT_NULL_VIOLATION),
				 errmsg("interaction needs %s", what),
				 errhint("%s", hint)));
}

/* E15: what an interaction that is more than a draft cannot do without */
static void
CheckComplete(void)
{
	Require(ResultText(0, ENTRY_CONTACT) != NULL, "a contact", "Give the number of a contact.");
	Require(ResultText(0, ENTRY_TEMPLATE) != NULL, "a template", "Give the code of an interaction template.");
	Require(ResultText(0, ENTRY_SALESPERSON) != NULL, "a salesperson",
			"Give a salesperson, or give one to the contact or to the user.");
	Require(ResultTrue(0, ENTRY_HAS_DATE), "a date", "Give a finite date and time.");
	Require(ResultTrue(0, ENTRY_HAS_DESCRIPTION), "a description", "Give a description, or give one to the template.");
}

/* E15 and E16: what is opened or delivered needs a file */
static void
CheckFile(bool deliver)
{
	if (ResultTrue(0, ENTRY_HAS_FILE))
		return;
	if (ResultTrue(0, ENTRY_IS_OPENED))
		Require(false, "an attachment or a word template", "The wizard action of its template is to open it.");
	if (deliver)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("there is nothing to deliver to contact \"%s\"", ResultText(0, ENTRY_CONTACT)),
				 errhint("Give attachments, or give the template a word template.")));
}

/* E16: what is delivered needs a file and, by e-mail, an address. An e-mail that was sent elsewhere needs neither. */
static void
CheckDelivery(void)
{
	char	   *type = ResultText(0, ENTRY_CORRESPONDENCE);

	if (type && strcmp(type, "email") == 0 && !ResultTrue(0, ENTRY_HAS_EMAIL))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("contact \"%s\" has no e-mail address to deliver to", ResultText(0, ENTRY_CONTACT))));
}

/* Brings the draft into the log; a call needs no file */
static Datum
LogDraft(Draft *draft, bool is_call)
{
	SPI_connect();
	if (draft->isnull[INTERACTION_ID])
		InsertEntry(draft);
	else
		OverwriteEntry(draft);
	LinkFiles(draft);
	WriteComment(draft);

	ReadEntry(draft);
	CheckNames(draft);
	if (!DraftTrue(draft, POSTPONED))
	{
		CheckComplete();
		if (DraftTrue(draft, DELIVER))
			CheckDelivery();
		if (!is_call)
			CheckFile(DraftTrue(draft, DELIVER) && ResultText(0, ENTRY_CORRESPONDENCE));
	}
	SPI_finish();

	return draft->values[INTERACTION_ID];
}

/*
 * crm.log_interaction(contact_no, interaction_template_code, ...)
 */
Datum
crm_log_interaction(PG_FUNCTION_ARGS)
{
	Draft		draft;

	GetArguments(fcinfo, CONTACT_NO, &draft);
	return LogDraft(&draft, false);
}

/* Files of a draft that is one no longer are read-only */
static void
ProtectFiles(Draft *draft)
{
	static Statement protect = {
		.sql = "UPDATE crm_data.attachment a SET read_only = true"
		" FROM crm_data.interaction_attachment l JOIN crm_data.interaction i USING (interaction_id)"
		" WHERE l.interaction_id = $1 AND NOT i.postponed"
		" AND a.attachment_id = l.attachment_id AND NOT a.read_only",
		.nargs = NUM_ARGUMENTS, .argtypes = ARGUMENT_TYPES
	};

	SPI_connect();
	RunStatement(&protect, draft->values, draft->isnull);
	SPI_finish();
}

/*
 * crm.resume_interaction(interaction_id, contact_no, ...)
 */
Datum
crm_resume_interaction(PG_FUNCTION_ARGS)
{
	Draft		draft;

	GetArguments(fcinfo, INTERACTION_ID, &draft);
	if (draft.isnull[INTERACTION_ID])
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("interaction to resume must not be null")));
	LogDraft(&draft, false);
	ProtectFiles(&draft);
	return draft.values[INTERACTION_ID];
}

/* The template that logs calls of a direction (E23) */
static Datum
CallTemplate(const char *direction)
{
	static Statement find = {
		.sql = "SELECT interaction_template_code FROM crm_data.interaction_template_setup WHERE purpose = $1",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	char	   *purpose = psprintf("%s call", direction);
	Datum		values[] = {CStringGetTextDatum(purpose)};

	if (strcmp(direction, "outgoing") != 0 && strcmp(direction, "incoming") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("direction of a call is \"outgoing\" or \"incoming\", not \"%s\"", direction)));
	if (RunStatement(&find, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("no interaction template is set up for an %s", purpose),
				 errhint("Insert a row for it into crm.interaction_template_setup.")));
	return CStringGetTextDatum(ResultText(0, 1));
}

/* The number that a call to the contact goes to: its telephone, else its mobile telephone */
static Datum
CallNumber(const Draft *draft, bool *isnull)
{
	static Statement find = {
		.sql = "SELECT coalesce(phone_no, mobile_phone_no) FROM crm_data.contact WHERE contact_no = crm_data.as_code($1)",
		.nargs = 1, .argtypes = {TEXTOID}
	};

	*isnull = true;
	if (RunStatement(&find, (Datum *) &draft->values[CONTACT_NO], &draft->isnull[CONTACT_NO]) == 0)
		return (Datum) 0;
	return ResultValue(0, 1, isnull);
}

/*
 * crm.log_call(contact_no, direction, contact_via, salesperson_code, interaction_date, interaction_at,
 *              description, duration_minutes, cost, evaluation, attempt_failed, campaign_no,
 *              campaign_target, campaign_response, opportunity_no, comment, dial)
 */
Datum
crm_log_call(PG_FUNCTION_ARGS)
{
	static const Argument places[] = {
		[0] = CONTACT_NO, [2] = CONTACT_VIA, SALESPERSON_CODE, INTERACTION_DATE, INTERACTION_AT,
		DESCRIPTION, DURATION_MINUTES, COST, EVALUATION, ATTEMPT_FAILED, CAMPAIGN_NO,
		CAMPAIGN_TARGET, CAMPAIGN_RESPONSE, OPPORTUNITY_NO, COMMENT
	};
	Draft		draft;
	Datum		result;
	bool		dial = !PG_ARGISNULL(16) && PG_GETARG_BOOL(16);

	memset(draft.isnull, true, sizeof(draft.isnull));
	for (int i = 0; i < lengthof(places); i++)
		if (places[i] != INTERACTION_ID && !PG_ARGISNULL(i))
			SetDraft(&draft, places[i], PG_GETARG_DATUM(i));

	SPI_connect();
	SetDraft(&draft, TEMPLATE_CODE, CallTemplate(PG_ARGISNULL(1) ? "" : text_to_cstring(PG_GETARG_TEXT_PP(1))));
	if (draft.isnull[CONTACT_VIA])
		draft.values[CONTACT_VIA] = CallNumber(&draft, &draft.isnull[CONTACT_VIA]);
	if (dial && draft.isnull[CONTACT_VIA])
		ereport(ERROR,
				(errcode(ERRCODE_NOT_NULL_VIOLATION),
				 errmsg("call needs a number to dial"),
				 errhint("Give contact_via, or give the contact a telephone number.")));
	result = LogDraft(&draft, true);
	SPI_finish();

	return result;
}

/*
 * An entry whose document is not posted was voided with it, or is one half of a
 * reversal: the ERP has decided, and only posting the document again revives it.
 */
static void
CheckCancelable(Datum *values)
{
	static Statement find = {
		.sql = "SELECT interaction_id, document_type, document_no FROM crm_data.interaction"
		" WHERE interaction_id = ANY ($1) AND canceled <> $2 AND source_id IS NOT NULL AND NOT posted"
		" ORDER BY interaction_id LIMIT 1",
		.nargs = 2, .argtypes = {INT8ARRAYOID, BOOLOID}
	};

	if (RunStatement(&find, values, NULL) == 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("interaction %s cannot be %s", ResultText(0, 1),
					DatumGetBool(values[1]) ? "canceled" : "un-canceled"),
			 errdetail("Its document, %s \"%s\", is not posted.", ResultText(0, 2),
					   ResultText(0, 3) ? ResultText(0, 3) : "")));
}

/*
 * crm.cancel_interaction(interaction_ids, canceled, remove_attachments)
 */
Datum
crm_cancel_interaction(PG_FUNCTION_ARGS)
{
	static Statement cancel = {
		.sql = "UPDATE crm_data.interaction SET canceled = $2 WHERE interaction_id = ANY ($1) AND canceled <> $2"
		" AND (source_id IS NULL OR posted)",
		.nargs = 2, .argtypes = {INT8ARRAYOID, BOOLOID}
	};
	static Statement remove_files = {
		.sql = "DELETE FROM crm_data.interaction_attachment l WHERE l.interaction_id = ANY ($1) AND $2"
		" AND NOT EXISTS (SELECT FROM crm_data.interaction_attachment o"
		" WHERE o.attachment_id = l.attachment_id AND o.interaction_id <> l.interaction_id)"
		" AND NOT EXISTS (SELECT FROM crm_data.interaction_template_language t WHERE t.attachment_id = l.attachment_id)",
		.nargs = 2, .argtypes = {INT8ARRAYOID, BOOLOID}
	};
	Datum		values[] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)};
	int64		changed;

	SPI_connect();
	CheckCancelable(values);
	changed = RunStatement(&cancel, values, NULL);
	if (PG_GETARG_BOOL(2))
		RunStatement(&remove_files, values, NULL);
	SPI_finish();

	PG_RETURN_INT64(changed);
}
