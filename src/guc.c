/*
 * Settings. All of them describe the session's user, none switches integrity off.
 */
#include "crm.h"

#include "utils/date.h"
#include "utils/guc.h"

static char *work_date;
static char *user_email;

/* A blank work date means today; anything else must be a finite date */
static bool
CheckWorkDate(char **newval, void **extra, GucSource source)
{
	DateADT		date;
	MemoryContext caller = CurrentMemoryContext;

	if ((*newval)[0] == '\0')
		return true;

	PG_TRY();
	{
		date = DatumGetDateADT(DirectFunctionCall1(date_in, CStringGetDatum(*newval)));
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		FlushErrorState();
		return false;
	}
	PG_END_TRY();

	return !DATE_NOT_FINITE(date);
}

void
DefineSettings(void)
{
	DefineCustomStringVariable("crm.user_email",
							   gettext_noop("E-mail address that the session's user logs in with."),
							   gettext_noop("A salesperson with this address is the default of new interactions."),
							   &user_email, "", PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomStringVariable("crm.work_date",
							   gettext_noop("Business date of the session; blank means today."),
							   NULL,
							   &work_date, "", PGC_USERSET, 0, CheckWorkDate, NULL, NULL);

	MarkGUCPrefixReserved("crm");
}
