/*
 * The contact's own row: what its BEFORE triggers fill in, check and keep true.
 *
 * INSERT only fills blanks. A row that brings last_modified_at is taken as it is,
 * apart from columns that derive from others: it comes from a dump, or from the
 * engine that keeps contacts in step with the ERP's cards. Filling is idempotent,
 * so restoring a dump changes nothing.
 */
#include "contact.h"

#include "access/xact.h"
#include "commands/trigger.h"
#include "lib/stringinfo.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(crm_contact_insert);
PG_FUNCTION_INFO_V1(crm_contact_update);

static const char *const column_names[CONTACT_COLUMNS] = {
	[CONTACT_ID] = "contact_id",
	[COMPANY_ID] = "company_id",
	[LAST_MODIFIED_AT] = "last_modified_at",
	[PRIVACY_BLOCKED] = "privacy_blocked",
	[MINOR] = "minor",
	[PARENTAL_CONSENT_RECEIVED] = "parental_consent_received",
	[CONTACT_NO] = "contact_no",
	[CONTACT_TYPE] = "contact_type",
	[NAME] = "name",
	[SEARCH_NAME] = "search_name",
	[NAME_2] = "name_2",
	[FIRST_NAME] = "first_name",
	[MIDDLE_NAME] = "middle_name",
	[SURNAME] = "surname",
	[JOB_TITLE] = "job_title",
	[INITIALS] = "initials",
	[GENDER] = "gender",
	[COMPANY_NAME] = "company_name",
	[ADDRESS] = "address",
	[ADDRESS_2] = "address_2",
	[CITY] = "city",
	[POST_CODE] = "post_code",
	[COUNTY] = "county",
	[COUNTRY_CODE] = "country_code",
	[PHONE_NO] = "phone_no",
	[MOBILE_PHONE_NO] = "mobile_phone_no",
	[FAX_NO] = "fax_no",
	[TELEX_NO] = "telex_no",
	[TELEX_ANSWER_BACK] = "telex_answer_back",
	[PAGER] = "pager",
	[EXTENSION_NO] = "extension_no",
	[EMAIL] = "email",
	[EMAIL_2] = "email_2",
	[HOME_PAGE] = "home_page",
	[TERRITORY_CODE] = "territory_code",
	[CURRENCY_CODE] = "currency_code",
	[LANGUAGE_CODE] = "language_code",
	[FORMAT_REGION] = "format_region",
	[REGISTRATION_NO] = "registration_no",
	[VAT_REGISTRATION_NO] = "vat_registration_no",
	[SALESPERSON_CODE] = "salesperson_code",
	[ORGANIZATIONAL_LEVEL_CODE] = "organizational_level_code",
	[SALUTATION_CODE] = "salutation_code",
	[CORRESPONDENCE_TYPE] = "correspondence_type",
	[EXTERNAL_ID] = "external_id",
};

/* ---------- the row ---------- */

const char *
ColumnName(ContactColumn column)
{
	return column_names[column];
}

/*
 * Attribute numbers of the columns above. They hold as long as the table lives:
 * a migration may append columns, and dropping one leaves the others' numbers.
 */
static const AttrNumber *
ColumnNumbers(Relation relation)
{
	static Oid	mapped = InvalidOid;
	static AttrNumber numbers[CONTACT_COLUMNS];

	if (mapped == RelationGetRelid(relation))
		return numbers;

	mapped = InvalidOid;
	for (int i = 0; i < CONTACT_COLUMNS; i++)
	{
		numbers[i] = SPI_fnumber(RelationGetDescr(relation), column_names[i]);
		if (numbers[i] <= 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of relation \"%s\" does not exist",
							column_names[i], RelationGetRelationName(relation))));
	}
	mapped = RelationGetRelid(relation);
	return numbers;
}

void
ReadContact(Contact *contact, Relation relation, HeapTuple tuple)
{
	const AttrNumber *numbers = ColumnNumbers(relation);
	TupleDesc	tupdesc = RelationGetDescr(relation);
	Datum	   *values = palloc(tupdesc->natts * sizeof(Datum));
	bool	   *isnull = palloc(tupdesc->natts * sizeof(bool));

	heap_deform_tuple(tuple, tupdesc, values, isnull);

	contact->relation = relation;
	contact->tuple = tuple;
	for (int i = 0; i < CONTACT_COLUMNS; i++)
	{
		contact->values[i] = values[numbers[i] - 1];
		contact->isnull[i] = isnull[numbers[i] - 1];
		contact->replaced[i] = false;
	}
	pfree(values);
	pfree(isnull);
}

