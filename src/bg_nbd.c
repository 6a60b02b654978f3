/*
 * The BG/NBD model of how often customers buy: Fader, Hardie and Lee, "Counting your
 * customers the easy way: an alternative to the Pareto/NBD model", Marketing Science 24
 * (2005). Equation numbers below are theirs.
 *
 * Expected purchases are computed as the probabilities of a first, a second, ... purchase
 * added up. That is equations (9) and (10) without their hypergeometric function: no
 * differences of nearly equal numbers, no poles at a = 1 or a + b = 1.
 */
#include "lifetime_value.h"

#include <float.h>
#include <math.h>

/* No customer is expected to buy more often; also what bounds the time to find out */
#define MAX_PURCHASES 100000

/* Beyond these, parameters make no difference to what is computed */
#define MAX_SHAPE 1e9
#define MAX_TIME 1e15

/* May be multiplied by MAX_SHAPE and stays a double */
#define GREAT 1e200

/* The limit that the likelihood of a history without repeats approaches */
static const BgNbd nobody_returns = {.r = 0, .alpha = 1, .a = 1, .b = 1, .log_likelihood = 0};

/*
 * Fitting
 */

static bool
ObserveTimes(const Purchases *customer, Purchases *observed)
{
	*observed = *customer;
	observed->mean_value = 0;
	return true;
}

static BgNbd
ModelAt(const double *point)
{
	return (BgNbd) {.r = exp(point[0]), .alpha = exp(point[1]), .a = exp(point[2]), .b = exp(point[3])};
}

/* What customers of one frequency share of equation (6) */
typedef struct FrequencyTerms
{
	double		log_weight;		/* of the purchases made */
	double		log_odds;		/* of leaving after the last one */
} FrequencyTerms;

static FrequencyTerms
TermsOfFrequency(const BgNbd *model, double x)
{
	double		r = model->r;
	double		a = model->a;
	double		b = model->b;

	return (FrequencyTerms) {
		.log_weight = lgamma(r + x) - lgamma(r) + r * log(model->alpha)
			+ lgamma(a + b) + lgamma(b + x) - lgamma(b) - lgamma(a + b + x),
		.log_odds = x > 0 ? log(a) - log(b + x - 1) : 0
	};
}

/* log(1 + exp(x)) where exp(x) may be too great for a double */
static double
LogOnePlusExp(double x)
{
	return x > 40 ? x : log1p(exp(x));
}

/* Minus the logarithm of equation (6), over all groups */
static double
NegativeLogLikelihood(const double *point, void *context)
{
	const PurchaseGroups *groups = context;
	const Purchases *previous = NULL;
	BgNbd		model = ModelAt(point);
	FrequencyTerms terms;
	double		log_age;
	double		sum = 0;

	for (const Purchases *group = groups->group; group < groups->group + groups->n; previous = group++)
	{
		double		x = group->frequency;
		double		log_likelihood;

		if (previous == NULL || previous->frequency != x)
			terms = TermsOfFrequency(&model, x);
		if (previous == NULL || previous->age != group->age)
			log_age = log(model.alpha + group->age);

		log_likelihood = terms.log_weight - (model.r + x) * log_age;
		if (x > 0)
			log_likelihood += LogOnePlusExp(terms.log_odds + (model.r + x) * (log_age - log(model.alpha + group->recency)));
		sum += group->weight * log_likelihood;
	}
	return -sum;
}

/* Sums over the customers of the groups */
typedef struct Totals
{
	double		customers;
	double		repeats;
	double		age;
} Totals;

static Totals
SumUp(const PurchaseGroups *groups)
{
	Totals		totals = {0};

	for (int i = 0; i < groups->n; i++)
	{
		const Purchases *group = &groups->group[i];

		totals.customers += group->weight;
		totals.repeats += group->weight * group->frequency;
		totals.age += group->weight * group->age;
	}
	return totals;
}

static void
DivideTimes(PurchaseGroups *groups, double unit)
{
	for (int i = 0; i < groups->n; i++)
	{
		groups->group[i].recency /= unit;
		groups->group[i].age /= unit;
	}
}

