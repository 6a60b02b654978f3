/*
 * The beta distribution.
 */
#ifndef CRM_BETA_DISTRIBUTION_H
#define CRM_BETA_DISTRIBUTION_H

extern double LogBeta(double a, double b);
extern double BetaQuantile(double a, double b, double p);

#endif