/* SELECT <columns, in the order of the enum> FROM crm_data.contact WHERE contact_id = $1 */
static const char *
SelectContact(void)
{
	static char *sql = NULL;
	StringInfoData select;

	if (sql != NULL)
		return sql;

	initStringInfo(&select);
	for (int i = 0; i < CONTACT_COLUMNS; i++)
		appendStringInfo(&select, "%s %s", i == 0 ? "SELECT" : ",", ColumnName(i));
	appendStringInfoString(&select, " FROM crm_data.contact WHERE contact_id = $1");
	sql = MemoryContextStrdup(TopMemoryContext, select.data);
	return sql;
}

/* The stored row of a contact, to read from */
bool
FindContactById(Contact *contact, Datum contact_id)
{
	static Statement find = {.nargs = 1, .argtypes = {INT8OID}};

	find.sql = SelectContact();
	if (RunStatement(&find, &contact_id, NULL) == 0)
		return false;

	for (int i = 0; i < CONTACT_COLUMNS; i++)
		contact->values[i] = ResultValue(0, i + 1, &contact->isnull[i]);
	return true;
}

/* The row as it should be stored; allocated in a context that outlives SPI */
HeapTuple
ContactTuple(const Contact *contact, MemoryContext context)
{
	const AttrNumber *numbers = ColumnNumbers(contact->relation);
	MemoryContext caller = MemoryContextSwitchTo(context);
	int			replaced[CONTACT_COLUMNS];
	Datum		values[CONTACT_COLUMNS];
	bool		isnull[CONTACT_COLUMNS];
	int			count = 0;
	HeapTuple	tuple;

	for (int i = 0; i < CONTACT_COLUMNS; i++)
	{
		if (!contact->replaced[i])
			continue;
		replaced[count] = numbers[i];
		values[count] = contact->values[i];
		isnull[count] = contact->isnull[i];
		count++;
	}

	tuple = count == 0 ? contact->tuple :
		heap_modify_tuple_by_cols(contact->tuple, RelationGetDescr(contact->relation),
								  count, replaced, values, isnull);
	MemoryContextSwitchTo(caller);
	return tuple;
}

void
ReplaceColumn(Contact *contact, ContactColumn column, Datum value)
{
	contact->values[column] = value;
	contact->isnull[column] = false;
	contact->replaced[column] = true;
}

/* A blank text is no value */
void
ReplaceText(Contact *contact, ContactColumn column, const char *value)
{
	if (value == NULL || value[0] == '\0')
		ClearColumn(contact, column);
	else
		ReplaceColumn(contact, column, CStringGetTextDatum(value));
}

void
ClearColumn(Contact *contact, ContactColumn column)
{
	if (contact->isnull[column])
		return;
	contact->values[column] = (Datum) 0;
	contact->isnull[column] = true;
	contact->replaced[column] = true;
}

void
CopyValue(Contact *contact, ContactColumn column, const Contact *from, ContactColumn source)
{
	if (from->isnull[source])
		ClearColumn(contact, column);
	else
		ReplaceColumn(contact, column, from->values[source]);
}

void
CopyColumn(Contact *contact, const Contact *from, ContactColumn column)
{
	CopyValue(contact, column, from, column);
}

bool
SameColumn(const Contact *a, const Contact *b, ContactColumn column)
{
	if (a->isnull[column] || b->isnull[column])
		return a->isnull[column] && b->isnull[column];
	if (column < FIRST_TEXT_COLUMN)
		return a->values[column] == b->values[column];
	return datum_image_eq(a->values[column], b->values[column], false, -1);
}

bool
IsTrue(const Contact *contact, ContactColumn column)
{
	return !contact->isnull[column] && DatumGetBool(contact->values[column]);
}

/* NULL for a null */
char *
TextOf(const Contact *contact, ContactColumn column)
{
	return contact->isnull[column] ? NULL : TextDatumGetCString(contact->values[column]);
}

bool
IsCompany(const Contact *contact)
{
	char	   *type = TextOf(contact, CONTACT_TYPE);

	return type != NULL && strcmp(type, "company") == 0;
}

/* ---------- what every write does ---------- */

static bool
IsBlank(Datum value)
{
	text	   *string = DatumGetTextPP(value);
	int			length = VARSIZE_ANY_EXHDR(string);

	for (int i = 0; i < length; i++)
		if (VARDATA_ANY(string)[i] != ' ')
			return false;
	return true;
}

