/*
 * The discrete Fourier transform of a power of two of complex numbers.
 */
#ifndef CRM_FOURIER_H
#define CRM_FOURIER_H

#include "postgres.h"

typedef struct Complex
{
	double		re;
	double		im;
} Complex;

typedef struct Fourier
{
	uint64		n;
	Complex    *root;			/* root[j]: e to the power of 2 pi i j / n */
	Complex    *work;
} Fourier;

extern Fourier MakeFourier(uint64 n);
extern void FreeFourier(Fourier *fourier);
extern void Transform(const Fourier *fourier, Complex *x);

#endif
