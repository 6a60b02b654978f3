/*
 * The Gamma-Gamma model of what a purchase is worth: Fader and Hardie, "The Gamma-Gamma
 * model of monetary value" (2013).
 *
 * It tells nothing from customers who have no repeats or repeats of no value.
 */
#include "lifetime_value.h"

#include <float.h>
#include <math.h>

/* The mean of the population goes to infinity as q goes to 1 */
#define MIN_Q 1.01

/* Where there is nothing to learn from, nothing is to be expected */
static const GammaGamma no_value = {.p = 1, .q = 2, .v = 0};

static bool
ObserveValue(const Purchases *customer, Purchases *observed)
{
	*observed = (Purchases) {.frequency = customer->frequency, .mean_value = customer->mean_value, .weight = customer->weight};
	return customer->frequency > 0 && customer->mean_value > 0;
}

static GammaGamma
ModelAt(const double *point)
{
	return (GammaGamma) {.p = exp(point[0]), .q = 1 + exp(point[1]), .v = exp(point[2])};
}

/* What customers of one frequency share of the likelihood */
static double
TermOfFrequency(const GammaGamma *model, double x)
{
	double		px = model->p * x;

	return lgamma(px + model->q) - lgamma(px) - lgamma(model->q) + model->q * log(model->v) + px * log(x);
}

/* Minus the logarithm of the likelihood, over all groups */
static double
NegativeLogLikelihood(const double *point, void *context)
{
	const PurchaseGroups *groups = context;
	const Purchases *previous = NULL;
	GammaGamma	model = ModelAt(point);
	double		term = 0;
	double		sum = 0;

	if (model.q < MIN_Q)
		return DBL_MAX;

	for (const Purchases *group = groups->group; group < groups->group + groups->n; previous = group++)
	{
		double		px = model.p * group->frequency;

		if (previous == NULL || previous->frequency != group->frequency)
			term = TermOfFrequency(&model, group->frequency);
		sum += group->weight * (term + (px - 1) * log(group->mean_value)
								- (px + model.q) * log(model.v + group->frequency * group->mean_value));
	}
	return -sum;
}

static double
MeanOfGroups(const PurchaseGroups *groups)
{
	double		sum = 0;
	double		weight = 0;

	for (int i = 0; i < groups->n; i++)
	{
		sum += groups->group[i].weight * groups->group[i].mean_value;
		weight += groups->group[i].weight;
	}
	return Min(sum / weight, DBL_MAX);
}

static void
DivideValues(PurchaseGroups *groups, double unit)
{
	for (int i = 0; i < groups->n; i++)
		groups->group[i].mean_value /= unit;
}

/* What makes the values most likely, in units of their mean meanwhile. No customer to learn from: purchases have no value */
void
FitGammaGamma(const Purchases *purchases, int n, GammaGamma *model)
{
	PurchaseGroups groups = GroupPurchases(purchases, n, ObserveValue);
	double		point[] = {0, 0, 0};

	*model = no_value;
	if (groups.n > 0)
	{
		double		unit = MeanOfGroups(&groups);

		DivideValues(&groups, unit);
		FitByLikelihood(NegativeLogLikelihood, &groups, point, 3);
		*model = ModelAt(point);
		model->v *= unit;
	}
	pfree(groups.group);
}

/*
 * Between the customer's own mean and that of all customers, the nearer to his
 * own the more he bought. Of whom nothing is known, the mean of all.
 */
double
ExpectedMeanValue(const GammaGamma *model, const Purchases *customer)
{
	bool		known = customer->frequency > 0 && customer->mean_value > 0;
	double		x = known ? customer->frequency : 0;

	return model->p * (model->v + (known ? x * customer->mean_value : 0)) / (model->p * x + model->q - 1);
}
