/*
 * Arguments that are one of some texts.
 */
#include "crm.h"

#include "catalog/pg_type.h"
#include "utils/array.h"

PG_FUNCTION_INFO_V1(crm_check_option);

static void pg_attribute_noreturn()
RefuseOption(const char *given, const char *name, const char *options)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 given ? errmsg("unknown %s \"%s\"", name, given) : errmsg("%s is null", name),
			 errhint("It is one of: %s.", options)));
}

/* crm_data.check_option(given, name, VARIADIC options) */
Datum
crm_check_option(PG_FUNCTION_ARGS)
{
	char	   *given = PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0));
	StringInfoData list;
	Datum	   *option;
	bool	   *isnull;
	int			n;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	initStringInfo(&list);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(2), TEXTOID, -1, false, TYPALIGN_INT, &option, &isnull, &n);
	for (int i = 0; i < n; i++)
	{
		char	   *value = isnull[i] ? "null" : TextDatumGetCString(option[i]);

		if (given && strcmp(given, value) == 0)
			PG_RETURN_DATUM(PG_GETARG_DATUM(0));
		appendStringInfo(&list, "%s%s", i > 0 ? ", " : "", value);
	}
	RefuseOption(given, text_to_cstring(PG_GETARG_TEXT_PP(1)), list.data);
}
