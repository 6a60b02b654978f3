/*
 * Writing what a run has found: crm_data.contact_profile_answer and its history.
 */
#ifndef CRM_ANSWER_WRITER_H
#define CRM_ANSWER_WRITER_H

#include "question.h"

typedef struct AnswerWriter AnswerWriter;

extern bool EngineWritesAnswers(void);
extern AnswerWriter *OpenAnswerWriter(const char *questionnaire_code, DateADT as_of);
extern void PutAnswer(AnswerWriter *writer, int64 contact_id, int32 line_no, Datum questions_answered_pct, DateADT last_date_updated);
extern void RedateAnswer(AnswerWriter *writer, int64 contact_id, int32 line_no, Datum questions_answered_pct, DateADT last_date_updated);
extern void TakeAnswer(AnswerWriter *writer, int64 contact_id, int32 line_no);
extern void FlushNoted(AnswerWriter *writer);
extern void CountWritten(const AnswerWriter *writer, int64 *put, int64 *taken);
extern void CloseAnswerWriter(AnswerWriter *writer);
extern void RestateHistory(const Question *question, DateADT as_of, int64 only_contact);

#endif
