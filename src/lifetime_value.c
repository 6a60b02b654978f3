/*
 * The models of lifetime_value.h as functions of SQL. They take arrays with an element for
 * each customer; engines call the models themselves.
 */
#include "crm.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/float.h"

#include "lifetime_value.h"
#include "number_array.h"

PG_FUNCTION_INFO_V1(crm_bg_nbd_fit);
PG_FUNCTION_INFO_V1(crm_bg_nbd_expected);
PG_FUNCTION_INFO_V1(crm_bg_nbd_expected_given);
PG_FUNCTION_INFO_V1(crm_gamma_gamma_fit);
PG_FUNCTION_INFO_V1(crm_gamma_gamma_mean);

/*
 * Arguments
 */

/* The name is that of an argument, or "element 3 of" one */
static double
CheckNumber(double number, const char *name)
{
	if (!isfinite(number))
		RefuseArgument(psprintf("%s is not a finite number", name));
	if (number < 0)
		RefuseArgument(psprintf("%s is negative", name));
	return number;
}

static double
NotNegative(FunctionCallInfo fcinfo, int argument, const char *name)
{
	return CheckNumber(PG_GETARG_FLOAT8(argument), name);
}

static double
Positive(FunctionCallInfo fcinfo, int argument, const char *name)
{
	double		number = NotNegative(fcinfo, argument, name);

	if (number == 0)
		RefuseArgument(psprintf("%s is zero", name));
	return number;
}

static double
CheckFrequency(double frequency, const char *name)
{
	if (floor(frequency) != frequency)
		RefuseArgument(psprintf("%s is not a whole number", name));
	return frequency;
}

static char *
ElementOf(const char *array, int i)
{
	return psprintf("element %d of %s", i + 1, array);
}

static int
ReadArray(FunctionCallInfo fcinfo, int argument, const char *name, Datum **elements)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(argument);
	bool	   *isnull;
	int			n;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("array %s has more than one dimension", name)));

	deconstruct_array(array, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, elements, &isnull, &n);
	for (int i = 0; i < n; i++)
	{
		if (isnull[i])
			RefuseArgument(psprintf("%s is null", ElementOf(name, i)));
		if (!isfinite(DatumGetFloat8((*elements)[i])) || DatumGetFloat8((*elements)[i]) < 0)
			CheckNumber(DatumGetFloat8((*elements)[i]), ElementOf(name, i));
	}
	return n;
}

static Purchases *
MakePurchases(const Datum *frequency, int n)
{
	Purchases  *purchases = palloc_extended(sizeof(Purchases) * Max(n, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	for (int i = 0; i < n; i++)
	{
		double		x = DatumGetFloat8(frequency[i]);

		purchases[i].frequency = floor(x) == x ? x : CheckFrequency(x, ElementOf("frequency", i));
		purchases[i].weight = 1;
	}
	return purchases;
}

/* Arguments frequency, recency and age */
static Purchases *
ReadTimes(FunctionCallInfo fcinfo, int *n)
{
	Datum	   *frequency;
	Datum	   *recency;
	Datum	   *age;
	Purchases  *purchases;

	*n = ReadArray(fcinfo, 0, "frequency", &frequency);
	CheckSameLength("frequency", *n, "recency", ReadArray(fcinfo, 1, "recency", &recency));
	CheckSameLength("frequency", *n, "age", ReadArray(fcinfo, 2, "age", &age));

	purchases = MakePurchases(frequency, *n);
	for (int i = 0; i < *n; i++)
	{
		purchases[i].recency = DatumGetFloat8(recency[i]);
		purchases[i].age = DatumGetFloat8(age[i]);
		if (purchases[i].recency > purchases[i].age)
			RefuseArgument(psprintf("%s is greater than %s", ElementOf("recency", i), ElementOf("age", i)));
	}
	return purchases;
}

/* Arguments frequency and mean_value */
static Purchases *
ReadValues(FunctionCallInfo fcinfo, int *n)
{
	Datum	   *frequency;
	Datum	   *mean_value;
	Purchases  *purchases;

	*n = ReadArray(fcinfo, 0, "frequency", &frequency);
	CheckSameLength("frequency", *n, "mean_value", ReadArray(fcinfo, 1, "mean_value", &mean_value));

	purchases = MakePurchases(frequency, *n);
	for (int i = 0; i < *n; i++)
		purchases[i].mean_value = DatumGetFloat8(mean_value[i]);
	return purchases;
}

/* Arguments r, alpha, a and b, from the given one on */
static BgNbd
ReadBgNbd(FunctionCallInfo fcinfo, int argument)
{
	return (BgNbd) {
		.r = NotNegative(fcinfo, argument, "r"),
		.alpha = Positive(fcinfo, argument + 1, "alpha"),
		.a = Positive(fcinfo, argument + 2, "a"),
		.b = Positive(fcinfo, argument + 3, "b")
	};
}

/*
 * Results
 */

static Datum
MakeRow(FunctionCallInfo fcinfo, const double *columns, int n)
{
	Datum		values[8];
	bool		isnull[8] = {false};
	TupleDesc	descriptor;

	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	for (int i = 0; i < n; i++)
		values[i] = Float8GetDatum(columns[i]);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), values, isnull));
}

