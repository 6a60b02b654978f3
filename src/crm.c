/*
 * The loadable module: magic block and start-up. Nothing needs preloading.
 */
#include "crm.h"

#ifdef PG_MODULE_MAGIC_EXT
PG_MODULE_MAGIC_EXT(.name = "crm", .version = CRM_VERSION);
#else
PG_MODULE_MAGIC;
#endif

void		_PG_init(void);

void
_PG_init(void)
{
	DefineSettings();
}
