/*
 * Days on which contacts bought, for their lifetime value.
 */
#ifndef CRM_PURCHASE_DAYS_H
#define CRM_PURCHASE_DAYS_H

#include "ledger.h"

typedef struct PurchaseDays PurchaseDays;

extern PurchaseDays *CollectPurchaseDays(void);
extern void AddPurchase(PurchaseDays *days, int32 member, DateADT date, int128 amount);
extern void CountPurchaseDays(Ledger *ledger);

#endif