/*
 * What makes the history most likely. Time is in units of the mean age meanwhile. Histories
 * without repeats, also empty ones: nobody buys again.
 */
void
FitBgNbd(const Purchases *purchases, int n, BgNbd *model)
{
	PurchaseGroups groups = GroupPurchases(purchases, n, ObserveTimes);
	Totals		totals = SumUp(&groups);
	double		unit = totals.age > 0 ? Min(totals.age / totals.customers, MAX_TIME) : 1;
	double		point[] = {0, 0, 0, 0};
	double		minimum;

	*model = nobody_returns;
	if (totals.repeats > 0)
	{
		DivideTimes(&groups, unit);
		minimum = FitByLikelihood(NegativeLogLikelihood, &groups, point, 4);
		*model = ModelAt(point);
		model->alpha *= unit;
		model->log_likelihood = -minimum - totals.repeats * log(unit);
	}
	pfree(groups.group);
}

/*
 * Expecting
 */

/* How many purchases an active customer makes if he never leaves: Pascal's distribution, purchase by purchase */
typedef struct Counts
{
	double		r;
	double		z;				/* probability of one more purchase, in the long run */
	int			k;
	double		p;				/* probability of k purchases, in units */
	double		lift;			/* so great that the unit may be 0 */
	double		unit;			/* exp(-lift) */
	double		beyond;			/* probability of more than k purchases */
} Counts;

static Counts
StartCounts(double r, double tau)
{
	Counts		counts = {.r = r, .z = tau / (1 + tau), .p = 1, .lift = r * log1p(tau)};

	counts.unit = exp(-counts.lift);
	counts.beyond = -expm1(-counts.lift);
	return counts;
}

/* By how much more likely one purchase more is */
static double
Ratio(const Counts *counts)
{
	return counts->z * (counts->r + counts->k) / (counts->k + 1);
}

static void
CountOn(Counts *counts)
{
	counts->p *= Ratio(counts);
	counts->k++;
	if (counts->p > GREAT)
	{
		double		less = Min(log(GREAT), counts->lift);

		counts->p *= exp(-less);
		counts->lift -= less;
		counts->unit = exp(-counts->lift);
	}
	counts->beyond = Max(counts->beyond - counts->p * counts->unit, 0);
}

/* Bounds what purchases after k can add: probabilities fall at least geometrically by then */
static double
Remainder(const Counts *counts)
{
	double		ratio = Max(Ratio(counts), counts->z);

	return ratio < 1 ? counts->p * counts->unit / ((1 - ratio) * (1 - ratio)) : DBL_MAX;
}

/*
 * Purchases within tau, in units of alpha, of a customer who is active. He makes the next
 * purchase if his rate lets him, and if he did not leave after one before.
 */
static double
PurchasesWhileActive(double r, double tau, double a, double b)
{
	Counts		counts = StartCounts(Min(r, MAX_SHAPE), Min(tau, MAX_TIME));
	double		staying = 1;
	double		sum = 0;

	while (counts.k < MAX_PURCHASES)
	{
		sum += counts.beyond * staying;
		staying *= (b + counts.k) / (a + b + counts.k);
		if (Remainder(&counts) * staying <= DBL_EPSILON * sum)
			break;
		CountOn(&counts);
	}
	return sum;
}

/* Who has never bought again has had no occasion to leave */
static double
ProbabilityActive(const BgNbd *model, const Purchases *customer)
{
	double		x = customer->frequency;
	double		idle = (model->alpha + customer->age) / (model->alpha + customer->recency);

	return x > 0 ? 1 / (1 + model->a / (model->b + x - 1) * pow(idle, model->r + x)) : 1;
}

/* Equation (10): in a time t after the history, from a customer of that history */
double
ExpectedPurchases(const BgNbd *model, double t, const Purchases *customer)
{
	double		x = customer->frequency;

	return ProbabilityActive(model, customer) *
		PurchasesWhileActive(model->r + x, t / (model->alpha + customer->age), model->a, model->b + x);
}

/* Equation (9): in a time t after the first purchase */
double
ExpectedPurchasesOfNewCustomer(const BgNbd *model, double t)
{
	return PurchasesWhileActive(model->r, t / model->alpha, model->a, model->b);
}
