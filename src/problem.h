#ifndef CRM_PROBLEM_H
#define CRM_PROBLEM_H

#include "postgres.h"

extern void RecordProblem(int32 source_id, const char *key, int sqlerrcode,
						  const char *message, const char *detail, const char *hint);
extern void RecordError(int32 source_id, const char *key, const ErrorData *error);

#endif
