CREATE OR REPLACE VIEW crm.contact WITH (security_invoker = true) AS SELECT
	c.contact_id,
	c.contact_no,
	c.contact_type,
	c.name,
	c.search_name,
	c.name_2,
	c.first_name,
	c.middle_name,
	c.surname,
	c.job_title,
	c.initials,
	c.gender,
	c.birth_date,
	c.company_id,
	c.company_name,
	c.address,
	c.address_2,
	c.city,
	c.post_code,
	c.county,
	c.country_code,
	c.phone_no,
	c.mobile_phone_no,
	c.fax_no,
	c.telex_no,
	c.telex_answer_back,
	c.pager,
	c.extension_no,
	c.email,
	c.email_2,
	c.home_page,
	c.territory_code,
	c.currency_code,
	c.language_code,
	c.format_region,
	c.registration_no,
	c.vat_registration_no,
	c.salesperson_code,
	c.organizational_level_code,
	c.salutation_code,
	c.correspondence_type,
	c.exclude_from_segment,
	c.privacy_blocked,
	c.minor,
	c.parental_consent_received,
	c.external_id,
	c.image,
	c.legal_entity,
	c.last_modified_at,
	CASE WHEN c.contact_type = 'company' THEN c.contact_no ELSE
		(SELECT company.contact_no FROM crm_data.contact AS company WHERE company.contact_id = c.company_id) END AS company_no,
	(
		SELECT CASE
			WHEN count(*) = 0 THEN 'none'
			WHEN count(*) > 1 THEN 'multiple'
			WHEN bool_and(r.card_no IS NOT NULL OR r.card_key IS NOT NULL) AND bool_and(
				r.business_relation_code IN (s.customer_relation_code, s.vendor_relation_code, s.bank_account_relation_code, s.employee_relation_code)
				OR num_nonnulls(s.customer_relation_code, s.vendor_relation_code, s.bank_account_relation_code, s.employee_relation_code) = 0)
				THEN min(r.link_type)
			ELSE 'other' END
		FROM crm_data.contact_business_relation AS r CROSS JOIN crm_data.setup AS s
		WHERE r.contact_id IN (c.contact_id, c.company_id)) AS business_relation_class
FROM crm_data.contact AS c;
COMMENT ON VIEW crm.contact IS 'Contacts: companies, and persons of a company or on their own. Inserting fills blanks (number, names, company, defaults of crm.setup, what persons inherit); updating keeps names, company and persons in step; deleting a company deletes its persons, and leaves interactions to the company or makes them anonymous. Errors: 55000 no number series, blocked salesperson, or a type change that interactions, persons, relations, groups, currency, VAT number, organizational level or job responsibilities forbid; 428C9 a number given by hand that the series does not allow, or a changed contact_id; 23514 letters in phone numbers, malformed e-mail, registration number over 20 characters, a company of a company, a minor unblocked without consent; P0002 and 21000 a company name that matches none or several.';
COMMENT ON COLUMN crm.contact.contact_id IS 'Key.';
COMMENT ON COLUMN crm.contact.contact_no IS 'Number, unique. Blank on insert: the next free one of the number series in crm.setup.';
COMMENT ON COLUMN crm.contact.contact_type IS 'company or person. Blank on insert: person when company_id or a part of the name is given, else company.';
COMMENT ON COLUMN crm.contact.name IS 'Name. A person''s name is split into its parts when it changes, and put together when a part changes.';
COMMENT ON COLUMN crm.contact.search_name IS 'Name to search by, in upper case. It follows the name until it is given another value.';
COMMENT ON COLUMN crm.contact.name_2 IS 'Second line of the name.';
COMMENT ON COLUMN crm.contact.first_name IS 'First name or names of a person.';
COMMENT ON COLUMN crm.contact.middle_name IS 'Middle name of a person.';
COMMENT ON COLUMN crm.contact.surname IS 'Surname of a person.';
COMMENT ON COLUMN crm.contact.job_title IS 'Job title of a person.';
COMMENT ON COLUMN crm.contact.initials IS 'Initials of a person.';
COMMENT ON COLUMN crm.contact.gender IS 'female, male or other.';
COMMENT ON COLUMN crm.contact.birth_date IS 'Date of birth.';
COMMENT ON COLUMN crm.contact.company_id IS 'The company: of a person the one it belongs to, blank for none; of a company itself. Changing it leaves the interactions with the company left.';
COMMENT ON COLUMN crm.contact.company_name IS 'Name of the company. Text that is written here without a company_id finds the company, as crm.find_company() does.';
COMMENT ON COLUMN crm.contact.address IS 'Street address.';
COMMENT ON COLUMN crm.contact.address_2 IS 'Second line of the address.';
COMMENT ON COLUMN crm.contact.city IS 'City.';
COMMENT ON COLUMN crm.contact.post_code IS 'Post code.';
COMMENT ON COLUMN crm.contact.county IS 'County or state.';
COMMENT ON COLUMN crm.contact.country_code IS 'Country or region.';
COMMENT ON COLUMN crm.contact.phone_no IS 'Phone number, without letters.';
COMMENT ON COLUMN crm.contact.mobile_phone_no IS 'Mobile phone number, without letters.';
COMMENT ON COLUMN crm.contact.fax_no IS 'Fax number.';
COMMENT ON COLUMN crm.contact.telex_no IS 'Telex number.';
COMMENT ON COLUMN crm.contact.telex_answer_back IS 'Telex answer back.';
COMMENT ON COLUMN crm.contact.pager IS 'Pager.';
COMMENT ON COLUMN crm.contact.extension_no IS 'Phone extension.';
COMMENT ON COLUMN crm.contact.email IS 'E-mail address.';
COMMENT ON COLUMN crm.contact.email_2 IS 'Second e-mail address.';
COMMENT ON COLUMN crm.contact.home_page IS 'Home page.';
COMMENT ON COLUMN crm.contact.territory_code IS 'Territory, key of crm.territory.';
COMMENT ON COLUMN crm.contact.currency_code IS 'Currency of a company.';
COMMENT ON COLUMN crm.contact.language_code IS 'Language. Given while format_region is blank, it fills that too.';
COMMENT ON COLUMN crm.contact.format_region IS 'Region whose formats of dates and numbers the contact reads.';
COMMENT ON COLUMN crm.contact.registration_no IS 'Registration number of a company, at most 20 characters.';
COMMENT ON COLUMN crm.contact.vat_registration_no IS 'VAT registration number of a company, in upper case.';
COMMENT ON COLUMN crm.contact.salesperson_code IS 'Salesperson in charge, key of crm.salesperson; one blocked for privacy is refused.';
COMMENT ON COLUMN crm.contact.organizational_level_code IS 'Organizational level of a person, key of crm.organizational_level.';
COMMENT ON COLUMN crm.contact.salutation_code IS 'Salutation, key of crm.salutation.';
COMMENT ON COLUMN crm.contact.correspondence_type IS 'Preferred channel: hard copy or email.';
COMMENT ON COLUMN crm.contact.exclude_from_segment IS 'Is the contact left out of segments?';
COMMENT ON COLUMN crm.contact.privacy_blocked IS 'Is the contact blocked for privacy? Blocked contacts get no interactions by hand and no links to cards.';
COMMENT ON COLUMN crm.contact.minor IS 'Is the person a minor? Setting it blocks the contact.';
COMMENT ON COLUMN crm.contact.parental_consent_received IS 'Have the parents consented? Changing it blocks the contact again; without consent a minor stays blocked.';
COMMENT ON COLUMN crm.contact.external_id IS 'Key of the contact in another system.';
COMMENT ON COLUMN crm.contact.image IS 'Picture.';
COMMENT ON COLUMN crm.contact.legal_entity IS 'Company of the group that keeps the contact, blank for the only one.';
COMMENT ON COLUMN crm.contact.last_modified_at IS 'Instant of the last change, also of the contact''s groups, responsibilities and alternative addresses. A row that is inserted with one is taken as it is: no defaults, no inheritance.';
COMMENT ON COLUMN crm.contact.company_no IS 'Number of the company.';
COMMENT ON COLUMN crm.contact.business_relation_class IS 'What the contact is to us, by the relations of the contact and its company: none, customer, vendor, bank account, employee (one relation, which links to a card under a code of crm.setup), other (one relation of another kind), multiple.';

