/*
 * Failing soft: what crm does inside somebody's transaction must not fail it.
 *
 * Work that may fail runs in a subtransaction. Guarded work reads; writing happens
 * outside, after everything that can be wrong has been found out, so that the
 * subtransaction needs no transaction id and costs little.
 *
 * Errors on which the client's own retry or cancel depends are thrown again, and so
 * are those that the posting would have met without crm, such as a full disk.
 */
#include "crm.h"
#include "guard.h"

#include "access/xact.h"
#include "utils/resowner.h"

bool
MustRethrow(int sqlerrcode)
{
	switch (ERRCODE_TO_CATEGORY(sqlerrcode))
	{
		case ERRCODE_TRANSACTION_ROLLBACK:
		case ERRCODE_INSUFFICIENT_RESOURCES:
		case ERRCODE_OPERATOR_INTERVENTION:
		case ERRCODE_SYSTEM_ERROR:
			return true;
		default:
			return sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE ||
				sqlerrcode == ERRCODE_QUERY_CANCELED ||
				sqlerrcode == ERRCODE_ADMIN_SHUTDOWN ||
				sqlerrcode == ERRCODE_DATA_CORRUPTED ||
				sqlerrcode == ERRCODE_INDEX_CORRUPTED;
	}
}

/* Run work(argument); false, and the error in the caller's memory, if it failed softly */
bool
RunGuarded(void (*work) (void *), void *argument, ErrorData **error)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool succeeded = true;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller);

	PG_TRY();
	{
		work(argument);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		*error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		succeeded = false;
	}
	PG_END_TRY();

	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;

	if (!succeeded && MustRethrow((*error)->sqlerrcode))
		ReThrowError(*error);
	return succeeded;
}
