CREATE OR REPLACE VIEW crm.setup WITH (security_invoker = true) AS SELECT
	s.setup_id,
	s.contact_number_series_code,
	s.customer_relation_code,
	s.vendor_relation_code,
	s.bank_account_relation_code,
	s.employee_relation_code,
	s.inherit_salesperson,
	s.inherit_territory,
	s.inherit_country,
	s.inherit_language,
	s.inherit_format_region,
	s.inherit_address,
	s.inherit_communication,
	s.default_salesperson_code,
	s.default_territory_code,
	s.default_country_code,
	s.default_language_code,
	s.default_format_region,
	s.default_correspondence_type,
	s.default_company_salutation_code,
	s.default_person_salutation_code,
	s.attachment_storage,
	s.attachment_location,
	s.log_document_on,
	s.local_currency_code,
	s.opportunity_number_series_code,
	s.default_sales_cycle_code,
	s.won_close_opportunity_code,
	s.time_zone
FROM crm_data.setup AS s;
COMMENT ON VIEW crm.setup IS 'The setup: one row. Inserting a row replaces it.';
COMMENT ON COLUMN crm.setup.setup_id IS 'Key, always 1.';
COMMENT ON COLUMN crm.setup.contact_number_series_code IS 'Number series of contacts. Blank: every new contact needs a number of its own.';
COMMENT ON COLUMN crm.setup.customer_relation_code IS 'Business relation that links contacts to customer cards. Blank: customer cards make no contacts.';
COMMENT ON COLUMN crm.setup.vendor_relation_code IS 'Business relation that links contacts to vendor cards. Blank: vendor cards make no contacts.';
COMMENT ON COLUMN crm.setup.bank_account_relation_code IS 'Business relation that links contacts to bank account cards. Blank: bank account cards make no contacts.';
COMMENT ON COLUMN crm.setup.employee_relation_code IS 'Business relation that links contacts to employee cards.';
COMMENT ON COLUMN crm.setup.inherit_salesperson IS 'Do persons take and follow the salesperson of their company?';
COMMENT ON COLUMN crm.setup.inherit_territory IS 'Do persons take and follow the territory of their company?';
COMMENT ON COLUMN crm.setup.inherit_country IS 'Do persons take and follow the country of their company?';
COMMENT ON COLUMN crm.setup.inherit_language IS 'Do persons take and follow the language of their company?';
COMMENT ON COLUMN crm.setup.inherit_format_region IS 'Do persons take and follow the format region of their company?';
COMMENT ON COLUMN crm.setup.inherit_address IS 'Do persons without an address of their own take and follow the address of their company?';
COMMENT ON COLUMN crm.setup.inherit_communication IS 'Do persons take and follow phone numbers, e-mail and home page of their company?';
COMMENT ON COLUMN crm.setup.default_salesperson_code IS 'Salesperson of new contacts; a user who is a salesperson comes first.';
COMMENT ON COLUMN crm.setup.default_territory_code IS 'Territory of new contacts.';
COMMENT ON COLUMN crm.setup.default_country_code IS 'Country of new contacts.';
COMMENT ON COLUMN crm.setup.default_language_code IS 'Language of new contacts.';
COMMENT ON COLUMN crm.setup.default_format_region IS 'Format region of new contacts.';
COMMENT ON COLUMN crm.setup.default_correspondence_type IS 'Preferred channel of new contacts: hard copy or email.';
COMMENT ON COLUMN crm.setup.default_company_salutation_code IS 'Salutation of new companies.';
COMMENT ON COLUMN crm.setup.default_person_salutation_code IS 'Salutation of new persons.';
COMMENT ON COLUMN crm.setup.attachment_storage IS 'Where attachments are kept: embedded in the database, or at a location.';
COMMENT ON COLUMN crm.setup.attachment_location IS 'Where files are kept when attachment_storage is location.';
COMMENT ON COLUMN crm.setup.log_document_on IS 'Date of logged documents: posting date or work date.';
COMMENT ON COLUMN crm.setup.local_currency_code IS 'Currency of the amounts in local currency.';
COMMENT ON COLUMN crm.setup.opportunity_number_series_code IS 'Number series of opportunities. Blank: every new opportunity needs a number of its own.';
COMMENT ON COLUMN crm.setup.default_sales_cycle_code IS 'Sales cycle of new opportunities, unless it is blocked.';
COMMENT ON COLUMN crm.setup.won_close_opportunity_code IS 'Code that opportunities are won with where none is given. Blank: the only one there is for won opportunities.';
COMMENT ON COLUMN crm.setup.time_zone IS 'Time zone of the business: it says when a day begins.';