CREATE OR REPLACE VIEW crm.callable_number WITH (security_invoker = true) AS SELECT
	c.contact_id,
	o.first_position + n.place AS position_no,
	n.phone_no,
	concat(n.alternative, o.prefix, n.device) AS kind,
	o.owner_id,
	CASE WHEN n.alternative <> '' THEN alt.alt_address_code END AS alt_address_code
FROM crm_data.contact AS c
	CROSS JOIN LATERAL (VALUES
		(c.contact_id, 0, ''),
		(CASE WHEN c.contact_type = 'person' THEN c.company_id END, 4, 'company ')) AS o (owner_id, first_position, prefix)
	JOIN crm_data.contact AS owner ON owner.contact_id = o.owner_id
	LEFT JOIN LATERAL (
		SELECT a.alt_address_code, a.phone_no, a.mobile_phone_no
		FROM crm_data.contact_alt_address_date_range AS r
			JOIN crm_data.contact_alt_address AS a ON a.contact_id = r.contact_id AND a.alt_address_code = r.alt_address_code
		WHERE r.contact_id = o.owner_id AND r.starting_date <= crm.work_date()
		AND (r.ending_date IS NULL OR r.ending_date >= crm.work_date())
		ORDER BY r.starting_date DESC LIMIT 1) AS alt ON true
	CROSS JOIN LATERAL (VALUES
		(1, '', 'phone', owner.phone_no),
		(2, '', 'mobile phone', owner.mobile_phone_no),
		(3, 'alternative ', 'phone', alt.phone_no),
		(4, 'alternative ', 'mobile phone', alt.mobile_phone_no)) AS n (place, alternative, device, phone_no)
WHERE n.phone_no IS NOT NULL;
COMMENT ON VIEW crm.callable_number IS 'Numbers to call a contact by: its own, those of the alternative address that applies on the work date, then the same of a person''s company. The first by position_no is the default.';
COMMENT ON COLUMN crm.callable_number.contact_id IS 'The contact, key of crm.contact; with position_no the key.';
COMMENT ON COLUMN crm.callable_number.position_no IS 'Order in which to try, 1 to 8, with gaps where a number is missing.';
COMMENT ON COLUMN crm.callable_number.phone_no IS 'The number.';
COMMENT ON COLUMN crm.callable_number.kind IS 'phone or mobile phone; alternative before it says of an alternative address, company of the company.';
COMMENT ON COLUMN crm.callable_number.owner_id IS 'Whose number it is: the contact or its company.';
COMMENT ON COLUMN crm.callable_number.alt_address_code IS 'The alternative address that the number belongs to, blank for the owner''s own.';
