#ifndef CRM_PIPELINE_CHANGE_H
#define CRM_PIPELINE_CHANGE_H

#include "crm.h"

extern void CompactPipelineOnTheWay(int64 opportunity_entry_id);

#endif