/* Only parameters that no fit finds lead there */
static Datum
MakeNumber(double number)
{
	if (!isfinite(number))
		float_overflow_error();
	return Float8GetDatum(number);
}

/*
 * Functions of SQL
 */

/* crm.bg_nbd_fit(frequency, recency, age, OUT r, OUT alpha, OUT a, OUT b, OUT log_likelihood) */
Datum
crm_bg_nbd_fit(PG_FUNCTION_ARGS)
{
	int			n;
	Purchases  *purchases = ReadTimes(fcinfo, &n);
	BgNbd		model;

	FitBgNbd(purchases, n, &model);
	return MakeRow(fcinfo, (double[]) {model.r, model.alpha, model.a, model.b, model.log_likelihood}, 5);
}

/* crm.bg_nbd_expected(t, r, alpha, a, b) */
Datum
crm_bg_nbd_expected(PG_FUNCTION_ARGS)
{
	double		t = NotNegative(fcinfo, 0, "t");
	BgNbd		model = ReadBgNbd(fcinfo, 1);

	return MakeNumber(ExpectedPurchasesOfNewCustomer(&model, t));
}

/* crm.bg_nbd_expected_given(t, frequency, recency, age, r, alpha, a, b) */
Datum
crm_bg_nbd_expected_given(PG_FUNCTION_ARGS)
{
	double		t = NotNegative(fcinfo, 0, "t");
	Purchases	customer = {
		.frequency = CheckFrequency(NotNegative(fcinfo, 1, "frequency"), "frequency"),
		.recency = NotNegative(fcinfo, 2, "recency"),
		.age = NotNegative(fcinfo, 3, "age")
	};
	BgNbd		model = ReadBgNbd(fcinfo, 4);

	if (customer.recency > customer.age)
		RefuseArgument("recency is greater than age");
	return MakeNumber(ExpectedPurchases(&model, t, &customer));
}

/* crm.gamma_gamma_fit(frequency, mean_value, OUT p, OUT q, OUT v) */
Datum
crm_gamma_gamma_fit(PG_FUNCTION_ARGS)
{
	int			n;
	Purchases  *purchases = ReadValues(fcinfo, &n);
	GammaGamma	model;

	FitGammaGamma(purchases, n, &model);
	return MakeRow(fcinfo, (double[]) {model.p, model.q, model.v}, 3);
}

/* crm.gamma_gamma_mean(frequency, mean_value, p, q, v) */
Datum
crm_gamma_gamma_mean(PG_FUNCTION_ARGS)
{
	Purchases	customer = {
		.frequency = CheckFrequency(NotNegative(fcinfo, 0, "frequency"), "frequency"),
		.mean_value = NotNegative(fcinfo, 1, "mean_value")
	};
	GammaGamma	model = {
		.p = Positive(fcinfo, 2, "p"),
		.q = Positive(fcinfo, 3, "q"),
		.v = NotNegative(fcinfo, 4, "v")
	};

	if (model.q <= 1)
		RefuseArgument("q is not greater than 1");
	return MakeNumber(ExpectedMeanValue(&model, &customer));
}
