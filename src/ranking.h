/*
 * The values of a question, and which answers they get.
 */
#ifndef CRM_RANKING_H
#define CRM_RANKING_H

#include "ledger.h"

/* What contacts are ordered by */
typedef enum OrderKey
{
	BY_RECENCY,					/* the three figures of an RFM score */
	BY_FREQUENCY,
	BY_AMOUNT,
	BY_VALUE
} OrderKey;

typedef struct Order
{
	OrderKey	key;
	bool		descending;
	int32	   *members;
	int32		n;
	int32		capacity;
	int128	   *running;		/* sum of the weights up to each place, or NULL */
} Order;

#define RFM_ORDERS 3

/* A question over a population: what depends on all of its contacts */
typedef struct Ranking
{
	MemoryContext memory;
	const Question *question;
	const Ledger *ledger;
	int64		ncontacts;		/* that have a value (C8) */
	int128		total;			/* of their weights */
	int			norders;
	Order		orders[RFM_ORDERS + 1];
} Ranking;

extern bool ChangesWithOthers(const Question *question);
extern void InitRanking(Ranking *ranking, const Question *question, const Ledger *ledger);
extern void SumRanking(Ranking *ranking);
extern void MakeRanking(Ranking *ranking);
extern void TakeOut(Ranking *ranking, int32 member, bool of_many);
extern void PutIn(Ranking *ranking, int32 member, bool of_many);
extern void MergeChanging(Ranking *ranking);
extern void ReserveOrder(Order *order, int32 n);

extern bool HasValue(const Ranking *ranking, int32 member);
extern Quotient ValueOf(const Ranking *ranking, int32 member);
extern Quotient ScoreOf(const Ranking *ranking, int32 member);
extern int32 PlaceOf(const Ranking *ranking, int32 member);
extern Numeric TotalOf(const Ranking *ranking);
extern AnswerSet AnswersTo(const Question *question, Quotient score);
extern AnswerSet OwnAnswers(const Ranking *ranking, int32 member);
extern AnswerSet AnswersOf(const Ranking *ranking, int32 member);
extern void AnswersOfAll(const Ranking *ranking, AnswerSet *answers);
extern bool DependsOnNobody(const Question *question);
extern void AnswersOfChanged(const Ranking *ranking, const AnswerSet *before, AnswerSet *answers);
extern int32 BenefactorOf(const Ranking *ranking, int32 member);
extern bool MayHold(const Question *question, const Member *member);

#endif
