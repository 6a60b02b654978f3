/*
 * The distribution of the revenue is computed from its characteristic function
 * (characteristic_function.c) by one Fourier transform. Revenue hardly ever occurs outside
 * of a window, so there need be only as many frequencies as the window has cells.
 *
 * Correlated deals are independent given a common factor, so their distribution is a
 * mixture of such distributions.
 */
#include "revenue_distribution.h"

#include <float.h>
#include <math.h>

#include "miscadmin.h"

#include "characteristic_function.h"
#include "common_factor.h"

#define TAIL 1e-9				/* probability of a revenue beyond either end of a window */
#define ACCEPTED_ERROR 1e-3		/* of an automatic grid, of the mean */
#define AUTOMATIC_CELLS 2e6
#define CORRELATED_CELLS 2e5	/* each node takes a transform */
#define MAX_CELLS 4e6
#define MAX_WHOLE 4e15			/* doubles tell whole numbers apart */

/* The deals that can bring in something, the least probable first */
typedef struct Portfolio
{
	Deal	   *deals;
	int			n;
	bool		correlated;
	double		mean;
	double		total;
} Portfolio;

static int
CompareDeals(const void *a, const void *b)
{
	const Deal *d = a;
	const Deal *e = b;

	if (d->probability != e->probability)
		return d->probability < e->probability ? -1 : 1;
	return d->value < e->value ? -1 : d->value > e->value;
}

static Portfolio
MakePortfolio(const Deal *deals, int n, double correlation)
{
	Portfolio	portfolio = {
		.deals = palloc_extended(sizeof(Deal) * Max(n, 1), MCXT_ALLOC_HUGE),
		.correlated = correlation > 0
	};

	for (int i = 0; i < n; i++)
	{
		if (deals[i].value == 0 || deals[i].probability == 0)
			continue;
		portfolio.deals[portfolio.n++] = deals[i];
		portfolio.mean += deals[i].value * deals[i].probability;
		portfolio.total += deals[i].value;
	}
	qsort(portfolio.deals, portfolio.n, sizeof(Deal), CompareDeals);
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

/* Of what rounding does to the revenue */
typedef struct Rounding
{
	double		up;				/* if deals that it adds to are won, and no others */
	double		down;
	double		variance;
	double		greatest;		/* of one deal */
} Rounding;

/*
 * Bernstein's inequality for what the rounding of the won deals differs from its mean. The
 * mean is half a grid or less: errors added up in the order of the probabilities are, and so
 * is their sum weighted with probabilities that rise in that order (Abel's), whatever the factor.
 */
static double
BoundRounding(const Rounding *rounding, double grid)
{
	double		linear = -log(TAIL) * rounding->greatest / 3;
	double		likely = grid / 2 + linear + sqrt(linear * linear - 2 * log(TAIL) * rounding->variance);

	return Min(likely, Max(rounding->up, rounding->down));
}

/*
 * Rounds the values so that their sum up to each deal, in the order of the probabilities, is
 * rounded to the nearest. Returns a bound on what that does to the revenue. What is within
 * the precision of doubles is a whole number of grids. Given the factor, variances are at
 * most a quarter.
 */
static double
RoundToGrid(Prospect *prospects, const Portfolio *portfolio, double grid)
{
	Rounding	rounding = {0};
	double		sum = 0;
	double		cells = 0;

	for (int i = 0; i < portfolio->n; i++)
	{
		const Deal *deal = &portfolio->deals[i];
		double		gain;

		sum += deal->value;
		prospects[i].cells = round(sum / grid) - cells;
		cells += prospects[i].cells;
		gain = prospects[i].cells * grid - deal->value;
		if (fabs(gain) <= 4 * DBL_EPSILON * deal->value)
			continue;
		rounding.up += Max(gain, 0);
		rounding.down += Max(-gain, 0);
		rounding.variance += gain * gain * (portfolio->correlated ? 0.25 : deal->probability * (1 - deal->probability));
		rounding.greatest = Max(rounding.greatest, fabs(gain));
	}
	return BoundRounding(&rounding, grid);
}

/* 1, 1.5, 2, 3, 5, 7, 10, 15, 20 and so on: money is counted in some of them */
static double
RoundNumber(int step)
{
	static const double number[] = {1, 1.5, 2, 3, 5, 7};
	int			exponent = floor((double) step / lengthof(number));

	return number[step - (int) lengthof(number) * exponent] * pow(10, exponent);
}

/* The coarsest of the round numbers with an error that is accepted, or the finest for so many cells */
static double
AutomaticGrid(Prospect *prospects, const Portfolio *portfolio, double width)
{
	double		cells = portfolio->correlated ? CORRELATED_CELLS : AUTOMATIC_CELLS;
	double		greatest = 0;
	int			step;

	for (int i = 0; i < portfolio->n; i++)
		greatest = Max(greatest, portfolio->deals[i].value);
	if (greatest == 0)
		return 1;

	step = 6 * (int) (floor(log10(greatest)) + 1);
	while (RoundToGrid(prospects, portfolio, RoundNumber(step)) > ACCEPTED_ERROR * portfolio->mean
		   && width / RoundNumber(step - 1) <= cells)
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

/* Where revenue from so much on may stand, once it is rounded */
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

/* Everything but the masses, and the cells of the deals */
static RevenueDistribution
LayOut(Prospect *prospects, const Portfolio *portfolio, const Windows *windows, double grid)
{
	double		width = windows->high - windows->low;
	RevenueDistribution distribution = {.grid = grid > 0 ? grid : AutomaticGrid(prospects, portfolio, width)};

	if (width / distribution.grid > MAX_CELLS || portfolio->total / distribution.grid > MAX_WHOLE)
		GridTooFine(width);
	distribution.grid_error = RoundToGrid(prospects, portfolio, distribution.grid);
	/* A revenue may leave the window, and so may its rounding */
	distribution.tail_probability = windows->low > 0 || windows->high < portfolio->total ? 4 * TAIL : 0;
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
	Portfolio	portfolio = MakePortfolio(deals, ndeals, correlation);
	int			n = portfolio.n;
	CommonFactor factor = MakeFactor(correlation);
	Prospect   *prospects = MakeProspects(portfolio.deals, n, correlation);
	RevenueDistribution distribution;
	Windows		windows;

	PlaceNodes(&factor, SteepnessOfRevenue(&factor, prospects, n));
	windows = FindWindows(&factor, prospects, n, portfolio.total);
	distribution = LayOut(prospects, &portfolio, &windows, grid);
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
