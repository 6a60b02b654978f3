/*
 * The characteristic function of the revenue on a grid.
 */
#ifndef CRM_CHARACTERISTIC_FUNCTION_H
#define CRM_CHARACTERISTIC_FUNCTION_H

#include "common_factor.h"
#include "fourier.h"

/*
 * Values that are less are 0. That changes a probability that revenue is at most so much by
 * up to half the logarithm of the number of frequencies times as much.
 */
#define NEGLIGIBLE 1e-8

extern void CharacteristicFunction(const Fourier *fourier, const Prospect *prospects, int n, Complex *x);

#endif
