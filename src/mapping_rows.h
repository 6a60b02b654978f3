#ifndef CRM_MAPPING_ROWS_H
#define CRM_MAPPING_ROWS_H

#include "source.h"

#include "utils/queryenvironment.h"

/* Rows of a mapping query that SQL can name, until they are withdrawn */
typedef EphemeralNamedRelation OfferedRows;

extern OfferedRows OfferRows(Source *source, Datum *keys, int nkeys);
extern void WithdrawRows(OfferedRows rows);
extern List *StrayKeys(Source *source);

#endif
