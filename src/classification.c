/*
 * The classification engine: a questionnaire, computed for all contacts.
 *
 *   question.c     questions and answers, read and checked
 *   population.c   the contacts
 *   ledger.c       one pass over the log adds up the figures that the questions need
 *   ranking.c      values, total and order; which answers a contact gets
 *
 * Computed once, a classification follows what changes: RefreshContacts() computes some
 * contacts again, MoveToDate() those whose figures another day changes. Both leave the
 * same as computing everything would; where that costs less, they say so by
 * returning false, and the caller computes everything.
 */
#include "classification.h"

#include "catalog/pg_type.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/relcache.h"

/* Up to so many contacts are put into their places one by one */
#define FEW_CONTACTS 50

/* Up to so many days that come into periods or go, only the contacts are computed again that have entries on them */
#define FEW_DAYS 10

/* Of more contacts than this part, all are computed again */
#define MANY_CONTACTS 4

static void
DefineRankings(Classification *classification)
{
	ListCell   *cell;
	int			i = 0;

	classification->nrankings = list_length(classification->questions);
	classification->rankings = palloc0(classification->nrankings * sizeof(Ranking));
	classification->models = palloc0(classification->nrankings * sizeof(CustomerValueModel));
	foreach(cell, classification->questions)
		InitRanking(&classification->rankings[i++], lfirst(cell), &classification->ledger);
}

/*
 * The questions of a questionnaire, checked, as of a date; nothing is computed yet. Lives in a memory context of its own.
 * NULL, or an error that says why, if one of them cannot be answered.
 */
Classification *
DefineClassification(const char *questionnaire_code, DateADT as_of, bool complain)
{
	MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "classification", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(memory);
	Classification *classification = palloc0(sizeof(Classification));
	ListCell   *cell;
	bool		fit = true;

	if (DATE_NOT_FINITE(as_of))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("there is no classification as of infinity")));
	classification->memory = memory;
	classification->questionnaire_code = pstrdup(questionnaire_code);
	classification->as_of = as_of;
	classification->questions = ReadQuestions(questionnaire_code);
	foreach(cell, classification->questions)
		fit = PrepareQuestion(lfirst(cell), as_of, complain) && fit;
	if (!fit)
	{
		MemoryContextSwitchTo(caller);
		MemoryContextDelete(memory);
		return NULL;
	}
	classification->definition = QuestionsText(classification->questions);
	PlanTotals(&classification->ledger, classification->questions, as_of);
	DefineRankings(classification);
	MemoryContextSwitchTo(caller);
	return classification;
}

/* The rating questions of a questionnaire only; others may be as yet unfit for a run */
Classification *
DefineRatings(const char *questionnaire_code)
{
	Classification *classification = palloc0(sizeof(Classification));
	ListCell   *cell;

	classification->memory = CurrentMemoryContext;
	classification->questionnaire_code = pstrdup(questionnaire_code);
	foreach(cell, ReadQuestions(questionnaire_code))
		if (IsRating(lfirst(cell)))
			classification->questions = lappend(classification->questions, lfirst(cell));
	DefineRankings(classification);
	return classification;
}

/* The ranking of a question, NULL if the questionnaire has no such automatic question */
Ranking *
RankingOf(const Classification *classification, int32 line_no)
{
	for (int i = 0; i < classification->nrankings; i++)
		if (classification->rankings[i].question->line_no == line_no)
			return &classification->rankings[i];
	return NULL;
}

/* Before classes are asked for */
void
EnsureRankings(Classification *classification)
{
	MemoryContext caller = MemoryContextSwitchTo(classification->memory);

	for (int i = 0; !classification->is_ranked && i < classification->nrankings; i++)
		MakeRanking(&classification->rankings[i]);
	classification->is_ranked = true;
	MemoryContextSwitchTo(caller);
}

