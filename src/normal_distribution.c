#include "postgres.h"

#include <math.h>

#include "normal_distribution.h"

#define STEPS 3					/* each one trebles the number of right digits */

double
NormalDensity(double x)
{
	return exp(-x * x / 2) / sqrt(2 * M_PI);
}

double
NormalProbability(double x)
{
	return erfc(-x / M_SQRT2) / 2;
}

/*
 * Starts from formula 26.2.23 of Abramowitz and Stegun, right to three decimals, and goes on
 * by Halley's method. Of p beyond a half, the mirror image.
 */
double
NormalQuantile(double p)
{
	double		t;
	double		x;

	if (p <= 0 || p >= 1)
		return p <= 0 ? -INFINITY : INFINITY;
	if (p > 0.5)
		return -NormalQuantile(1 - p);

	t = sqrt(-2 * log(p));
	x = (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
	for (int step = 0; step < STEPS; step++)
	{
		double		move = (NormalProbability(x) - p) / NormalDensity(x);

		x -= move / (1 + x * move / 2);
	}
	return x;
}
