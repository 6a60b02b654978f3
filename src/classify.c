/*
 * crm.classify(): what the questionnaires say now becomes what is stored.
 *
 * A run locks its questionnaires, so that two runs of one follow each other, and reads the
 * present: what has been committed by then. It computes everything, or what has changed since the
 * state that the last run left (classification_state.c), and writes what differs.
 */
#include "rating.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/fmgroids.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(crm_classify);

/*
 * When more contacts than these parts of all have changed since the state, or been answered otherwise, a run saves its state. Also
 * when as many changes are noted, be they of few contacts: everybody who looks at classes reads the notes
 */
#define CHANGED_SINCE_STATE 25
#define ANSWERED_SINCE_STATE 5
#define NOTED_SINCE_STATE 5

typedef struct Run
{
	DateADT		as_of;
	DateADT		today;
	Datum		snapshot;
	List	   *classifications;
	bool		saved;			/* a state */
	ReturnSetInfo *result;
} Run;

/* A questionnaire in a run */
typedef struct Part
{
	Classification *classification;
	bool		has_state;
	ClassificationState state;
	bool		same_date;		/* as of which the state is */
	int			nchanged;
	int			nnoted;			/* how often they are noted as changed */
	IdList		answered;		/* contacts whose answers are written */
	uint8	  **written;		/* by question: the answers as they are then, packed */
} Part;

static void pg_attribute_noreturn()
NoSuchQuestionnaire(const char *code)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("questionnaire \"%s\" does not exist, or not with that description and business relation", code)));
}

/* The questionnaires that the arguments choose, locked against other runs and against being changed */
static List *
LockQuestionnaires(FunctionCallInfo fcinfo)
{
	static Statement lock = {
		.sql = "SELECT questionnaire_code FROM crm_data.questionnaire"
		" WHERE ($1 IS NULL OR questionnaire_code = crm_data.as_code($1)) AND ($2 IS NULL OR description LIKE $2)"
		" AND ($3 IS NULL OR business_relation_code = crm_data.as_code($3)) ORDER BY questionnaire_code FOR NO KEY UPDATE",
		.nargs = 3, .argtypes = {TEXTOID, TEXTOID, TEXTOID}
	};
	Datum		values[] = {
		PG_ARGISNULL(0) ? 0 : PG_GETARG_DATUM(0), PG_ARGISNULL(3) ? 0 : PG_GETARG_DATUM(3), PG_ARGISNULL(4) ? 0 : PG_GETARG_DATUM(4)
	};
	bool		isnull[] = {PG_ARGISNULL(0), PG_ARGISNULL(3), PG_ARGISNULL(4)};
	int			n = RunStatement(&lock, values, isnull);
	List	   *codes = NIL;
	ListCell   *cell;

	if (n == 0 && !PG_ARGISNULL(0))
		NoSuchQuestionnaire(TextDatumGetCString(PG_GETARG_DATUM(0)));
	for (int i = 0; i < n; i++)
		codes = lappend(codes, ResultText(i, 1));
	foreach(cell, codes)
		LockLines(lfirst(cell));
	return codes;
}

/*
 * Computing
 */

/* What the last run left, brought up to date; false if there is nothing that could be */
static bool
ContinueFromState(const Run *run, const char *code, Part *part)
{
	Datum		changed;
	Classification *definition = DefineClassification(code, run->as_of, true);

	part->classification = LoadClassification(definition, &part->state);
	if (part->classification == NULL)
	{
		part->classification = definition;
		return false;
	}
	part->same_date = part->state.as_of == run->as_of;
	changed = ChangedContacts(part->state.snapshot, part->state.saved_xid, &part->nchanged, &part->nnoted);
	if (part->nchanged == 0 || RefreshContacts(part->classification, changed))
		part->has_state = MoveToDate(part->classification, run->as_of);
	if (!part->has_state)
	{
		MemoryContextDelete(part->classification->memory);
		part->classification = definition;
	}
	return part->has_state;
}

