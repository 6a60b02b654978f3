/*
 * The distribution of the revenue is computed from its characteristic function (Zhang, Hong
 * and Balakrishnan, "The generalized Poisson-binomial distribution and the computation of
 * its distribution function", Journal of Statistical Computation and Simulation 88, 2018):
 * a product over the deals at each frequency, then one Fourier transform. Two things make
 * that fast. Revenue hardly ever occurs outside of a window, so that there need be only as
 * many frequencies as the window has cells; and at most frequencies a few deals suffice to
 * see that the product is nothing.
 *
 * Correlated deals are independent given a common factor, so their distribution is a
 * mixture of such distributions.
 */
#include "revenue_distribution.h"

#include <float.h>
#include <math.h>

#include "miscadmin.h"

#include "common_factor.h"
#include "fourier.h"

#define TAIL 1e-10				/* probability of a revenue beyond either end of a window */
#define NEGLIGIBLE 1e-11		/* of the characteristic function */
#define ACCEPTED_ERROR 1e-3		/* of an automatic grid, of the mean */
#define AUTOMATIC_CELLS 2e6
#define MAX_CELLS 4e6
#define MAX_WHOLE 4e15			/* doubles tell whole numbers apart */
#define BLOCK 64				/* frequencies at a time */
#define DEALS_PER_LOOK 8		/* before looking whether they are negligible */

/* The deals that can bring in something */
typedef struct Portfolio
{
	Deal	   *deals;
	int			n;
	double		mean;
	double		total;
} Portfolio;

static Portfolio
MakePortfolio(const Deal *deals, int n)
{
	Portfolio	portfolio = {.deals = palloc_extended(sizeof(Deal) * Max(n, 1), MCXT_ALLOC_HUGE)};

	for (int i = 0; i < n; i++)
	{
		if (deals[i].value == 0 || deals[i].probability == 0)
			continue;
		portfolio.deals[portfolio.n++] = deals[i];
		portfolio.mean += deals[i].value * deals[i].probability;
		portfolio.total += deals[i].value;
	}
	return portfolio;
}

/*
 * Windows
 */

/* The logarithm of the mean of exp(s * revenue), which expm1() has only where a deal is not certain */
static double
CumulantFunction(const Prospect *prospects, int n, double s)
{
	double		sum = 0;

	for (int i = 0; i < n; i++)
	{
		double		p = prospects[i].probability;

		if (p == 1)
			sum += s * prospects[i].value;
		else if (p > 0)
			sum += log1p(p * expm1(s * prospects[i].value));
	}
	return sum;
}

/*
 * How far up (sign 1) or down (-1) revenue goes, by Chernoff's bound, which holds for every
 * s. Were the revenue normal, the first one tried would be the best; else it is less.
 */
static double
TailBound(const Prospect *prospects, int n, double sign, double standard_deviation)
{
	double		best = INFINITY;

	for (double s = sqrt(-2 * log(TAIL)) / standard_deviation;; s /= 2)
	{
		double		bound = (CumulantFunction(prospects, n, sign * s) - log(TAIL)) / s;

		if (bound > best)
			return sign * best;
		best = bound;
	}
}

static void
FindWindow(const CommonFactor *factor, const Prospect *prospects, int n, double total, Node *node)
{
	GivenMoments moments = MomentsGivenFactor(factor, prospects, n, node->value);
	double		standard_deviation = sqrt(moments.variance);

	node->low = node->high = moments.mean;
	if (standard_deviation > 0)
	{
		node->low = Max(TailBound(prospects, n, -1, standard_deviation), 0);
		node->high = Min(TailBound(prospects, n, 1, standard_deviation), total);
	}
}

/* Of all nodes */
typedef struct Windows
{
	double		low;
	double		high;
	double		widest;
} Windows;

static Windows
FindWindows(CommonFactor *factor, Prospect *prospects, int n, double total)
{
	Windows		windows = {.low = total};

	for (Node *node = factor->node; node < factor->node + factor->nnodes; node++)
	{
		CHECK_FOR_INTERRUPTS();
		GivenFactor(factor, prospects, n, node->value);
		FindWindow(factor, prospects, n, total, node);
		windows.low = Min(windows.low, node->low);
		windows.high = Max(windows.high, node->high);
		windows.widest = Max(windows.widest, node->high - node->low);
	}
	return windows;
}

/*
 * The grid
 */

