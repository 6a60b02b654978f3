/*
 * Salutation lines (domain/1 section 5): a formula such as 'Dear Mr. %2 %3,' whose
 * placeholders stand for names of the contact.
 */
#include "crm.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

PG_FUNCTION_INFO_V1(crm_salutation_line);

#define NAMES 5
#define LINE_LENGTH 260

/* The contact's names in the order of the formula's placeholders; a blank language is every language's */
#define SALUTATION_STATEMENT \
	"SELECT c.contact_no, c.salutation_code, f.formula, name_1.value, name_2.value, name_3.value, name_4.value, name_5.value" \
	" FROM crm_data.contact AS c" \
	" LEFT JOIN LATERAL (" \
	"  SELECT * FROM crm_data.salutation_formula AS f" \
	"  WHERE f.salutation_code = c.salutation_code AND f.formality = $2" \
	"  AND f.language_code IN (coalesce($3, c.language_code, ''), '')" \
	"  ORDER BY f.language_code DESC LIMIT 1) AS f ON true" \
	NAME_OF("name_1") NAME_OF("name_2") NAME_OF("name_3") NAME_OF("name_4") NAME_OF("name_5") \
	" WHERE c.contact_no = $1"

#define NAME_OF(name) \
	" CROSS JOIN LATERAL (SELECT CASE f." name \
	" WHEN 'job title' THEN c.job_title WHEN 'first name' THEN c.first_name" \
	" WHEN 'middle name' THEN c.middle_name WHEN 'surname' THEN c.surname" \
	" WHEN 'initials' THEN c.initials WHEN 'company name' THEN c.company_name END AS value) AS " name

/* Leaves the formula in the last result */
static char *
FindFormula(Datum contact_no, Datum formality, Datum language, bool no_language)
{
	static Statement find = {.sql = SALUTATION_STATEMENT, .nargs = 3, .argtypes = {TEXTOID, TEXTOID, TEXTOID}};
	Datum		values[] = {contact_no, formality, language};
	bool		isnull[] = {false, false, no_language};
	char	   *formula;

	if (RunStatement(&find, values, isnull) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("contact \"%s\" does not exist", TextDatumGetCString(contact_no))));
	if (ResultText(0, 2) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("contact \"%s\" has no salutation", ResultText(0, 1))));

	formula = ResultText(0, 3);
	if (formula == NULL || strspn(formula, " ") == strlen(formula))
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("salutation \"%s\" has no %s formula", ResultText(0, 2), TextDatumGetCString(formality)),
				 errdetail("Neither the language asked for nor the blank language has one with text."),
				 errhint("Add it to crm.salutation_formula.")));
	return formula;
}

/* One pass, so that a name with a percent sign stays what it is */
static char *
Substitute(const char *formula)
{
	StringInfoData line;

	initStringInfo(&line);
	for (const char *c = formula; *c; c++)
	{
		if (c[0] == '%' && c[1] >= '1' && c[1] < '1' + NAMES)
		{
			char	   *name = ResultText(0, 4 + (*++c - '1'));

			appendStringInfoString(&line, name ? name : "");
		}
		else
			appendStringInfoChar(&line, *c);
	}
	return line.data;
}

/* Names left out leave blanks: one between words, none before punctuation and at the ends */
static char *
TidyBlanks(const char *line)
{
	StringInfoData tidy;

	initStringInfo(&tidy);
	for (const char *c = line; *c; c++)
	{
		if (*c == ' ' && (tidy.len == 0 || c[1] == ' ' || c[1] == '\0' || strchr(",.;:!?", c[1])))
			continue;
		appendStringInfoChar(&tidy, *c);
	}
	tidy.data[pg_mbcharcliplen(tidy.data, tidy.len, LINE_LENGTH)] = '\0';
	return tidy.data;
}

static void
CheckFormality(text *formality)
{
	char	   *name = text_to_cstring(formality);

	if (strcmp(name, "formal") != 0 && strcmp(name, "informal") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid formality \"%s\"", name),
				 errhint("It is formal or informal.")));
}

/*
 * crm.salutation_line(contact_no, formality, language_code)
 */
Datum
crm_salutation_line(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	char	   *line;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	CheckFormality(PG_GETARG_TEXT_PP(1));

	SPI_connect();
	line = TidyBlanks(Substitute(FindFormula(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1),
											 PG_GETARG_DATUM(2), PG_ARGISNULL(2))));
	line = MemoryContextStrdup(caller, line);
	SPI_finish();

	PG_RETURN_TEXT_P(cstring_to_text(line));
}
