/*
 * Finding the contact that a document is logged on.
 */
#ifndef CRM_CONTACT_LOOKUP_H
#define CRM_CONTACT_LOOKUP_H

#include "crm.h"

typedef struct FoundContact
{
	int64		contact_id;		/* 0: nobody */
	int64		company_id;		/* 0: a person without a company */
	char	   *salesperson_code;	/* if asked for; NULL if there is none */
} FoundContact;

typedef struct ContactLookup ContactLookup;

extern ContactLookup *OpenContactLookup(bool many);
extern void CloseContactLookup(ContactLookup *lookup);
extern bool FindContactByNo(ContactLookup *lookup, Datum contact_no, FoundContact *contact);
extern bool FindContactByCard(ContactLookup *lookup, int32 source_id, Datum card_key,
							  bool with_salesperson, FoundContact *contact);

#endif
