/*
 * Date formulas, for engines that find dates by them.
 */
#ifndef CRM_DATE_FORMULA_H
#define CRM_DATE_FORMULA_H

#include "crm.h"

#include "utils/date.h"

extern DateADT EvaluateDateFormula(const char *formula, DateADT reference);

#endif
