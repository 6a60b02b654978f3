/*
 * A product over the deals at each frequency (Zhang, Hong and Balakrishnan, "The generalized
 * Poisson-binomial distribution and the computation of its distribution function", Journal
 * of Statistical Computation and Simulation 88, 2018). At most frequencies a few deals
 * suffice to see that it is nothing, as no deal makes the product greater.
 *
 * Frequencies are done in blocks of consecutive ones, in loops that compilers vectorize.
 */
#include "characteristic_function.h"

#include "miscadmin.h"

#define BLOCK 64
#define DEALS_PER_LOOK 8		/* before looking whether a block is negligible */

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

static void
FillBlock(const Fourier *fourier, uint64 first, const Prospect *prospects, int n, Block *block)
{
	Block		roots;

	for (int j = 0; j < BLOCK; j++)
	{
		block->re[j] = 1;
		block->im[j] = 0;
	}
	for (int i = 0; i < n; i++)
	{
		FillRoots(fourier, first, prospects[i].cells, &roots);
		MultiplyBlock(block, &roots, prospects[i].probability);
		if (i % DEALS_PER_LOOK == 0 && Negligible(block))
			return;
	}
}

/* At negative frequencies, which stand behind the others, it is the conjugate */
void
CharacteristicFunction(const Fourier *fourier, const Prospect *prospects, int n, Complex *x)
{
	uint64		half = fourier->n / 2;
	Block		block;

	for (uint64 first = 0; first <= half; first += BLOCK)
	{
		CHECK_FOR_INTERRUPTS();
		FillBlock(fourier, first, prospects, n, &block);
		for (uint64 m = first; m < first + BLOCK && m <= half; m++)
			x[m] = (Complex) {block.re[m - first], block.im[m - first]};
	}
	for (uint64 m = 1; m < half; m++)
		x[fourier->n - m] = (Complex) {x[m].re, -x[m].im};
}
