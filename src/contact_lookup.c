/*
 * Finding the contact that a document is logged on, below SQL: by the partner's card
 * with one index probe, and the contact's company with another.
 *
 * A bulk statement names the same partners again and again, batch after batch. What was
 * found is remembered, up to a limit, from one batch to the next as long as nothing else
 * was done in between: the command counter stands where the last batch left it, in the
 * same subtransaction. So whatever triggers of the ERP's do to contacts meanwhile is seen.
 * What was not found is looked for anew, for another session may commit it.
 */
#include "contact_lookup.h"

#include "access/genam.h"
#include "access/relscan.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

/* Columns in the order of CREATE TABLE */
#define RELATION_CONTACT_ID 1
#define CONTACT_CONTACT_ID 1
#define CONTACT_COMPANY_ID 14

/* An index that is probed again and again */
typedef struct Probe
{
	Relation	table;
	Relation	index;
	IndexScanDesc scan;
	TupleTableSlot *slot;
} Probe;

struct ContactLookup
{
	MemoryContext memory;
	bool		remember;
	Snapshot	snapshot;
	Probe		cards;
	Probe		contacts;
	Probe		contact_nos;
};

#define CARD_KEY_LENGTH 52
#define MAX_REMEMBERED 65536

typedef struct RememberedCard
{
	struct
	{
		int32		source_id;
		char		card_key[CARD_KEY_LENGTH];
	}			key;			/* hash key */
	FoundContact contact;
} RememberedCard;

static MemoryContext cards_memory;	/* of what is remembered; goes with the transaction, then NULL */
static HTAB *remembered;
static SubTransactionId kept_by;
static CommandId kept_at;

/*
 * Remembering
 */

static void
MemoryIsGone(void *argument)
{
	cards_memory = NULL;
}

