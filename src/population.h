/*
 * The contacts that a questionnaire looks at.
 */
#ifndef CRM_POPULATION_H
#define CRM_POPULATION_H

#include "question.h"

#define NO_MEMBER (-1)

typedef enum MemberFlag
{
	IS_CONTACT = 1,				/* not deleted */
	IS_COMPANY = 2,
	IS_CUSTOMER = 4,
	IS_VENDOR = 8,
	HAS_RELATION = 16,			/* the business relation of the questionnaire */
	IS_CHANGING = 32,			/* being read again */
	HAS_CHANGED = 64			/* was read again since the population was loaded */
} MemberFlag;

typedef struct Member
{
	int64		contact_id;
	int64		company_id;		/* 0: none */
	char	   *contact_no;
	int32		ordinal;		/* by number, the order among equals */
	int32		totals;			/* row of its figures, NO_MEMBER while they are all 0 */
	int32		flags;
} Member;

/* The card of a person who is a customer (vendor) on his own */
typedef struct OwnCard
{
	int64		contact_id;
	Side		side;
	int32		source_id;
	char	   *card_key;
} OwnCard;

typedef struct Population
{
	MemoryContext memory;
	const char *business_relation_code; /* of the questionnaire, NULL for none */
	Member	   *members;		/* by contact_id */
	int32		nmembers;
	int32		capacity;
	int32	   *member_of;		/* by contact_id - lowest_id, when the ids lie close enough */
	int64		lowest_id;
	int64		id_span;
	bool		renumbered;		/* a contact has got another number */
	int32	   *changing;		/* members being read again */
	int			nchanging;
	OwnCard    *cards;
	int			ncards;
	int			cards_capacity;
} Population;

extern Population *MakePopulation(const char *business_relation_code, int32 capacity);
extern void IndexPopulation(Population *population);
extern Population *LoadPopulation(const char *business_relation_code);
extern void LoadContact(Population *population, int64 contact_id);
extern bool ReloadMembers(Population *population, Datum contact_ids);
extern void EndChanging(Population *population);
extern int32 FindMember(const Population *population, int64 contact_id);
extern const OwnCard *FindOwnCard(const Population *population, int64 contact_id, Side side);

/* The company that a person works for */
static inline int32
CompanyOf(const Population *population, const Member *member)
{
	if (member->company_id == 0 || (member->flags & IS_COMPANY))
		return NO_MEMBER;
	return FindMember(population, member->company_id);
}

#endif
