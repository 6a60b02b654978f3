/*
 * Customers of the same history count as one with their weights added up. They are sorted,
 * so that a likelihood computes once what customers of equal frequency or age share.
 */
#include "lifetime_value.h"
#include "newton.h"

/* So many groups are enough to find out where the optimum of all of them is near */
#define SAMPLE_SIZE 2000

/* Parameters are searched as logarithms between -10 and 10, from 1/22000 to 22000 */
#define LOG_LIMIT 10.0

#define FAR 1.0					/* steps of the search, in logarithms */
#define NEAR 0.05

static int
ComparePurchases(const void *a, const void *b)
{
	const Purchases *p = a;
	const Purchases *q = b;

	if (p->frequency != q->frequency)
		return p->frequency < q->frequency ? -1 : 1;
	if (p->age != q->age)
		return p->age < q->age ? -1 : 1;
	if (p->recency != q->recency)
		return p->recency < q->recency ? -1 : 1;
	return p->mean_value < q->mean_value ? -1 : p->mean_value > q->mean_value;
}

static void
Observe(PurchaseGroups *groups, const Purchases *purchases, int n, Observation observe)
{
	groups->n = 0;
	for (int i = 0; i < n; i++)
	{
		if (observe(&purchases[i], &groups->group[groups->n]))
			groups->n++;
	}
}

static void
MergeEqual(PurchaseGroups *groups)
{
	int			last = 0;

	for (int i = 1; i < groups->n; i++)
	{
		if (ComparePurchases(&groups->group[last], &groups->group[i]) == 0)
			groups->group[last].weight += groups->group[i].weight;
		else
			groups->group[++last] = groups->group[i];
	}
	groups->n = Min(groups->n, last + 1);
}

PurchaseGroups
GroupPurchases(const Purchases *purchases, int n, Observation observe)
{
	PurchaseGroups groups;

	groups.group = palloc_extended(sizeof(Purchases) * Max(n, 1), MCXT_ALLOC_HUGE);
	Observe(&groups, purchases, n, observe);
	qsort(groups.group, groups.n, sizeof(Purchases), ComparePurchases);
	MergeEqual(&groups);
	return groups;
}

/* One group in so many; their order makes it a fair share of all frequencies and ages */
static PurchaseGroups
SampleOf(const PurchaseGroups *groups)
{
	int			every = (groups->n + SAMPLE_SIZE - 1) / SAMPLE_SIZE;
	PurchaseGroups sample = {.group = palloc(sizeof(Purchases) * SAMPLE_SIZE)};

	for (int i = 0; i < groups->n; i += every)
		sample.group[sample.n++] = groups->group[i];
	return sample;
}

/*
 * Moves the point to where the objective is least for the groups, and returns that value.
 * Few of them show the neighbourhood, so that few looks at all of them find the place.
 */
double
FitByLikelihood(Objective objective, PurchaseGroups *groups, double *point, int dimensions)
{
	PurchaseGroups sample = SampleOf(groups);
	double		minimum;

	Minimize(objective, &sample, point, dimensions, LOG_LIMIT, FAR);
	pfree(sample.group);

	/* Where the likelihood is greatest at a limit, there is no summit to climb */
	if (!DescendByNewton(objective, groups, point, dimensions, LOG_LIMIT, &minimum))
		minimum = Minimize(objective, groups, point, dimensions, LOG_LIMIT, NEAR);
	return minimum;
}
