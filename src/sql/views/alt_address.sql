CREATE OR REPLACE VIEW crm.contact_alt_address WITH (security_invoker = true) AS SELECT
	a.contact_id,
	a.alt_address_code,
	a.company_name,
	a.company_name_2,
	a.address,
	a.address_2,
	a.city,
	a.post_code,
	a.county,
	a.country_code,
	a.phone_no,
	a.mobile_phone_no,
	a.fax_no,
	a.email,
	a.home_page,
	a.last_modified_at
FROM crm_data.contact_alt_address AS a;
COMMENT ON VIEW crm.contact_alt_address IS 'Alternative addresses of contacts. Errors: 23514 letters in phone numbers, malformed e-mail.';
COMMENT ON COLUMN crm.contact_alt_address.contact_id IS 'The contact, key of crm.contact.';
COMMENT ON COLUMN crm.contact_alt_address.alt_address_code IS 'Code of the address; with contact_id the key.';
COMMENT ON COLUMN crm.contact_alt_address.company_name IS 'Company name at the address.';
COMMENT ON COLUMN crm.contact_alt_address.company_name_2 IS 'Second line of the company name.';
COMMENT ON COLUMN crm.contact_alt_address.address IS 'Street address.';
COMMENT ON COLUMN crm.contact_alt_address.address_2 IS 'Second line of the address.';
COMMENT ON COLUMN crm.contact_alt_address.city IS 'City.';
COMMENT ON COLUMN crm.contact_alt_address.post_code IS 'Post code.';
COMMENT ON COLUMN crm.contact_alt_address.county IS 'County or state.';
COMMENT ON COLUMN crm.contact_alt_address.country_code IS 'Country or region.';
COMMENT ON COLUMN crm.contact_alt_address.phone_no IS 'Phone number, without letters.';
COMMENT ON COLUMN crm.contact_alt_address.mobile_phone_no IS 'Mobile phone number, without letters.';
COMMENT ON COLUMN crm.contact_alt_address.fax_no IS 'Fax number.';
COMMENT ON COLUMN crm.contact_alt_address.email IS 'E-mail address.';
COMMENT ON COLUMN crm.contact_alt_address.home_page IS 'Home page.';
COMMENT ON COLUMN crm.contact_alt_address.last_modified_at IS 'Instant of the last change. A row that is inserted with one is taken as it is.';

CREATE OR REPLACE VIEW crm.contact_alt_address_date_range WITH (security_invoker = true) AS SELECT
	r.contact_id,
	r.starting_date,
	r.ending_date,
	r.alt_address_code,
	r.last_modified_at
FROM crm_data.contact_alt_address_date_range AS r;
COMMENT ON VIEW crm.contact_alt_address_date_range IS 'When alternative addresses apply. Ranges may overlap; the one that starts latest counts. Errors: 23514 the start is after the end; 23505 another range of the contact has the same start.';
COMMENT ON COLUMN crm.contact_alt_address_date_range.contact_id IS 'The contact, key of crm.contact.';
COMMENT ON COLUMN crm.contact_alt_address_date_range.starting_date IS 'First day; with contact_id the key.';
COMMENT ON COLUMN crm.contact_alt_address_date_range.ending_date IS 'Last day; blank is open.';
COMMENT ON COLUMN crm.contact_alt_address_date_range.alt_address_code IS 'The address, of the same contact.';
COMMENT ON COLUMN crm.contact_alt_address_date_range.last_modified_at IS 'Instant of the last change. A row that is inserted with one is taken as it is.';
