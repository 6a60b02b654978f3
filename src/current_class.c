/*
 * The classifications of this backend, always up to date.
 *
 * Whoever asks for a class gets what a run would give today, by the statement's snapshot. So each backend that asks
 * keeps the classification of every questionnaire in memory, made of what the last run kept, or of the whole log
 * if there was none. Before a statement looks at it, it follows what has changed.
 *
 * What has changed is known by the rows of crm_data.contact_change that the statement sees and the base did not. A contact is
 * computed again when the set of its visible rows is another one than when it was last computed: set, not
 * growth, because rows of this very transaction may have gone with a savepoint, and an older snapshot sees fewer. The sets
 * are told apart by a sum of hashes. Rows are only removed along with a new state of the
 * questionnaire, from which everything then starts again.
 *
 * A cached classification is thrown away when questionnaires change (relation-cache invalidation of
 * crm_data.questionnaire_line), when somebody else asks (SET ROLE), and when an error has interrupted its being brought up to date.
 */
#include "current_class.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/xid8.h"

/* Which changes of a contact are in its figures, and which the statement sees */
typedef struct SeenChanges
{
	int64		contact_id;
	uint64		computed;
	uint64		visible;
} SeenChanges;

typedef struct Cached
{
	char	   *questionnaire_code;
	Classification *classification; /* NULL: cannot be answered as it is */
	int64		state_id;
	Datum		snapshot;		/* of the base */
	uint64		own_xid;
	HTAB	   *changes;
} Cached;

/* What a statement sees */
typedef struct View
{
	LocalTransactionId transaction;
	SubTransactionId subtransaction;
	CommandId	command;
	TransactionId xmin;
	TransactionId xmax;
	uint32		xcnt;
	int32		subxcnt;		/* on a standby all that are running are here */
	uint64		completed;
	TimestampTz now;			/* these two make the business date */
	uint32		work_date;
	Oid			user;
} View;

static MemoryContext context;
static List *cache;				/* of Cached, by questionnaire */
static List *ratings;
static View last_view;
static DateADT last_date;
static Oid	watched_table;
static bool stale = true;		/* the questionnaires have changed */
static bool interrupted;		/* by an error, somewhere in between */

static void
QuestionsChanged(Datum arg, Oid relid)
{
	if (relid == InvalidOid || relid == watched_table)
		stale = true;
}

/*
 * Changes
 */

static void
SeeChange(HTAB *changes, int64 contact_id, uint64 hash)
{
	SeenChanges *seen;
	bool		found;

	if (contact_id == 0)
		return;
	seen = hash_search(changes, &contact_id, HASH_ENTER, &found);
	if (!found)
		seen->computed = seen->visible = 0;
	seen->visible += hash;
}

static void
ReadChange(TupleTableSlot *slot, void *changes)
{
	uint64		hash;

	slot_getallattrs(slot);
	hash = hash_bytes_extended((unsigned char *) DatumGetPointer(slot->tts_values[3]), sizeof(ItemPointerData),
							   DatumGetUInt64(slot->tts_values[2])) | 1;
	for (int i = 0; i < 2; i++)
		SeeChange(changes, SlotId(slot, i), hash);
}

/* The contacts whose visible changes are others than those computed; from now on they count as computed */
static Datum
OtherwiseSeen(Cached *cached, int *n)
{
	IdList		list = {NULL};
	HASH_SEQ_STATUS status;
	SeenChanges *seen;

	StreamChanges(cached->snapshot, cached->own_xid, ReadChange, cached->changes);
	hash_seq_init(&status, cached->changes);
	while ((seen = hash_seq_search(&status)) != NULL)
	{
		if (seen->visible != seen->computed)
			AddId(&list, seen->contact_id);
		seen->computed = seen->visible;
		seen->visible = 0;
	}
	*n = list.n;
	return IdArray(&list);
}

/*
 * Making a base
 */

static void
ForgetBase(Cached *cached)
{
	if (cached->classification)
		MemoryContextDelete(cached->classification->memory);
	cached->classification = NULL;
}

