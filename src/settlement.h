/*
 * Payments that closed invoices which have no closing date of their own.
 */
#ifndef CRM_SETTLEMENT_H
#define CRM_SETTLEMENT_H

#include "ledger.h"

typedef struct Settlements Settlements;

extern Settlements *CollectSettlements(void);
extern void AddPayment(Settlements *settlements, int32 member, const char *document_no, int64 interaction_id, DateADT closed_date);
extern void AwaitPayment(Settlements *settlements, int32 member, const char *document_no, int tally, DateADT due_date);
extern void SettleInvoices(Ledger *ledger);

#endif
