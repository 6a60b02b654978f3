/*
 * A contact's row while triggers work on it. Columns go by name, found once per
 * backend, so that the order of the table's columns is of no concern.
 */
#ifndef CRM_CONTACT_H
#define CRM_CONTACT_H

#include "crm.h"

#include "access/htup_details.h"
#include "utils/rel.h"

typedef enum ContactColumn
{
	CONTACT_ID,
	COMPANY_ID,
	LAST_MODIFIED_AT,
	PRIVACY_BLOCKED,
	MINOR,
	PARENTAL_CONSENT_RECEIVED,
	FIRST_TEXT_COLUMN,
	CONTACT_NO = FIRST_TEXT_COLUMN,
	CONTACT_TYPE,
	NAME,
	SEARCH_NAME,
	NAME_2,
	FIRST_NAME,
	MIDDLE_NAME,
	SURNAME,
	JOB_TITLE,
	INITIALS,
	GENDER,
	COMPANY_NAME,
	ADDRESS,
	ADDRESS_2,
	CITY,
	POST_CODE,
	COUNTY,
	COUNTRY_CODE,
	PHONE_NO,
	MOBILE_PHONE_NO,
	FAX_NO,
	TELEX_NO,
	TELEX_ANSWER_BACK,
	PAGER,
	EXTENSION_NO,
	EMAIL,
	EMAIL_2,
	HOME_PAGE,
	TERRITORY_CODE,
	CURRENCY_CODE,
	LANGUAGE_CODE,
	FORMAT_REGION,
	REGISTRATION_NO,
	VAT_REGISTRATION_NO,
	SALESPERSON_CODE,
	ORGANIZATIONAL_LEVEL_CODE,
	SALUTATION_CODE,
	CORRESPONDENCE_TYPE,
	EXTERNAL_ID,
	CONTACT_COLUMNS				/* how many */
} ContactColumn;

typedef struct Contact
{
	Relation	relation;
	HeapTuple	tuple;			/* as read */
	Datum		values[CONTACT_COLUMNS];
	bool		isnull[CONTACT_COLUMNS];
	bool		replaced[CONTACT_COLUMNS];
} Contact;

/* contact.c: the row */
extern const char *ColumnName(ContactColumn column);
extern void ReadContact(Contact *contact, Relation relation, HeapTuple tuple);
extern bool FindContactById(Contact *contact, Datum contact_id);
extern HeapTuple ContactTuple(const Contact *contact, MemoryContext context);
extern void ReplaceColumn(Contact *contact, ContactColumn column, Datum value);
extern void ReplaceText(Contact *contact, ContactColumn column, const char *value);
extern void ClearColumn(Contact *contact, ContactColumn column);
extern void CopyValue(Contact *contact, ContactColumn column, const Contact *from, ContactColumn source);
extern void CopyColumn(Contact *contact, const Contact *from, ContactColumn column);
extern bool SameColumn(const Contact *a, const Contact *b, ContactColumn column);
extern bool IsTrue(const Contact *contact, ContactColumn column);
extern char *TextOf(const Contact *contact, ContactColumn column);
extern bool IsCompany(const Contact *contact);

/* contact_name.c: name, its parts and the search name */
extern bool HasNameParts(const Contact *contact);
extern void FillNames(Contact *contact);
extern void FollowNames(Contact *contact, const Contact *old);

/* contact_company.c: persons and their company */
extern void FillCompany(Contact *contact);
extern void JoinCompany(Contact *contact, const Contact *old);
extern void FollowCompany(Contact *contact, const Contact *old);

/* contact_type.c: from company to person and back */
extern void ChangeType(Contact *contact, const Contact *old);

#endif
