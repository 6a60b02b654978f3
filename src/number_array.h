/*
 * Arguments of functions of statistics, and their errors.
 */
#ifndef CRM_NUMBER_ARRAY_H
#define CRM_NUMBER_ARRAY_H

#include "crm.h"

#include "utils/array.h"

typedef struct NumberArray
{
	const char *name;
	int			n;				/* of all numbers, row by row */
	int			columns;		/* 1 if there is one dimension */
	double	   *number;
} NumberArray;

extern void RefuseArgument(const char *problem) pg_attribute_noreturn();
extern NumberArray ReadNumberArray(FunctionCallInfo fcinfo, int argument, const char *name);
extern void CheckBetween(const NumberArray *array, double least, double greatest);
extern void CheckSameLength(const char *a, int length, const char *b, int other_length);
extern void CheckSameShape(const NumberArray *a, const NumberArray *b);
extern double NumericDouble(Datum numeric);

#endif
