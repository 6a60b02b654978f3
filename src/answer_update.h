/*
 * Bringing the stored answers of a question to what was found.
 */
#ifndef CRM_ANSWER_UPDATE_H
#define CRM_ANSWER_UPDATE_H

#include "answer_writer.h"
#include "classification.h"

/* What a rating was made of, by member */
typedef struct RatingBasis
{
	DateADT    *dates;			/* DATEVAL_NOEND: that of the run */
	uint8	   *answered;		/* number of source questions */
	Datum	   *percentages;	/* by that number */
} RatingBasis;

extern void UpdateAnswers(AnswerWriter *writer, const Ranking *ranking, AnswerSet *wanted, const RatingBasis *basis, int64 only_contact);
extern void UpdateChangedAnswers(AnswerWriter *writer, const Ranking *ranking, const AnswerSet *wanted, AnswerSet *written,
								 Datum answered, IdList *contacts);

#endif
