/*
 * Deals that depend on a common factor: the one-factor Gaussian copula (Vasicek, "The
 * distribution of loan portfolio value", Risk 15, 2002).
 *
 * A deal is won if loading * factor + rest * (something of its own) is less than its
 * threshold, both normally distributed. Given the factor, deals are independent.
 */
#ifndef CRM_COMMON_FACTOR_H
#define CRM_COMMON_FACTOR_H

#include "revenue_distribution.h"

typedef struct Prospect
{
	double		value;
	double		threshold;
	double		probability;	/* of being won, given the factor */
	uint64		cells;			/* the value on the grid */
} Prospect;

/* The sum over nodes of weight * f(value) approximates the mean of f(factor) */
typedef struct Node
{
	double		value;
	double		weight;
	double		low;			/* revenue given the factor: hardly any is outside */
	double		high;
} Node;

typedef struct CommonFactor
{
	double		loading;
	double		rest;
	int			nnodes;
	Node	   *node;
} CommonFactor;

/* Of the revenue, given the factor */
typedef struct GivenMoments
{
	double		mean;
	double		variance;
	double		slope;			/* of the mean, along the factor */
} GivenMoments;

extern Prospect *MakeProspects(const Deal *deals, int n, double correlation);
extern CommonFactor MakeFactor(double correlation);
extern void PlaceNodes(CommonFactor *factor, double steepness);
extern double SteepnessOfRevenue(const CommonFactor *factor, Prospect *prospects, int n);
extern void GivenFactor(const CommonFactor *factor, Prospect *prospects, int n, double value);
extern GivenMoments MomentsGivenFactor(const CommonFactor *factor, const Prospect *prospects, int n, double value);

#endif