static void
StartRemembering(void)
{
	HASHCTL		control = {.keysize = sizeof(((RememberedCard *) NULL)->key),.entrysize = sizeof(RememberedCard)};
	MemoryContextCallback *callback;

	cards_memory = AllocSetContextCreate(TopTransactionContext, "crm cards", ALLOCSET_DEFAULT_SIZES);
	callback = MemoryContextAllocZero(cards_memory, sizeof(MemoryContextCallback));
	callback->func = MemoryIsGone;
	MemoryContextRegisterResetCallback(cards_memory, callback);

	control.hcxt = cards_memory;
	remembered = hash_create("crm cards", 256, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* A batch begins */
static void
RecallCards(void)
{
	if (cards_memory && (kept_by != GetCurrentSubTransactionId() || kept_at != GetCurrentCommandId(false)))
		MemoryContextDelete(cards_memory);
	kept_by = InvalidSubTransactionId;	/* should this batch fail */
}

/* A batch has been written */
static void
KeepCards(void)
{
	kept_by = GetCurrentSubTransactionId();
	kept_at = GetCurrentCommandId(false);
}

static HTAB *
RememberedCards(void)
{
	if (cards_memory && hash_get_num_entries(remembered) >= MAX_REMEMBERED)
		MemoryContextDelete(cards_memory);
	if (cards_memory == NULL)
		StartRemembering();
	return remembered;
}

/*
 * Looking up
 */

/* many: more than a few are to be found */
ContactLookup *
OpenContactLookup(bool many)
{
	ContactLookup *lookup = palloc0(sizeof(ContactLookup));

	lookup->memory = CurrentMemoryContext;
	lookup->remember = many;
	if (many)
		RecallCards();
	/* Under REPEATABLE READ too, a card counts that has been committed meanwhile */
	lookup->snapshot = RegisterSnapshot(GetLatestSnapshot());
	return lookup;
}

static void
EndProbe(Probe *probe)
{
	if (probe->scan == NULL)
		return;
	index_endscan(probe->scan);
	ExecDropSingleTupleTableSlot(probe->slot);
	index_close(probe->index, AccessShareLock);
	table_close(probe->table, AccessShareLock);
}

/* After the last entry has been written */
void
CloseContactLookup(ContactLookup *lookup)
{
	if (lookup->remember)
		KeepCards();
	EndProbe(&lookup->cards);
	EndProbe(&lookup->contacts);
	EndProbe(&lookup->contact_nos);
	UnregisterSnapshot(lookup->snapshot);
	pfree(lookup);
}

static void
BeginProbe(ContactLookup *lookup, Probe *probe, const char *table, const char *index, int nkeys)
{
	MemoryContext caller = MemoryContextSwitchTo(lookup->memory);

	probe->table = table_open(CrmTable(table), AccessShareLock);
	probe->index = index_open(CrmTable(index), AccessShareLock);
	probe->scan = index_beginscan(probe->table, probe->index, lookup->snapshot, nkeys, 0);
	probe->slot = table_slot_create(probe->table, NULL);
	MemoryContextSwitchTo(caller);
}

/* The one row with these keys. A scan allocates what it keeps in the memory it is used in. */
static bool
ProbeKeys(ContactLookup *lookup, Probe *probe, ScanKey keys, int nkeys)
{
	MemoryContext caller = MemoryContextSwitchTo(lookup->memory);
	bool		found;

	index_rescan(probe->scan, keys, nkeys, NULL, 0);
	found = index_getnext_slot(probe->scan, ForwardScanDirection, probe->slot);
	MemoryContextSwitchTo(caller);
	return found;
}

static void
InitTextKey(ScanKey key, AttrNumber attnum, Datum value)
{
	ScanKeyEntryInitialize(key, 0, attnum, BTEqualStrategyNumber, InvalidOid, DEFAULT_COLLATION_OID, F_TEXTEQ, value);
}

/* What is wanted of the contact that was just found */
static void
ReadContact(Probe *probe, bool with_salesperson, FoundContact *contact)
{
	TupleDesc	tupdesc = RelationGetDescr(probe->table);
	bool		isnull;
	Datum		company_id;
	Datum		code;

	memset(contact, 0, sizeof(FoundContact));
	contact->contact_id = DatumGetInt64(slot_getattr(probe->slot, CONTACT_CONTACT_ID, &isnull));
	company_id = slot_getattr(probe->slot, CONTACT_COMPANY_ID, &isnull);
	contact->company_id = isnull ? 0 : DatumGetInt64(company_id);
	if (with_salesperson)
	{
		code = slot_getattr(probe->slot, SPI_fnumber(tupdesc, "salesperson_code"), &isnull);
		contact->salesperson_code = isnull ? NULL : TextDatumGetCString(code);
	}
}

/* With the salesperson, for the document names the contact itself */
bool
FindContactByNo(ContactLookup *lookup, Datum contact_no, FoundContact *contact)
{
	ScanKeyData key;

	if (lookup->contact_nos.scan == NULL)
		BeginProbe(lookup, &lookup->contact_nos, "contact", "contact_no_key", 1);
	InitTextKey(&key, 1, contact_no);
	if (!ProbeKeys(lookup, &lookup->contact_nos, &key, 1))
		return false;
	ReadContact(&lookup->contact_nos, true, contact);
	return true;
}

static bool
FindContactById(ContactLookup *lookup, Datum contact_id, bool with_salesperson, FoundContact *contact)
{
	ScanKeyData key;

	if (lookup->contacts.scan == NULL)
		BeginProbe(lookup, &lookup->contacts, "contact", "contact_pkey", 1);
	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_INT8EQ, contact_id);
	if (!ProbeKeys(lookup, &lookup->contacts, &key, 1))
		return false;
	ReadContact(&lookup->contacts, with_salesperson, contact);
	return true;
}

static bool
ProbeCard(ContactLookup *lookup, int32 source_id, Datum card_key, bool with_salesperson, FoundContact *contact)
{
	ScanKeyData keys[2];
	bool		isnull;

	if (lookup->cards.scan == NULL)
		BeginProbe(lookup, &lookup->cards, "contact_business_relation", "contact_business_relation_card_key", 2);
	ScanKeyInit(&keys[0], 1, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(source_id));
	InitTextKey(&keys[1], 2, card_key);
	return ProbeKeys(lookup, &lookup->cards, keys, 2) &&
		FindContactById(lookup, slot_getattr(lookup->cards.slot, RELATION_CONTACT_ID, &isnull),
						with_salesperson, contact);
}

/* The salesperson is wanted of contacts that documents name themselves, which are not worth remembering */
bool
FindContactByCard(ContactLookup *lookup, int32 source_id, Datum card_key, bool with_salesperson, FoundContact *contact)
{
	RememberedCard wanted = {.key.source_id = source_id};
	RememberedCard *card;
	Size		length = VARSIZE_ANY_EXHDR(DatumGetPointer(card_key));

	if (!lookup->remember || with_salesperson || length > CARD_KEY_LENGTH)
		return ProbeCard(lookup, source_id, card_key, with_salesperson, contact);

	memcpy(wanted.key.card_key, VARDATA_ANY(DatumGetPointer(card_key)), length);
	card = hash_search(RememberedCards(), &wanted.key, HASH_FIND, NULL);
	if (card)
	{
		*contact = card->contact;
		return true;
	}
	if (!ProbeCard(lookup, source_id, card_key, false, contact))
		return false;
	card = hash_search(remembered, &wanted.key, HASH_ENTER, NULL);
	card->contact = *contact;
	return true;
}
