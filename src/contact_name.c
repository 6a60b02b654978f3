/*
 * A contact's name, the parts of a person's name, and the search name
 * (domain/1 section 2.3).
 */
#include "contact.h"

#include "catalog/pg_collation.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

#define PART_LENGTH 30			/* characters of a name part that comes out of a name */
#define JOINED_LENGTH 92		/* characters of a name that is made of its parts */

static const ContactColumn name_parts[] = {FIRST_NAME, MIDDLE_NAME, SURNAME};

static char *
Cut(char *string, int characters)
{
	string[pg_mbcharcliplen(string, strlen(string), characters)] = '\0';
	return string;
}

bool
HasNameParts(const Contact *contact)
{
	for (int i = 0; i < lengthof(name_parts); i++)
		if (!contact->isnull[name_parts[i]])
			return true;
	return false;
}

/* The last word of a text, which is cut off; NULL when no word is left */
static char *
TakeLastWord(char *string)
{
	int			end = strlen(string);
	int			start;

	while (end > 0 && string[end - 1] == ' ')
		end--;
	string[end] = '\0';
	if (end == 0)
		return NULL;

	start = end;
	while (start > 0 && string[start - 1] != ' ')
		start--;
	if (start > 0)
		string[start - 1] = '\0';
	return string + start;
}

/* All words, with one blank between them */
static char *
NormalizeBlanks(const char *string)
{
	StringInfoData words;

	initStringInfo(&words);
	for (; *string; string++)
		if (*string != ' ' || (words.len > 0 && string[1] != ' ' && string[1] != '\0'))
			appendStringInfoChar(&words, *string);
	return words.data;
}

/* "Ana Maria de Ion" is Ana Maria (first), de (middle), Ion (surname); one word is a first name */
static void
SplitName(Contact *contact)
{
	char	   *rest;
	char	   *surname;
	char	   *middle = NULL;

	if (contact->isnull[NAME])
		return;

	rest = NormalizeBlanks(TextOf(contact, NAME));
	if (strchr(rest, ' ') == NULL)
	{
		ReplaceText(contact, FIRST_NAME, Cut(rest, PART_LENGTH));
		return;
	}

	surname = TakeLastWord(rest);
	if (strchr(rest, ' ') != NULL)
		middle = TakeLastWord(rest);
	ReplaceText(contact, FIRST_NAME, Cut(rest, PART_LENGTH));
	ReplaceText(contact, MIDDLE_NAME, middle ? Cut(middle, PART_LENGTH) : NULL);
	ReplaceText(contact, SURNAME, Cut(surname, PART_LENGTH));
}

static void
JoinName(Contact *contact)
{
	StringInfoData name;

	initStringInfo(&name);
	for (int i = 0; i < lengthof(name_parts); i++)
	{
		char	   *part = TextOf(contact, name_parts[i]);

		if (part != NULL)
			appendStringInfo(&name, "%s%s", name.len > 0 ? " " : "", part);
	}
	if (name.len > 0)
		ReplaceText(contact, NAME, Cut(name.data, JOINED_LENGTH));
}

static Datum
UpperName(const Contact *contact)
{
	return DirectFunctionCall1Coll(upper, DEFAULT_COLLATION_OID, contact->values[NAME]);
}

static void
TrimName(Contact *contact)
{
	Datum		trimmed;

	if (contact->isnull[NAME])
		return;
	trimmed = DirectFunctionCall1(btrim1, contact->values[NAME]);
	if (VARSIZE_ANY_EXHDR(DatumGetPointer(trimmed)) == VARSIZE_ANY_EXHDR(DatumGetPointer(contact->values[NAME])))
		return;
	ReplaceText(contact, NAME, TextDatumGetCString(trimmed));
}

static void
ClearNameParts(Contact *contact)
{
	for (int i = 0; i < lengthof(name_parts); i++)
		ClearColumn(contact, name_parts[i]);
}

/* Blanks that follow from the other names; a company has no parts */
void
FillNames(Contact *contact)
{
	TrimName(contact);
	if (IsCompany(contact))
		ClearNameParts(contact);
	else if (contact->isnull[NAME])
		JoinName(contact);
	else if (!HasNameParts(contact))
		SplitName(contact);

	if (contact->isnull[SEARCH_NAME] && !contact->isnull[NAME])
		ReplaceColumn(contact, SEARCH_NAME, UpperName(contact));
}

/* Whichever of name and parts was changed, the other follows; who changes both knows why */
static void
FollowNameParts(Contact *contact, const Contact *old)
{
	bool		name_changed = !SameColumn(contact, old, NAME);
	bool		parts_changed = false;

	for (int i = 0; i < lengthof(name_parts); i++)
		parts_changed |= !SameColumn(contact, old, name_parts[i]);

	if (name_changed && !parts_changed)
		ClearNameParts(contact);
	if (parts_changed && !name_changed)
		JoinName(contact);
}

/* A search name that only repeats the old name follows it; the user's own stays */
static void
FollowSearchName(Contact *contact, const Contact *old)
{
	if (old->isnull[NAME] || SameColumn(contact, old, NAME) ||
		contact->isnull[SEARCH_NAME] || !SameColumn(contact, old, SEARCH_NAME))
		return;
	if (DatumGetBool(DirectFunctionCall2Coll(texteq, DEFAULT_COLLATION_OID,
											 contact->values[SEARCH_NAME], UpperName(old))))
		ClearColumn(contact, SEARCH_NAME);
}

void
FollowNames(Contact *contact, const Contact *old)
{
	TrimName(contact);
	if (!IsCompany(contact))
		FollowNameParts(contact, old);
	FollowSearchName(contact, old);
	FillNames(contact);
}
