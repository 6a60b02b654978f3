/*
 * Exact fractions: the arithmetic of classification (domain/2 section 0).
 *
 * A class may hang on the last digit, so nothing is rounded before its time, and then
 * half away from zero. Sums are whole numbers of 128 bits; quotients stay numerator and
 * denominator. What does not fit into 128 bits while it is compared or rounded is
 * done again in numeric, which is slow and has no such limit.
 */
#include "quotient.h"

#include <ctype.h>
#include <math.h>

#include "utils/fmgrprotos.h"

#define NUMERIC_DIGIT_DECIMALS 4
#define NUMERIC_BASE 10000
#define MAX_DIGITS 38

static int128
PowerOfTen(int exponent)
{
	int128		power = 1;

	while (exponent-- > 0)
		power *= 10;
	return power;
}

static void pg_attribute_noreturn()
OutOfRange(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("a sum is out of range"),
			 errdetail("Sums in their smallest units and rounded values have up to 38 digits.")));
}

int128
AddExactly(int128 a, int128 b)
{
	int128		sum;

	if (__builtin_add_overflow(a, b, &sum))
		OutOfRange();
	return sum;
}

int128
MultiplyExactly(int128 a, int128 b)
{
	int128		product;

	if (__builtin_mul_overflow(a, b, &product))
		OutOfRange();
	return product;
}

Quotient
MakeQuotient(int128 numerator, int128 denominator)
{
	if (denominator < 0)
		return (Quotient) {-numerator, -denominator};
	return (Quotient) {numerator, denominator};
}

double
ApproximateQuotient(Quotient quotient)
{
	return (double) quotient.numerator / (double) quotient.denominator;
}

/*
 * Numeric
 */

/* A whole number as text, with the decimal point so many digits from the right */
static char *
UnitsText(int128 units, int scale)
{
	char		digits[48];
	char	   *text = palloc(48);
	uint128		rest = units < 0 ? -(uint128) units : (uint128) units;
	int			n = 0;
	char	   *end = text;

	do
	{
		digits[n++] = '0' + (int) (rest % 10);
		rest /= 10;
	} while (rest > 0 || n <= scale);

	if (units < 0)
		*end++ = '-';
	while (n > 0)
	{
		if (n == scale)
			*end++ = '.';
		*end++ = digits[--n];
	}
	*end = '\0';
	return text;
}

Numeric
UnitsNumeric(int128 units, int scale)
{
	if (units == (int64) units && scale > 0)
		return int64_div_fast_to_numeric((int64) units, scale);
	if (units == (int64) units)
		return int64_to_numeric((int64) units);
	return DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(UnitsText(units, scale)),
											   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

/* Finite quotients of up to 20 decimals come out exact */
Numeric
QuotientNumeric(Quotient quotient)
{
	Datum		numerator = NumericGetDatum(UnitsNumeric(quotient.numerator, 0));
	Datum		denominator = NumericGetDatum(UnitsNumeric(quotient.denominator, 0));
	Datum		widened = DirectFunctionCall2(numeric_round, numerator, Int32GetDatum(20));

	return DatumGetNumeric(DirectFunctionCall1(numeric_trim_scale,
											   DirectFunctionCall2(numeric_div, widened, denominator)));
}

/* A whole number that numeric holds; the largest there is if it has more than 38 digits, or none as infinity and NaN */
static int128
WholeNumber(Datum numeric)
{
	char	   *text = DatumGetCString(DirectFunctionCall1(numeric_out, numeric));
	bool		negative = *text == '-';
	int128		number = isdigit((unsigned char) text[negative]) ? 0 : INT128_MAX;

	for (char *digit = text + negative; *digit >= '0' && *digit <= '9'; digit++)
		if (__builtin_mul_overflow(number, 10, &number) || __builtin_add_overflow(number, *digit - '0', &number))
		{
			number = INT128_MAX;
			break;
		}
	return negative ? -number : number;
}

static Datum
ScaledByTen(Datum numeric, int exponent)
{
	PGFunction	operation = exponent < 0 ? numeric_div : numeric_mul;
	Datum		power = NumericGetDatum(UnitsNumeric(PowerOfTen(abs(exponent)), 0));

	if (exponent < 0)
		numeric = DirectFunctionCall2(numeric_round, numeric, Int32GetDatum(60));
	return DirectFunctionCall2(operation, numeric, power);
}

/* The least (or greatest) number of units of 10^-decimals that is not below (above) a bound */
int128
BoundUnits(Datum numeric, int decimals, bool upwards)
{
	return WholeNumber(DirectFunctionCall1(upwards ? numeric_ceil : numeric_floor, ScaledByTen(numeric, decimals)));
}

/*
 * The digits of a numeric as a whole number of 10^-scale: a column declared with that
 * scale has nothing behind it. This is the one place that knows how PostgreSQL stores a
 * numeric: a header of 16 bits, which says where sign, weight and scale are, then digits to the base 10000.
 */
typedef struct NumericDigits
{
	bool		negative;
	int			weight;			/* exponent of the first digit, to the base 10000 */
	int			ndigits;
	const char *digits;
} NumericDigits;

static NumericDigits
ReadNumeric(struct varlena *value)
{
	NumericDigits number;
	const char *data = VARDATA_ANY(value);
	int			size = VARSIZE_ANY_EXHDR(value);
	uint16		header;
	int16		weight;

	memcpy(&header, data, sizeof(header));
	if ((header & 0xC000) == 0xC000)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a figure to be added up is not a number"),
				 errdetail("NaN and infinity cannot be added up.")));
	if (header & 0x8000)
	{
		number.negative = (header & 0x2000) != 0;
		number.weight = (header & 0x0040) ? (header & 0x003F) - 64 : (header & 0x003F);
		data += sizeof(uint16);
		size -= sizeof(uint16);
	}
	else
	{
		memcpy(&weight, data + sizeof(uint16), sizeof(weight));
		number.negative = (header & 0x4000) != 0;
		number.weight = weight;
		data += 2 * sizeof(uint16);
		size -= 2 * sizeof(uint16);
	}
	number.ndigits = size / sizeof(int16);
	number.digits = data;
	return number;
}

