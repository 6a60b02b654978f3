/*
 * Groups of deals learn from each other: the beta-binomial model (Griffiths, "Maximum
 * likelihood estimation for the beta-binomial distribution", Biometrics 29, 1973). The
 * fewer deals a group has and the more alike groups are, the nearer is its probability to
 * that of all.
 *
 * The likelihood of few groups has no maximum, or one at 0 or 1. So what all groups have in
 * common is not taken to be what is most likely, but to be anything as far as it is likely:
 * the mean of the groups and 2 / size, where size is what the other groups are worth in
 * deals, are uniform between 0 and 1 beforehand. With a size of less than 2, most groups would
 * win all or nothing.
 */
#include "stage_calibration.h"

#include <math.h>

#include "miscadmin.h"

#include "beta_distribution.h"

#define ZOOMS 5
#define DEVIATIONS 5			/* that the nodes cover to either side */

/* Of a coordinate of the nodes */
typedef struct Range
{
	double		low;
	double		high;
} Range;

static const Range log_odds_range = {-9, 9};
static const Range log_size_range = {M_LN2, 16};

static double
At(const Range *range, int step)
{
	return range->low + (step + 0.5) * (range->high - range->low) / PRIOR_STEPS;
}

static PriorNode
NodeAt(const Range *log_odds, const Range *log_size, int i)
{
	double		mean = 1 / (1 + exp(-At(log_odds, i / PRIOR_STEPS)));
	double		size = exp(At(log_size, i % PRIOR_STEPS));

	return (PriorNode) {.won = mean * size, .lost = (1 - mean) * size};
}

/* Of odds and size as logarithms, which adds their derivatives */
static double
LogHyperprior(const PriorNode *node)
{
	double		size = node->won + node->lost;

	return log(node->won / size) + log(node->lost / size) - log(size);
}

static double
LogPosterior(const PriorNode *node, const Evidence *groups, int n)
{
	double		log_beta = LogBeta(node->won, node->lost);
	double		sum = LogHyperprior(node);

	for (const Evidence *group = groups; group < groups + n; group++)
	{
		if (group->won + group->lost > 0)
			sum += LogBeta(node->won + group->won, node->lost + group->lost) - log_beta;
	}
	return sum;
}

static void
WeighNodes(WinPrior *prior, const Evidence *groups, int n, const Range *log_odds, const Range *log_size)
{
	double		greatest = -INFINITY;
	double		sum = 0;

	for (int i = 0; i < lengthof(prior->node); i++)
	{
		CHECK_FOR_INTERRUPTS();
		prior->node[i] = NodeAt(log_odds, log_size, i);
		prior->node[i].weight = LogPosterior(&prior->node[i], groups, n);
		greatest = Max(greatest, prior->node[i].weight);
	}
	for (int i = 0; i < lengthof(prior->node); i++)
	{
		prior->node[i].weight = exp(prior->node[i].weight - greatest);
		sum += prior->node[i].weight;
	}
	for (int i = 0; i < lengthof(prior->node); i++)
		prior->node[i].weight /= sum;
}

/* To where the weight is; distances between nodes count as deviations, lest a peak be lost between them */
static Range
Zoom(const Range *range, double mean, double square)
{
	double		distance = (range->high - range->low) / PRIOR_STEPS;
	double		reach = DEVIATIONS * sqrt(Max(square - mean * mean, 0) + distance * distance / 12);

	return (Range) {Max(range->low, mean - reach), Min(range->high, mean + reach)};
}

void
FitWinPrior(const Evidence *groups, int n, WinPrior *prior)
{
	Range		log_odds = log_odds_range;
	Range		log_size = log_size_range;

	for (int zoom = 0; zoom < ZOOMS; zoom++)
	{
		double		mean[2] = {0};
		double		square[2] = {0};

		WeighNodes(prior, groups, n, &log_odds, &log_size);
		for (int i = 0; i < lengthof(prior->node); i++)
		{
			double		x = At(&log_odds, i / PRIOR_STEPS);
			double		y = At(&log_size, i % PRIOR_STEPS);

			mean[0] += prior->node[i].weight * x;
			square[0] += prior->node[i].weight * x * x;
			mean[1] += prior->node[i].weight * y;
			square[1] += prior->node[i].weight * y * y;
		}
		log_odds = Zoom(&log_odds, mean[0], square[0]);
		log_size = Zoom(&log_size, mean[1], square[1]);
	}
	WeighNodes(prior, groups, n, &log_odds, &log_size);
}

/* A mixture of beta distributions; the bounds are those of the one with its mean and variance */
WinProbability
CalibrateGroup(const WinPrior *prior, const Evidence *group, double credibility)
{
	double		mean = 0;
	double		square = 0;
	double		size;

	for (const PriorNode *node = prior->node; node < prior->node + lengthof(prior->node); node++)
	{
		double		deals = node->won + group->won + node->lost + group->lost;
		double		p = (node->won + group->won) / deals;

		mean += node->weight * p;
		square += node->weight * (p * (1 - p) / (deals + 1) + p * p);
	}
	size = mean * (1 - mean) / (square - mean * mean) - 1;
	return (WinProbability) {
		.probability = mean,
		.lower_bound = BetaQuantile(mean * size, (1 - mean) * size, (1 - credibility) / 2),
		.upper_bound = BetaQuantile(mean * size, (1 - mean) * size, (1 + credibility) / 2)
	};
}
