/*
 * Ratings: questions answered by points for other answers (domain/2 section 5).
 *
 * A rating question has sources: answers worth points. Of each question that
 * a source belongs to, all answers are looked at, because one that is worth nothing
 * counts as an answer, too. Ratings are computed after what they are made of.
 *
 * The date of a rating is that of the oldest answer that gave points. Where this is the date of the
 * run, it is left blank like the dates of all answers that a run confirms.
 */
#include "rating.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "utils/array.h"
#include "utils/fmgrprotos.h"
#include "utils/snapmgr.h"

PG_FUNCTION_INFO_V1(crm_rate_contact);

#define MAX_SOURCE_QUESTIONS 64

static const Question *
QuestionOf(const Rating *rating)
{
	return rating->classification->rankings[rating->ranking].question;
}

/*
 * Sources
 */

static void
ReadSources(Rating *rating)
{
	static Statement read = {
		.sql = "WITH line AS (SELECT * FROM crm_data.answer_line())"
		" SELECT l.questionnaire_code, l.question_line_no, l.line_no,"
		"  (dense_rank() OVER (ORDER BY l.questionnaire_code, l.question_line_no) - 1)::integer, r.points, c.classified_on"
		" FROM line AS l"
		" LEFT JOIN crm_data.rating AS r ON r.questionnaire_code = $1 AND r.line_no = $2"
		"  AND r.source_questionnaire_code = l.questionnaire_code AND r.source_line_no = l.line_no"
		" LEFT JOIN crm_data.question_classification AS c ON c.questionnaire_code = l.questionnaire_code AND c.line_no = l.question_line_no"
		" WHERE (l.questionnaire_code, l.question_line_no) IN (SELECT s.questionnaire_code, s.question_line_no FROM line AS s"
		"  JOIN crm_data.rating AS t ON t.source_questionnaire_code = s.questionnaire_code AND t.source_line_no = s.line_no"
		"  WHERE t.questionnaire_code = $1 AND t.line_no = $2)"
		" ORDER BY l.questionnaire_code, l.question_line_no, l.line_no",
		.nargs = 2, .argtypes = {TEXTOID, INT4OID}
	};
	const Question *question = QuestionOf(rating);
	Datum		values[] = {CStringGetTextDatum(question->questionnaire_code), Int32GetDatum(question->line_no)};

	rating->nsources = RunAtPresent(&read, values, NULL);
	rating->sources = palloc0(Max(rating->nsources, 1) * sizeof(RatingSource));
	for (int i = 0; i < rating->nsources; i++)
	{
		RatingSource *source = &rating->sources[i];
		bool		isnull,
					never;

		source->questionnaire_code = ResultText(i, 1);
		source->question_line_no = DatumGetInt32(ResultValue(i, 2, &isnull));
		source->line_no = DatumGetInt32(ResultValue(i, 3, &isnull));
		source->question = DatumGetInt32(ResultValue(i, 4, &isnull));
		source->points = DatumGetInt32(ResultValue(i, 5, &isnull));
		source->gives_points = !isnull;
		source->classified_on = DatumGetDateADT(ResultValue(i, 6, &never));
		if (never)
			source->classified_on = DATEVAL_NOEND;
		rating->nquestions = Max(rating->nquestions, source->question + 1);
	}
	if (rating->nquestions > MAX_SOURCE_QUESTIONS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("questionnaire \"%s\", question %d \"%s\": points for answers to more than %d questions",
						question->questionnaire_code, question->line_no, question->description, MAX_SOURCE_QUESTIONS)));
}

/* The rating questions of questionnaires */
List *
ReadRatings(List *classifications)
{
	List	   *ratings = NIL;
	ListCell   *cell;

	foreach(cell, classifications)
	{
		Classification *classification = lfirst(cell);

		for (int i = 0; i < classification->nrankings; i++)
		{
			Rating	   *rating;

			if (!IsRating(classification->rankings[i].question))
				continue;
			rating = palloc0(sizeof(Rating));
			rating->classification = classification;
			rating->ranking = i;
			ReadSources(rating);
			ratings = lappend(ratings, rating);
		}
	}
	return ratings;
}

/*
 * Order
 */

static bool
IsMadeOf(const Rating *rating, const Rating *other)
{
	const Question *question = QuestionOf(other);

	for (int i = 0; i < rating->nsources; i++)
		if (rating->sources[i].gives_points && rating->sources[i].question_line_no == question->line_no &&
			strcmp(rating->sources[i].questionnaire_code, question->questionnaire_code) == 0)
			return true;
	return false;
}

static bool
IsReady(const Rating *rating, List *ratings)
{
	ListCell   *cell;

	foreach(cell, ratings)
		if (!((Rating *) lfirst(cell))->done && IsMadeOf(rating, lfirst(cell)))
			return false;
	return true;
}

static Rating *
NextReady(List *ratings)
{
	ListCell   *cell;

	foreach(cell, ratings)
	{
		Rating	   *rating = lfirst(cell);

		if (!rating->done && IsReady(rating, ratings))
			return rating;
	}
	return NULL;
}