/* Tools write '' where they mean nothing: a blank text is stored as null */
static void
ClearBlanks(Contact *contact)
{
	for (int i = FIRST_TEXT_COLUMN; i < CONTACT_COLUMNS; i++)
		if (!contact->isnull[i] && IsBlank(contact->values[i]))
			ClearColumn(contact, i);
}

/* Only the name may be blank but not null */
static void
KeepNameNotNull(Contact *contact)
{
	if (contact->isnull[NAME])
		ReplaceColumn(contact, NAME, CStringGetTextDatum(""));
}

static void
Stamp(Contact *contact)
{
	ReplaceColumn(contact, LAST_MODIFIED_AT, TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()));
}

/* Without a table of languages, the region of a language is named like it */
static void
FillFormatRegion(Contact *contact)
{
	if (contact->isnull[FORMAT_REGION])
		CopyValue(contact, FORMAT_REGION, contact, LANGUAGE_CODE);
}

/*
 * A privacy-blocked salesperson gets no contacts. A code whose former spelling is
 * gone was renamed, not given.
 */
static void
CheckSalesperson(const Contact *contact, const Contact *old)
{
	static Statement find = {
		.sql = "SELECT FROM crm_data.salesperson AS s WHERE s.salesperson_code = $1 AND s.privacy_blocked"
		" AND ($2 IS NULL OR EXISTS (SELECT FROM crm_data.salesperson AS o WHERE o.salesperson_code = $2))",
		.nargs = 2, .argtypes = {TEXTOID, TEXTOID}
	};
	Datum		values[] = {contact->values[SALESPERSON_CODE], old ? old->values[SALESPERSON_CODE] : (Datum) 0};
	bool		isnull[] = {false, old == NULL || old->isnull[SALESPERSON_CODE]};

	if (contact->isnull[SALESPERSON_CODE] || (old && SameColumn(contact, old, SALESPERSON_CODE)))
		return;
	if (RunStatement(&find, values, isnull) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("salesperson \"%s\" is blocked for privacy", TextOf(contact, SALESPERSON_CODE))));
}

/* ---------- numbers ---------- */

/* Manual numbers may run ahead of the series */
static void
FillNumber(Contact *contact)
{
	static Statement find_used = {
		.sql = "SELECT FROM crm_data.contact WHERE contact_no = $1",
		.nargs = 1, .argtypes = {TEXTOID}
	};

	if (contact->isnull[CONTACT_NO])
		ReplaceText(contact, CONTACT_NO, UnusedNumber("contact", &find_used));
}

static void
CheckNumber(const Contact *contact, const Contact *old)
{
	if (!contact->isnull[CONTACT_NO] && !(old && SameColumn(contact, old, CONTACT_NO)))
		CheckManualNumber("contact", TextOf(contact, CONTACT_NO));
}

/* ---------- INSERT ---------- */

/* Who brings a company or parts of a name is a person; everyone else starts as a company */
static void
FillType(Contact *contact)
{
	bool		is_person = !contact->isnull[COMPANY_ID] || HasNameParts(contact);

	if (contact->isnull[CONTACT_TYPE])
		ReplaceText(contact, CONTACT_TYPE, is_person ? "person" : "company");
}

/* Blanks take the defaults of the setup; the user's own salesperson beats the setup's */
static void
FillDefaults(Contact *contact)
{
	static Statement find = {
		.sql = "SELECT coalesce(own.salesperson_code, common.salesperson_code), s.default_territory_code,"
		" s.default_country_code, s.default_language_code, s.default_format_region,"
		" s.default_correspondence_type,"
		" CASE WHEN $1 THEN s.default_company_salutation_code ELSE s.default_person_salutation_code END"
		" FROM crm_data.setup AS s"
		" LEFT JOIN crm_data.salesperson AS own ON own.user_name = session_user AND NOT own.privacy_blocked"
		" LEFT JOIN crm_data.salesperson AS common"
		" ON common.salesperson_code = s.default_salesperson_code AND NOT common.privacy_blocked",
		.nargs = 1, .argtypes = {BOOLOID}
	};
	static const ContactColumn columns[] = {
		SALESPERSON_CODE, TERRITORY_CODE, COUNTRY_CODE, LANGUAGE_CODE, FORMAT_REGION,
		CORRESPONDENCE_TYPE, SALUTATION_CODE
	};
	Datum		is_company = BoolGetDatum(IsCompany(contact));

	if (RunStatement(&find, &is_company, NULL) == 0)
		return;
	for (int i = 0; i < lengthof(columns); i++)
		if (contact->isnull[columns[i]])
			ReplaceText(contact, columns[i], ResultText(0, i + 1));
}