static List *
ComputeParts(Run *run, List *codes)
{
	List	   *parts = NIL;
	List	   *from_nothing = NIL;
	ListCell   *cell;

	foreach(cell, codes)
	{
		Part	   *part = palloc0(sizeof(Part));

		if (!ContinueFromState(run, lfirst(cell), part))
			from_nothing = lappend(from_nothing, part->classification);
		parts = lappend(parts, part);
		run->classifications = lappend(run->classifications, part->classification);
	}
	if (from_nothing)
		ComputeClassifications(from_nothing);
	foreach(cell, run->classifications)
		EnsureRankings(lfirst(cell));
	return parts;
}

/*
 * Writing
 */

static void
RecordQuestion(const Run *run, const Ranking *ranking, const char *parameters)
{
	static Statement record = {
		.sql = "INSERT INTO crm_data.question_classification (questionnaire_code, line_no, as_of, classified_on, starting_date, ending_date,"
		" contact_count, total_value, parameters) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb)"
		" ON CONFLICT (questionnaire_code, line_no) DO UPDATE SET as_of = EXCLUDED.as_of, classified_on = EXCLUDED.classified_on,"
		" starting_date = EXCLUDED.starting_date, ending_date = EXCLUDED.ending_date, contact_count = EXCLUDED.contact_count,"
		" total_value = EXCLUDED.total_value, parameters = EXCLUDED.parameters",
		.nargs = 9, .argtypes = {TEXTOID, INT4OID, DATEOID, DATEOID, DATEOID, DATEOID, INT8OID, NUMERICOID, TEXTOID}
	};
	const Question *question = ranking->question;
	bool		has_period = question->measure && !IsRating(question);
	bool		has_total = has_period && !question->measure->is_rfm;
	Datum		values[] = {
		CStringGetTextDatum(question->questionnaire_code), Int32GetDatum(question->line_no), DateADTGetDatum(run->as_of),
		DateADTGetDatum(run->today), DateADTGetDatum(question->period.from), DateADTGetDatum(question->period.to),
		Int64GetDatum(ranking->ncontacts), has_total ? NumericGetDatum(TotalOf(ranking)) : 0,
		parameters ? CStringGetTextDatum(parameters) : 0
	};
	bool		isnull[] = {false, false, false, false, !has_period, !has_period, false, !has_total, parameters == NULL};

	RunStatement(&record, values, isnull);
}

static void
ReportQuestion(const Run *run, const Ranking *ranking, const AnswerWriter *writer)
{
	const Question *question = ranking->question;
	bool		isnull[6] = {false};
	int64		put,
				taken;
	Datum		values[6] = {
		CStringGetTextDatum(question->questionnaire_code), Int32GetDatum(question->line_no), CStringGetTextDatum(question->description),
		Int64GetDatum(ranking->ncontacts)
	};

	CountWritten(writer, &put, &taken);
	values[4] = Int64GetDatum(put);
	values[5] = Int64GetDatum(taken);
	tuplestore_putvalues(run->result->setResult, run->result->setDesc, values, isnull);
}

static void
FinishQuestion(const Run *run, const Classification *classification, int question, const AnswerWriter *writer)
{
	const Ranking *ranking = &classification->rankings[question];

	RestateHistory(ranking->question, run->as_of, 0);
	RecordQuestion(run, ranking, CustomerValueParameters(ranking->question, &classification->models[question]));
	ReportQuestion(run, ranking, writer);
}

/* All contacts' answers to one question; before: those that were written, if that is known */
static void
FindWanted(const Part *part, const Ranking *ranking, const AnswerSet *before, AnswerSet *wanted)
{
	if (before && part->same_date && DependsOnNobody(ranking->question))
		AnswersOfChanged(ranking, before, wanted);
	else
		AnswersOfAll(ranking, wanted);
}

