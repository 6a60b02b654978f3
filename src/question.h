/*
 * Questions that are answered by computing, as the engine reads them.
 */
#ifndef CRM_QUESTION_H
#define CRM_QUESTION_H

#include "measure.h"

#include "nodes/pg_list.h"

/* Answers of a question, as bits */
typedef uint64 AnswerSet;

#define QUESTION_MAX_ANSWERS 64

/* The answer in a place, from 0 */
static inline AnswerSet
AnswerBit(int place)
{
	return UINT64CONST(1) << place;
}

typedef enum ClassificationMethod
{
	NO_METHOD,
	DEFINED_VALUE,
	PERCENTAGE_OF_VALUE,
	PERCENTAGE_OF_CONTACTS,
	CUMULATIVE_PERCENTAGE,
	QUANTILE
} ClassificationMethod;

/* An answer and the rounded scores that get it, in units of the question's decimals, both included */
typedef struct Band
{
	int32		line_no;
	char	   *description;
	char	   *from_value;		/* as typed, NULL for a null */
	char	   *to_value;
	int128		lowest;
	int128		highest;
} Band;

typedef struct Question
{
	char	   *questionnaire_code;
	int32		line_no;
	char	   *description;
	char	   *contact_type;	/* of the questionnaire: "company", "person" or NULL for both */
	char	   *business_relation_code; /* NULL for all */
	const Measure *measure;		/* NULL: nobody is classified (C3) */
	char	   *starting_date_formula;
	char	   *ending_date_formula;
	ClassificationMethod method;
	bool		sorted;
	bool		descending;
	int			decimals;
	bool		zero_is_bound;
	int32		min_pct;		/* of questions answered, in thousandths */
	int			nbands;
	Band	   *bands;
	Period		period;
	int			tallies[MEASURE_MAX_TALLIES];	/* where its figures are, see PlanTotals() */
} Question;

extern void LockLines(const char *questionnaire_code);
extern List *ReadQuestions(const char *questionnaire_code);
extern bool PrepareQuestion(Question *question, DateADT as_of, bool complain);
extern char *QuestionsText(List *questions);
extern bool IsRating(const Question *question);
extern bool NeedsOrder(const Question *question);

static inline bool
ForCompanies(const Question *question)
{
	return question->contact_type && strcmp(question->contact_type, "company") == 0;
}

static inline bool
ForPersons(const Question *question)
{
	return question->contact_type && strcmp(question->contact_type, "person") == 0;
}

#endif