static void pg_attribute_noreturn()
ComplainOfLoop(List *ratings)
{
	StringInfoData names;
	ListCell   *cell;

	initStringInfo(&names);
	foreach(cell, ratings)
	{
		const Question *question = QuestionOf(lfirst(cell));

		if (!((Rating *) lfirst(cell))->done)
			appendStringInfo(&names, "%squestionnaire \"%s\", question %d \"%s\"", names.len > 0 ? "; " : "",
							 question->questionnaire_code, question->line_no, question->description);
	}
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("rating questions depend on each other: %s", names.data),
			 errhint("Remove one of the ratings from crm.rating.")));
}

/* Those first that others are made of (G5) */
List *
InOrderOfDependency(List *ratings)
{
	List	   *ordered = NIL;

	while (list_length(ordered) < list_length(ratings))
	{
		Rating	   *rating = NextReady(ratings);

		if (rating == NULL)
			ComplainOfLoop(ratings);
		rating->done = true;
		ordered = lappend(ordered, rating);
	}
	return ordered;
}

/*
 * Tallies
 */

void
StartTally(RatingTally *tally)
{
	*tally = (RatingTally) {.oldest = DATEVAL_NOEND};
}

void
AddHeldAnswer(RatingTally *tally, const RatingSource *source, DateADT updated_on)
{
	tally->answered |= UINT64CONST(1) << source->question;
	if (!source->gives_points)
		return;
	tally->points += source->points;
	tally->oldest = Min(tally->oldest, updated_on);
}

Quotient
AnsweredPercentage(const Rating *rating, const RatingTally *tally)
{
	int			answered = pg_popcount64(tally->answered);

	return rating->nquestions == 0 ? (Quotient) {0, 1} : (Quotient) {answered * 100, rating->nquestions};
}

/* The answers that a member gets for its points: none if it has answered too little (G6), or is not whom the questionnaire is for */
AnswerSet
RatedAnswers(const Rating *rating, int32 member, const RatingTally *tally)
{
	const Ranking *ranking = &rating->classification->rankings[rating->ranking];
	const Question *question = ranking->question;

	if (!HasValue(ranking, member) || !MayHold(question, &ranking->ledger->population->members[member]) ||
		CompareQuotients(AnsweredPercentage(rating, tally), (Quotient) {question->min_pct, 1000}) < 0)
		return 0;
	return AnswersTo(question, (Quotient) {tally->points, 1});
}

/*
 * Rating everybody
 */

typedef struct SourceReading
{
	const Population *population;
	const RatingSource *source;
	RatingTally *tallies;
} SourceReading;

static void
ReadHeldAnswer(TupleTableSlot *slot, void *argument)
{
	SourceReading *reading = argument;
	int32		member;

	slot_getallattrs(slot);
	member = FindMember(reading->population, DatumGetInt64(slot->tts_values[0]));
	if (member != NO_MEMBER)
		AddHeldAnswer(&reading->tallies[member], reading->source,
					  slot->tts_isnull[1] ? reading->source->classified_on : DatumGetDateADT(slot->tts_values[1]));
}

/* The stored answers of all contacts, or of one */
static RatingTally *
TallyAnswers(const Rating *rating, int64 only_contact)
{
	static Statement read = {
		.sql = "SELECT contact_id, last_date_updated FROM crm_data.contact_profile_answer"
		" WHERE questionnaire_code = $1 AND line_no = $2",
		.nargs = 2, .argtypes = {TEXTOID, INT4OID}
	};
	static Statement read_one = {
		.sql = "SELECT contact_id, last_date_updated FROM crm_data.contact_profile_answer"
		" WHERE questionnaire_code = $1 AND line_no = $2 AND contact_id = $3",
		.nargs = 3, .argtypes = {TEXTOID, INT4OID, INT8OID}
	};
	const Population *population = rating->classification->ledger.population;
	SourceReading reading = {population};

	reading.tallies = palloc_extended(Max(population->nmembers, 1) * sizeof(RatingTally), MCXT_ALLOC_HUGE);
	for (int32 i = 0; i < population->nmembers; i++)
		StartTally(&reading.tallies[i]);
	for (int i = 0; i < rating->nsources; i++)
	{
		Datum		values[] = {
			CStringGetTextDatum(rating->sources[i].questionnaire_code), Int32GetDatum(rating->sources[i].line_no), Int64GetDatum(only_contact)
		};

		reading.source = &rating->sources[i];
		StreamStatement(only_contact ? &read_one : &read, values, ReadHeldAnswer, &reading);
	}
	return reading.tallies;
}

