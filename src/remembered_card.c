/*
 * Cards whose contact has just been found.
 *
 * A statement that posts many documents writes them in batches, and most batches name
 * the same partners. What is remembered holds from one batch to the next as long as
 * nothing else was done in between: the command counter has not moved since the last
 * batch was written, in the same subtransaction. So no change of the transaction's own
 * can be overlooked, and no trigger has to tell us of one. A card that is not known is
 * not remembered, for another session may commit it.
 */
#include "remembered_card.h"

#include "access/xact.h"
#include "utils/memutils.h"

#define CARD_KEY_LENGTH 56
#define MAX_REMEMBERED 10000

typedef struct CardKey
{
	int32		source_id;
	char		card_key[CARD_KEY_LENGTH];
} CardKey;

typedef struct Card
{
	CardKey		key;			/* hash key */
	DocumentContact contact;
} Card;

static MemoryContext context;	/* ends with the transaction; NULL: nothing is remembered */
static HTAB *cards;
static SubTransactionId kept_by;
static CommandId kept_at;

static void
Forget(void *argument)
{
	context = NULL;
}

static void
StartRemembering(void)
{
	HASHCTL		control = {.keysize = sizeof(CardKey),.entrysize = sizeof(Card)};
	MemoryContextCallback *callback;

	context = AllocSetContextCreate(TopTransactionContext, "crm cards", ALLOCSET_DEFAULT_SIZES);
	callback = MemoryContextAllocZero(context, sizeof(MemoryContextCallback));
	callback->func = Forget;
	MemoryContextRegisterResetCallback(context, callback);

	control.hcxt = context;
	cards = hash_create("crm cards", 256, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* A batch begins */
void
RecallCards(void)
{
	if (context && (kept_by != GetCurrentSubTransactionId() || kept_at != GetCurrentCommandId(false)))
		MemoryContextDelete(context);
}

/* A batch has been written */
void
KeepCards(void)
{
	kept_by = GetCurrentSubTransactionId();
	kept_at = GetCurrentCommandId(false);
}

/* False if the card's key is too long to be remembered */
static bool
MakeKey(CardKey *key, int32 source_id, const char *card_key)
{
	memset(key, 0, sizeof(CardKey));
	key->source_id = source_id;
	return strlcpy(key->card_key, card_key, CARD_KEY_LENGTH) < CARD_KEY_LENGTH;
}

/* The contact of a card, or NULL */
const DocumentContact *
RememberedCard(int32 source_id, const char *card_key)
{
	CardKey		key;
	Card	   *card;

	if (context == NULL || !MakeKey(&key, source_id, card_key))
		return NULL;
	card = hash_search(cards, &key, HASH_FIND, NULL);
	return card ? &card->contact : NULL;
}

void
RememberCard(int32 source_id, const char *card_key, const DocumentContact *contact)
{
	CardKey		key;
	Card	   *card;

	if (!MakeKey(&key, source_id, card_key))
		return;
	if (context && hash_get_num_entries(cards) >= MAX_REMEMBERED)
		MemoryContextDelete(context);
	if (context == NULL)
		StartRemembering();
	card = hash_search(cards, &key, HASH_ENTER, NULL);
	card->contact = *contact;
}
