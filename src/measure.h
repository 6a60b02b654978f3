/*
 * What a question measures: the figures that it adds up of the log, and the value that they make.
 */
#ifndef CRM_MEASURE_H
#define CRM_MEASURE_H

#include "quotient.h"

#include "utils/date.h"

/* Whose ledger a figure is of */
typedef enum Side
{
	CUSTOMER_SIDE,
	VENDOR_SIDE,
	CONTACT_SIDE
} Side;

/* What is added up; dates are kept as their number in the calendar, the latest one counts */
typedef enum TallyKind
{
	TALLY_AMOUNT,				/* of all documents of the ledger */
	TALLY_PROFIT,
	TALLY_DISCOUNT,
	TALLY_RETURNED,				/* of credit memos, positive */
	TALLY_INVOICES,				/* number */
	TALLY_INVOICED,				/* amount of invoices */
	TALLY_CLOSED,				/* number of closed invoices */
	TALLY_OVERDUE_DAYS,			/* of closed invoices */
	TALLY_OPEN_OVERDUE,			/* remaining amount */
	TALLY_LAST_INVOICE,
	TALLY_PURCHASES,			/* number of days with an invoice */
	TALLY_FIRST_PURCHASE,
	TALLY_REPEAT_AMOUNT,		/* invoiced after the first day */
	TALLY_LIFETIME_VALUE,
	TALLY_INTERACTIONS,
	TALLY_COST,
	TALLY_DURATION,
	TALLY_LAST_INTERACTION,
	TALLY_WON,
	TALLY_LOST
} TallyKind;

#define MEASURE_MAX_TALLIES 5

/* What value is asked about */
typedef struct Period
{
	DateADT		as_of;
	DateADT		from;
	DateADT		to;
} Period;

typedef Quotient (*MeasureValue) (const int128 *const *tallies, const Period *period);

typedef struct Measure
{
	const char *field;
	Side		side;
	int			ntallies;
	TallyKind	tallies[MEASURE_MAX_TALLIES];
	MeasureValue value;
	bool		common_denominator; /* of all contacts: values can be added up by their numerators */
	bool		two_periods;		/* the last tally is of the period before */
	bool		is_rfm;
	bool		is_lifetime_value;
} Measure;

extern const Measure *FindMeasure(Side side, const char *field);
extern const Measure rating_measure;

static inline int
PeriodDays(const Period *period)
{
	return period->to - period->from + 1;
}

/* Dates are added up as the number of the day in the calendar, so that 0 is none */
static inline int128
DayNumber(DateADT date)
{
	return (int128) date + POSTGRES_EPOCH_JDATE;
}

#endif
