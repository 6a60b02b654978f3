/*
 * crm.verify_classification(): the classes that are shown against those computed from nothing.
 */
#include "current_class.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(crm_verify_classification);

/* Lines of answers as text, NULL for none */
static char *
LinesText(const Question *question, AnswerSet answers)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < question->nbands; i++)
		if (answers & AnswerBit(i))
			appendStringInfo(&text, "%s%d", text.len > 0 ? ", " : "", question->bands[i].line_no);
	return text.len > 0 ? text.data : NULL;
}

static void
PutDifference(ReturnSetInfo *result, const Question *question, int64 contact_id, AnswerSet shown, AnswerSet computed)
{
	char	   *shown_text = LinesText(question, shown);
	char	   *computed_text = LinesText(question, computed);
	Datum		values[] = {
		CStringGetTextDatum(question->questionnaire_code), Int32GetDatum(question->line_no), Int64GetDatum(contact_id),
		shown_text ? CStringGetTextDatum(shown_text) : 0, computed_text ? CStringGetTextDatum(computed_text) : 0
	};
	bool		isnull[] = {false, false, false, shown_text == NULL, computed_text == NULL};

	tuplestore_putvalues(result->setResult, result->setDesc, values, isnull);
}

/* Contacts of the one population that the other has not got hold no answers there */
static AnswerSet
AnswersElsewhere(const Ranking *ranking, int64 contact_id)
{
	int32		member = FindMember(ranking->ledger->population, contact_id);

	return member == NO_MEMBER ? 0 : AnswersOf(ranking, member);
}

static void
CompareQuestions(ReturnSetInfo *result, const Ranking *shown, const Ranking *computed)
{
	const Population *population = computed->ledger->population;
	const Population *kept = shown->ledger->population;

	for (int32 i = 0; i < population->nmembers; i++)
	{
		int64		contact_id = population->members[i].contact_id;
		AnswerSet	ours = AnswersElsewhere(shown, contact_id);
		AnswerSet	theirs = AnswersOf(computed, i);

		if (ours != theirs)
			PutDifference(result, computed->question, contact_id, ours, theirs);
	}
	for (int32 i = 0; i < kept->nmembers; i++)
		if (FindMember(population, kept->members[i].contact_id) == NO_MEMBER && AnswersOf(shown, i) != 0)
			PutDifference(result, computed->question, kept->members[i].contact_id, AnswersOf(shown, i), 0);
}

Datum
crm_verify_classification(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	CrmScope	scope;
	ListCell   *cell;

	InitMaterializedSRF(fcinfo, 0);
	EnsureCurrent();
	scope = EnterCrm();
	foreach(cell, CurrentClassifications())
	{
		Classification *shown = lfirst(cell);
		Classification *computed = DefineClassification(shown->questionnaire_code, shown->as_of, true);

		ComputeClassifications(list_make1(computed));
		EnsureRankings(computed);
		for (int i = 0; i < computed->nrankings; i++)
			if (!IsRating(computed->rankings[i].question))
				CompareQuestions(result, &shown->rankings[i], &computed->rankings[i]);
		MemoryContextDelete(computed->memory);
	}
	LeaveCrm(scope);
	return (Datum) 0;
}
