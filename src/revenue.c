/*
 * The distribution of revenue as functions of SQL. They take arrays with an element for each
 * deal; engines call revenue_distribution.h themselves.
 */
#include "crm.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/fmgrprotos.h"

#include "number_array.h"
#include "revenue_distribution.h"

PG_FUNCTION_INFO_V1(crm_revenue_distribution);
PG_FUNCTION_INFO_V1(crm_revenue_summary);
PG_FUNCTION_INFO_V1(crm_revenue_probability);
PG_FUNCTION_INFO_V1(crm_revenue_risk_share);
PG_FUNCTION_INFO_V1(crm_revenue_forecast);

/*
 * Arguments
 */

typedef struct DealArray
{
	Deal	   *deal;
	int			n;
} DealArray;

static void
CheckValues(const NumberArray *values)
{
	for (int i = 0; i < values->n; i++)
	{
		double		value = values->number[i];

		if (value != 0 && !(value >= LEAST_DEAL && value <= GREATEST_DEAL))
			RefuseArgument(psprintf("element %d of %s is neither 0 nor between %g and %g", i + 1, values->name, LEAST_DEAL, GREATEST_DEAL));
	}
}

static void
CheckFlat(const NumberArray *array)
{
	if (array->columns > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("array %s has more than one dimension", array->name)));
}

/* Arguments deal_values and probabilities, from the given one on */
static DealArray
ReadDeals(FunctionCallInfo fcinfo, int argument)
{
	NumberArray values = ReadNumberArray(fcinfo, argument, "deal_values");
	NumberArray probabilities = ReadNumberArray(fcinfo, argument + 1, "probabilities");
	DealArray	deals = {.n = values.n, .deal = palloc_extended(sizeof(Deal) * Max(values.n, 1), MCXT_ALLOC_HUGE)};

	CheckFlat(&values);
	CheckFlat(&probabilities);
	CheckSameShape(&values, &probabilities);
	CheckValues(&values);
	CheckBetween(&probabilities, 0, 1);
	for (int i = 0; i < deals.n; i++)
		deals.deal[i] = (Deal) {.value = values.number[i], .probability = probabilities.number[i]};
	return deals;
}

/* null is none, as 0 */
static double
ReadCorrelation(FunctionCallInfo fcinfo, int argument)
{
	double		correlation = PG_ARGISNULL(argument) ? 0 : PG_GETARG_FLOAT8(argument);

	if (!(correlation >= 0 && correlation <= MAX_CORRELATION))
		RefuseArgument(psprintf("correlation is not between 0 and %g", MAX_CORRELATION));
	return correlation;
}

/* 0: automatic */
static double
ReadGrid(FunctionCallInfo fcinfo, int argument)
{
	double		grid = 0;

	if (PG_ARGISNULL(argument))
		return 0;
	grid = NumericDouble(PG_GETARG_DATUM(argument));
	if (!(grid >= LEAST_DEAL && grid <= GREATEST_DEAL))
		RefuseArgument(psprintf("grid is not between %g and %g", LEAST_DEAL, GREATEST_DEAL));
	return grid;
}

/* Arguments deal_values, probabilities, grid and correlation, from the given one on */
static RevenueDistribution
ReadDistribution(FunctionCallInfo fcinfo, int argument)
{
	DealArray	deals = ReadDeals(fcinfo, argument);
	double		grid = ReadGrid(fcinfo, argument + 2);

	return DistributeRevenue(deals.deal, deals.n, grid, ReadCorrelation(fcinfo, argument + 3));
}

/* As the caller wrote it, else as a decimal number */
static Datum
GridNumeric(FunctionCallInfo fcinfo, int argument, const RevenueDistribution *distribution)
{
	return PG_ARGISNULL(argument) ? DirectFunctionCall1(float8_numeric, Float8GetDatum(distribution->grid)) : PG_GETARG_DATUM(argument);
}

static Datum
RowDatum(FunctionCallInfo fcinfo, Datum *values, bool *isnull)
{
	TupleDesc	descriptor;

	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), values, isnull));
}

/* The revenue that is not exceeded with a probability, whole numbers of the grid */
static Datum
QuantileNumeric(const RevenueDistribution *distribution, Datum grid, double probability)
{
	int64		cells = RevenueQuantile(distribution, probability);

	return DirectFunctionCall2(numeric_mul, grid, DirectFunctionCall1(int8_numeric, Int64GetDatum(cells)));
}

/*
 * Functions of SQL
 */

