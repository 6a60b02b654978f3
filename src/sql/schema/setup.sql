/*
 * One row. Inserting replaces the row (trigger setup_singleton), so that restoring
 * a dump over the row that CREATE EXTENSION made is no conflict.
 */
CREATE TABLE crm_data.setup (
	setup_id						integer PRIMARY KEY DEFAULT 1,
	contact_number_series_code		text,
	customer_relation_code			text,
	vendor_relation_code			text,
	bank_account_relation_code		text,
	employee_relation_code			text,
	inherit_salesperson				boolean NOT NULL DEFAULT true,
	inherit_territory				boolean NOT NULL DEFAULT true,
	inherit_country					boolean NOT NULL DEFAULT true,
	inherit_language				boolean NOT NULL DEFAULT true,
	inherit_format_region			boolean NOT NULL DEFAULT true,
	inherit_address					boolean NOT NULL DEFAULT true,
	inherit_communication			boolean NOT NULL DEFAULT true,
	default_salesperson_code		text,
	default_territory_code			text,
	default_country_code			text,
	default_language_code			text,
	default_format_region			text,
	default_correspondence_type		text,
	default_company_salutation_code	text,
	default_person_salutation_code	text,
	attachment_storage				text NOT NULL DEFAULT 'embedded',
	attachment_location				text,
	log_document_on					text NOT NULL DEFAULT 'posting date',
	local_currency_code				text,
	opportunity_number_series_code	text,
	default_sales_cycle_code		text,
	won_close_opportunity_code		text,
	time_zone						text NOT NULL DEFAULT 'UTC',
	CONSTRAINT setup_one_row CHECK (setup_id = 1),
	CONSTRAINT setup_contact_number_series_fk FOREIGN KEY (contact_number_series_code)
		REFERENCES crm_data.number_series ON UPDATE CASCADE,
	CONSTRAINT setup_customer_relation_fk FOREIGN KEY (customer_relation_code)
		REFERENCES crm_data.business_relation ON UPDATE CASCADE,
	CONSTRAINT setup_vendor_relation_fk FOREIGN KEY (vendor_relation_code)
		REFERENCES crm_data.business_relation ON UPDATE CASCADE,
	CONSTRAINT setup_bank_account_relation_fk FOREIGN KEY (bank_account_relation_code)
		REFERENCES crm_data.business_relation ON UPDATE CASCADE,
	CONSTRAINT setup_employee_relation_fk FOREIGN KEY (employee_relation_code)
		REFERENCES crm_data.business_relation ON UPDATE CASCADE,
	CONSTRAINT setup_default_salesperson_fk FOREIGN KEY (default_salesperson_code)
		REFERENCES crm_data.salesperson ON UPDATE CASCADE,
	CONSTRAINT setup_default_territory_fk FOREIGN KEY (default_territory_code)
		REFERENCES crm_data.territory ON UPDATE CASCADE,
	CONSTRAINT setup_default_company_salutation_fk FOREIGN KEY (default_company_salutation_code)
		REFERENCES crm_data.salutation ON UPDATE CASCADE,
	CONSTRAINT setup_default_person_salutation_fk FOREIGN KEY (default_person_salutation_code)
		REFERENCES crm_data.salutation ON UPDATE CASCADE,
	CONSTRAINT setup_opportunity_number_series_fk FOREIGN KEY (opportunity_number_series_code)
		REFERENCES crm_data.number_series ON UPDATE CASCADE,
	CONSTRAINT setup_default_sales_cycle_fk FOREIGN KEY (default_sales_cycle_code)
		REFERENCES crm_data.sales_cycle ON UPDATE CASCADE,
	CONSTRAINT setup_won_close_opportunity_code_fk FOREIGN KEY (won_close_opportunity_code)
		REFERENCES crm_data.close_opportunity_code ON UPDATE CASCADE,
	CONSTRAINT setup_default_correspondence_type_check
		CHECK (default_correspondence_type IN ('hard copy', 'email')),
	CONSTRAINT setup_attachment_storage_check
		CHECK (attachment_storage = 'embedded' OR attachment_storage = 'location' AND attachment_location IS NOT NULL),
	CONSTRAINT setup_time_zone_check CHECK (timezone(time_zone, timestamptz '2000-01-01 00:00:00+00') IS NOT NULL),
	CONSTRAINT setup_log_document_on_check CHECK (log_document_on IN ('posting date', 'work date'))
);

INSERT INTO crm_data.setup DEFAULT VALUES;
