CREATE OR REPLACE TRIGGER codes BEFORE INSERT OR UPDATE ON crm_data.opportunity
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('opportunity_no', 'salesperson_code', 'campaign_no', 'sales_cycle_code',
		'segment_no', 'currency_code');
CREATE OR REPLACE TRIGGER rule BEFORE INSERT ON crm_data.opportunity
	FOR EACH ROW EXECUTE FUNCTION crm_data.opportunity_insert();
CREATE OR REPLACE TRIGGER rule_of_change BEFORE UPDATE ON crm_data.opportunity
	FOR EACH ROW EXECUTE FUNCTION crm_data.opportunity_update();
CREATE OR REPLACE TRIGGER rule_of_deletion BEFORE DELETE ON crm_data.opportunity
	FOR EACH ROW EXECUTE FUNCTION crm_data.opportunity_delete();
CREATE OR REPLACE TRIGGER changed AFTER UPDATE ON crm_data.opportunity
	FOR EACH ROW WHEN (NEW.status = 'in progress' AND (OLD.salesperson_code, OLD.campaign_no, OLD.contact_id, OLD.company_id, OLD.lead_source)
		IS DISTINCT FROM (NEW.salesperson_code, NEW.campaign_no, NEW.contact_id, NEW.company_id, NEW.lead_source))
	EXECUTE FUNCTION crm_data.opportunity_changed();

CREATE OR REPLACE TRIGGER rule BEFORE INSERT ON crm_data.opportunity_entry
	FOR EACH ROW EXECUTE FUNCTION crm_data.opportunity_entry_insert();

CREATE OR REPLACE TRIGGER codes BEFORE INSERT OR UPDATE ON crm_data.task
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('salesperson_code', 'campaign_no', 'segment_no', 'opportunity_no');

CREATE OR REPLACE TRIGGER opportunity_delete BEFORE DELETE ON crm_data.contact
	FOR EACH ROW EXECUTE FUNCTION crm_data.contact_opportunity_delete();
CREATE OR REPLACE TRIGGER opportunity_moved AFTER UPDATE ON crm_data.contact
	FOR EACH ROW WHEN (OLD.contact_type = 'person' AND NEW.contact_type = 'person' AND OLD.company_id IS DISTINCT FROM NEW.company_id)
	EXECUTE FUNCTION crm_data.contact_opportunity_moved();
CREATE OR REPLACE TRIGGER opportunity_territory AFTER UPDATE ON crm_data.contact
	FOR EACH ROW WHEN (OLD.territory_code IS DISTINCT FROM NEW.territory_code) EXECUTE FUNCTION crm_data.contact_territory_changed();

CREATE OR REPLACE TRIGGER rule_of_deletion BEFORE DELETE ON crm_data.salesperson
	FOR EACH ROW EXECUTE FUNCTION crm_data.salesperson_delete();
