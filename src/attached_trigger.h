#ifndef CRM_ATTACHED_TRIGGER_H
#define CRM_ATTACHED_TRIGGER_H

#include "crm.h"

extern void SetTriggers(Oid relid);

#endif
