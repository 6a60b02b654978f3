/*
 * The values of a question, and which answers they get (domain/2 sections 4.3 to 4.10).
 *
 * A ranking holds what a contact's class depends on besides its own figures: number and
 * total, and the order of all where the method asks for places. Contacts are
 * taken out with their old figures and put in with the new ones, so that a change costs
 * a bisection and a move of memory, not another sort.
 *
 * Shares are computed over whole numbers ("weights"): the numerators where all values
 * have one denominator, else the values to 18 decimals.
 */
#include "ranking.h"

#include <math.h>

#define WEIGHT_DECIMALS 18

/* Relative error of an approximation, with room to spare */
#define APPROXIMATION_ERROR 1e-14

/* Whole numbers that a double holds */
#define MAX_EXACT (INT64CONST(1) << 53)

/*
 * Values
 */

static const Member *
MemberAt(const Ranking *ranking, int32 member)
{
	return &ranking->ledger->population->members[member];
}

static const int128 *
Figure(const Ranking *ranking, int32 member, int tally)
{
	return FigureOf(&ranking->ledger->totals, MemberAt(ranking, member), ranking->question->tallies[tally]);
}

static bool
HasRelation(const Ranking *ranking, const Member *member)
{
	const Population *population = ranking->ledger->population;
	const Member *bearer = member;

	if (ranking->question->business_relation_code == NULL)
		return true;
	if (ranking->question->measure->side == CONTACT_SIDE && !(member->flags & IS_COMPANY))
	{
		int32		company = CompanyOf(population, member);

		if (company == NO_MEMBER)
			return false;
		bearer = &population->members[company];
	}
	return (bearer->flags & HAS_RELATION) != 0;
}

/* Whether the contact yields a value (C4 to C7) */
bool
HasValue(const Ranking *ranking, int32 index)
{
	static const int needed[] = {IS_CUSTOMER, IS_VENDOR, IS_CONTACT};
	const Member *member = MemberAt(ranking, index);
	const Question *question = ranking->question;

	if (question->measure == NULL || !(member->flags & IS_CONTACT) || !(member->flags & needed[question->measure->side]))
		return false;
	if (ForCompanies(question) && !(member->flags & IS_COMPANY))
		return false;
	return HasRelation(ranking, member);
}

static Quotient
MeasuredValue(const Ranking *ranking, int32 member)
{
	const Measure *measure = ranking->question->measure;
	const int128 *figures[MEASURE_MAX_TALLIES];

	for (int i = 0; i < measure->ntallies; i++)
		figures[i] = Figure(ranking, member, i);
	return measure->value(figures, &ranking->question->period);
}

/*
 * Order
 */

static Quotient
KeyOf(const Ranking *ranking, OrderKey key, int32 member)
{
	return key == BY_VALUE ? ValueOf(ranking, member) : (Quotient) {*Figure(ranking, member, key), 1};
}

/* The order by value comes after those that an RFM score is made of */
static const Order *
ValueOrder(const Ranking *ranking)
{
	return &ranking->orders[ranking->norders - 1];
}

static inline int
CompareOrdinals(const Ranking *ranking, const Order *order, int32 a, int32 b)
{
	int			difference = MemberAt(ranking, a)->ordinal - MemberAt(ranking, b)->ordinal;

	return order->descending ? -difference : difference;
}

static int
CompareKeys(const Order *order, Quotient a, Quotient b)
{
	int			difference = CompareQuotients(a, b);

	return order->descending ? -difference : difference;
}

typedef struct Candidate
{
	double		approximation;
	int32		member;
} Candidate;

typedef struct Sorting
{
	const Ranking *ranking;
	const Order *order;
	bool		exact;			/* the approximations are the values */
} Sorting;

/* Approximations decide where they can; 0 always is what it is */
static int
CompareCandidates(const void *a, const void *b, void *argument)
{
	const Candidate *left = a;
	const Candidate *right = b;
	const Sorting *sorting = argument;
	const Order *order = sorting->order;
	double		difference = left->approximation - right->approximation;
	double		error = sorting->exact ? 0 : APPROXIMATION_ERROR * (fabs(left->approximation) + fabs(right->approximation));
	int			result = 0;

	if (fabs(difference) > error)
		return (difference > 0) == order->descending ? -1 : 1;
	if (error > 0)
		result = CompareKeys(order, KeyOf(sorting->ranking, order->key, left->member),
							 KeyOf(sorting->ranking, order->key, right->member));
	return result != 0 ? result : CompareOrdinals(sorting->ranking, order, left->member, right->member);
}

