/*
 * What interaction templates must keep to (domain/1 sections 8.2 and 8.3).
 */
#include "crm.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(crm_change_template_language);
PG_FUNCTION_INFO_V1(crm_check_wizard_action);
PG_FUNCTION_INFO_V1(crm_check_template_use);

/* What a template, with the language row of its default language, is made of */
typedef struct Template
{
	char	   *code;
	char	   *language;
	char	   *wizard_action;
	bool		has_layout;
	bool		has_word_template;
	bool		has_attachment;
} Template;

/* The row with a text replaced, kept when the connection to SPI ends */
static HeapTuple
ReplaceText(Relation relation, HeapTuple tuple, const char *column, const char *value)
{
	int			attnum = SPI_fnumber(RelationGetDescr(relation), column);
	Datum		datum = value ? CStringGetTextDatum(value) : (Datum) 0;

	return SPI_modifytuple(relation, tuple, 1, &attnum, &datum, value ? " " : "n");
}

/* The language row of a template; false when it has none */
static bool
ReadLanguage(char *code, char *language)
{
	static Statement read = {
		.sql = "SELECT custom_layout_code, word_template_code FROM crm_data.interaction_template_language"
		" WHERE interaction_template_code = $1 AND language_code = $2",
		.nargs = 2, .argtypes = {TEXTOID, TEXTOID}
	};
	Datum		values[] = {CStringGetTextDatum(code), CStringGetTextDatum(language)};

	return RunStatement(&read, values, NULL) > 0;
}

/*
 * A new default language brings its own way of writing: a layout is merged; without
 * one its word template serves, and nothing is merged until somebody says so.
 */
Datum
crm_change_template_language(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "change_template_language");
	Relation	relation = trigger->tg_relation;
	HeapTuple	tuple = trigger->tg_newtuple;
	char	   *code = ColumnText(relation, tuple, "interaction_template_code");
	char	   *language = ColumnText(relation, tuple, "language_code");
	char	   *action = ColumnText(relation, tuple, "wizard_action");

	SPI_connect();
	if (language && ReadLanguage(code, language))
	{
		char	   *layout = ResultText(0, 1);
		char	   *word_template = ResultText(0, 2);

		if (layout)
			tuple = ReplaceText(relation, tuple, "wizard_action", "merge");
		else if (action && strcmp(action, "merge") == 0)
			tuple = ReplaceText(relation, tuple, "wizard_action", NULL);
		if (!layout)
			tuple = ReplaceText(relation, tuple, "word_template_code", word_template);
	}
	SPI_finish();

	return PointerGetDatum(tuple);
}

/* False while the template has no row for its default language: nothing to check yet */
static bool
ReadTemplate(char *code, Template *template)
{
	static Statement read = {
		.sql = "SELECT t.language_code, t.wizard_action, l.custom_layout_code IS NOT NULL,"
		" coalesce(t.word_template_code, l.word_template_code) IS NOT NULL, l.attachment_id IS NOT NULL"
		" FROM crm_data.interaction_template t"
		" JOIN crm_data.interaction_template_language l USING (interaction_template_code, language_code)"
		" WHERE t.interaction_template_code = $1",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	Datum		values[] = {CStringGetTextDatum(code)};

	if (RunStatement(&read, values, NULL) == 0)
		return false;
	template->code = code;
	template->language = ResultText(0, 1);
	template->wizard_action = ResultText(0, 2);
	template->has_layout = ResultTrue(0, 3);
	template->has_word_template = ResultTrue(0, 4);
	template->has_attachment = ResultTrue(0, 5);
	return true;
}

static void
RefuseWizardAction(const Template *template, const char *reason)
{
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 template->wizard_action ?
			 errmsg("interaction template \"%s\" cannot have wizard action \"%s\"", template->code, template->wizard_action) :
			 errmsg("interaction template \"%s\" cannot be without a wizard action", template->code),
			 errdetail("Its default language \"%s\" %s.", template->language, reason)));
}

static void
CheckWizardAction(const Template *template)
{
	const char *action = template->wizard_action ? template->wizard_action : "";
	bool		merges = strcmp(action, "merge") == 0;

	if (template->has_layout && !template->has_word_template && !merges)
		RefuseWizardAction(template, "has a layout and no word template, which only \"merge\" can use");
	if (!template->has_layout && !template->has_word_template && merges)
		RefuseWizardAction(template, "has neither a layout nor a word template to merge");
	if (template->has_word_template && strcmp(action, "import") == 0)
		RefuseWizardAction(template, "has a word template, which takes the place of a file");
	if (merges && !template->has_attachment && !template->has_word_template)
		RefuseWizardAction(template, "has neither an attachment nor a word template to merge into");
}

/* E13, asked for templates and for their languages */
Datum
crm_check_wizard_action(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "check_wizard_action");
	Template	template;

	SPI_connect();
	if (ReadTemplate(ColumnText(trigger->tg_relation, NewTuple(trigger), "interaction_template_code"), &template))
		CheckWizardAction(&template);
	SPI_finish();

	return PointerGetDatum(NULL);
}

/*
 * A template that logs documents has no languages, and with them no attachments. Only
 * meeting invitations carry one. The row lock makes two sessions, one choosing the
 * template and one giving it a language, see each other.
 */
Datum
crm_check_template_use(PG_FUNCTION_ARGS)
{
	static Statement lock = {
		.sql = "SELECT FROM crm_data.interaction_template WHERE interaction_template_code = $1 FOR NO KEY UPDATE",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	static Statement find = {
		.sql = "SELECT s.purpose, l.language_code FROM crm_data.interaction_template_setup s"
		" JOIN crm_data.interaction_template_language l USING (interaction_template_code)"
		" WHERE s.interaction_template_code = $1 AND s.purpose <> 'meeting invitation'"
		" ORDER BY s.purpose, l.language_code LIMIT 1",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	TriggerData *trigger = CheckRowTrigger(fcinfo, "check_template_use");
	char	   *code = ColumnText(trigger->tg_relation, NewTuple(trigger), "interaction_template_code");
	Datum		values[] = {CStringGetTextDatum(code)};

	SPI_connect();
	RunStatement(&lock, values, NULL);
	if (RunStatement(&find, values, NULL) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("interaction template \"%s\" cannot serve \"%s\" and have a language", code, ResultText(0, 1)),
				 errdetail("It has a row for language \"%s\".", ResultText(0, 2)),
				 errhint("Give that purpose a template without languages and attachments.")));
	SPI_finish();

	return PointerGetDatum(NULL);
}
