/*
 * Adding up the log for the questions of questionnaires.
 */
#ifndef CRM_LEDGER_H
#define CRM_LEDGER_H

#include "id_list.h"
#include "population.h"

/* A figure that is added up for every contact */
typedef struct Tally
{
	TallyKind	kind;
	Side		side;
	DateADT		from;
	DateADT		to;
} Tally;

/* The figures of all contacts: ntallies numbers for each that has any */
typedef struct Totals
{
	MemoryContext memory;
	DateADT		as_of;
	int			ntallies;
	Tally	   *tallies;
	int128	   *figures;
	int32		nrows;
	int32		capacity;
} Totals;

/* Which of the contacts of an entry a figure may go to */
typedef enum Credit
{
	CREDIT_COMPANY = 1,
	CREDIT_PERSON = 2,
	CREDIT_BOTH = 3
} Credit;

typedef struct Ledger
{
	Population *population;
	Totals		totals;
	DateADT		earliest[CONTACT_SIDE + 1]; /* what the tallies of each side span */
	DateADT		latest[CONTACT_SIDE + 1];
	struct Settlements *settlements;	/* while reading: payments that closed invoices */
	struct PurchaseDays *purchase_days; /* while reading: days with invoices */
	struct Document *queue;
	int			nqueued;
	const Question *traced;		/* the entries that make its figures go to trace */
	IdList	   *trace;
} Ledger;

extern void PlanTotals(Ledger *ledger, List *questions, DateADT as_of);
extern void ReadLedgers(List *ledgers);
extern void ReadChangingEntries(Ledger *ledger, Datum contact_ids);
extern bool HasTally(const Ledger *ledger, TallyKind kind);
extern int128 *FigureToChange(Totals *totals, Member *member, int tally);

/* A figure of a member; those of a member without a row are 0 */
static inline const int128 *
FigureOf(const Totals *totals, const Member *member, int tally)
{
	static const int128 zero = 0;

	return member->totals == NO_MEMBER ? &zero : &totals->figures[(int64) member->totals * totals->ntallies + tally];
}

#endif
