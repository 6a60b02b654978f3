/*
 * Cards whose contact has just been found.
 */
#ifndef CRM_REMEMBERED_CARD_H
#define CRM_REMEMBERED_CARD_H

#include "crm.h"

/* Whom a document is logged on */
typedef struct DocumentContact
{
	int64		contact_id;		/* 0: nobody */
	int64		company_id;		/* 0: a person without a company */
	char	   *salesperson_code;	/* of a contact that the document names itself */
} DocumentContact;

extern void RecallCards(void);
extern void KeepCards(void);
extern const DocumentContact *RememberedCard(int32 source_id, const char *card_key);
extern void RememberCard(int32 source_id, const char *card_key, const DocumentContact *contact);

#endif
