/*
 * Arrays of numeric, added up element by element: the figures of balances.
 */
#include "crm.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/fmgrprotos.h"

PG_FUNCTION_INFO_V1(crm_add_arrays);
PG_FUNCTION_INFO_V1(crm_subtract_arrays);

static int
NumericElements(Datum array, Datum **elements)
{
	int			n;

	deconstruct_array(DatumGetArrayTypeP(array), NUMERICOID, -1, false, TYPALIGN_INT, elements, NULL, &n);
	return n;
}

static Datum
Combine(FunctionCallInfo fcinfo, PGFunction operation)
{
	Datum	   *a;
	Datum	   *b;
	int			n = NumericElements(PG_GETARG_DATUM(0), &a);

	if (NumericElements(PG_GETARG_DATUM(1), &b) != n)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("arrays to be combined have different lengths")));
	for (int i = 0; i < n; i++)
		a[i] = DirectFunctionCall2(operation, a[i], b[i]);
	return PointerGetDatum(construct_array(a, n, NUMERICOID, -1, false, TYPALIGN_INT));
}

/* crm_data.add_arrays(a, b) */
Datum
crm_add_arrays(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(Combine(fcinfo, numeric_add));
}

/* crm_data.subtract_arrays(a, b) */
Datum
crm_subtract_arrays(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(Combine(fcinfo, numeric_sub));
}