static void
WriteQuestion(const Run *run, Part *part, int question)
{
	const Classification *classification = part->classification;
	const Ranking *ranking = &classification->rankings[question];
	int32		nmembers = classification->ledger.population->nmembers;
	AnswerSet  *wanted = palloc_extended(Max(nmembers, 1) * sizeof(AnswerSet), MCXT_ALLOC_HUGE);
	AnswerSet  *before = part->has_state ? WrittenAnswers(classification, &part->state, question) : NULL;
	AnswerWriter *writer = OpenAnswerWriter(classification->questionnaire_code, run->as_of);

	FindWanted(part, ranking, before, wanted);
	part->written[question] = PackAnswers(ranking->question, wanted, nmembers);
	PushPresent();
	if (before)
		UpdateChangedAnswers(writer, ranking, wanted, before, part->state.answered, &part->answered);
	else
		UpdateAnswers(writer, ranking, wanted, NULL, 0);
	PopActiveSnapshot();
	CloseAnswerWriter(writer);
	pfree(wanted);
	if (before)
		pfree(before);
	FinishQuestion(run, classification, question, writer);
}

/* A small run leaves the state of the last one */
static void
KeepState(Run *run, Part *part)
{
	int32		nmembers = part->classification->ledger.population->nmembers;

	SortIds(&part->answered);
	if (part->has_state && part->same_date &&
		part->nchanged <= nmembers / CHANGED_SINCE_STATE && part->nnoted <= nmembers / NOTED_SINCE_STATE &&
		part->state.nanswered + part->answered.n <= nmembers / ANSWERED_SINCE_STATE)
		NoteAnswered(part->classification, &part->answered);
	else
	{
		SaveClassification(part->classification, part->written, run->snapshot);
		run->saved = true;
	}
}

static void
WritePart(Run *run, Part *part)
{
	part->written = palloc0(part->classification->nrankings * sizeof(uint8 *));
	for (int i = 0; i < part->classification->nrankings; i++)
		if (!IsRating(part->classification->rankings[i].question))
			WriteQuestion(run, part, i);
	if (part->classification->questions)
		KeepState(run, part);
	else
		ForgetState(part->classification->questionnaire_code);
}

static void
WriteRating(const Run *run, Rating *rating)
{
	AnswerWriter *writer = OpenAnswerWriter(rating->classification->questionnaire_code, run->as_of);

	PushPresent();
	Rate(rating, writer, run->today, 0);
	PopActiveSnapshot();
	CloseAnswerWriter(writer);
	FinishQuestion(run, rating->classification, rating->ranking, writer);
}

static void
WriteRatings(const Run *run)
{
	List	   *ratings = InOrderOfDependency(ReadRatings(run->classifications));
	ListCell   *cell;

	foreach(cell, ratings)
	{
		WriteRating(run, lfirst(cell));
		NoteRun(ratings, lfirst(cell), run->today);
	}
}

/*
 * crm.classify(questionnaire, as_of, updated_on, description_like, business_relation)
 */
Datum
crm_classify(PG_FUNCTION_ARGS)
{
	Run			run = {0};
	CrmScope	scope;
	ListCell   *cell;
	List	   *parts;

	InitMaterializedSRF(fcinfo, 0);
	run.result = (ReturnSetInfo *) fcinfo->resultinfo;
	run.as_of = PG_ARGISNULL(1) ? DatumGetDateADT(WorkDate()) : PG_GETARG_DATEADT(1);
	run.today = PG_ARGISNULL(2) ? DatumGetDateADT(Today()) : PG_GETARG_DATEADT(2);

	scope = EnterCrm();
	parts = LockQuestionnaires(fcinfo);
	AnnounceState();
	PushPresent();
	run.snapshot = OidFunctionCall0(F_PG_CURRENT_SNAPSHOT);
	parts = ComputeParts(&run, parts);
	PopActiveSnapshot();

	foreach(cell, parts)
		WritePart(&run, lfirst(cell));
	WriteRatings(&run);
	if (run.saved)
		RemoveAccountedChanges();
	LeaveCrm(scope);
	return (Datum) 0;
}
