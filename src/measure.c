/*
 * The measures of domain/2 sections 4.4 to 4.6, and ours beyond them.
 *
 * A value is 0 where its divisor is: whoever bought nothing has a value too.
 */
#include "measure.h"

static const Quotient zero = {0, 1};

/* Of money, in millionths */
static Quotient
SumValue(const int128 *const *tallies, const Period *period)
{
	return (Quotient) {*tallies[0], MONEY_UNIT};
}

static Quotient
CountValue(const int128 *const *tallies, const Period *period)
{
	return (Quotient) {*tallies[0], 1};
}

/* Per year of 365 days, in leap years too (C10) */
static Quotient
FrequencyValue(const int128 *const *tallies, const Period *period)
{
	return (Quotient) {*tallies[0] * 365, PeriodDays(period)};
}

/* Money per document or interaction */
static Quotient
AverageValue(const int128 *const *tallies, const Period *period)
{
	return *tallies[1] == 0 ? zero : (Quotient) {*tallies[0], MultiplyExactly(*tallies[1], MONEY_UNIT)};
}

static Quotient
PercentageOf(int128 part, int128 whole)
{
	return whole == 0 ? zero : MakeQuotient(MultiplyExactly(part, 100), whole);
}

/* Of the gross amount: net invoices and the discount on everything (C12, C13) */
static Quotient
DiscountValue(const int128 *const *tallies, const Period *period)
{
	int128		discount = *tallies[0];
	int128		invoiced = *tallies[1];

	return *tallies[2] == 0 ? zero : PercentageOf(discount, AddExactly(discount, invoiced));
}

static Quotient
ReturnValue(const int128 *const *tallies, const Period *period)
{
	return PercentageOf(*tallies[0], *tallies[1]);
}

/* Days per closed invoice (C14) */
static Quotient
OverdueValue(const int128 *const *tallies, const Period *period)
{
	return *tallies[1] == 0 ? zero : (Quotient) {*tallies[0], *tallies[1]};
}

/* Days since the last one; the whole period if there is none */
static Quotient
RecencyValue(const int128 *const *tallies, const Period *period)
{
	int128		last = *tallies[0];

	return (Quotient) {last == 0 ? PeriodDays(period) : DayNumber(period->to) - last, 1};
}

static Quotient
TrendValue(const int128 *const *tallies, const Period *period)
{
	int128		present = *tallies[0];
	int128		previous = *tallies[1];

	if (previous == 0)
		return (Quotient) {present == 0 ? 0 : present > 0 ? 100 : -100, 1};
	return PercentageOf(AddExactly(present, -previous), previous < 0 ? -previous : previous);
}

static Quotient
WonValue(const int128 *const *tallies, const Period *period)
{
	return PercentageOf(*tallies[0], *tallies[0] + *tallies[1]);
}

/* As computed for the whole questionnaire; see ranking.c and customer_value.c */
static Quotient
LifetimeValue(const int128 *const *tallies, const Period *period)
{
	return (Quotient) {*tallies[0], MONEY_UNIT};
}

#define LEDGER_MEASURES(side, total, frequency, average) \
	{total, side, 1, {TALLY_AMOUNT}, SumValue, true}, \
	{frequency, side, 1, {TALLY_INVOICES}, FrequencyValue, true}, \
	{average, side, 2, {TALLY_INVOICED, TALLY_INVOICES}, AverageValue}, \
	{"discount percentage", side, 3, {TALLY_DISCOUNT, TALLY_INVOICED, TALLY_INVOICES}, DiscountValue}, \
	{"average overdue days", side, 2, {TALLY_OVERDUE_DAYS, TALLY_CLOSED}, OverdueValue}, \
	{"return percentage", side, 2, {TALLY_RETURNED, TALLY_INVOICED}, ReturnValue}, \
	{"recency days", side, 1, {TALLY_LAST_INVOICE}, RecencyValue, true}, \
	{"open overdue amount", side, 1, {TALLY_OPEN_OVERDUE}, SumValue, true}, \
	{"trend percentage", side, 2, {TALLY_AMOUNT, TALLY_AMOUNT}, TrendValue, .two_periods = true}, \
	{"rfm score", side, 3, {TALLY_LAST_INVOICE, TALLY_INVOICES, TALLY_AMOUNT}, CountValue, .is_rfm = true}

static const Measure measures[] = {
	LEDGER_MEASURES(CUSTOMER_SIDE, "sales", "sales frequency", "average invoice amount"),
	{"profit", CUSTOMER_SIDE, 1, {TALLY_PROFIT}, SumValue, true},
	{"lifetime value", CUSTOMER_SIDE, 5, {TALLY_LIFETIME_VALUE, TALLY_PURCHASES, TALLY_FIRST_PURCHASE, TALLY_LAST_INVOICE,
	TALLY_REPEAT_AMOUNT}, LifetimeValue, true, .is_lifetime_value = true},
	LEDGER_MEASURES(VENDOR_SIDE, "purchases", "purchase frequency", "average ticket size"),
	{"interaction quantity", CONTACT_SIDE, 1, {TALLY_INTERACTIONS}, CountValue, true},
	{"interaction frequency", CONTACT_SIDE, 1, {TALLY_INTERACTIONS}, FrequencyValue, true},
	{"average interaction cost", CONTACT_SIDE, 2, {TALLY_COST, TALLY_INTERACTIONS}, AverageValue},
	{"average interaction duration", CONTACT_SIDE, 2, {TALLY_DURATION, TALLY_INTERACTIONS}, AverageValue},
	{"opportunity won percentage", CONTACT_SIDE, 2, {TALLY_WON, TALLY_LOST}, WonValue},
	{"interaction recency days", CONTACT_SIDE, 1, {TALLY_LAST_INTERACTION}, RecencyValue, true},
};

/* Has no figures of its own: its value is made of other answers (rating.c) */
const Measure rating_measure = {"rating", CONTACT_SIDE, 0, {0}, CountValue, true};

/* The measure of a class field; NULL if there is none, and for a rating */
const Measure *
FindMeasure(Side side, const char *field)
{
	for (int i = 0; i < lengthof(measures); i++)
		if (measures[i].side == side && strcmp(measures[i].field, field) == 0)
			return &measures[i];
	return side == CONTACT_SIDE && strcmp(field, rating_measure.field) == 0 ? &rating_measure : NULL;
}
