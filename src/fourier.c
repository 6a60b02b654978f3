/*
 * The fast Fourier transform in the form of Stockham (Cochran and others, "What is the fast
 * Fourier transform?", Proceedings of the IEEE 55, 1967): each pass writes what the next one
 * reads in order, so that nothing has to be put in order afterwards.
 */
#include "fourier.h"

#include <math.h>

#include "miscadmin.h"

static Complex *
AllocateComplex(uint64 n)
{
	return palloc_extended(n * sizeof(Complex), MCXT_ALLOC_HUGE);
}

Fourier
MakeFourier(uint64 n)
{
	Fourier		fourier = {.n = n, .root = AllocateComplex(n), .work = AllocateComplex(n)};

	for (uint64 j = 0; j < n; j++)
	{
		double		angle = 2 * M_PI * j / n;

		fourier.root[j] = (Complex) {cos(angle), sin(angle)};
	}
	return fourier;
}

void
FreeFourier(Fourier *fourier)
{
	pfree(fourier->root);
	pfree(fourier->work);
}

/* Adds and subtracts the halves of x, and deals the results out in pairs */
static void
Pass(const Fourier *fourier, const Complex *x, Complex *y, uint64 stride)
{
	uint64		half = fourier->n / 2;

	for (uint64 first = 0; first < half; first += stride)
	{
		Complex		root = fourier->root[first];

		for (uint64 i = first; i < first + stride; i++)
		{
			Complex		difference = {x[i].re - x[i + half].re, x[i].im - x[i + half].im};

			y[i + first] = (Complex) {x[i].re + x[i + half].re, x[i].im + x[i + half].im};
			y[i + first + stride] = (Complex) {
				difference.re * root.re + difference.im * root.im,
				difference.im * root.re - difference.re * root.im
			};
		}
	}
}

/* x[k] becomes the sum over m of x[m] times e to the power of -2 pi i m k / n */
void
Transform(const Fourier *fourier, Complex *x)
{
	Complex    *from = x;
	Complex    *to = fourier->work;

	for (uint64 stride = 1; stride < fourier->n; stride *= 2)
	{
		Complex    *written = to;

		CHECK_FOR_INTERRUPTS();
		Pass(fourier, from, to, stride);
		to = from;
		from = written;
	}
	if (from != x)
		memcpy(x, from, fourier->n * sizeof(Complex));
}