static void
KeepBase(Cached *cached, Classification *classification, Datum snapshot, uint64 own_xid, int64 state_id)
{
	HASHCTL		control = {.keysize = sizeof(int64), .entrysize = sizeof(SeenChanges), .hcxt = context};
	MemoryContext caller = MemoryContextSwitchTo(context);

	ForgetBase(cached);
	MemoryContextSetParent(classification->memory, context);
	cached->classification = classification;
	cached->snapshot = datumCopy(snapshot, false, -1);
	cached->own_xid = own_xid;
	cached->state_id = state_id;
	if (cached->changes)
		hash_destroy(cached->changes);
	cached->changes = hash_create("changed contacts", 256, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	MemoryContextSwitchTo(caller);
}

static uint64
OwnXid(void)
{
	return U64FromFullTransactionId(GetTopFullTransactionIdIfAny());
}

static bool
LoadBase(Cached *cached, const Classification *definition)
{
	ClassificationState state;
	Classification *classification = LoadClassification(definition, &state);

	if (classification == NULL)
		return false;
	KeepBase(cached, classification, state.snapshot, state.saved_xid, state.state_id);
	return true;
}

/*
 * What a base shows. A standby's snapshot does not say which transactions are running; there, whatever may be so is not in it,
 * and is computed again.
 */
static Datum
BaseSnapshot(void)
{
	Datum		snapshot = OidFunctionCall0(F_PG_CURRENT_SNAPSHOT);
	uint64		xmin = U64FromFullTransactionId(DatumGetFullTransactionId(DirectFunctionCall1(pg_snapshot_xmin, snapshot)));

	if (!RecoveryInProgress())
		return snapshot;
	return DirectFunctionCall1(pg_snapshot_in, CStringGetDatum(psprintf(UINT64_FORMAT ":" UINT64_FORMAT ":", xmin, xmin)));
}

/* With one pass over the log for all. The changes that are visible by now are in the figures; some may yet be rolled back. */
static void
ComputeBases(List *questionnaires, List *definitions)
{
	Datum		snapshot = BaseSnapshot();
	ListCell   *cell;
	ListCell   *definition;
	int			n;

	ComputeClassifications(definitions);
	forboth(cell, questionnaires, definition, definitions)
	{
		Cached	   *cached = lfirst(cell);

		KeepBase(cached, lfirst(definition), snapshot, OwnXid(), CurrentStateId(cached->questionnaire_code));
		OtherwiseSeen(cached, &n);
	}
}

/* Make bases for questionnaires */
static void
MakeBases(List *questionnaires, DateADT as_of)
{
	List	   *from_nothing = NIL;
	List	   *definitions = NIL;
	ListCell   *cell;

	foreach(cell, questionnaires)
	{
		Cached	   *cached = lfirst(cell);
		Classification *definition = DefineClassification(cached->questionnaire_code, as_of, false);

		if (definition == NULL)
			ForgetBase(cached);
		if (definition == NULL || LoadBase(cached, definition))
			continue;
		from_nothing = lappend(from_nothing, cached);
		definitions = lappend(definitions, definition);
	}
	if (definitions)
		ComputeBases(from_nothing, definitions);
}

static void
ListQuestionnaires(void)
{
	static Statement read = {
		.sql = "SELECT DISTINCT questionnaire_code FROM crm_data.questionnaire_line"
		" WHERE auto_classification OR contact_class_field = 'rating' ORDER BY questionnaire_code"
	};
	int			n = RunAtPresent(&read, NULL, NULL);
	MemoryContext caller = MemoryContextSwitchTo(context);

	for (int i = 0; i < n; i++)
	{
		Cached	   *cached = palloc0(sizeof(Cached));

		cached->questionnaire_code = ResultText(i, 1);
		cache = lappend(cache, cached);
	}
	MemoryContextSwitchTo(caller);
}

static void
StartCache(void)
{
	static bool registered = false;

	if (!registered)
		CacheRegisterRelcacheCallback(QuestionsChanged, (Datum) 0);
	registered = true;
	if (context)
		MemoryContextDelete(context);
	context = NULL;
	cache = NIL;
	ratings = NIL;
	context = AllocSetContextCreate(TopMemoryContext, "crm current classes", ALLOCSET_DEFAULT_SIZES);
	watched_table = CrmTable("questionnaire_line");
	stale = false;
	ListQuestionnaires();
}

/*
 * Following changes
 */

/* False if it is better made anew */
static bool
FollowChanges(Cached *cached, DateADT as_of)
{
	Datum		contact_ids;
	int			n;

	if (cached->state_id != CurrentStateId(cached->questionnaire_code) || ShowsMore(cached->snapshot) ||
		cached->classification->log_storage != LogStorage())
		return false;
	contact_ids = OtherwiseSeen(cached, &n);
	if (n > 0 && !RefreshContacts(cached->classification, contact_ids))
		return false;
	return MoveToDate(cached->classification, as_of);
}

/* Those that have no base, or none that can follow */
static List *
Outdated(DateADT as_of)
{
	List	   *outdated = NIL;
	ListCell   *cell;

	foreach(cell, cache)
	{
		Cached	   *cached = lfirst(cell);

		if (cached->classification ? !FollowChanges(cached, as_of) : as_of != last_date)
			outdated = lappend(outdated, cached);
	}
	return outdated;
}

/* A base that was kept is followed at once; where that would be too much, as after years, it is computed from nothing */
static void
FollowOrCompute(Cached *cached, DateADT as_of)
{
	if (cached->classification == NULL || FollowChanges(cached, as_of))
		return;
	ComputeBases(list_make1(cached), list_make1(DefineClassification(cached->questionnaire_code, as_of, true)));
}

/*
 * Asking
 */

static View
CurrentView(void)
{
	Snapshot	snapshot = GetActiveSnapshot();
	const char *work_date = GetConfigOption("crm.work_date", true, false);
	View		view;

	memset(&view, 0, sizeof(view));
	view.transaction = CurrentLocalTransaction();
	view.subtransaction = GetCurrentSubTransactionId();
	view.command = snapshot->curcid;
	view.xmin = snapshot->xmin;
	view.xmax = snapshot->xmax;
	view.xcnt = snapshot->xcnt;
	view.subxcnt = snapshot->subxcnt;
	view.completed = snapshot->snapXactCompletionCount;
	view.now = GetCurrentTransactionStartTimestamp();
	view.work_date = work_date ? string_hash(work_date, NAMEDATALEN) : 0;
	view.user = GetUserId();
	return view;
}

List *
CurrentClassifications(void)
{
	List	   *classifications = NIL;
	ListCell   *cell;

	foreach(cell, cache)
		if (((Cached *) lfirst(cell))->classification)
			classifications = lappend(classifications, ((Cached *) lfirst(cell))->classification);
	return classifications;
}

/* NULL if the questionnaire is not automatic, or cannot be answered as it is */
Classification *
CurrentClassification(const char *questionnaire_code)
{
	ListCell   *cell;

	foreach(cell, cache)
		if (strcmp(((Cached *) lfirst(cell))->questionnaire_code, questionnaire_code) == 0)
			return ((Cached *) lfirst(cell))->classification;
	return NULL;
}

/* In the order in which they are made of each other */
List *
CurrentRatings(void)
{
	return ratings;
}

static void
ListRatings(void)
{
	MemoryContext caller = MemoryContextSwitchTo(context);

	ratings = InOrderOfDependency(ReadRatings(CurrentClassifications()));
	MemoryContextSwitchTo(caller);
}

static void
BringUpToDate(DateADT as_of)
{
	List	   *outdated;
	ListCell   *cell;

	if (stale)
	{
		StartCache();
		outdated = cache;
	}
	else
		outdated = Outdated(as_of);
	MakeBases(outdated, as_of);
	foreach(cell, outdated)
		FollowOrCompute(lfirst(cell), as_of);
	foreach(cell, CurrentClassifications())
		EnsureRankings(lfirst(cell));
	if (outdated)
		ListRatings();
	last_date = as_of;
}

/* Let the classifications be those of the active snapshot and the business date */
void
EnsureCurrent(void)
{
	View		view = CurrentView();
	CrmScope	scope;

	if (!stale && !interrupted && memcmp(&view, &last_view, sizeof(view)) == 0)
		return;
	stale |= interrupted || view.user != last_view.user;
	interrupted = true;
	scope = EnterCrm();
	BringUpToDate(DatumGetDateADT(WorkDate()));
	LeaveCrm(scope);
	last_view = view;
	interrupted = false;
}