/* What rounding takes or gives in the worst case. What is within the precision of doubles is a whole number of grids */
static double
GridError(const Prospect *prospects, int n, double grid)
{
	double		down = 0;
	double		up = 0;

	for (int i = 0; i < n; i++)
	{
		double		v = prospects[i].value;
		double		gain = round(v / grid) * grid - v;

		if (gain > 4 * DBL_EPSILON * v)
			up += gain;
		else if (gain < -4 * DBL_EPSILON * v)
			down -= gain;
	}
	return Max(up, down);
}

/* 1, 2, 5, 10, 20, 50 and so on: money is counted so */
static double
RoundNumber(int step)
{
	static const double digit[] = {1, 2, 5};
	int			exponent = floor(step / 3.0);

	return digit[step - 3 * exponent] * pow(10, exponent);
}

/* The coarsest of the round numbers with an error that is accepted, or the finest for so many cells */
static double
AutomaticGrid(const Prospect *prospects, int n, double accepted_error, double width)
{
	double		greatest = 0;
	int			step;

	for (int i = 0; i < n; i++)
		greatest = Max(greatest, prospects[i].value);
	if (greatest == 0)
		return 1;

	step = 3 * (int) floor(log10(greatest)) + 2;
	while (GridError(prospects, n, RoundNumber(step)) > accepted_error && width / RoundNumber(step - 1) <= AUTOMATIC_CELLS)
		step--;
	return RoundNumber(step);
}

static void pg_attribute_noreturn()
GridTooFine(double width)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("the grid is too fine"),
			 errdetail("The revenue of these deals spreads over %g, and there may be %.0f cells.", width, MAX_CELLS),
			 errhint("Use a coarser grid, or null for an automatic one.")));
}

static void
PutOnGrid(Prospect *prospects, int n, double grid)
{
	for (int i = 0; i < n; i++)
		prospects[i].cells = (uint64) round(prospects[i].value / grid);
}

/*
 * The characteristic function
 */

/* Its values at consecutive frequencies */
typedef struct Block
{
	Complex		value[BLOCK];
	int			n;
} Block;

static void
MultiplyBlock(const Fourier *fourier, Block *block, uint64 first, const Prospect *prospect)
{
	double		p = prospect->probability;
	uint64		index = first * prospect->cells;

	for (int j = 0; j < block->n; j++)
	{
		Complex		root = fourier->root[index & (fourier->n - 1)];
		Complex		x = block->value[j];
		double		re = 1 - p + p * root.re;
		double		im = p * root.im;

		block->value[j] = (Complex) {x.re * re - x.im * im, x.re * im + x.im * re};
		index += prospect->cells;
	}
}

/* Makes nothing of what is negligible, and says whether that is all: no deal makes the product greater */
static bool
Negligible(Block *block)
{
	bool		negligible = true;

	for (int j = 0; j < block->n; j++)
	{
		Complex		x = block->value[j];

		if (x.re * x.re + x.im * x.im < NEGLIGIBLE * NEGLIGIBLE)
			block->value[j] = (Complex) {0, 0};
		else
			negligible = false;
	}
	return negligible;
}

static void
FillBlock(const Fourier *fourier, Block *block, uint64 first, const Prospect *prospects, int n)
{
	for (int j = 0; j < block->n; j++)
		block->value[j] = (Complex) {1, 0};
	for (int i = 0; i < n; i++)
	{
		MultiplyBlock(fourier, block, first, &prospects[i]);
		if (i % DEALS_PER_LOOK == 0 && Negligible(block))
			return;
	}
}

/* At negative frequencies it is the conjugate */
static void
CharacteristicFunction(const Fourier *fourier, const Prospect *prospects, int n, Complex *x)
{
	Block		block;

	for (uint64 first = 0; first <= fourier->n / 2; first += block.n)
	{
		CHECK_FOR_INTERRUPTS();
		block.n = Min(BLOCK, fourier->n / 2 + 1 - first);
		FillBlock(fourier, &block, first, prospects, n);
		memcpy(x + first, block.value, sizeof(Complex) * block.n);
	}
	for (uint64 m = 1; m < fourier->n / 2; m++)
		x[fourier->n - m] = (Complex) {x[m].re, -x[m].im};
}

/*
 * The distribution
 */

/* The least certain first: they make the product small most quickly */
static int
CompareCertainty(const void *a, const void *b)
{
	double		difference = fabs(((const Prospect *) a)->probability - 0.5) - fabs(((const Prospect *) b)->probability - 0.5);

	return difference < 0 ? -1 : difference > 0;
}