static RatingBasis
MakeBasis(const Rating *rating)
{
	int32		nmembers = rating->classification->ledger.population->nmembers;
	RatingBasis basis = {
		palloc_extended(Max(nmembers, 1) * sizeof(DateADT), MCXT_ALLOC_HUGE),
		palloc_extended(Max(nmembers, 1), MCXT_ALLOC_HUGE),
		palloc((rating->nquestions + 1) * sizeof(Datum))
	};

	for (int i = 0; i <= rating->nquestions; i++)
		basis.percentages[i] = NumericGetDatum(QuotientNumeric((Quotient) {i * 100, Max(rating->nquestions, 1)}));
	return basis;
}

/*
 * Bring the stored answers of a rating question up to date, of all contacts or of one. As of
 * one contact only, today is no run's date and is stored.
 */
void
Rate(const Rating *rating, AnswerWriter *writer, DateADT today, int64 only_contact)
{
	const Ranking *ranking = &rating->classification->rankings[rating->ranking];
	const Population *population = ranking->ledger->population;
	RatingTally *tallies = TallyAnswers(rating, only_contact);
	AnswerSet  *wanted = palloc_extended(Max(population->nmembers, 1) * sizeof(AnswerSet), MCXT_ALLOC_HUGE);
	RatingBasis basis = MakeBasis(rating);

	for (int32 i = 0; i < population->nmembers; i++)
	{
		bool		concerned = only_contact == 0 || population->members[i].contact_id == only_contact;
		DateADT		date = tallies[i].oldest;

		wanted[i] = concerned ? RatedAnswers(rating, i, &tallies[i]) : 0;
		basis.answered[i] = pg_popcount64(tallies[i].answered);
		basis.dates[i] = date < today ? date : only_contact ? today : DATEVAL_NOEND;
	}
	UpdateAnswers(writer, ranking, wanted, &basis, only_contact);
	pfree(wanted);
	pfree(tallies);
}

/* What other ratings are made of has the date of this run, too */
void
NoteRun(List *ratings, const Rating *rated, DateADT today)
{
	const Question *question = QuestionOf(rated);
	ListCell   *cell;

	foreach(cell, ratings)
	{
		Rating	   *rating = lfirst(cell);

		for (int i = 0; i < rating->nsources; i++)
			if (rating->sources[i].question_line_no == question->line_no &&
				strcmp(rating->sources[i].questionnaire_code, question->questionnaire_code) == 0)
				rating->sources[i].classified_on = today;
	}
}

/*
 * One contact
 */

/* Not beside a run, or both would answer a rating, each without the other's answer */
static void
LockRatedQuestionnaires(void)
{
	static Statement lock = {
		.sql = "SELECT FROM crm_data.questionnaire AS q WHERE EXISTS (SELECT FROM crm_data.questionnaire_line AS l"
		" WHERE l.questionnaire_code = q.questionnaire_code AND l.contact_class_field = 'rating')"
		" ORDER BY questionnaire_code FOR SHARE OF q"
	};

	RunStatement(&lock, NULL, NULL);
}

/* The questionnaires that have rating questions, for one contact and its company */
static List *
DefineRatingsOf(int64 contact_id)
{
	static Statement find = {
		.sql = "SELECT questionnaire_code FROM crm_data.questionnaire_line WHERE contact_class_field = 'rating'"
		" GROUP BY questionnaire_code ORDER BY questionnaire_code"
	};
	int			n = RunAtPresent(&find, NULL, NULL);
	char	  **codes = palloc(Max(n, 1) * sizeof(char *));
	List	   *classifications = NIL;

	for (int i = 0; i < n; i++)
		codes[i] = ResultText(i, 1);
	for (int i = 0; i < n; i++)
	{
		Classification *classification;
		const Question *question;

		LockLines(codes[i]);
		classification = DefineRatings(codes[i]);
		if (classification->questions == NIL)
			continue;
		question = linitial(classification->questions);
		classification->ledger.population = MakePopulation(question->business_relation_code, 2);
		LoadContact(classification->ledger.population, contact_id);
		classifications = lappend(classifications, classification);
	}
	return classifications;
}

/*
 * crm_data.rate_contact(contact_id): all ratings of a contact, after its answers have been changed by hand
 */
Datum
crm_rate_contact(PG_FUNCTION_ARGS)
{
	int64		contact_id = PG_GETARG_INT64(0);
	DateADT		as_of = DatumGetDateADT(WorkDate());
	CrmScope	scope = EnterCrm();
	DateADT		today = DatumGetDateADT(Today());
	ListCell   *cell;

	LockRatedQuestionnaires();
	PushPresent();
	foreach(cell, InOrderOfDependency(ReadRatings(DefineRatingsOf(contact_id))))
	{
		Rating	   *rating = lfirst(cell);
		AnswerWriter *writer = OpenAnswerWriter(rating->classification->questionnaire_code, as_of);

		UpdateActiveSnapshotCommandId();
		Rate(rating, writer, today, contact_id);
		CloseAnswerWriter(writer);
		RestateHistory(QuestionOf(rating), as_of, contact_id);
	}
	PopActiveSnapshot();
	LeaveCrm(scope);
	PG_RETURN_VOID();
}