/* A minor starts blocked; a person of a company inherits before defaults are filled in */
static void
CompleteNewContact(Contact *contact)
{
	CheckNumber(contact, NULL);
	CheckSalesperson(contact, NULL);
	if (IsTrue(contact, MINOR))
		ReplaceColumn(contact, PRIVACY_BLOCKED, BoolGetDatum(true));
	if (!IsCompany(contact))
		JoinCompany(contact, NULL);
	FillFormatRegion(contact);
	FillDefaults(contact);
	Stamp(contact);
}

/*
 * BEFORE INSERT ON crm_data.contact
 */
Datum
crm_contact_insert(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "contact_insert");
	MemoryContext caller = CurrentMemoryContext;
	SavedUser	user = BecomeUser(OwnerOf(RelationGetRelid(trigger->tg_relation)));
	Contact		contact;
	HeapTuple	tuple;

	SPI_connect();
	ReadContact(&contact, trigger->tg_relation, trigger->tg_trigtuple);
	ClearBlanks(&contact);
	FillType(&contact);

	if (contact.isnull[LAST_MODIFIED_AT])
		CompleteNewContact(&contact);

	FillNumber(&contact);
	FillNames(&contact);
	FillCompany(&contact);
	KeepNameNotNull(&contact);
	tuple = ContactTuple(&contact, caller);

	SPI_finish();
	RestoreUser(user);
	return PointerGetDatum(tuple);
}

/* ---------- UPDATE ---------- */

/*
 * Minors are blocked until their parents consent, and any change of the consent
 * blocks again: whoever unblocks does so knowingly (domain/1 section 2.8).
 */
static void
KeepPrivacy(Contact *contact, const Contact *old)
{
	bool		minor = IsTrue(contact, MINOR);
	bool		was_minor = IsTrue(old, MINOR);

	if ((minor && !was_minor) || !SameColumn(contact, old, PARENTAL_CONSENT_RECEIVED))
		ReplaceColumn(contact, PRIVACY_BLOCKED, BoolGetDatum(true));
	if (was_minor && !minor)
		ReplaceColumn(contact, PARENTAL_CONSENT_RECEIVED, BoolGetDatum(false));

	if (minor && !IsTrue(contact, PRIVACY_BLOCKED) && !IsTrue(contact, PARENTAL_CONSENT_RECEIVED))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("cannot unblock contact \"%s\"", TextOf(contact, CONTACT_NO)),
				 errdetail("The contact is a minor without parental consent."),
				 errtableconstraint(contact->relation, "contact_minor_check")));
}

/* The log points to contacts without a foreign key */
static void
CheckId(const Contact *contact, const Contact *old)
{
	if (!SameColumn(contact, old, CONTACT_ID))
		ereport(ERROR,
				(errcode(ERRCODE_GENERATED_ALWAYS),
				 errmsg("cannot change contact_id of contact \"%s\"", TextOf(old, CONTACT_NO)),
				 errhint("Change contact_no instead: everything follows it.")));
}

/*
 * BEFORE UPDATE ON crm_data.contact. A statement that brings its own stamp, as the
 * engine does that keeps contacts in step with cards, answers for what it writes.
 */
Datum
crm_contact_update(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = CheckRowTrigger(fcinfo, "contact_update");
	MemoryContext caller = CurrentMemoryContext;
	SavedUser	user = BecomeUser(OwnerOf(RelationGetRelid(trigger->tg_relation)));
	Contact		contact;
	Contact		old;
	HeapTuple	tuple;

	SPI_connect();
	ReadContact(&old, trigger->tg_relation, trigger->tg_trigtuple);
	ReadContact(&contact, trigger->tg_relation, trigger->tg_newtuple);
	ClearBlanks(&contact);

	CheckId(&contact, &old);
	if (SameColumn(&contact, &old, LAST_MODIFIED_AT))
	{
		CheckNumber(&contact, &old);
		CheckSalesperson(&contact, &old);
		Stamp(&contact);
	}
	KeepPrivacy(&contact, &old);
	if (!SameColumn(&contact, &old, CONTACT_TYPE))
		ChangeType(&contact, &old);
	FollowNames(&contact, &old);
	FollowCompany(&contact, &old);
	if (!SameColumn(&contact, &old, LANGUAGE_CODE))
		FillFormatRegion(&contact);
	KeepNameNotNull(&contact);
	tuple = ContactTuple(&contact, caller);

	SPI_finish();
	RestoreUser(user);
	return PointerGetDatum(tuple);
}
