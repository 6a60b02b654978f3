/*
 * Telling the classification whose figures have changed.
 */
#ifndef CRM_CONTACT_CHANGE_H
#define CRM_CONTACT_CHANGE_H

#include "crm.h"

#include "utils/relcache.h"

/* What a statement has changed so far */
typedef struct ContactChanges
{
	Relation	relation;		/* NULL while nothing was noted */
	Datum		last[2];
	bool		last_isnull[2];
} ContactChanges;

extern bool ChangesAreTracked(void);
extern void NoteContactChange(ContactChanges *changes, Datum contact_id, bool contact_isnull, Datum company_id, bool company_isnull);
extern void CloseContactChanges(ContactChanges *changes);

#endif
