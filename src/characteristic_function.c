/*
 * A product over the deals at each frequency (Zhang, Hong and Balakrishnan, "The generalized
 * Poisson-binomial distribution and the computation of its distribution function", Journal
 * of Statistical Computation and Simulation 88, 2018). At most frequencies a few deals
 * suffice to see that it is nothing, as no deal makes the product greater.
 *
 * Deals that are hardly ever won, or lost, make it little less each, so that all of them would be multiplied. The logarithm
 * of the factor of such a deal, 1 - p + p z, is log(1 - p) and the series in odds * z, odds = p / (1 - p). As z^k is what a
 * value of k times the cells has for z, the logarithm of their product is one Fourier transform of the terms of all series.
 *
 * Frequencies are done in blocks of consecutive ones, in loops that compilers vectorize.
 */
#include "characteristic_function.h"

#include <math.h>

#include "miscadmin.h"

#define BLOCK 64
#define DEALS_PER_LOOK 8		/* before looking whether a block is negligible */
#define FEW_DEALS 64			/* multiplying them takes no longer than a transform */
#define MAX_ODDS 0.5			/* of a series that is short enough */
#define SERIES_PRECISION 1e-10

typedef struct Block
{
	double		re[BLOCK];
	double		im[BLOCK];
} Block;

static Complex
Root(const Fourier *fourier, uint64 index)
{
	return fourier->root[index & (fourier->n - 1)];
}

/* Roots of unity at so many cells times the frequencies: known for some, a turn gives as many more */
static void
FillRoots(const Fourier *fourier, uint64 first, uint64 cells, Block *roots)
{
	Complex		start = Root(fourier, first * cells);

	roots->re[0] = start.re;
	roots->im[0] = start.im;
	for (int known = 1; known < BLOCK; known *= 2)
	{
		Complex		turn = Root(fourier, known * cells);

		for (int j = 0; j < known; j++)
		{
			roots->re[known + j] = roots->re[j] * turn.re - roots->im[j] * turn.im;
			roots->im[known + j] = roots->re[j] * turn.im + roots->im[j] * turn.re;
		}
	}
}

/* By the characteristic function of one deal */
static void
MultiplyBlock(Block *block, const Block *roots, double p)
{
	for (int j = 0; j < BLOCK; j++)
	{
		double		re = 1 - p + p * roots->re[j];
		double		im = p * roots->im[j];
		double		product = block->re[j] * re - block->im[j] * im;

		block->im[j] = block->re[j] * im + block->im[j] * re;
		block->re[j] = product;
	}
}

/* Makes nothing of what is negligible, and says whether that is all */
static bool
Negligible(Block *block)
{
	bool		negligible = true;

	for (int j = 0; j < BLOCK; j++)
	{
		if (block->re[j] * block->re[j] + block->im[j] * block->im[j] < NEGLIGIBLE * NEGLIGIBLE)
			block->re[j] = block->im[j] = 0;
		else
			negligible = false;
	}
	return negligible;
}

/*
 * The series
 */

typedef struct Series
{
	double		constant;		/* terms that have no z */
	uint64		shift;			/* cells of deals that are rather won than lost */
} Series;

/* That z is turned, of a deal that is rather lost; of another one, z * p * (1 + z^-1 (1 - p) / p) is */
static void
AddSeries(const Fourier *fourier, const Prospect *prospect, double precision, Series *series, Complex *x)
{
	double		p = prospect->probability;
	bool		likely = p > 0.5;
	double		odds = likely ? (1 - p) / p : p / (1 - p);
	uint64		step = likely ? -prospect->cells : prospect->cells;
	double		power = odds;

	series->constant -= log1p(odds);
	series->shift += likely ? prospect->cells : 0;
	for (int k = 1; power > precision; k++, power *= odds)
		x[(k * step) & (fourier->n - 1)].re += (k % 2 ? power : -power) / k;
}

/* Makes x the logarithm of the product of the deals, at the conjugate frequencies */
static Series
SumSeries(const Fourier *fourier, const Prospect *prospects, int n, Complex *x)
{
	Series		series = {0};

	memset(x, 0, fourier->n * sizeof(Complex));
	for (int i = 0; i < n; i++)
		AddSeries(fourier, &prospects[i], SERIES_PRECISION / n, &series, x);
	Transform(fourier, x);
	return series;
}

/* From the least certain deal on: how many have to be multiplied, because most of the product is still to come or the series would be long */
static int
CountFactors(const Prospect *prospects, int n)
{
	double		least = MAX_ODDS / (1 + MAX_ODDS);
	double		decrease = 0;
	int			nfactors = 0;
	int			i;

	for (i = 0; i < n && decrease < -1.5 * log(NEGLIGIBLE); i++)
	{
		double		p = prospects[i].probability;

		decrease += p * (1 - p);
		if (Min(p, 1 - p) > least)
			nfactors = i + 1;
	}
	return i - nfactors > FEW_DEALS ? nfactors : n;
}

/* The product of the deals whose logarithms have been added up; 1 if there are none */
static void
StartBlock(const Fourier *fourier, uint64 first, const Series *series, const Complex *x, Block *block)
{
	for (int j = 0; j < BLOCK; j++)
	{
		double		size = 1;
		Complex		turn = {1, 0};

		if (series)
		{
			uint64		m = (first + j) & (fourier->n - 1);
			Complex		shift = Root(fourier, m * series->shift);
			double		angle = -x[m].im;

			size = exp(series->constant + x[m].re);
			turn = (Complex) {cos(angle) * shift.re - sin(angle) * shift.im, cos(angle) * shift.im + sin(angle) * shift.re};
		}
		block->re[j] = size * turn.re;
		block->im[j] = size * turn.im;
	}
}

static void
MultiplyDeals(const Fourier *fourier, uint64 first, const Prospect *prospects, int n, Block *block)
{
	Block		roots;

	for (int i = 0; i < n; i++)
	{
		if (i % DEALS_PER_LOOK == 0 && Negligible(block))
			return;
		FillRoots(fourier, first, prospects[i].cells, &roots);
		MultiplyBlock(block, &roots, prospects[i].probability);
	}
}

/* Deals stand in the order of certainty, the least certain first */
/* At negative frequencies, which stand behind the others, it is the conjugate */
void
CharacteristicFunction(const Fourier *fourier, const Prospect *prospects, int n, Complex *x)
{
	uint64		half = fourier->n / 2;
	int			nfactors = CountFactors(prospects, n);
	Series		series = {0};
	Block		block;

	if (nfactors < n)
		series = SumSeries(fourier, prospects + nfactors, n - nfactors, x);

	for (uint64 first = 0; first <= half; first += BLOCK)
	{
		CHECK_FOR_INTERRUPTS();
		StartBlock(fourier, first, nfactors < n ? &series : NULL, x, &block);
		MultiplyDeals(fourier, first, prospects, nfactors, &block);
		for (uint64 m = first; m < first + BLOCK && m <= half; m++)
			x[m] = (Complex) {block.re[m - first], block.im[m - first]};
	}
	for (uint64 m = 1; m < half; m++)
		x[fourier->n - m] = (Complex) {x[m].re, -x[m].im};
}
