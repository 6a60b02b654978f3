/*
 * The simplex search of Nelder and Mead ("A simplex method for function minimization",
 * The Computer Journal 7, 1965) with its usual coefficients.
 *
 * A simplex may lose a dimension before it has found the minimum. A fresh one then starts
 * from the best point, until that no longer helps; both loops are bounded.
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "miscadmin.h"

#include "nelder_mead.h"

#define MAX_STEPS 500
#define MAX_RESTARTS 8
#define TOLERANCE 1e-11			/* of values, relative: what summation leaves certain */
#define SMALL_SIZE 3e-3			/* of the simplex, if its values are equal; objectives take logarithms */
#define MIN_SIZE 1e-5			/* in any case */

typedef struct Vertex
{
	double		x[MAX_DIMENSIONS];
	double		value;
} Vertex;

typedef struct Simplex
{
	Objective	objective;
	void	   *context;
	int			dimensions;
	double		limit;
	Vertex		vertex[MAX_DIMENSIONS + 1]; /* the best first */
	double		center[MAX_DIMENSIONS]; /* of all but the worst */
} Simplex;

static bool
WithinLimit(const Simplex *simplex, const Vertex *vertex)
{
	for (int i = 0; i < simplex->dimensions; i++)
	{
		if (!(fabs(vertex->x[i]) <= simplex->limit))
			return false;
	}
	return true;
}

static void
Evaluate(Simplex *simplex, Vertex *vertex)
{
	double		value = WithinLimit(simplex, vertex) ? simplex->objective(vertex->x, simplex->context) : DBL_MAX;

	vertex->value = isfinite(value) ? value : DBL_MAX;
}

static int
CompareVertices(const void *a, const void *b)
{
	double		difference = ((const Vertex *) a)->value - ((const Vertex *) b)->value;

	return difference < 0 ? -1 : difference > 0;
}

static void
Arrange(Simplex *simplex)
{
	int			n = simplex->dimensions;

	qsort(simplex->vertex, n + 1, sizeof(Vertex), CompareVertices);
	for (int i = 0; i < n; i++)
	{
		simplex->center[i] = 0;
		for (int v = 0; v < n; v++)
			simplex->center[i] += simplex->vertex[v].x[i] / n;
	}
}

/* The best vertex, and one more a step away in each dimension */
static void
Spread(Simplex *simplex, double step)
{
	for (int v = 1; v <= simplex->dimensions; v++)
	{
		simplex->vertex[v] = simplex->vertex[0];
		simplex->vertex[v].x[v - 1] += step;
		Evaluate(simplex, &simplex->vertex[v]);
	}
	Arrange(simplex);
}

/* On the line from the worst vertex through the center, so many times that way beyond it */
static Vertex
Beyond(Simplex *simplex, double times)
{
	const Vertex *worst = &simplex->vertex[simplex->dimensions];
	Vertex		vertex;

	for (int i = 0; i < simplex->dimensions; i++)
		vertex.x[i] = simplex->center[i] + times * (simplex->center[i] - worst->x[i]);
	Evaluate(simplex, &vertex);
	return vertex;
}

/* Everything halfway towards the best vertex */
static void
Shrink(Simplex *simplex)
{
	for (int v = 1; v <= simplex->dimensions; v++)
	{
		for (int i = 0; i < simplex->dimensions; i++)
			simplex->vertex[v].x[i] = (simplex->vertex[v].x[i] + simplex->vertex[0].x[i]) / 2;
		Evaluate(simplex, &simplex->vertex[v]);
	}
}

static void
Step(Simplex *simplex)
{
	Vertex	   *worst = &simplex->vertex[simplex->dimensions];
	Vertex		reflected = Beyond(simplex, 1);
	Vertex		other;

	if (reflected.value < simplex->vertex[0].value)
	{
		other = Beyond(simplex, 2);
		*worst = other.value < reflected.value ? other : reflected;
	}
	else if (reflected.value < worst[-1].value)
		*worst = reflected;
	else
	{
		other = Beyond(simplex, reflected.value < worst->value ? 0.5 : -0.5);
		if (other.value < Min(reflected.value, worst->value))
			*worst = other;
		else
			Shrink(simplex);
	}
	Arrange(simplex);
}

static bool
Converged(const Simplex *simplex)
{
	const Vertex *best = &simplex->vertex[0];
	const Vertex *worst = &simplex->vertex[simplex->dimensions];
	double		size = 0;

	for (int i = 0; i < simplex->dimensions; i++)
		size = Max(size, fabs(worst->x[i] - best->x[i]));
	return size < MIN_SIZE || (size < SMALL_SIZE && worst->value - best->value <= TOLERANCE * fabs(best->value));
}

/*
 * Moves the point to a minimum near it, with no coordinate beyond plus or minus limit, and
 * returns the value there. step: how far away the first looks go.
 */
double
Minimize(Objective objective, void *context, double *point, int dimensions, double limit, double step)
{
	Simplex		simplex = {.objective = objective, .context = context, .dimensions = dimensions, .limit = limit};
	Vertex	   *best = &simplex.vertex[0];
	double		before;

	memcpy(best->x, point, sizeof(double) * dimensions);
	Evaluate(&simplex, best);
	for (int restart = 0; restart < MAX_RESTARTS; restart++)
	{
		before = best->value;
		Spread(&simplex, step);
		for (int steps = 0; steps < MAX_STEPS && !Converged(&simplex); steps++)
		{
			CHECK_FOR_INTERRUPTS();
			Step(&simplex);
		}
		if (before - best->value <= TOLERANCE * fabs(best->value))
			break;
	}
	memcpy(point, best->x, sizeof(double) * dimensions);
	return best->value;
}
