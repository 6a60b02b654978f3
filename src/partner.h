#ifndef CRM_PARTNER_H
#define CRM_PARTNER_H

#include "source.h"

extern void SyncCards(Source *source, Datum *keys, char **key_texts, int nkeys);
extern int64 BackfillCards(Source *source);
extern bool IsBeingRead(int32 source_id);

#endif
