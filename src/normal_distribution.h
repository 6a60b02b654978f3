/*
 * The normal distribution of mean 0 and variance 1.
 */
#ifndef CRM_NORMAL_DISTRIBUTION_H
#define CRM_NORMAL_DISTRIBUTION_H

extern double NormalDensity(double x);
extern double NormalProbability(double x);
extern double NormalQuantile(double p);

#endif
