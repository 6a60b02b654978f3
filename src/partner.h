#ifndef CRM_PARTNER_H
#define CRM_PARTNER_H

#include "source.h"

extern void SyncCards(Source *source, Datum *keys, char **key_texts, int nkeys);
extern void PullCard(Source *source, Datum key, char *key_text);
extern void WriteWholeCard(const Source *source, const char *card_key);
extern int64 BackfillCards(Source *source);
extern bool IsKeptInStep(const Source *source, const char *column);
extern bool AreCardsRead(void);
extern bool IsBeingRead(int32 source_id, const char *card_key);

#endif
