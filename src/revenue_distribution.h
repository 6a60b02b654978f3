/*
 * What deals that may be won or lost bring in all.
 */
#ifndef CRM_REVENUE_DISTRIBUTION_H
#define CRM_REVENUE_DISTRIBUTION_H

#include "postgres.h"

typedef struct Deal
{
	double		value;			/* 0, or between the least and the greatest */
	double		probability;	/* of being won */
} Deal;

#define LEAST_DEAL 1e-100
#define GREATEST_DEAL 1e100

/* More than that is the certainty that all deals are won together, or none */
#define MAX_CORRELATION 0.99

/* Probabilities are right to this, apart from what the grid does */
#define REVENUE_PRECISION 1e-7

/* mass[i] is the probability of a revenue of (first + i) grids */
typedef struct RevenueDistribution
{
	double		grid;
	double		grid_error;		/* whichever deals are won, their values on the grid are no farther off */
	double		tail_probability;	/* at most: of revenues that mass leaves out */
	int64		first;
	int64		n;
	double	   *mass;
} RevenueDistribution;

typedef struct RevenueMoments
{
	double		mean;
	double		standard_deviation;
	double	   *covariance;		/* of each deal with the revenue; their sum is its variance */
} RevenueMoments;

/* grid 0: as fine as a grid error of a thousandth of the mean takes, if there are not too many cells */
extern RevenueDistribution DistributeRevenue(const Deal *deals, int n, double grid, double correlation);
extern int64 RevenueQuantile(const RevenueDistribution *distribution, double probability);
extern double ProbabilityOfRevenue(const RevenueDistribution *distribution, double target);
extern RevenueMoments MomentsOfRevenue(const Deal *deals, int n, double correlation);

#endif
