/*
 * What customers will buy, as their purchases so far let expect.
 *
 * A customer's purchases are days on which he bought. All but the first are repeats.
 * Any unit of time will do if it is always the same.
 */
#ifndef CRM_LIFETIME_VALUE_H
#define CRM_LIFETIME_VALUE_H

#include "postgres.h"

#include "nelder_mead.h"

typedef struct Purchases
{
	double		frequency;		/* number of repeats, a whole number */
	double		recency;		/* time from the first to the last purchase; at most age */
	double		age;			/* time from the first purchase to the end of the history */
	double		mean_value;		/* of the repeats */
	double		weight;			/* how many customers it stands for, in fitting */
} Purchases;

/*
 * bg_nbd.c: how often. While active, customers buy at rates distributed as Gamma(r, alpha);
 * after each purchase each one leaves with a probability distributed as Beta(a, b).
 */
typedef struct BgNbd
{
	double		r;				/* 0: nobody ever buys again */
	double		alpha;
	double		a;
	double		b;
	double		log_likelihood;
} BgNbd;

extern void FitBgNbd(const Purchases *purchases, int n, BgNbd *model);
extern double ExpectedPurchases(const BgNbd *model, double t, const Purchases *customer);
extern double ExpectedPurchasesOfNewCustomer(const BgNbd *model, double t);

/*
 * gamma_gamma.c: for how much. The value of a purchase is distributed as Gamma(p, nu),
 * nu among customers as Gamma(q, v).
 */
typedef struct GammaGamma
{
	double		p;
	double		q;				/* more than 1, so that there is a mean */
	double		v;				/* 0: purchases have no value */
} GammaGamma;

extern void FitGammaGamma(const Purchases *purchases, int n, GammaGamma *model);
extern double ExpectedMeanValue(const GammaGamma *model, const Purchases *customer);

/* purchase_groups.c: what both fits work on */

/* Copies what a model looks at; false if the customer tells it nothing */
typedef bool (*Observation) (const Purchases *customer, Purchases *observed);

typedef struct PurchaseGroups
{
	Purchases  *group;			/* sorted by frequency, age, recency and mean value */
	int			n;
} PurchaseGroups;

extern PurchaseGroups GroupPurchases(const Purchases *purchases, int n, Observation observe);
extern double FitByLikelihood(Objective objective, PurchaseGroups *groups, double *point, int dimensions);

#endif
