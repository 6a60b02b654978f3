/*
 * Exact sums and fractions: the arithmetic of classification and pipeline.
 */
#ifndef CRM_QUOTIENT_H
#define CRM_QUOTIENT_H

#include "crm.h"

#include "utils/numeric.h"

/* Money is added up as a whole number of millionths, as the log keeps it */
#define MONEY_SCALE 6
#define MONEY_UNIT 1000000

#define INT128_MAX ((int128) (((uint128) 1 << 127) - 1))

/* denominator is positive */
typedef struct Quotient
{
	int128		numerator;
	int128		denominator;
} Quotient;

extern Quotient MakeQuotient(int128 numerator, int128 denominator);
extern int	CompareQuotients(Quotient a, Quotient b);
extern double ApproximateQuotient(Quotient quotient);
extern int128 RoundQuotient(Quotient quotient, int decimals);
extern Numeric QuotientNumeric(Quotient quotient);

extern int128 AddExactly(int128 a, int128 b);
extern int128 MultiplyExactly(int128 a, int128 b);
extern int128 NumericUnits(Datum numeric, int scale);
extern Numeric UnitsNumeric(int128 units, int scale);
extern int128 BoundUnits(Datum numeric, int decimals, bool upwards);

#endif
