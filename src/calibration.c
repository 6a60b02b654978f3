/*
 * Calibrated probabilities as a function of SQL. It takes arrays with a row for each group
 * of deals; engines call stage_calibration.h themselves.
 */
#include "crm.h"

#include "funcapi.h"

#include "number_array.h"
#include "stage_calibration.h"

#define MAX_DEALS 1e9

PG_FUNCTION_INFO_V1(crm_calibrated_probability);
PG_FUNCTION_INFO_V1(crm_calibrated_on_entry);

typedef struct GroupArray
{
	int			ngroups;
	int			nages;
	DealsOfAge *deals;			/* group by group */
} GroupArray;

/* Arguments won, lost and open_deals. Without open_deals there are none */
static GroupArray
ReadGroups(FunctionCallInfo fcinfo)
{
	NumberArray won = ReadNumberArray(fcinfo, 0, "won");
	NumberArray lost = ReadNumberArray(fcinfo, 1, "lost");
	NumberArray open = ReadNumberArray(fcinfo, 2, "open_deals");
	GroupArray	groups = {.ngroups = won.n / won.columns, .nages = won.columns};

	CheckSameShape(&won, &lost);
	CheckBetween(&won, 0, MAX_DEALS);
	CheckBetween(&lost, 0, MAX_DEALS);
	if (!PG_ARGISNULL(2))
		CheckSameShape(&won, &open);
	CheckBetween(&open, 0, MAX_DEALS);

	groups.deals = palloc_extended(sizeof(DealsOfAge) * Max(won.n, 1), MCXT_ALLOC_HUGE);
	for (int i = 0; i < won.n; i++)
		groups.deals[i] = (DealsOfAge) {.won = won.number[i], .lost = lost.number[i], .open = open.n > 0 ? open.number[i] : 0};
	return groups;
}

/* All groups at the first age, then at the second, and so on: each age has a prior of its own */
static Evidence *
WeighGroups(const GroupArray *groups)
{
	Evidence   *evidence = palloc_extended(sizeof(Evidence) * Max(groups->ngroups * groups->nages, 1), MCXT_ALLOC_HUGE);
	Evidence   *of_group = palloc_extended(sizeof(Evidence) * groups->nages, MCXT_ALLOC_HUGE);

	for (int i = 0; i < groups->ngroups; i++)
	{
		WeighEvidence(groups->deals + i * groups->nages, groups->nages, of_group);
		for (int age = 0; age < groups->nages; age++)
			evidence[age * groups->ngroups + i] = of_group[age];
	}
	return evidence;
}

static double
ReadCredibility(FunctionCallInfo fcinfo, int argument)
{
	double		credibility = PG_ARGISNULL(argument) ? 0 : PG_GETARG_FLOAT8(argument);

	if (!(credibility > 0 && credibility < 1))
		RefuseArgument("credibility is not between 0 and 1");
	return credibility;
}

static void
PutGroup(ReturnSetInfo *result, int group, int age, const Evidence *evidence, const WinProbability *win)
{
	Datum		values[] = {
		Int32GetDatum(group + 1), Int32GetDatum(age + 1), Float8GetDatum(win->probability),
		Float8GetDatum(win->lower_bound), Float8GetDatum(win->upper_bound), Float8GetDatum(evidence->won + evidence->lost)
	};
	bool		isnull[lengthof(values)] = {false};

	tuplestore_putvalues(result->setResult, result->setDesc, values, isnull);
}

/* Rows of deals that have reached each of the first ages */
static Datum
PutProbabilities(FunctionCallInfo fcinfo, int nages)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	GroupArray	groups = ReadGroups(fcinfo);
	double		credibility = ReadCredibility(fcinfo, 3);
	const Evidence *evidence = WeighGroups(&groups);

	InitMaterializedSRF(fcinfo, 0);
	for (int age = 0; age < Min(groups.nages, nages); age++, evidence += groups.ngroups)
	{
		WinPrior	prior;

		FitWinPrior(evidence, groups.ngroups, &prior);
		for (int i = 0; i < groups.ngroups; i++)
		{
			WinProbability win = CalibrateGroup(&prior, &evidence[i], credibility);

			PutGroup(result, i, age, &evidence[i], &win);
		}
	}
	return (Datum) 0;
}

/* crm.calibrated_probability(won, lost, open_deals, credibility) */
Datum
crm_calibrated_probability(PG_FUNCTION_ARGS)
{
	return PutProbabilities(fcinfo, INT_MAX);
}

/* crm_data.calibrated_on_entry(won, lost, open_deals, credibility) */
Datum
crm_calibrated_on_entry(PG_FUNCTION_ARGS)
{
	return PutProbabilities(fcinfo, 1);
}
