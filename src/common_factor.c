/*
 * The nodes stand at equal distances. For smooth functions on the whole line no rule needs
 * fewer: the error is that of the Fourier transform at 2 pi / spacing (Trefethen and
 * Weideman, "The exponentially convergent trapezoidal rule", SIAM Review 56, 2014). The
 * density of the factor is smooth on a scale of 1, a probability given the factor on one of
 * 1 / sqrt(steepness), their product on one of 1 / sqrt(1 + steepness). Nodes that far apart
 * leave an error of exp(-2 pi^2), 3e-9.
 */
#include "common_factor.h"

#include <math.h>

#include "miscadmin.h"

#include "normal_distribution.h"

#define FARTHEST 6.5			/* 1e-10 of the factor is beyond */
#define SURVEY_SPACING 0.25

/* The probability is that of the deal until a factor is given */
Prospect *
MakeProspects(const Deal *deals, int n, double correlation)
{
	Prospect   *prospects = palloc_extended(sizeof(Prospect) * Max(n, 1), MCXT_ALLOC_HUGE);

	for (int i = 0; i < n; i++)
		prospects[i] = (Prospect) {
			.value = deals[i].value,
			.probability = deals[i].probability,
			.threshold = correlation > 0 ? NormalQuantile(deals[i].probability) : 0
		};
	return prospects;
}

CommonFactor
MakeFactor(double correlation)
{
	return (CommonFactor) {.loading = sqrt(correlation), .rest = sqrt(1 - correlation)};
}

/* Without correlation the factor does nothing, and one node is enough */
void
PlaceNodes(CommonFactor *factor, double steepness)
{
	double		spacing = 1 / sqrt(1 + steepness);
	int			beside = factor->loading > 0 ? (int) ceil(FARTHEST / spacing) : 0;
	double		sum = 0;

	factor->nnodes = 2 * beside + 1;
	factor->node = palloc_extended(sizeof(Node) * factor->nnodes, MCXT_ALLOC_HUGE);
	for (int j = 0; j < factor->nnodes; j++)
	{
		double		value = (j - beside) * spacing;

		factor->node[j] = (Node) {.value = value, .weight = NormalDensity(value)};
		sum += factor->node[j].weight;
	}
	for (int j = 0; j < factor->nnodes; j++)
		factor->node[j].weight /= sum;
}

static double
ProbabilityGiven(const CommonFactor *factor, const Prospect *prospect, double value)
{
	return NormalProbability((prospect->threshold - factor->loading * value) / factor->rest);
}

void
GivenFactor(const CommonFactor *factor, Prospect *prospects, int n, double value)
{
	if (factor->loading == 0)
		return;
	for (int i = 0; i < n; i++)
		prospects[i].probability = ProbabilityGiven(factor, &prospects[i], value);
}

GivenMoments
MomentsGivenFactor(const CommonFactor *factor, const Prospect *prospects, int n, double value)
{
	GivenMoments moments = {0};

	for (int i = 0; i < n; i++)
	{
		double		v = prospects[i].value;
		double		p = prospects[i].probability;

		moments.mean += v * p;
		moments.variance += v * v * p * (1 - p);
		if (factor->loading > 0)
			moments.slope -= v * factor->loading / factor->rest
				* NormalDensity((prospects[i].threshold - factor->loading * value) / factor->rest);
	}
	return moments;
}

/* Of the probability that two deals are won, and so enough for moments */
static double
SteepnessOfPairs(const CommonFactor *factor)
{
	return 2 * factor->loading * factor->loading / (factor->rest * factor->rest);
}

/*
 * Of the distribution of the revenue, which moves by so many of its standard deviations with
 * the factor. For deals of even odds and equal value, pi / 2 makes that the steepness of the
 * probability that all are won.
 */
double
SteepnessOfRevenue(const CommonFactor *factor, Prospect *prospects, int n)
{
	double		steepness = SteepnessOfPairs(factor);

	for (double value = -FARTHEST; factor->loading > 0 && value <= FARTHEST; value += SURVEY_SPACING)
	{
		GivenMoments moments;

		CHECK_FOR_INTERRUPTS();
		GivenFactor(factor, prospects, n, value);
		moments = MomentsGivenFactor(factor, prospects, n, value);
		if (moments.variance > 0)
			steepness = Max(steepness, M_PI_2 * moments.slope * moments.slope / moments.variance);
	}
	return steepness;
}

/*
 * The covariance of a deal with the revenue: its variance given the factor, in the mean, and
 * the covariance of the two means. This is what one node adds.
 */
static void
AddCovariances(const CommonFactor *factor, const Node *node, const Deal *deals, Prospect *prospects, int n, RevenueMoments *moments)
{
	double		mean;

	GivenFactor(factor, prospects, n, node->value);
	mean = MomentsGivenFactor(factor, prospects, n, node->value).mean;
	for (int i = 0; i < n; i++)
	{
		double		v = prospects[i].value;
		double		p = prospects[i].probability;

		moments->covariance[i] += node->weight * v * (v * p * (1 - p) + (p - deals[i].probability) * (mean - moments->mean));
	}
}

RevenueMoments
MomentsOfRevenue(const Deal *deals, int n, double correlation)
{
	CommonFactor factor = MakeFactor(correlation);
	Prospect   *prospects = MakeProspects(deals, n, correlation);
	RevenueMoments moments = {.covariance = palloc_extended(sizeof(double) * Max(n, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO)};
	double		variance = 0;

	for (int i = 0; i < n; i++)
		moments.mean += deals[i].value * deals[i].probability;
	PlaceNodes(&factor, SteepnessOfPairs(&factor));
	for (const Node *node = factor.node; node < factor.node + factor.nnodes; node++)
	{
		CHECK_FOR_INTERRUPTS();
		AddCovariances(&factor, node, deals, prospects, n, &moments);
	}

	for (int i = 0; i < n; i++)
		variance += moments.covariance[i];
	moments.standard_deviation = sqrt(variance);
	pfree(prospects);
	pfree(factor.node);
	return moments;
}
