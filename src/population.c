/*
 * The contacts that a questionnaire looks at, as an array sorted by id.
 *
 * A contact is found by its id in one access as long as the ids lie close together,
 * which those of a sequence do; else by bisection. The order among equals is that of
 * the contact numbers byte by byte, because it decides classes (domain/2 C31).
 */
#include "population.h"
#include "id_list.h"

#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "utils/array.h"
#include "utils/memutils.h"

#define TEXT_BLOCK (64 * 1024)

static int32
BisectMembers(const Population *population, int64 contact_id)
{
	int32		low = 0;
	int32		high = population->nmembers;

	while (low < high)
	{
		int32		middle = (low + high) / 2;

		if (population->members[middle].contact_id < contact_id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < population->nmembers && population->members[low].contact_id == contact_id ? low : NO_MEMBER;
}

int32
FindMember(const Population *population, int64 contact_id)
{
	int64		offset = contact_id - population->lowest_id;

	if (population->member_of == NULL)
		return BisectMembers(population, contact_id);
	return offset >= 0 && offset < population->id_span ? population->member_of[offset] : NO_MEMBER;
}

static Member *
AddMember(Population *population, int64 contact_id)
{
	Member	   *member;

	if (population->nmembers == population->capacity)
	{
		population->capacity = population->capacity * 3 / 2;
		population->members = repalloc_huge(population->members, population->capacity * sizeof(Member));
	}
	member = &population->members[population->nmembers++];
	*member = (Member) {.contact_id = contact_id, .totals = NO_MEMBER};
	return member;
}

/*
 * Reading contacts
 */

static void
FillMember(Population *population, Member *member, TupleTableSlot *slot)
{
	MemoryContext caller = MemoryContextSwitchTo(population->memory);

	member->company_id = SlotId(slot, 1);
	member->flags |= IS_CONTACT | (DatumGetBool(slot->tts_values[2]) ? IS_COMPANY : 0);
	member->contact_no = TextDatumGetCString(slot->tts_values[3]);
	MemoryContextSwitchTo(caller);
}

static void
ReadContact(TupleTableSlot *slot, void *population)
{
	slot_getallattrs(slot);
	FillMember(population, AddMember(population, SlotId(slot, 0)), slot);
}

/* Its relations are read anew, too; a contact that is gone keeps its place, as nobody */
static void
MarkChanging(Population *population, int32 member)
{
	population->members[member].flags = IS_CHANGING;
	population->changing[population->nchanging++] = member;
}

static void
ReadChangedContact(TupleTableSlot *slot, void *argument)
{
	Population *population = argument;
	int32		found;
	char	   *old_no;

	slot_getallattrs(slot);
	found = FindMember(population, SlotId(slot, 0));
	if (found == NO_MEMBER)
	{
		FillMember(population, AddMember(population, SlotId(slot, 0)), slot);
		return;
	}
	old_no = population->members[found].contact_no;
	FillMember(population, &population->members[found], slot);
	if (strcmp(old_no, population->members[found].contact_no) != 0)
		population->renumbered = true;
}

/*
 * Reading business relations
 */

static void
AddOwnCard(Population *population, Member *member, Side side, TupleTableSlot *slot)
{
	MemoryContext caller = MemoryContextSwitchTo(population->memory);

	if (population->ncards == population->cards_capacity)
	{
		population->cards_capacity = population->cards_capacity * 2 + 8;
		population->cards = population->cards ?
			repalloc_huge(population->cards, population->cards_capacity * sizeof(OwnCard)) :
			palloc(population->cards_capacity * sizeof(OwnCard));
	}
	population->cards[population->ncards++] = (OwnCard) {
		member->contact_id, side, DatumGetInt32(slot->tts_values[4]), TextDatumGetCString(slot->tts_values[5])
	};
	MemoryContextSwitchTo(caller);
}

static void
ReadRelation(TupleTableSlot *slot, void *argument)
{
	Population *population = argument;
	Member	   *member;
	int32		found;
	Side		side;

	slot_getallattrs(slot);
	found = FindMember(population, SlotId(slot, 0));
	if (found == NO_MEMBER)
		return;
	member = &population->members[found];

	if (DatumGetBool(slot->tts_values[1]))
		member->flags |= HAS_RELATION;
	if (!DatumGetBool(slot->tts_values[2]) && !DatumGetBool(slot->tts_values[3]))
		return;
	side = DatumGetBool(slot->tts_values[2]) ? CUSTOMER_SIDE : VENDOR_SIDE;
	member->flags |= side == CUSTOMER_SIDE ? IS_CUSTOMER : IS_VENDOR;
	if (!(member->flags & IS_COMPANY) && member->company_id != 0 && !slot->tts_isnull[5])
		AddOwnCard(population, member, side, slot);
}

#define CONTACT_COLUMNS "SELECT contact_id, company_id, contact_type = 'company', contact_no FROM crm_data.contact"
#define RELATION_COLUMNS "SELECT contact_id, business_relation_code = $1," \
	" coalesce(link_type = 'customer' AND (card_no IS NOT NULL OR card_key IS NOT NULL), false)," \
	" coalesce(link_type = 'vendor' AND (card_no IS NOT NULL OR card_key IS NOT NULL), false)," \
	" source_id, card_key FROM crm_data.contact_business_relation"

static Datum
RelationCode(const Population *population)
{
	return CStringGetTextDatum(population->business_relation_code ? population->business_relation_code : "");
}

static int
CompareIds(const void *a, const void *b)
{
	int64		left = ((const Member *) a)->contact_id;
	int64		right = ((const Member *) b)->contact_id;

	return (left > right) - (left < right);
}

/*
 * Order
 */

/* Find members by id: in one access, if the ids lie close together */
void
IndexPopulation(Population *population)
{
	Member	   *members = population->members;
	int32		n = population->nmembers;
	uint64		span = n > 0 ? (uint64) members[n - 1].contact_id - (uint64) members[0].contact_id : 0;

	if (population->member_of)
		pfree(population->member_of);
	population->member_of = NULL;
	if (n == 0 || span > (uint64) n * 16 + 1024)
		return;
	span++;
	population->member_of = MemoryContextAllocHuge(population->memory, span * sizeof(int32));
	memset(population->member_of, 0xFF, span * sizeof(int32));
	population->lowest_id = members[0].contact_id;
	population->id_span = span;
	for (int32 i = 0; i < n; i++)
		population->member_of[members[i].contact_id - population->lowest_id] = i;
}

static int
CompareNumbers(const void *a, const void *b, void *argument)
{
	const Member *members = argument;

	return strcmp(members[*(const int32 *) a].contact_no, members[*(const int32 *) b].contact_no);
}

static void
MakeOrdinals(Population *population)
{
	int32		n = population->nmembers;
	int32	   *by_number = palloc_extended(Max(n, 1) * sizeof(int32), MCXT_ALLOC_HUGE);

	for (int32 i = 0; i < n; i++)
		by_number[i] = i;
	qsort_arg(by_number, n, sizeof(int32), CompareNumbers, population->members);
	for (int32 i = 0; i < n; i++)
		population->members[by_number[i]].ordinal = i;
	pfree(by_number);
}

/*
 * Own cards
 */

static int
CompareCards(const void *a, const void *b)
{
	const OwnCard *left = a;
	const OwnCard *right = b;

	if (left->contact_id != right->contact_id)
		return left->contact_id < right->contact_id ? -1 : 1;
	return (int) left->side - (int) right->side;
}

/* The card with which a person is a customer (vendor) himself */
const OwnCard *
FindOwnCard(const Population *population, int64 contact_id, Side side)
{
	OwnCard		wanted = {contact_id, side};

	return bsearch(&wanted, population->cards, population->ncards, sizeof(OwnCard), CompareCards);
}

static void
ForgetChangingCards(Population *population)
{
	int			kept = 0;

	for (int i = 0; i < population->ncards; i++)
	{
		int32		found = FindMember(population, population->cards[i].contact_id);

		if (!(population->members[found].flags & IS_CHANGING))
			population->cards[kept++] = population->cards[i];
	}
	population->ncards = kept;
}

/*
 * Loading
 */

/* An empty one, in the memory context that it is to live in */
Population *
MakePopulation(const char *business_relation_code, int32 capacity)
{
	Population *population = palloc0(sizeof(Population));

	population->memory = CurrentMemoryContext;
	population->business_relation_code = business_relation_code;
	population->capacity = Max(capacity, 16);
	population->members = palloc_extended(population->capacity * sizeof(Member), MCXT_ALLOC_HUGE);
	return population;
}

Population *
LoadPopulation(const char *business_relation_code)
{
	static Statement contacts = {.sql = CONTACT_COLUMNS};
	static Statement relations = {.sql = RELATION_COLUMNS, .nargs = 1, .argtypes = {TEXTOID}};
	Population *population = MakePopulation(business_relation_code, 1024);
	Datum		code = RelationCode(population);

	StreamStatement(&contacts, NULL, ReadContact, population);
	population->capacity = Max(population->nmembers, 16);
	population->members = repalloc_huge(population->members, population->capacity * sizeof(Member));
	qsort(population->members, population->nmembers, sizeof(Member), CompareIds);
	IndexPopulation(population);
	MakeOrdinals(population);
	StreamStatement(&relations, &code, ReadRelation, population);
	qsort(population->cards, population->ncards, sizeof(OwnCard), CompareCards);
	return population;
}

/* One contact and its company, into an empty population */
void
LoadContact(Population *population, int64 contact_id)
{
	static Statement contact = {
		.sql = CONTACT_COLUMNS " WHERE contact_id = $1 OR contact_id = (SELECT company_id FROM crm_data.contact WHERE contact_id = $1)",
		.nargs = 1, .argtypes = {INT8OID}
	};
	static Statement relations = {
		.sql = RELATION_COLUMNS " WHERE contact_id = $2"
		" OR contact_id = (SELECT company_id FROM crm_data.contact WHERE contact_id = $2)",
		.nargs = 2, .argtypes = {TEXTOID, INT8OID}
	};
	Datum		values[] = {RelationCode(population), Int64GetDatum(contact_id)};

	StreamStatement(&contact, &values[1], ReadContact, population);
	qsort(population->members, population->nmembers, sizeof(Member), CompareIds);
	IndexPopulation(population);
	StreamStatement(&relations, values, ReadRelation, population);
}

/* Members that were added go behind the others, as others refer to those by their place */
static bool
IndexAdded(Population *population, int32 nmembers)
{
	Member	   *added = population->members + nmembers;
	int32		nadded = population->nmembers - nmembers;

	if (nadded == 0)
		return true;
	qsort(added, nadded, sizeof(Member), CompareIds);
	if (nmembers > 0 && added->contact_id < added[-1].contact_id)
		return false;
	IndexPopulation(population);
	MakeOrdinals(population);
	for (int32 i = nmembers; i < population->nmembers; i++)
	{
		population->members[i].flags |= IS_CHANGING;
		population->changing[population->nchanging++] = i;
	}
	return true;
}

static void
MarkMembers(Population *population, Datum contact_ids)
{
	IdList		contacts = {NULL};

	AddIdArray(&contacts, contact_ids);
	population->changing = palloc(Max(contacts.n, 1) * sizeof(int32));
	population->nchanging = 0;
	for (int i = 0; i < contacts.n; i++)
	{
		int32		found = FindMember(population, contacts.ids[i]);

		if (found != NO_MEMBER)
			MarkChanging(population, found);
	}
}

/*
 * Read contacts (bigint[]) again, and those of them that are new. They are marked as changing. False if that
 * would change the places or the order of others: then the population has to be loaded again.
 */
bool
ReloadMembers(Population *population, Datum contact_ids)
{
	static Statement contacts = {.sql = CONTACT_COLUMNS " WHERE contact_id = ANY ($1)", .nargs = 1, .argtypes = {INT8ARRAYOID}};
	static Statement relations = {
		.sql = RELATION_COLUMNS " WHERE contact_id = ANY ($2)", .nargs = 2, .argtypes = {TEXTOID, INT8ARRAYOID}
	};
	Datum		values[] = {RelationCode(population), contact_ids};
	int32		nmembers = population->nmembers;

	MarkMembers(population, contact_ids);
	ForgetChangingCards(population);
	StreamStatement(&contacts, &contact_ids, ReadChangedContact, population);
	if (population->renumbered || !IndexAdded(population, nmembers))
		return false;
	StreamStatement(&relations, values, ReadRelation, population);
	qsort(population->cards, population->ncards, sizeof(OwnCard), CompareCards);
	return true;
}

void
EndChanging(Population *population)
{
	for (int i = 0; i < population->nchanging; i++)
	{
		Member	   *member = &population->members[population->changing[i]];

		member->flags = (member->flags & ~IS_CHANGING) | HAS_CHANGED;
	}
	population->nchanging = 0;
}
