/*
 * Customer lifetime values: what customers are expected to buy in the year to come.
 *
 * The models (lifetime_value.h) are fitted to all customers of a question who have bought.
 * They stay as they are while single contacts are computed again: one more
 * invoice moves the parameters by less than they are uncertain, and fitting costs
 * a look at everybody.
 */
#include "classification.h"

#include <math.h>

#define WEEK 7.0
#define WEEKS_AHEAD 52.0

/* The tallies of the measure, in its order */
enum
{
	VALUE, PURCHASES, FIRST_PURCHASE, LAST_PURCHASE, REPEAT_AMOUNT
};

static bool
PurchasesOf(const Ranking *ranking, int32 index, Purchases *purchases)
{
	const Member *member = &ranking->ledger->population->members[index];
	const Totals *totals = &ranking->ledger->totals;
	const int  *tallies = ranking->question->tallies;
	double		days = *FigureOf(totals, member, tallies[PURCHASES]);
	int128		first = *FigureOf(totals, member, tallies[FIRST_PURCHASE]);
	int128		last = *FigureOf(totals, member, tallies[LAST_PURCHASE]);

	if (days == 0)
		return false;
	purchases->frequency = days - 1;
	purchases->recency = (last - first) / WEEK;
	purchases->age = (DayNumber(ranking->question->period.to) - first) / WEEK;
	purchases->mean_value = days > 1 ? (double) *FigureOf(totals, member, tallies[REPEAT_AMOUNT]) / MONEY_UNIT / (days - 1) : 0;
	purchases->weight = 1;
	return true;
}

/* Compute the value of a member, with the models as they are */
void
SetCustomerValue(Classification *classification, int question, int32 index)
{
	Ranking    *ranking = &classification->rankings[question];
	const CustomerValueModel *model = &classification->models[question];
	Member	   *member = &classification->ledger.population->members[index];
	Purchases	purchases;
	double		value;

	if (ranking->question->measure == NULL || !ranking->question->measure->is_lifetime_value || !PurchasesOf(ranking, index, &purchases))
		return;
	value = ExpectedPurchases(&model->purchases, WEEKS_AHEAD, &purchases) * ExpectedMeanValue(&model->value, &purchases);
	*FigureToChange(&classification->ledger.totals, member, ranking->question->tallies[VALUE]) =
		isfinite(value) && fabs(value) < 1e24 ? (int128) rint(value * MONEY_UNIT) : 0;
}

static void
FitQuestion(Classification *classification, int question)
{
	Ranking    *ranking = &classification->rankings[question];
	CustomerValueModel *model = &classification->models[question];
	int32		nmembers = classification->ledger.population->nmembers;
	Purchases  *purchases = palloc_extended(Max(nmembers, 1) * sizeof(Purchases), MCXT_ALLOC_HUGE);
	int			n = 0;

	for (int32 i = 0; i < nmembers; i++)
		if (HasValue(ranking, i) && PurchasesOf(ranking, i, &purchases[n]))
			n++;
	FitBgNbd(purchases, n, &model->purchases);
	FitGammaGamma(purchases, n, &model->value);
	pfree(purchases);
	for (int32 i = 0; i < nmembers; i++)
		SetCustomerValue(classification, question, i);
}

/* As JSON, for the record of a run; NULL if the question is of another measure */
char *
CustomerValueParameters(const Question *question, const CustomerValueModel *model)
{
	if (question->measure == NULL || !question->measure->is_lifetime_value)
		return NULL;
	return psprintf("{\"r\": %g, \"alpha\": %g, \"a\": %g, \"b\": %g, \"p\": %g, \"q\": %g, \"v\": %g}",
					model->purchases.r, model->purchases.alpha, model->purchases.a, model->purchases.b,
					model->value.p, model->value.q, model->value.v);
}

void
FitCustomerValues(Classification *classification)
{
	for (int i = 0; i < classification->nrankings; i++)
	{
		const Measure *measure = classification->rankings[i].question->measure;

		if (measure && measure->is_lifetime_value)
			FitQuestion(classification, i);
	}
}