/* Cells at or below a revenue of which rounding to the grid may have taken something */
static int64
FirstCell(const RevenueDistribution *distribution, double low)
{
	return Max((int64) floor((low - distribution->grid_error) / distribution->grid), 0);
}

/* Adds the distribution given the factor. A transform has a cell's mass at its remainder */
static void
AddGivenFactor(RevenueDistribution *distribution, const Fourier *fourier, const Prospect *prospects, int n, const Node *node, Complex *x)
{
	int64		first = FirstCell(distribution, node->low);
	int64		end = Min(first + (int64) fourier->n, distribution->first + distribution->n);

	CharacteristicFunction(fourier, prospects, n, x);
	Transform(fourier, x);
	for (int64 cell = first; cell < end; cell++)
		distribution->mass[cell - distribution->first] += node->weight * Max(x[cell & (fourier->n - 1)].re, 0) / fourier->n;
}

static uint64
CellsOf(const RevenueDistribution *distribution, double width)
{
	return (uint64) ((width + 2 * distribution->grid_error) / distribution->grid) + 3;
}

/* Everything but the masses */
static RevenueDistribution
LayOut(const Prospect *prospects, const Portfolio *portfolio, const Windows *windows, double grid)
{
	double		width = windows->high - windows->low;
	RevenueDistribution distribution = {
		.grid = grid > 0 ? grid : AutomaticGrid(prospects, portfolio->n, ACCEPTED_ERROR * portfolio->mean, width)
	};

	if (width / distribution.grid > MAX_CELLS || portfolio->total / distribution.grid > MAX_WHOLE)
		GridTooFine(width);
	distribution.grid_error = GridError(prospects, portfolio->n, distribution.grid);
	distribution.tail_probability = windows->low > 0 || windows->high < portfolio->total ? 2 * TAIL : 0;
	distribution.first = FirstCell(&distribution, windows->low);
	distribution.n = CellsOf(&distribution, width);
	return distribution;
}

static void
MixNodes(RevenueDistribution *distribution, const CommonFactor *factor, Prospect *prospects, int n, double widest)
{
	uint64		size = 1;
	Fourier		fourier;
	Complex    *x;

	while (size < CellsOf(distribution, widest))
		size *= 2;
	fourier = MakeFourier(size);
	x = palloc_extended(sizeof(Complex) * size, MCXT_ALLOC_HUGE);
	for (const Node *node = factor->node; node < factor->node + factor->nnodes; node++)
	{
		GivenFactor(factor, prospects, n, node->value);
		qsort(prospects, n, sizeof(Prospect), CompareCertainty);
		AddGivenFactor(distribution, &fourier, prospects, n, node, x);
	}
	pfree(x);
	FreeFourier(&fourier);
}

RevenueDistribution
DistributeRevenue(const Deal *deals, int ndeals, double grid, double correlation)
{
	Portfolio	portfolio = MakePortfolio(deals, ndeals);
	int			n = portfolio.n;
	CommonFactor factor = MakeFactor(correlation);
	Prospect   *prospects = MakeProspects(portfolio.deals, n, correlation);
	RevenueDistribution distribution;
	Windows		windows;

	PlaceNodes(&factor, SpacingOf(&factor, prospects, n));
	windows = FindWindows(&factor, prospects, n, portfolio.total);
	distribution = LayOut(prospects, &portfolio, &windows, grid);
	PutOnGrid(prospects, n, distribution.grid);
	distribution.mass = palloc_extended(sizeof(double) * distribution.n, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	MixNodes(&distribution, &factor, prospects, n, windows.widest);
	pfree(portfolio.deals);
	pfree(prospects);
	pfree(factor.node);
	return distribution;
}

/* The least revenue, in grids, that is not exceeded with this probability */
int64
RevenueQuantile(const RevenueDistribution *distribution, double probability)
{
	double		sum = 0;
	int64		i;

	for (i = 0; i < distribution->n - 1; i++)
	{
		sum += distribution->mass[i];
		if (sum >= probability - REVENUE_PRECISION)
			break;
	}
	return distribution->first + i;
}

/* A target on the grid is reached there, whatever doubles make of the quotient */
double
ProbabilityOfRevenue(const RevenueDistribution *distribution, double target)
{
	double		first = ceil(target / distribution->grid * (1 - 4 * DBL_EPSILON)) - distribution->first;
	double		sum = 0;

	if (first <= 0)
		return 1;
	for (int64 i = distribution->n - 1; i >= first; i--)
		sum += distribution->mass[i];
	return Min(sum, 1);
}
