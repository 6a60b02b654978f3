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
	bool		is_ranked;		/* the rankings are those of the figures */
	Oid			log_storage;	/* file of the log that was read: another one means it was truncated or rewritten */
} Classification;

extern Classification *DefineClassification(const char *questionnaire_code, DateADT as_of, bool complain);
extern Classification *DefineRatings(const char *questionnaire_code);
extern void ComputeClassifications(List *classifications);
extern void EnsureRankings(Classification *classification);
extern Datum TraceEntries(Classification *classification, const Ranking *ranking, int32 member);
extern bool RefreshContacts(Classification *classification, Datum contact_ids);
extern bool MoveToDate(Classification *classification, DateADT as_of);
extern Ranking *RankingOf(const Classification *classification, int32 line_no);

/* customer_value.c */
extern char *CustomerValueParameters(const Question *question, const CustomerValueModel *model);
extern void FitCustomerValues(Classification *classification);
extern void SetCustomerValue(Classification *classification, int question, int32 member);

/* classification_state.c */
typedef struct ClassificationState
{
	int64		state_id;
	DateADT		as_of;
	Datum		snapshot;		/* pg_snapshot that the log was read with */
	uint64		saved_xid;		/* transaction that saved it: it may have made changes before and after */
	Datum		answered;		/* bigint[]: contacts whose answers have been written since */
	int			nanswered;
	int32		nmembers;		/* of the population then */
	uint8	  **written;		/* by question: the answers written then, packed */
} ClassificationState;

extern Oid	LogStorage(void);
extern int64 CurrentStateId(const char *questionnaire_code);
extern bool ShowsMore(Datum snapshot);
extern Classification *LoadClassification(const Classification *definition, ClassificationState *state);
extern uint8 *PackAnswers(const Question *question, const AnswerSet *answers, int32 nmembers);
extern void SaveClassification(Classification *classification, uint8 *const *written, Datum snapshot);
extern AnswerSet *WrittenAnswers(const Classification *classification, const ClassificationState *state, int question);
extern void StreamChanges(Datum snapshot, uint64 own_xid, RowConsumer consume, void *argument);
extern Datum ChangedContacts(Datum snapshot, uint64 own_xid, int *n, int *nnoted);
extern void NoteAnswered(const Classification *classification, const IdList *contacts);
extern void ForgetState(const char *questionnaire_code);
extern void AnnounceState(void);
extern void RemoveAccountedChanges(void);

#endif
