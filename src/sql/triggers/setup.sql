/* Codes are kept in upper case. The names put these triggers before the others of a table. */
CREATE OR REPLACE TRIGGER setup_singleton BEFORE INSERT ON crm_data.setup
	FOR EACH ROW EXECUTE FUNCTION crm_data.setup_singleton();
/* A restore in parallel jobs runs as a replica, so that rows may come before those they refer to; these triggers it needs */
ALTER TABLE crm_data.setup ENABLE ALWAYS TRIGGER setup_singleton;
CREATE OR REPLACE TRIGGER setup_codes BEFORE INSERT OR UPDATE ON crm_data.setup
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('contact_number_series_code', 'customer_relation_code',
		'vendor_relation_code', 'bank_account_relation_code', 'employee_relation_code', 'default_salesperson_code',
		'default_territory_code', 'default_country_code', 'default_language_code', 'default_company_salutation_code',
		'default_person_salutation_code', 'local_currency_code', 'opportunity_number_series_code', 'default_sales_cycle_code',
		'won_close_opportunity_code');
CREATE OR REPLACE TRIGGER number_series_codes BEFORE INSERT OR UPDATE ON crm_data.number_series
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('number_series_code');
CREATE OR REPLACE TRIGGER number_series_insert AFTER INSERT ON crm_data.number_series
	FOR EACH ROW EXECUTE FUNCTION crm_data.number_series_insert();
ALTER TABLE crm_data.number_series ENABLE ALWAYS TRIGGER number_series_insert;
CREATE OR REPLACE TRIGGER salesperson_codes BEFORE INSERT OR UPDATE ON crm_data.salesperson
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('salesperson_code');
CREATE OR REPLACE TRIGGER territory_codes BEFORE INSERT OR UPDATE ON crm_data.territory
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('territory_code');
CREATE OR REPLACE TRIGGER salutation_codes BEFORE INSERT OR UPDATE ON crm_data.salutation
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('salutation_code');
CREATE OR REPLACE TRIGGER salutation_formula_codes BEFORE INSERT OR UPDATE ON crm_data.salutation_formula
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('salutation_code');
CREATE OR REPLACE TRIGGER business_relation_codes BEFORE INSERT OR UPDATE ON crm_data.business_relation
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('business_relation_code');
CREATE OR REPLACE TRIGGER industry_group_codes BEFORE INSERT OR UPDATE ON crm_data.industry_group
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('industry_group_code');
CREATE OR REPLACE TRIGGER mailing_group_codes BEFORE INSERT OR UPDATE ON crm_data.mailing_group
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('mailing_group_code');
CREATE OR REPLACE TRIGGER organizational_level_codes BEFORE INSERT OR UPDATE ON crm_data.organizational_level
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('organizational_level_code');
CREATE OR REPLACE TRIGGER job_responsibility_codes BEFORE INSERT OR UPDATE ON crm_data.job_responsibility
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('job_responsibility_code');
CREATE OR REPLACE TRIGGER web_source_codes BEFORE INSERT OR UPDATE ON crm_data.web_source
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('web_source_code');

CREATE OR REPLACE TRIGGER mailing_group_delete BEFORE DELETE ON crm_data.mailing_group
	FOR EACH ROW EXECUTE FUNCTION crm_data.mailing_group_delete();
