/*
 * Failing soft: what crm does inside somebody's transaction must not fail it.
 *
 * Work that may fail runs in a subtransaction. Guarded work reads; writing happens
 * outside, after everything that can be wrong has been found out, so that the
 * subtransaction needs no transaction id and costs little.
 *
 * Errors on which the client's own retry or cancel depends are thrown again, and so
 * are those that the posting would have met without crm, such as a full disk.
 *
 * A lock on a row of ours is nothing that the posting would have met: who works on such
 * rows has little patience (RunImpatiently), and what he does not get is a soft error.
 */
#include "crm.h"
#include "guard.h"

#include "access/xact.h"
#include "storage/proc.h"
#include "utils/guc.h"
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

/* Somebody else has what was to be locked */
bool
IsLockError(int sqlerrcode)
{
	return sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE || sqlerrcode == ERRCODE_T_R_DEADLOCK_DETECTED;
}

/* Run work(argument); false, and the error in the caller's memory, if it failed */
static bool
RunInSubtransaction(void (*work) (void *), void *argument, ErrorData **error)
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
	return succeeded;
}

/* Run work(argument); false, and the error in the caller's memory, if it failed softly */
bool
RunGuarded(void (*work) (void *), void *argument, ErrorData **error)
{
	if (RunInSubtransaction(work, argument, error))
		return true;
	if (MustRethrow((*error)->sqlerrcode))
		ReThrowError(*error);
	return false;
}

/* The same, but no lock is waited for longer than this; that it is not to be had is a soft error */
bool
RunImpatiently(int milliseconds, void (*work) (void *), void *argument, ErrorData **error)
{
	int			level = NewGUCNestLevel();
	int			patience = LockTimeout > 0 ? Min(LockTimeout, milliseconds) : milliseconds;
	bool		succeeded;

	(void) set_config_option("lock_timeout", psprintf("%d", patience), PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	succeeded = RunInSubtransaction(work, argument, error);
	AtEOXact_GUC(true, level);

	if (!succeeded && MustRethrow((*error)->sqlerrcode) && !IsLockError((*error)->sqlerrcode))
		ReThrowError(*error);
	return succeeded;
}
