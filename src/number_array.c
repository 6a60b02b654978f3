/*
 * Arrays of numeric or double precision, read as numbers.
 */
#include "number_array.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/fmgrprotos.h"

void
RefuseArgument(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s", problem)));
}

/* What is too great for a double becomes infinite */
double
NumericDouble(Datum numeric)
{
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, numeric));
}

static void
FillNumbers(NumberArray *result, ArrayType *array)
{
	Oid			type = ARR_ELEMTYPE(array);
	Datum	   *element;
	bool	   *isnull;

	if (type == NUMERICOID)
		deconstruct_array(array, type, -1, false, TYPALIGN_INT, &element, &isnull, &result->n);
	else
		deconstruct_array(array, type, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &element, &isnull, &result->n);

	result->number = palloc_extended(sizeof(double) * Max(result->n, 1), MCXT_ALLOC_HUGE);
	for (int i = 0; i < result->n; i++)
	{
		if (isnull[i])
			RefuseArgument(psprintf("element %d of %s is null", i + 1, result->name));
		result->number[i] = type == NUMERICOID ? NumericDouble(element[i]) : DatumGetFloat8(element[i]);
	}
	pfree(element);
	pfree(isnull);
}

/* null is an empty array, which is what array_agg() makes of no rows */
NumberArray
ReadNumberArray(FunctionCallInfo fcinfo, int argument, const char *name)
{
	NumberArray result = {.name = name, .columns = 1};
	ArrayType  *array;

	if (PG_ARGISNULL(argument))
		return result;
	array = PG_GETARG_ARRAYTYPE_P(argument);
	if (ARR_NDIM(array) > 2)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("array %s has more than two dimensions", name)));
	if (ARR_NDIM(array) == 2)
		result.columns = ARR_DIMS(array)[1];
	FillNumbers(&result, array);
	return result;
}

/* Numbers count from the first, row by row */
void
CheckBetween(const NumberArray *array, double least, double greatest)
{
	for (int i = 0; i < array->n; i++)
	{
		if (!(array->number[i] >= least && array->number[i] <= greatest))
			RefuseArgument(psprintf("element %d of %s is not between %g and %g", i + 1, array->name, least, greatest));
	}
}

static void pg_attribute_noreturn()
RefuseLengths(const char *a, int length, const char *b, int other_length)
{
	ereport(ERROR,
			(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
			 errmsg("arrays %s and %s differ in length", a, b),
			 errdetail("They have %d and %d elements.", length, other_length)));
}

void
CheckSameLength(const char *a, int length, const char *b, int other_length)
{
	if (length != other_length)
		RefuseLengths(a, length, b, other_length);
}

void
CheckSameShape(const NumberArray *a, const NumberArray *b)
{
	if (a->n != b->n || a->columns != b->columns)
		RefuseLengths(a->name, a->n, b->name, b->n);
}
