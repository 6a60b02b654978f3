/*
 * Deals that are still open tell that others of their age may be won or lost later. A life
 * table counts them in: at each age, of the deals that have reached it some are won, some
 * lost, and the others go on to the next age (competing risks: Aalen and Johansen, "An
 * empirical transition matrix for non-homogeneous Markov chains based on censored
 * observations", Scandinavian Journal of Statistics 5, 1978). Deals open at an age are there
 * for half of it (Cutler and Ederer, Journal of Chronic Diseases 8, 1958). Past the last age
 * at which deals closed, they are taken to end as at that age.
 */
#include "stage_calibration.h"

/* That a deal which has reached an age is won; variance of the estimate */
typedef struct WinEstimate
{
	double		probability;
	double		variance;
} WinEstimate;

/* Deals are won, lost or go on, by a multinomial distribution; then they are as the next age */
static WinEstimate
StepBack(const DealsOfAge *age, double reached, WinEstimate next)
{
	double		at_risk = reached - age->open / 2;
	double		win = age->won / at_risk;
	double		stay = 1 - (age->won + age->lost) / at_risk;
	WinEstimate estimate = {.probability = win + stay * next.probability};

	estimate.variance = stay * stay * next.variance
		+ (win + stay * next.probability * next.probability - estimate.probability * estimate.probability) / at_risk;
	return estimate;
}

/* So many closed deals would be as certain, but no more than there are */
static Evidence
EvidenceOf(WinEstimate estimate, double closed)
{
	double		p = estimate.probability;
	double		size = estimate.variance > 0 ? Min(p * (1 - p) / estimate.variance, closed) : closed;

	return (Evidence) {.won = size * p, .lost = size * (1 - p)};
}

/* The last age at which deals closed, else the first one */
static int
LastClosed(const DealsOfAge *age, int nages)
{
	int			last = nages - 1;

	while (last > 0 && age[last].won + age[last].lost == 0)
		last--;
	return last;
}

void
WeighEvidence(const DealsOfAge *age, int nages, Evidence *evidence)
{
	int			last = LastClosed(age, nages);
	double		closed = age[last].won + age[last].lost;
	double		p = closed > 0 ? age[last].won / closed : 0;
	WinEstimate estimate = {.probability = p, .variance = closed > 0 ? p * (1 - p) / closed : 0};
	double		reached = closed;

	for (int i = last; i < nages; i++)
	{
		evidence[i] = (Evidence) {.won = age[last].won, .lost = age[last].lost};
		reached += age[i].open;
	}
	for (int i = last - 1; i >= 0; i--)
	{
		closed += age[i].won + age[i].lost;
		reached += age[i].won + age[i].lost + age[i].open;
		estimate = StepBack(&age[i], reached, estimate);
		evidence[i] = EvidenceOf(estimate, closed);
	}
}
