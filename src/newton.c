/*
 * Newton's method with derivatives from differences of values. Near the minimum it gets
 * there in two or three steps of 21 values in four dimensions, where a simplex takes
 * hundreds; elsewhere it stays where it is.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"

#include "newton.h"

#define MAX_STEPS 5
#define DIFFERENCE 1e-3			/* objectives take logarithms */
#define MAX_MOVE 0.5			/* further off, a parabola tells nothing */
#define SHORT_MOVE 1e-4

typedef struct Parabola
{
	double		slope[MAX_DIMENSIONS];
	double		curvature[MAX_DIMENSIONS][MAX_DIMENSIONS];
} Parabola;

typedef struct Surface
{
	Objective	objective;
	void	   *context;
	int			dimensions;
	double		limit;
} Surface;

/* The value so far along axes i and j */
static double
ValueAside(const Surface *surface, const double *point, int i, double along_i, int j, double along_j)
{
	double		aside[MAX_DIMENSIONS];

	memcpy(aside, point, sizeof(double) * surface->dimensions);
	aside[i] += along_i;
	aside[j] += along_j;
	return surface->objective(aside, surface->context);
}

/* The parabola that has the values of the point's neighbours on and between the axes */
static Parabola
ParabolaAt(const Surface *surface, const double *point, double value)
{
	const double h = DIFFERENCE;
	Parabola	parabola = {0};
	double		pair[MAX_DIMENSIONS];	/* neighbours on either side, above the point */

	for (int i = 0; i < surface->dimensions; i++)
	{
		double		ahead = ValueAside(surface, point, i, h, i, 0);
		double		behind = ValueAside(surface, point, i, -h, i, 0);

		pair[i] = ahead + behind - 2 * value;
		parabola.slope[i] = (ahead - behind) / (2 * h);
		parabola.curvature[i][i] = pair[i] / (h * h);
		for (int j = 0; j < i; j++)
		{
			double		corners = ValueAside(surface, point, i, h, j, h) + ValueAside(surface, point, i, -h, j, -h) - 2 * value;

			parabola.curvature[i][j] = parabola.curvature[j][i] = (corners - pair[i] - pair[j]) / (2 * h * h);
		}
	}
	return parabola;
}

/*
 * Turns the parabola so that each axis depends on later ones only; false if it has no
 * lowest point. Pivots of a positive definite matrix are positive in whatever order.
 */
static bool
Eliminate(Parabola *parabola, int n)
{
	for (int i = 0; i < n; i++)
	{
		if (!(parabola->curvature[i][i] > 0))
			return false;
		for (int j = i + 1; j < n; j++)
		{
			double		factor = parabola->curvature[j][i] / parabola->curvature[i][i];

			for (int k = i; k < n; k++)
				parabola->curvature[j][k] -= factor * parabola->curvature[i][k];
			parabola->slope[j] -= factor * parabola->slope[i];
		}
	}
	return true;
}

/* The way to the lowest point of the parabola */
static bool
WayDown(Parabola *parabola, int n, double *way)
{
	if (!Eliminate(parabola, n))
		return false;
	for (int i = n - 1; i >= 0; i--)
	{
		way[i] = -parabola->slope[i];
		for (int k = i + 1; k < n; k++)
			way[i] -= parabola->curvature[i][k] * way[k];
		way[i] /= parabola->curvature[i][i];
	}
	return true;
}

/* Along the axis where it is longest */
static double
Length(const double *way, int n)
{
	double		length = 0;

	for (int i = 0; i < n; i++)
		length = Max(length, fabs(way[i]));
	return length;
}

/* Goes the way unless that leads up or beyond the limit */
static bool
Go(const Surface *surface, double *point, double *value, const double *way)
{
	double		there[MAX_DIMENSIONS];
	double		lower;

	for (int i = 0; i < surface->dimensions; i++)
		there[i] = point[i] + way[i];
	if (Length(there, surface->dimensions) > surface->limit)
		return false;
	lower = surface->objective(there, surface->context);
	if (!(lower < *value))
		return false;

	memcpy(point, there, sizeof(double) * surface->dimensions);
	*value = lower;
	return true;
}

/*
 * Moves the point to the minimum if it is near, and nowhere else but down. True if it
 * arrived: the number of right digits doubles with each step, so a short one is the last.
 */
bool
DescendByNewton(Objective objective, void *context, double *point, int dimensions, double limit, double *value)
{
	Surface		surface = {.objective = objective, .context = context, .dimensions = dimensions, .limit = limit};
	double		way[MAX_DIMENSIONS];

	*value = objective(point, context);
	for (int step = 0; step < MAX_STEPS; step++)
	{
		Parabola	parabola = ParabolaAt(&surface, point, *value);
		bool		moved;

		CHECK_FOR_INTERRUPTS();
		if (!WayDown(&parabola, dimensions, way) || Length(way, dimensions) > MAX_MOVE)
			return false;
		moved = Go(&surface, point, value, way);
		if (!moved || Length(way, dimensions) < SHORT_MOVE)
			return Length(way, dimensions) < SHORT_MOVE;
	}
	return false;
}
