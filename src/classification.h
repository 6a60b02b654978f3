/*
 * A questionnaire, computed: figures and places of all contacts as of a date.
 */
#ifndef CRM_CLASSIFICATION_H
#define CRM_CLASSIFICATION_H

#include "lifetime_value.h"
#include "ranking.h"

/* What the lifetime values of a question were computed with */
typedef struct CustomerValueModel
{
	BgNbd		purchases;
	GammaGamma	value;
} CustomerValueModel;

typedef struct Classification
{
	MemoryContext memory;
	char	   *questionnaire_code;
	DateADT		as_of;
	List	   *questions;		/* that are answered automatically, ratings among them */
	char	   *definition;		/* the questions as text */
	int			nrankings;		/* of all questions, in their order; those of ratings are empty */
	Ranking    *rankings;
	CustomerValueModel *models; /* by question */
	Ledger		ledger;
	Oid			log_storage;	/* file of the log that was read: another one means it was truncated or rewritten */
} Classification;

extern Classification *DefineClassification(const char *questionnaire_code, DateADT as_of);
extern void ComputeClassifications(List *classifications);
extern void MakeRankings(Classification *classification);
extern bool RefreshContacts(Classification *classification, Datum contact_ids);
extern bool MoveToDate(Classification *classification, DateADT as_of);
extern Ranking *RankingOf(const Classification *classification, int32 line_no);

/* customer_value.c */
extern void FitCustomerValues(Classification *classification);
extern void SetCustomerValue(Classification *classification, int question, int32 member);

/* classification_state.c */
typedef struct ClassificationState
{
	int64		state_id;
	DateADT		as_of;
	Datum		snapshot;		/* pg_snapshot that the log was read with */
	Datum		answered;		/* bigint[]: contacts whose answers have been written since */
	int			nanswered;
	AnswerSet **written;		/* by question and member: the answers written then */
} ClassificationState;

extern Oid	LogStorage(void);
extern int64 CurrentStateId(const char *questionnaire_code);
extern Classification *LoadClassification(const char *questionnaire_code, DateADT as_of, ClassificationState *state);
extern void SaveClassification(Classification *classification, AnswerSet **written);
extern void NoteAnswered(const Classification *classification, const ClassificationState *state, int64 *contact_ids, int n);
extern void RemoveAccountedChanges(void);

#endif
