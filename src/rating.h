/*
 * Ratings: questions answered by points for other answers.
 */
#ifndef CRM_RATING_H
#define CRM_RATING_H

#include "answer_update.h"
#include "classification.h"

/* An answer of one of the questions that a rating looks at */
typedef struct RatingSource
{
	char	   *questionnaire_code;
	int32		question_line_no;
	int32		line_no;
	int			question;		/* counted from 0 */
	bool		gives_points;
	int64		points;
	DateADT		classified_on;	/* of the question's last run; DATEVAL_NOEND if there was none */
} RatingSource;

typedef struct Rating
{
	Classification *classification;
	int			ranking;
	int			nsources;
	RatingSource *sources;
	int			nquestions;
	bool		done;
} Rating;

/* What a contact's answers come to */
typedef struct RatingTally
{
	int64		points;
	uint64		answered;		/* source questions, as bits */
	DateADT		oldest;			/* answer that gave points; DATEVAL_NOEND if none did */
} RatingTally;

extern List *ReadRatings(List *classifications);
extern List *InOrderOfDependency(List *ratings);
extern void Rate(const Rating *rating, AnswerWriter *writer, DateADT today, int64 only_contact);
extern void NoteRun(List *ratings, const Rating *rated, DateADT today);
extern void StartTally(RatingTally *tally);
extern void AddHeldAnswer(RatingTally *tally, const RatingSource *source, DateADT updated_on);
extern AnswerSet RatedAnswers(const Rating *rating, int32 member, const RatingTally *tally);
extern Quotient AnsweredPercentage(const Rating *rating, const RatingTally *tally);

#endif
