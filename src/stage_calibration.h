/*
 * How probable it is that deals are won, as deals so far let expect.
 */
#ifndef CRM_STAGE_CALIBRATION_H
#define CRM_STAGE_CALIBRATION_H

#include "postgres.h"

/* Deals of a group that ended at an age, or have it now */
typedef struct DealsOfAge
{
	double		won;
	double		lost;
	double		open;
} DealsOfAge;

/* What a group is known to be worth: as much as so many closed deals tell */
typedef struct Evidence
{
	double		won;
	double		lost;
} Evidence;

/* life_table.c: of deals that have reached each age, the youngest first */
extern void WeighEvidence(const DealsOfAge *age, int nages, Evidence *evidence);

/*
 * Win probabilities of groups are distributed as Beta(won, lost), where won and lost are not
 * known but are as probable as the weights of the nodes
 */
typedef struct PriorNode
{
	double		won;
	double		lost;
	double		weight;
} PriorNode;

#define PRIOR_STEPS 24			/* along either axis */

typedef struct WinPrior
{
	PriorNode	node[PRIOR_STEPS * PRIOR_STEPS];
} WinPrior;

typedef struct WinProbability
{
	double		probability;
	double		lower_bound;
	double		upper_bound;
} WinProbability;

extern void FitWinPrior(const Evidence *groups, int n, WinPrior *prior);
extern WinProbability CalibrateGroup(const WinPrior *prior, const Evidence *group, double credibility);

#endif
