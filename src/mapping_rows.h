#ifndef CRM_MAPPING_ROWS_H
#define CRM_MAPPING_ROWS_H

#include "source.h"
#include "utils/tuplestore.h"

extern Tuplestorestate *OfferRows(Source *source, Datum *keys, int nkeys);
extern List *StrayKeys(Source *source);

#endif
