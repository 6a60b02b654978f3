/*
 * The last steps to a minimum that is near.
 */
#ifndef CRM_NEWTON_H
#define CRM_NEWTON_H

#include "nelder_mead.h"

extern bool DescendByNewton(Objective objective, void *context, double *point, int dimensions, double limit,
							double *value);

#endif
