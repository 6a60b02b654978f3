/*
 * Web sources: addresses with %1 for the contact's search word (domain/1 section 4).
 */
#include "crm.h"

#include "catalog/pg_type.h"

PG_FUNCTION_INFO_V1(crm_web_source_url);

/*
 * crm.web_source_url(contact_no, web_source_code)
 */
Datum
crm_web_source_url(PG_FUNCTION_ARGS)
{
	static Statement find = {
		.sql = "SELECT replace(nullif(btrim(w.url), ''), '%1', coalesce(cw.search_word, ''))"
		" FROM crm_data.contact AS c"
		" JOIN crm_data.contact_web_source AS cw ON cw.contact_id = c.contact_id"
		" JOIN crm_data.web_source AS w ON w.web_source_code = cw.web_source_code"
		" WHERE c.contact_no = $1 AND w.web_source_code = $2",
		.nargs = 2, .argtypes = {TEXTOID, TEXTOID}
	};
	Datum		values[] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)};
	MemoryContext caller = CurrentMemoryContext;
	char	   *url;

	SPI_connect();
	if (RunStatement(&find, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("contact \"%s\" has no web source \"%s\"",
						TextDatumGetCString(values[0]), TextDatumGetCString(values[1]))));
	url = ResultText(0, 1);
	if (url == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("web source \"%s\" has no URL", TextDatumGetCString(values[1]))));
	url = MemoryContextStrdup(caller, url);
	SPI_finish();

	PG_RETURN_TEXT_P(cstring_to_text(url));
}
