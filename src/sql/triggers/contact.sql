/* Before triggers fire in the order of their names: codes first, then what reads them. */
CREATE OR REPLACE TRIGGER contact_codes BEFORE INSERT OR UPDATE ON crm_data.contact
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('contact_no', 'search_name', 'territory_code', 'country_code',
		'currency_code', 'language_code', 'vat_registration_no', 'salesperson_code', 'organizational_level_code',
		'salutation_code');
CREATE OR REPLACE TRIGGER contact_insert BEFORE INSERT ON crm_data.contact
	FOR EACH ROW EXECUTE FUNCTION crm_data.contact_insert();
CREATE OR REPLACE TRIGGER contact_update BEFORE UPDATE ON crm_data.contact
	FOR EACH ROW EXECUTE FUNCTION crm_data.contact_update();

CREATE OR REPLACE TRIGGER contact_inherit AFTER UPDATE ON crm_data.contact
	FOR EACH ROW WHEN (NEW.contact_type = 'company') EXECUTE FUNCTION crm_data.contact_inherit();
CREATE OR REPLACE TRIGGER contact_moved AFTER UPDATE ON crm_data.contact
	FOR EACH ROW WHEN (OLD.contact_type = 'person' AND NEW.contact_type = 'person' AND OLD.company_id IS DISTINCT FROM NEW.company_id)
	EXECUTE FUNCTION crm_data.contact_moved();
CREATE OR REPLACE TRIGGER contact_deleted AFTER DELETE ON crm_data.contact
	FOR EACH ROW EXECUTE FUNCTION crm_data.contact_deleted();

CREATE OR REPLACE TRIGGER stamp BEFORE INSERT OR UPDATE ON crm_data.contact_industry_group
	FOR EACH ROW EXECUTE FUNCTION crm_data.assignment('company');
CREATE OR REPLACE TRIGGER stamp BEFORE INSERT OR UPDATE ON crm_data.contact_job_responsibility
	FOR EACH ROW EXECUTE FUNCTION crm_data.assignment('person');
CREATE OR REPLACE TRIGGER stamp BEFORE INSERT OR UPDATE ON crm_data.contact_web_source
	FOR EACH ROW EXECUTE FUNCTION crm_data.assignment('company');
CREATE OR REPLACE TRIGGER stamp BEFORE INSERT OR UPDATE ON crm_data.contact_mailing_group
	FOR EACH ROW EXECUTE FUNCTION crm_data.assignment();
CREATE OR REPLACE TRIGGER stamp BEFORE INSERT OR UPDATE ON crm_data.contact_alt_address
	FOR EACH ROW EXECUTE FUNCTION crm_data.assignment();
CREATE OR REPLACE TRIGGER stamp BEFORE INSERT OR UPDATE ON crm_data.contact_alt_address_date_range
	FOR EACH ROW EXECUTE FUNCTION crm_data.assignment();
CREATE OR REPLACE TRIGGER stamp BEFORE INSERT OR UPDATE ON crm_data.contact_business_relation
	FOR EACH ROW EXECUTE FUNCTION crm_data.contact_business_relation();
CREATE OR REPLACE TRIGGER stamp BEFORE INSERT OR UPDATE ON crm_data.comment_line
	FOR EACH ROW EXECUTE FUNCTION crm_data.comment_line();

CREATE OR REPLACE TRIGGER codes BEFORE INSERT OR UPDATE ON crm_data.contact_industry_group
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('industry_group_code');
CREATE OR REPLACE TRIGGER codes BEFORE INSERT OR UPDATE ON crm_data.contact_job_responsibility
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('job_responsibility_code');
CREATE OR REPLACE TRIGGER codes BEFORE INSERT OR UPDATE ON crm_data.contact_web_source
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('web_source_code');
CREATE OR REPLACE TRIGGER codes BEFORE INSERT OR UPDATE ON crm_data.contact_mailing_group
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('mailing_group_code');
CREATE OR REPLACE TRIGGER codes BEFORE INSERT OR UPDATE ON crm_data.contact_alt_address
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('alt_address_code', 'country_code');
CREATE OR REPLACE TRIGGER codes BEFORE INSERT OR UPDATE ON crm_data.contact_alt_address_date_range
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('alt_address_code');
CREATE OR REPLACE TRIGGER codes BEFORE INSERT OR UPDATE ON crm_data.contact_business_relation
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('business_relation_code');

CREATE OR REPLACE TRIGGER touch AFTER INSERT OR UPDATE OR DELETE ON crm_data.contact_industry_group
	FOR EACH ROW EXECUTE FUNCTION crm_data.touch_contact();
CREATE OR REPLACE TRIGGER touch AFTER INSERT OR UPDATE OR DELETE ON crm_data.contact_job_responsibility
	FOR EACH ROW EXECUTE FUNCTION crm_data.touch_contact();
CREATE OR REPLACE TRIGGER touch AFTER INSERT OR UPDATE OR DELETE ON crm_data.contact_mailing_group
	FOR EACH ROW EXECUTE FUNCTION crm_data.touch_contact();
CREATE OR REPLACE TRIGGER touch AFTER INSERT OR UPDATE OR DELETE ON crm_data.contact_alt_address
	FOR EACH ROW EXECUTE FUNCTION crm_data.touch_contact();
CREATE OR REPLACE TRIGGER touch AFTER INSERT OR UPDATE OR DELETE ON crm_data.contact_alt_address_date_range
	FOR EACH ROW EXECUTE FUNCTION crm_data.touch_contact();
