/*
 * The minimum of a function of few variables, by its values alone.
 */
#ifndef CRM_NELDER_MEAD_H
#define CRM_NELDER_MEAD_H

#define MAX_DIMENSIONS 4

/* A value that is not finite is worse than any other */
typedef double (*Objective) (const double *point, void *context);

extern double Minimize(Objective objective, void *context, double *point, int dimensions, double limit, double step);

#endif