static bool
HasCommonDenominator(const Sorting *sorting)
{
	return sorting->order->key != BY_VALUE || sorting->ranking->question->measure->common_denominator;
}

/* Over one denominator the numerators do, which are exact up to 53 bits */
static double
Approximation(Sorting *sorting, int32 member)
{
	Quotient	key = KeyOf(sorting->ranking, sorting->order->key, member);

	if (!HasCommonDenominator(sorting))
		return ApproximateQuotient(key);
	if (key.numerator > MAX_EXACT || key.numerator < -MAX_EXACT)
		sorting->exact = false;
	return (double) key.numerator;
}

/* The first place whose contact does not come before a key; with equals, the first after all that share it */
static int32
FindPlace(const Ranking *ranking, const Order *order, Quotient key, int32 member, bool after_equals)
{
	int32		low = 0;
	int32		high = order->n;

	while (low < high)
	{
		int32		middle = (low + high) / 2;
		int			result = CompareKeys(order, KeyOf(ranking, order->key, order->members[middle]), key);

		if (result == 0)
			result = after_equals ? -1 : CompareOrdinals(ranking, order, order->members[middle], member);
		if (result < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
BelongsTo(const Ranking *ranking, const Order *order, int32 member)
{
	return order->key == BY_VALUE || *Figure(ranking, member, BY_FREQUENCY) > 0;
}

/*
 * Weights
 */

static int128
Weight(const Ranking *ranking, int32 member)
{
	Quotient	value = ValueOf(ranking, member);

	return ranking->question->measure->common_denominator ? value.numerator : RoundQuotient(value, WEIGHT_DECIMALS);
}

static void
SumUp(const Ranking *ranking, Order *order)
{
	int128		sum = 0;

	for (int32 i = 0; i < order->n; i++)
	{
		sum = AddExactly(sum, Weight(ranking, order->members[i]));
		order->running[i] = sum;
	}
}

/* The total in the unit of the values */
Numeric
TotalOf(const Ranking *ranking)
{
	const Question *question = ranking->question;
	const Measure *measure = question->measure;
	int128		zero = 0;
	const int128 *zeros[MEASURE_MAX_TALLIES] = {&zero, &zero, &zero, &zero, &zero};

	if (!measure->common_denominator)
		return UnitsNumeric(ranking->total, WEIGHT_DECIMALS);
	return QuotientNumeric((Quotient) {ranking->total, measure->value(zeros, &question->period).denominator});
}

/*
 * Making a ranking
 */

static void
AddOrder(Ranking *ranking, OrderKey key, bool descending, bool running)
{
	Order	   *order = &ranking->orders[ranking->norders++];

	*order = (Order) {.key = key, .descending = descending, .capacity = 64};
	order->members = palloc(order->capacity * sizeof(int32));
	if (running)
		order->running = palloc(order->capacity * sizeof(int128));
}

/* In the memory context that the ranking is to live in */
void
InitRanking(Ranking *ranking, const Question *question, const Ledger *ledger)
{
	*ranking = (Ranking) {.memory = CurrentMemoryContext, .question = question, .ledger = ledger};
	if (question->measure && question->measure->is_rfm)
		for (OrderKey key = BY_RECENCY; key <= BY_AMOUNT; key++)
			AddOrder(ranking, key, false, false);
	if (NeedsOrder(question) && !IsRating(question))
		AddOrder(ranking, BY_VALUE, question->descending, question->method == CUMULATIVE_PERCENTAGE);
}

/* Make room for so many */
void
ReserveOrder(Order *order, int32 n)
{
	if (n <= order->capacity)
		return;
	order->capacity = n + n / 8;
	order->members = repalloc_huge(order->members, order->capacity * sizeof(int32));
	if (order->running)
		order->running = repalloc_huge(order->running, order->capacity * sizeof(int128));
}

/* Sort those of some members that belong to an order; returns how many do */
static int32
SortMembers(const Ranking *ranking, const Order *order, const int32 *members, int32 n, Candidate *candidates)
{
	Sorting		sorting = {ranking, order};
	int32		ncandidates = 0;

	sorting.exact = HasCommonDenominator(&sorting);
	for (int32 i = 0; i < n; i++)
		if (HasValue(ranking, members[i]) && BelongsTo(ranking, order, members[i]))
			candidates[ncandidates++] = (Candidate) {Approximation(&sorting, members[i]), members[i]};
	qsort_arg(candidates, ncandidates, sizeof(Candidate), CompareCandidates, &sorting);
	return ncandidates;
}

static void
SortOrder(Ranking *ranking, Order *order, const int32 *members, int32 n)
{
	Candidate  *candidates = palloc_extended(Max(n, 1) * sizeof(Candidate), MCXT_ALLOC_HUGE);

	order->n = SortMembers(ranking, order, members, n, candidates);
	ReserveOrder(order, order->n);
	for (int32 i = 0; i < order->n; i++)
		order->members[i] = candidates[i].member;
	pfree(candidates);
	if (order->running)
		SumUp(ranking, order);
}

/* The score of an RFM question changes with those of others: its total is only made where it is asked for. Ratings are made elsewhere (rating.c) */
static bool
HasTotal(const Ranking *ranking)
{
	const Question *question = ranking->question;

	return question->measure && !IsRating(question) && (!question->measure->is_rfm || question->method != DEFINED_VALUE);
}

/* Whether values of contacts change when others are taken out or put in, and so the ranking has to be made anew */
bool
ChangesWithOthers(const Question *question)
{
	return question->measure && question->measure->is_rfm && question->method != DEFINED_VALUE;
}

/* Number and total, which is all that can be said without an order */
void
SumRanking(Ranking *ranking)
{
	int32		nmembers = ranking->ledger->population->nmembers;

	ranking->ncontacts = 0;
	ranking->total = 0;
	for (int32 i = 0; i < nmembers; i++)
	{
		if (!HasValue(ranking, i))
			continue;
		ranking->ncontacts++;
		if (HasTotal(ranking))
			ranking->total = AddExactly(ranking->total, Weight(ranking, i));
	}
}

/* From the figures of all contacts */
void
MakeRanking(Ranking *ranking)
{
	int32		nmembers = ranking->ledger->population->nmembers;
	int32	   *members = palloc_extended(Max(nmembers, 1) * sizeof(int32), MCXT_ALLOC_HUGE);
	int32		n = 0;

	for (int32 i = 0; i < nmembers; i++)
		if (HasValue(ranking, i))
			members[n++] = i;

	for (int i = 0; i < ranking->norders; i++)
		SortOrder(ranking, &ranking->orders[i], members, n);
	SumRanking(ranking);
	pfree(members);
}

/*
 * Changing a ranking
 */

static void
RemoveFromOrder(const Ranking *ranking, Order *order, int32 member)
{
	int32		place = FindPlace(ranking, order, KeyOf(ranking, order->key, member), member, false);
	int32		behind = order->n - place - 1;

	memmove(&order->members[place], &order->members[place + 1], behind * sizeof(int32));
	order->n--;
	if (order->running)
	{
		int128		weight = Weight(ranking, member);

		for (int32 i = place; i < order->n; i++)
			order->running[i] = order->running[i + 1] - weight;
	}
}

static void
InsertIntoOrder(const Ranking *ranking, Order *order, int32 member)
{
	int32		place = FindPlace(ranking, order, KeyOf(ranking, order->key, member), member, false);

	ReserveOrder(order, order->n + 1);
	memmove(&order->members[place + 1], &order->members[place], (order->n - place) * sizeof(int32));
	order->members[place] = member;
	if (order->running)
	{
		int128		weight = Weight(ranking, member);

		for (int32 i = order->n; i > place; i--)
			order->running[i] = AddExactly(order->running[i - 1], weight);
		order->running[place] = AddExactly(place > 0 ? order->running[place - 1] : 0, weight);
	}
	order->n++;
}

static void
ChangeOrders(Ranking *ranking, int32 member, void (*change) (const Ranking *, Order *, int32))
{
	for (int i = 0; i < ranking->norders; i++)
		if (BelongsTo(ranking, &ranking->orders[i], member))
			change(ranking, &ranking->orders[i], member);
}

/*
 * Before the figures of a member change. Of many members, the orders are seen to afterwards; and rankings
 * in which one contact moves the others are made anew.
 */
void
TakeOut(Ranking *ranking, int32 member, bool of_many)
{
	if (!HasValue(ranking, member) || ChangesWithOthers(ranking->question))
		return;
	ranking->ncontacts--;
	if (HasTotal(ranking))
		ranking->total -= Weight(ranking, member);
	if (!of_many)
		ChangeOrders(ranking, member, RemoveFromOrder);
}

/* After the figures of a member have changed */
void
PutIn(Ranking *ranking, int32 member, bool of_many)
{
	if (!HasValue(ranking, member) || ChangesWithOthers(ranking->question))
		return;
	ranking->ncontacts++;
	if (HasTotal(ranking))
		ranking->total = AddExactly(ranking->total, Weight(ranking, member));
	if (!of_many)
		ChangeOrders(ranking, member, InsertIntoOrder);
}

/* Take those out of an order whose figures have changed, without looking at any figures */
static void
DropChanging(const Ranking *ranking, Order *order)
{
	int32		n = 0;

	for (int32 i = 0; i < order->n; i++)
		if (!(MemberAt(ranking, order->members[i])->flags & IS_CHANGING))
			order->members[n++] = order->members[i];
	order->n = n;
}

/* Put sorted members into an order */
static void
MergeMembers(const Ranking *ranking, Order *order, const Candidate *candidates, int32 ncandidates)
{
	int32	   *merged = palloc_extended(Max(order->n + ncandidates, 1) * sizeof(int32), MCXT_ALLOC_HUGE);
	int32		taken = 0;
	int32		n = 0;

	for (int32 i = 0; i < ncandidates; i++)
	{
		int32		member = candidates[i].member;
		int32		place = FindPlace(ranking, order, KeyOf(ranking, order->key, member), member, false);

		memcpy(&merged[n], &order->members[taken], (place - taken) * sizeof(int32));
		n += place - taken;
		taken = place;
		merged[n++] = member;
	}
	memcpy(&merged[n], &order->members[taken], (order->n - taken) * sizeof(int32));
	n += order->n - taken;

	ReserveOrder(order, n);
	memcpy(order->members, merged, n * sizeof(int32));
	order->n = n;
	pfree(merged);
}

/* After the figures of many members have changed, those that are marked as changing */
void
MergeChanging(Ranking *ranking)
{
	const Population *population = ranking->ledger->population;
	Candidate  *candidates = palloc_extended(Max(population->nchanging, 1) * sizeof(Candidate), MCXT_ALLOC_HUGE);

	for (int i = 0; i < ranking->norders; i++)
	{
		Order	   *order = &ranking->orders[i];
		int32		n;

		DropChanging(ranking, order);
		n = SortMembers(ranking, order, population->changing, population->nchanging, candidates);
		MergeMembers(ranking, order, candidates, n);
		if (order->running)
			SumUp(ranking, order);
	}
	pfree(candidates);
}

/*
 * Scores
 */

/* 1 to 5: which fifth the contact is in, equals together in the better one */
static int
Fifth(const Ranking *ranking, const Order *order, int32 member)
{
	int64		behind = FindPlace(ranking, order, KeyOf(ranking, order->key, member), member, true);

	return (5 * behind + order->n - 1) / order->n;
}

static int
RfmScore(const Ranking *ranking, int32 member)
{
	int			score = 0;

	if (*Figure(ranking, member, BY_FREQUENCY) == 0)
		return 0;
	for (int i = 0; i < RFM_ORDERS; i++)
		score = score * 10 + Fifth(ranking, &ranking->orders[i], member);
	return score;
}

/* Unrounded, of a member that has one */
Quotient
ValueOf(const Ranking *ranking, int32 member)
{
	if (ranking->question->measure->is_rfm)
		return (Quotient) {RfmScore(ranking, member), 1};
	return MeasuredValue(ranking, member);
}

static Quotient
Percentage(int128 part, int128 whole)
{
	return whole == 0 ? (Quotient) {0, 1} : MakeQuotient(MultiplyExactly(part, 100), whole);
}

/* The place of a member that has a value, from 1; where equals never part, that of the last of them */
int32
PlaceOf(const Ranking *ranking, int32 member)
{
	const Order *order = ValueOrder(ranking);
	Quotient	value = ValueOf(ranking, member);

	if (ranking->question->method == QUANTILE)
		return FindPlace(ranking, order, value, member, true);
	return FindPlace(ranking, order, value, member, false) + 1;
}

/* The score of a place, in a method that goes by places */
static Quotient
ScoreAtPlace(const Ranking *ranking, int32 place)
{
	if (ranking->question->method == CUMULATIVE_PERCENTAGE)
		return Percentage(ValueOrder(ranking)->running[place - 1], ranking->total);
	return Percentage(place, ranking->ncontacts);
}

/* What the bounds of the answers are held against, once it is rounded (C24, C29 to C31) */
Quotient
ScoreOf(const Ranking *ranking, int32 member)
{
	switch (ranking->question->method)
	{
		case PERCENTAGE_OF_VALUE:
			return Percentage(Weight(ranking, member), ranking->total);
		case NO_METHOD:
		case DEFINED_VALUE:
			return ValueOf(ranking, member);
		default:
			return ScoreAtPlace(ranking, PlaceOf(ranking, member));
	}
}

/*
 * Answers
 */


/* All answers whose bounds the rounded score is in: there may be several, or none (C27) */
AnswerSet
AnswersTo(const Question *question, Quotient score)
{
	int128		rounded = RoundQuotient(score, question->decimals);
	AnswerSet	answers = 0;

	for (int i = 0; i < question->nbands; i++)
		if (rounded >= question->bands[i].lowest && rounded <= question->bands[i].highest)
			answers |= AnswerBit(i);
	return answers;
}

AnswerSet
OwnAnswers(const Ranking *ranking, int32 member)
{
	return HasValue(ranking, member) ? AnswersTo(ranking->question, ScoreOf(ranking, member)) : 0;
}

/* The last place that shares the value of a place, both from 1 */
static int32
LastEqual(const Ranking *ranking, int32 place)
{
	const Order *order = ValueOrder(ranking);
	Quotient	value = ValueOf(ranking, order->members[place - 1]);

	while (place < order->n && CompareQuotients(ValueOf(ranking, order->members[place]), value) == 0)
		place++;
	return place;
}

static void
AnswersByPlace(const Ranking *ranking, AnswerSet *answers)
{
	const Order *order = ValueOrder(ranking);
	int32		shared = 0;

	for (int32 place = 1; place <= order->n; place++)
	{
		if (ranking->question->method != QUANTILE)
			shared = place;
		else if (place > shared)
			shared = LastEqual(ranking, place);
		answers[order->members[place - 1]] = AnswersTo(ranking->question, ScoreAtPlace(ranking, shared));
	}
}

/* The own answers of all members, without looking each one up */
static void
OwnAnswersOfAll(const Ranking *ranking, AnswerSet *answers)
{
	int32		nmembers = ranking->ledger->population->nmembers;

	memset(answers, 0, nmembers * sizeof(AnswerSet));
	if (ranking->question->measure && NeedsOrder(ranking->question))
		AnswersByPlace(ranking, answers);
	else
		for (int32 i = 0; i < nmembers; i++)
			answers[i] = OwnAnswers(ranking, i);
}

/* Whether the questionnaire is for contacts of this type (C34) */
bool
MayHold(const Question *question, const Member *member)
{
	return (member->flags & IS_COMPANY) ? !ForPersons(question) : !ForCompanies(question);
}

/* The company whose answers a person is given, too, when the question is about the ledger of a card (C33) */
int32
BenefactorOf(const Ranking *ranking, int32 index)
{
	const Member *member = MemberAt(ranking, index);
	int32		company;

	if (ranking->question->measure == NULL || ranking->question->measure->side == CONTACT_SIDE || ForCompanies(ranking->question))
		return NO_MEMBER;
	company = CompanyOf(ranking->ledger->population, member);
	return company != NO_MEMBER && HasValue(ranking, company) ? company : NO_MEMBER;
}

/* The answers that a member gets: its own, and those of its company */
AnswerSet
AnswersOf(const Ranking *ranking, int32 index)
{
	const Member *member = MemberAt(ranking, index);
	int32		company;

	if (!(member->flags & IS_CONTACT) || !MayHold(ranking->question, member))
		return 0;
	company = BenefactorOf(ranking, index);
	return OwnAnswers(ranking, index) | (company == NO_MEMBER ? 0 : OwnAnswers(ranking, company));
}

/* The same of all members. Companies pass their own answers on, so they are cut down to those that they may hold last. */
void
AnswersOfAll(const Ranking *ranking, AnswerSet *answers)
{
	int32		nmembers = ranking->ledger->population->nmembers;

	OwnAnswersOfAll(ranking, answers);
	for (int32 i = 0; i < nmembers; i++)
	{
		int32		company = BenefactorOf(ranking, i);

		if (company != NO_MEMBER)
			answers[i] |= answers[company];
	}
	for (int32 i = 0; i < nmembers; i++)
		if (!(MemberAt(ranking, i)->flags & IS_CONTACT) || !MayHold(ranking->question, MemberAt(ranking, i)))
			answers[i] = 0;
}

/* Whether the answers of a contact are made of its own figures alone */
bool
DependsOnNobody(const Question *question)
{
	return question->method == DEFINED_VALUE && question->measure && !question->measure->is_rfm;
}

/* The same, of a question that depends on nobody, when it is known what the answers were before contacts changed */
void
AnswersOfChanged(const Ranking *ranking, const AnswerSet *before, AnswerSet *answers)
{
	const Population *population = ranking->ledger->population;

	for (int32 i = 0; i < population->nmembers; i++)
	{
		int32		company = CompanyOf(population, &population->members[i]);
		int			flags = population->members[i].flags | (company == NO_MEMBER ? 0 : population->members[company].flags);

		answers[i] = flags & HAS_CHANGED ? AnswersOf(ranking, i) : before[i];
	}
}