static inline int
DigitAt(const NumericDigits *number, int i)
{
	int16		digit;

	if (i < 0 || i >= number->ndigits)
		return 0;
	memcpy(&digit, number->digits + i * sizeof(int16), sizeof(digit));
	return digit;
}

int128
NumericUnits(Datum numeric, int scale)
{
	NumericDigits number = ReadNumeric((struct varlena *) PG_DETOAST_DATUM_PACKED(numeric));
	int			whole_digits = number.weight + 1 + scale / NUMERIC_DIGIT_DECIMALS;
	int			decimals = scale % NUMERIC_DIGIT_DECIMALS;
	int128		units = 0;

	if (whole_digits * NUMERIC_DIGIT_DECIMALS + decimals > MAX_DIGITS)
		OutOfRange();
	for (int i = 0; i < whole_digits; i++)
		units = units * NUMERIC_BASE + DigitAt(&number, i);
	if (decimals > 0)
	{
		int			power = PowerOfTen(decimals);

		units = units * power + DigitAt(&number, whole_digits) / (NUMERIC_BASE / power);
	}
	return number.negative ? -units : units;
}

/*
 * Comparing and rounding
 */

static int
CompareWidely(Quotient a, Quotient b)
{
	Datum		left = DirectFunctionCall2(numeric_mul, NumericGetDatum(UnitsNumeric(a.numerator, 0)),
										   NumericGetDatum(UnitsNumeric(b.denominator, 0)));
	Datum		right = DirectFunctionCall2(numeric_mul, NumericGetDatum(UnitsNumeric(b.numerator, 0)),
											NumericGetDatum(UnitsNumeric(a.denominator, 0)));

	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, left, right));
}

int
CompareQuotients(Quotient a, Quotient b)
{
	int128		left = a.numerator;
	int128		right = b.numerator;

	if (a.denominator != b.denominator &&
		(__builtin_mul_overflow(a.numerator, b.denominator, &left) ||
		 __builtin_mul_overflow(b.numerator, a.denominator, &right)))
		return CompareWidely(a, b);
	return (left > right) - (left < right);
}

/* (2 n 10^d + m) / 2 m, cut off, is n / m rounded half up */
static int128
RoundWidely(Quotient quotient, int decimals)
{
	bool		negative = quotient.numerator < 0;
	Datum		two = NumericGetDatum(UnitsNumeric(2, 0));
	Datum		numerator = NumericGetDatum(UnitsNumeric(negative ? -quotient.numerator : quotient.numerator, 0));
	Datum		denominator = NumericGetDatum(UnitsNumeric(quotient.denominator, 0));
	int128		units;

	if (decimals < 0)
		denominator = ScaledByTen(denominator, -decimals);
	else
		numerator = ScaledByTen(numerator, decimals);
	numerator = DirectFunctionCall2(numeric_add, DirectFunctionCall2(numeric_mul, numerator, two), denominator);
	denominator = DirectFunctionCall2(numeric_mul, denominator, two);
	units = WholeNumber(DirectFunctionCall2(numeric_div_trunc, numerator, denominator));
	if (units == INT128_MAX)
		OutOfRange();
	return negative ? -units : units;
}

/* Rounded to so many decimals, in units of 10^-decimals */
int128
RoundQuotient(Quotient quotient, int decimals)
{
	bool		negative = quotient.numerator < 0;
	int128		numerator = negative ? -quotient.numerator : quotient.numerator;
	int128		denominator = quotient.denominator;
	int128		units;

	if (__builtin_mul_overflow(numerator, 2 * PowerOfTen(Max(decimals, 0)), &numerator) ||
		__builtin_mul_overflow(denominator, PowerOfTen(Max(-decimals, 0)), &denominator) ||
		__builtin_add_overflow(numerator, denominator, &numerator) ||
		__builtin_mul_overflow(denominator, 2, &denominator))
		return RoundWidely(quotient, decimals);

	if (numerator <= PG_INT64_MAX && denominator <= PG_INT64_MAX)
		units = (int64) numerator / (int64) denominator;
	else
		units = numerator / denominator;
	return negative ? -units : units;
}
