/*
 * The classifications of this backend, always up to date.
 */
#ifndef CRM_CURRENT_CLASS_H
#define CRM_CURRENT_CLASS_H

#include "rating.h"

extern void EnsureCurrent(void);
extern List *CurrentClassifications(void);
extern List *CurrentRatings(void);
extern Numeric RoundedScore(const Ranking *ranking, int32 member);
extern Classification *CurrentClassification(const char *questionnaire_code);

#endif
