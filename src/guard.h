#ifndef CRM_GUARD_H
#define CRM_GUARD_H

#include "postgres.h"

extern bool RunGuarded(void (*work) (void *), void *argument, ErrorData **error);
extern bool RunImpatiently(int milliseconds, void (*work) (void *), void *argument, ErrorData **error);
extern bool MustRethrow(int sqlerrcode);
extern bool IsLockError(int sqlerrcode);

#endif