/* Compute everything, with one pass over the log for all of them. The present is the active snapshot. */
void
ComputeClassifications(List *classifications)
{
	List	   *ledgers = NIL;
	ListCell   *cell;

	foreach(cell, classifications)
	{
		Classification *classification = lfirst(cell);
		const Question *first = classification->questions ? linitial(classification->questions) : NULL;
		MemoryContext caller = MemoryContextSwitchTo(classification->memory);

		classification->ledger.population = LoadPopulation(first ? first->business_relation_code : NULL);
		MemoryContextSwitchTo(caller);
		if (classification->ledger.totals.ntallies > 0)
			ledgers = lappend(ledgers, &classification->ledger);
		classification->log_storage = LogStorage();
	}
	if (ledgers)
		ReadLedgers(ledgers);
	foreach(cell, classifications)
		FitCustomerValues(lfirst(cell));
}

/*
 * Contacts that change with others
 */

/*
 * Whether an entry is a person's or the company's depends on which of them has a card, and a questionnaire for a
 * business relation looks at that of the company: with a person goes the company, with a company its persons who have a card or are asked for.
 */
static Datum
WithRelatives(const Classification *classification, Datum contact_ids, int *n)
{
	static Statement companies = {
		.sql = "SELECT company_id FROM crm_data.contact WHERE contact_id = ANY ($1) AND company_id <> contact_id",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static Statement persons = {
		.sql = "SELECT c.contact_id FROM crm_data.contact AS c WHERE c.company_id = ANY ($1) AND c.contact_type = 'person'"
		" AND ($2 OR EXISTS (SELECT FROM crm_data.contact_business_relation AS r"
		"  WHERE r.contact_id = c.contact_id AND r.link_type IN ('customer', 'vendor')))",
		.nargs = 2, .argtypes = {INT8ARRAYOID, BOOLOID}
	};
	const Population *population = classification->ledger.population;
	IdList		list = {NULL};
	Datum		values[2] = {0, BoolGetDatum(population->business_relation_code != NULL)};

	AddIdArray(&list, contact_ids);
	for (int i = list.n - 1; i >= 0; i--)
	{
		int32		member = FindMember(population, list.ids[i]);

		if (member != NO_MEMBER)
			AddId(&list, population->members[member].company_id);
	}
	StreamStatement(&companies, &contact_ids, AddIdsOf, &list);
	SortIds(&list);
	values[0] = IdArray(&list);
	StreamStatement(&persons, values, AddIdsOf, &list);
	SortIds(&list);
	*n = list.n;
	return IdArray(&list);
}

/*
 * Refreshing
 */

static void
ForEachId(Classification *classification, Datum contact_ids, void (*change) (Ranking *, int32, bool), bool many)
{
	IdList		list = {NULL};

	AddIdArray(&list, contact_ids);
	for (int i = 0; i < list.n; i++)
	{
		int32		member = FindMember(classification->ledger.population, list.ids[i]);

		for (int j = 0; member != NO_MEMBER && j < classification->nrankings; j++)
			change(&classification->rankings[j], member, many);
	}
}

static void
RefreshCustomerValues(Classification *classification)
{
	const Population *population = classification->ledger.population;

	for (int i = 0; i < classification->nrankings; i++)
		for (int j = 0; j < population->nchanging; j++)
			SetCustomerValue(classification, i, population->changing[j]);
}

static bool
ReadAgain(Classification *classification, Datum contact_ids)
{
	MemoryContext caller = MemoryContextSwitchTo(classification->memory);
	bool		in_place = ReloadMembers(classification->ledger.population, contact_ids);

	MemoryContextSwitchTo(caller);
	if (!in_place)
		return false;
	ReadChangingEntries(&classification->ledger, contact_ids);
	RefreshCustomerValues(classification);
	return true;
}

/* After many contacts were read again. The place of some depends on that of all others. */
static void
RankChanging(Classification *classification)
{
	for (int i = 0; i < classification->nrankings; i++)
	{
		Ranking    *ranking = &classification->rankings[i];

		if (ChangesWithOthers(ranking->question))
			MakeRanking(ranking);
		else
			MergeChanging(ranking);
	}
}

static bool
AnyChangesWithOthers(const Classification *classification)
{
	for (int i = 0; i < classification->nrankings; i++)
		if (ChangesWithOthers(classification->rankings[i].question))
			return true;
	return false;
}

/*
 * Compute contacts (bigint[]) again, as the active snapshot shows them: changed, new or gone.
 */
bool
RefreshContacts(Classification *classification, Datum contact_ids)
{
	Population *population = classification->ledger.population;
	int			n;
	bool		many;

	contact_ids = WithRelatives(classification, contact_ids, &n);
	if (n > population->nmembers / MANY_CONTACTS + 100)
		return false;

	many = n > FEW_CONTACTS || AnyChangesWithOthers(classification);
	if (classification->is_ranked)
		ForEachId(classification, contact_ids, TakeOut, many);
	if (!ReadAgain(classification, contact_ids))
		return false;
	if (classification->is_ranked)
		ForEachId(classification, contact_ids, PutIn, many);
	if (classification->is_ranked && many)
		RankChanging(classification);
	EndChanging(population);
	return true;
}

/*
 * The entries (bigint[]) that a member's value is made of: they are read again, into figures that are thrown away
 */
Datum
TraceEntries(Classification *classification, const Ranking *ranking, int32 index)
{
	Population *population = classification->ledger.population;
	Member	   *member = &population->members[index];
	Ledger		scratch = classification->ledger;
	int32		totals = member->totals;
	IdList		contact = {NULL};
	IdList		trace = {NULL};

	AddId(&contact, member->contact_id);
	scratch.totals.memory = CurrentMemoryContext;
	scratch.totals.figures = NULL;
	scratch.totals.nrows = scratch.totals.capacity = 0;
	scratch.traced = ranking->question;
	scratch.trace = &trace;
	PG_TRY();
	{
		population->changing = &index;
		population->nchanging = 1;
		member->totals = NO_MEMBER;
		member->flags |= IS_CHANGING;
		ReadChangingEntries(&scratch, IdArray(&contact));
	}
	PG_FINALLY();
	{
		member->totals = totals;
		EndChanging(population);
	}
	PG_END_TRY();
	SortIds(&trace);
	return IdArray(&trace);
}

/*
 * Another day
 */

typedef struct DayRange
{
	DateADT		from;
	DateADT		to;
} DayRange;

typedef struct DayRanges
{
	DayRange   *ranges;
	int			n;
} DayRanges;

static void
AddRange(DayRanges *ranges, DateADT from, DateADT to)
{
	if (from <= to)
		ranges->ranges[ranges->n++] = (DayRange) {from, to};
}

/* What is in one of two periods only */
static void
AddDifference(DayRanges *ranges, const Tally *a, const Tally *b)
{
	if (a->to < b->from || b->to < a->from)
	{
		AddRange(ranges, a->from, a->to);
		AddRange(ranges, b->from, b->to);
		return;
	}
	AddRange(ranges, Min(a->from, b->from), Max(a->from, b->from) - 1);
	AddRange(ranges, Min(a->to, b->to) + 1, Max(a->to, b->to));
}

static int
CompareRanges(const void *a, const void *b)
{
	DateADT		left = ((const DayRange *) a)->from;
	DateADT		right = ((const DayRange *) b)->from;

	return (left > right) - (left < right);
}

/* Each day once; returns how many days there are */
static int64
MergeRanges(DayRanges *ranges)
{
	int			n = 0;
	int64		days = 0;

	qsort(ranges->ranges, ranges->n, sizeof(DayRange), CompareRanges);
	for (int i = 0; i < ranges->n; i++)
	{
		if (n > 0 && ranges->ranges[i].from <= ranges->ranges[n - 1].to + 1)
			ranges->ranges[n - 1].to = Max(ranges->ranges[n - 1].to, ranges->ranges[i].to);
		else
			ranges->ranges[n++] = ranges->ranges[i];
	}
	ranges->n = n;
	for (int i = 0; i < n; i++)
		days += (int64) ranges->ranges[i].to - ranges->ranges[i].from + 1;
	return days;
}

static void
AddEntriesOf(IdList *list, const DayRange *range)
{
	static Statement find = {
		.sql = "SELECT DISTINCT contact_id, company_id FROM crm_data.interaction WHERE posting_date BETWEEN $1 AND $2"
		" UNION SELECT contact_id, company_id FROM crm_data.interaction WHERE interaction_date BETWEEN $1 AND $2"
		" UNION SELECT contact_id, company_id FROM crm_data.opportunity_entry WHERE estimated_close_date BETWEEN $1 AND $2"
		" AND active AND action_taken IN ('won', 'lost')",
		.nargs = 2, .argtypes = {DATEOID, DATEOID}
	};

	StreamStatement(&find, (Datum[]) {DateADTGetDatum(range->from), DateADTGetDatum(range->to)}, AddIdsOf, list);
}

/* Invoices that have become overdue between two days, or are not yet */
static void
AddDueBetween(IdList *list, DateADT a, DateADT b)
{
	static Statement find = {
		.sql = "SELECT DISTINCT contact_id, company_id FROM crm_data.interaction"
		" WHERE due_date >= $1 AND due_date < $2 AND closed_date IS NULL AND remaining_amount IS DISTINCT FROM 0",
		.nargs = 2, .argtypes = {DATEOID, DATEOID}
	};

	StreamStatement(&find, (Datum[]) {DateADTGetDatum(Min(a, b)), DateADTGetDatum(Max(a, b))}, AddIdsOf, list);
}

static bool
SamePlan(const Totals *a, const Totals *b)
{
	if (a->ntallies != b->ntallies)
		return false;
	for (int i = 0; i < a->ntallies; i++)
		if (a->tallies[i].kind != b->tallies[i].kind || a->tallies[i].side != b->tallies[i].side)
			return false;
	return true;
}

/*
 * Move the periods. False if more than a few days come or go, if the questions then share their figures in another way,
 * or if some are made of all days.
 */
static bool
MovePeriods(Classification *classification, DateADT as_of, IdList *list)
{
	Ledger	   *ledger = &classification->ledger;
	Ledger		moved = *ledger;
	DayRanges	ranges = {NULL};
	ListCell   *cell;

	if (HasTally(ledger, TALLY_LIFETIME_VALUE))
		return false;
	foreach(cell, classification->questions)
		if (!PrepareQuestion(lfirst(cell), as_of, false))
			return false;
	PlanTotals(&moved, classification->questions, as_of);
	if (!SamePlan(&ledger->totals, &moved.totals))
		return false;

	ranges.ranges = palloc((2 * moved.totals.ntallies + 1) * sizeof(DayRange));
	for (int i = 0; i < moved.totals.ntallies; i++)
		AddDifference(&ranges, &ledger->totals.tallies[i], &moved.totals.tallies[i]);
	if (MergeRanges(&ranges) > FEW_DAYS)
		return false;
	for (int i = 0; i < ranges.n; i++)
		AddEntriesOf(list, &ranges.ranges[i]);
	if (HasTally(ledger, TALLY_OPEN_OVERDUE))
		AddDueBetween(list, classification->as_of, as_of);
	ledger->totals.tallies = moved.totals.tallies;
	ledger->totals.as_of = as_of;
	memcpy(ledger->earliest, moved.earliest, sizeof(moved.earliest));
	memcpy(ledger->latest, moved.latest, sizeof(moved.latest));
	classification->as_of = as_of;
	return true;
}

bool
MoveToDate(Classification *classification, DateADT as_of)
{
	MemoryContext caller;
	IdList		list = {NULL};
	bool		same_plan;
	int			n;
	Datum		contact_ids;

	if (classification->as_of == as_of)
		return true;
	caller = MemoryContextSwitchTo(classification->memory);
	same_plan = MovePeriods(classification, as_of, &list);
	MemoryContextSwitchTo(caller);
	if (!same_plan)
		return false;

	SortIds(&list);
	contact_ids = WithRelatives(classification, IdArray(&list), &n);
	if (n > classification->ledger.population->nmembers / MANY_CONTACTS + 100 || !ReadAgain(classification, contact_ids))
		return false;
	classification->is_ranked = false;
	EndChanging(classification->ledger.population);
	return true;
}

/* Which file the log is in now */
Oid
LogStorage(void)
{
	Relation	log = RelationIdGetRelation(CrmTable("interaction"));
	Oid			storage = StorageOf(log);

	RelationClose(log);
	return storage;
}
