/*
 * Groups of deals learn from each other: the beta-binomial model (Griffiths, "Maximum
 * likelihood estimation for the beta-binomial distribution", Biometrics 29, 1973). The
 * fewer deals a group has and the more alike groups are, the nearer is its probability to
 * that of all.
 *
 * The likelihood of few groups has no maximum, or one at 0 or 1. So the mean of the groups and
 * size / (1 + size), where size is what the others are worth in deals, are taken to be
 * uniform beforehand (Christiansen and Morris, "Hierarchical Poisson regression modeling",
 * Journal of the American Statistical Association 92, 1997).
 */
#include "stage_calibration.h"

#include <math.h>

#include "beta_distribution.h"
#include "newton.h"

#define LIMIT 10.0				/* of the logarithms of odds and size */
#define FIRST_LOOK 1.0

typedef struct Groups
{
	const Evidence *group;
	int			n;
} Groups;

static WinPrior
PriorAt(const double *point)
{
	double		mean = 1 / (1 + exp(-point[0]));
	double		size = exp(point[1]);

	return (WinPrior) {.won = mean * size, .lost = (1 - mean) * size};
}

/* Of odds and size as logarithms, which adds their derivatives */
static double
LogHyperprior(const WinPrior *prior)
{
	double		size = prior->won + prior->lost;

	return log(prior->won / size) + log(prior->lost / size) + log(size) - 2 * log1p(size);
}

static double
NegativeLogPosterior(const double *point, void *context)
{
	const Groups *groups = context;
	WinPrior	prior = PriorAt(point);
	double		log_beta = LogBeta(prior.won, prior.lost);
	double		sum = LogHyperprior(&prior);

	for (const Evidence *group = groups->group; group < groups->group + groups->n; group++)
	{
		if (group->won + group->lost > 0)
			sum += LogBeta(prior.won + group->won, prior.lost + group->lost) - log_beta;
	}
	return -sum;
}

/* The most probable one */
WinPrior
FitWinPrior(const Evidence *evidence, int n)
{
	Groups		groups = {.group = evidence, .n = n};
	double		won = 1;
	double		lost = 1;
	double		point[2];
	double		value;

	for (int i = 0; i < n; i++)
	{
		won += evidence[i].won;
		lost += evidence[i].lost;
	}
	point[0] = Max(Min(log(won / lost), LIMIT), -LIMIT);
	point[1] = 0;
	if (!DescendByNewton(NegativeLogPosterior, &groups, point, 2, LIMIT, &value))
		Minimize(NegativeLogPosterior, &groups, point, 2, LIMIT, FIRST_LOOK);
	return PriorAt(point);
}

/* The prior keeps it from 0 and 1 */
WinProbability
CalibrateGroup(const WinPrior *prior, const Evidence *group, double credibility)
{
	double		won = prior->won + group->won;
	double		lost = prior->lost + group->lost;

	return (WinProbability) {
		.probability = won / (won + lost),
		.lower_bound = BetaQuantile(won, lost, (1 - credibility) / 2),
		.upper_bound = BetaQuantile(won, lost, (1 + credibility) / 2)
	};
}
