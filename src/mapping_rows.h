#ifndef CRM_MAPPING_ROWS_H
#define CRM_MAPPING_ROWS_H

#include "source.h"

extern uint64 OfferRows(Source *source, Datum *keys, int nkeys);
extern List *StrayKeys(Source *source);

#endif
