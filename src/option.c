/*
 * Texts that are one of a few, as arguments of SQL functions.
 */
#include "crm.h"

#include "utils/array.h"

PG_FUNCTION_INFO_V1(crm_check_option);

/* check_option(argument, value, options): true; an error for a value that is none of the options. NULL is no value */
Datum
crm_check_option(PG_FUNCTION_ARGS)
{
	ArrayIterator options = array_create_iterator(PG_GETARG_ARRAYTYPE_P(2), 0, NULL);
	char	   *value;
	StringInfoData list;
	Datum		option;
	bool		isnull;

	if (PG_ARGISNULL(1))
		PG_RETURN_BOOL(true);
	value = text_to_cstring(PG_GETARG_TEXT_PP(1));

	initStringInfo(&list);
	while (array_iterate(options, &option, &isnull))
	{
		char	   *known = TextDatumGetCString(option);

		if (strcmp(known, value) == 0)
			PG_RETURN_BOOL(true);
		appendStringInfo(&list, "%s\"%s\"", list.len > 0 ? ", " : "", known);
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("argument \"%s\" cannot be \"%s\"", text_to_cstring(PG_GETARG_TEXT_PP(0)), value),
			 errhint("It is one of %s.", list.data)));
}