/* crm.revenue_distribution(deal_values, probabilities, grid, correlation, percentiles) */
Datum
crm_revenue_distribution(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	RevenueDistribution distribution = ReadDistribution(fcinfo, 0);
	NumberArray percentiles = ReadNumberArray(fcinfo, 4, "percentiles");
	Datum		grid = GridNumeric(fcinfo, 2, &distribution);

	CheckBetween(&percentiles, 0, 100);
	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < percentiles.n; i++)
	{
		Datum		revenue = QuantileNumeric(&distribution, grid, percentiles.number[i] / 100);
		Datum		values[] = {DirectFunctionCall1(float8_numeric, Float8GetDatum(percentiles.number[i])), revenue};

		tuplestore_putvalues(result->setResult, result->setDesc, values, (bool[]) {false, false});
	}
	return (Datum) 0;
}

/* crm.revenue_summary(deal_values, probabilities, grid, correlation, OUT mean, ...) */
Datum
crm_revenue_summary(PG_FUNCTION_ARGS)
{
	DealArray	deals = ReadDeals(fcinfo, 0);
	RevenueMoments moments = MomentsOfRevenue(deals.deal, deals.n, ReadCorrelation(fcinfo, 3));
	RevenueDistribution distribution = ReadDistribution(fcinfo, 0);
	Datum		values[] = {
		Float8GetDatum(moments.mean), Float8GetDatum(moments.standard_deviation),
		GridNumeric(fcinfo, 2, &distribution), Float8GetDatum(distribution.grid_error), Float8GetDatum(distribution.tail_probability)
	};

	return RowDatum(fcinfo, values, (bool[lengthof(values)]) {false});
}

/* Of revenues from one percentile to another, both included */
static double
ProbabilityBetween(const RevenueDistribution *distribution, double low, double high)
{
	int64		first = RevenueQuantile(distribution, low) - distribution->first;
	int64		last = RevenueQuantile(distribution, high) - distribution->first;
	double		sum = 0;

	for (int64 i = first; i <= last; i++)
		sum += distribution->mass[i];
	return Min(sum, 1);
}

/* null without a target */
static Datum
TargetProbability(FunctionCallInfo fcinfo, int argument, const RevenueDistribution *distribution, bool *isnull)
{
	double		target;

	*isnull = PG_ARGISNULL(argument);
	if (*isnull)
		return (Datum) 0;
	target = NumericDouble(PG_GETARG_DATUM(argument));
	if (!isfinite(target))
		RefuseArgument("target is not a finite number");
	return Float8GetDatum(ProbabilityOfRevenue(distribution, target));
}

/* crm_data.revenue_forecast(deal_values, probabilities, grid, correlation, target) */
Datum
crm_revenue_forecast(PG_FUNCTION_ARGS)
{
	static const double percentiles[] = {0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95};
	DealArray	deals = ReadDeals(fcinfo, 0);
	double		correlation = ReadCorrelation(fcinfo, 3);
	RevenueMoments moments = MomentsOfRevenue(deals.deal, deals.n, correlation);
	RevenueDistribution distribution = DistributeRevenue(deals.deal, deals.n, ReadGrid(fcinfo, 2), correlation);
	Datum		grid = GridNumeric(fcinfo, 2, &distribution);
	Datum		values[lengthof(percentiles) + 5];
	bool		isnull[lengthof(values)] = {false};
	Datum	   *value = values;

	*value++ = Float8GetDatum(moments.standard_deviation);
	for (int i = 0; i < lengthof(percentiles); i++)
		*value++ = QuantileNumeric(&distribution, grid, percentiles[i]);
	*value++ = Float8GetDatum(ProbabilityBetween(&distribution, 0.1, 0.9));
	*value = TargetProbability(fcinfo, 4, &distribution, &isnull[value - values]);
	*++value = grid;
	*++value = Float8GetDatum(distribution.grid_error);
	return RowDatum(fcinfo, values, isnull);
}

/* crm.revenue_probability(target, deal_values, probabilities, grid, correlation) */
Datum
crm_revenue_probability(PG_FUNCTION_ARGS)
{
	RevenueDistribution distribution;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	distribution = ReadDistribution(fcinfo, 1);
	return TargetProbability(fcinfo, 0, &distribution, &fcinfo->isnull);
}

/* crm.revenue_risk_share(deal_values, probabilities, correlation) */
Datum
crm_revenue_risk_share(PG_FUNCTION_ARGS)
{
	DealArray	deals = ReadDeals(fcinfo, 0);
	RevenueMoments moments = MomentsOfRevenue(deals.deal, deals.n, ReadCorrelation(fcinfo, 2));
	double		variance = moments.standard_deviation * moments.standard_deviation;
	Datum	   *shares = palloc_extended(sizeof(Datum) * Max(deals.n, 1), MCXT_ALLOC_HUGE);

	for (int i = 0; i < deals.n; i++)
		shares[i] = Float8GetDatum(variance > 0 ? moments.covariance[i] / variance : 0);
	return PointerGetDatum(construct_array(shares, deals.n, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}
