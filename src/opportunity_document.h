/*
 * What posted quotes, orders and invoices do to the opportunities that they belong to.
 */
#ifndef CRM_OPPORTUNITY_DOCUMENT_H
#define CRM_OPPORTUNITY_DOCUMENT_H

#include "interaction_log.h"

#include "utils/numeric.h"

/* In the order in which they are dealt with */
typedef enum DocumentEventKind
{
	DOCUMENT_GONE,
	QUOTE_POSTED,
	ORDER_POSTED,
	INVOICE_POSTED,
	NO_EVENT					/* a document of another type */
} DocumentEventKind;

/* Something about a document that its opportunity may have to follow */
typedef struct DocumentEvent
{
	DocumentEventKind kind;
	char	   *opportunity_no;
	int32		source_id;
	char	   *document_key;
	bool		known;			/* the opportunity had it before, of the same type */
	bool		by_hand;		/* a user links it right now */
	Numeric		quote_amount;	/* of an order that was a quote before; NULL otherwise */
	int			number;			/* among those of a statement, as they were noted */
} DocumentEvent;

extern List *NoteDocumentEvents(List *events, const LogEntry *old_entry, const LogEntry *new_entry);
extern DocumentEventKind EventOfType(const char *document_type);
extern List *NoteStaleLink(List *events, int32 source_id, const char *document_key);
extern void SettleEvent(const DocumentEvent *event, bool wait);
extern void SettleEvents(List *events);

#endif
