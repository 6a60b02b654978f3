#include "postgres.h"

#include <float.h>
#include <math.h>

#include "beta_distribution.h"

#define MAX_TERMS 100000		/* the square root of a or b is about what it takes */
#define BISECTIONS 60

double
LogBeta(double a, double b)
{
	return lgamma(a) + lgamma(b) - lgamma(a + b);
}

/* Numerator of the continued fraction, DLMF 8.17.23 */
static double
Numerator(double a, double b, double x, int term)
{
	double		m = term / 2;

	if (term % 2 == 0)
		return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
	return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
}

/* Lentz's method, which goes forwards until more terms make no difference */
static double
ContinuedFraction(double a, double b, double x)
{
	double		value = 1;
	double		c = 1;
	double		d = 0;

	for (int term = 1; term <= MAX_TERMS; term++)
	{
		double		numerator = Numerator(a, b, x, term);

		d = 1 / (1 + numerator * d);
		c = 1 + numerator / c;
		value *= c * d;
		if (fabs(c * d - 1) < DBL_EPSILON)
			break;
	}
	return value;
}

/* DLMF 8.17.22, which converges quickly below the mean; beyond it, the mirror image */
static double
BetaProbability(double a, double b, double x)
{
	if (x <= 0 || x >= 1)
		return x <= 0 ? 0 : 1;
	if (x > (a + 1) / (a + b + 2))
		return 1 - BetaProbability(b, a, 1 - x);
	return exp(a * log(x) + b * log1p(-x) - LogBeta(a, b)) / (a * ContinuedFraction(a, b, x));
}

double
BetaQuantile(double a, double b, double p)
{
	double		low = 0;
	double		high = 1;

	for (int i = 0; i < BISECTIONS; i++)
	{
		double		middle = (low + high) / 2;

		if (BetaProbability(a, b, middle) < p)
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}
