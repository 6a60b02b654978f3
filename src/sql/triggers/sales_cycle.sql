CREATE OR REPLACE TRIGGER codes BEFORE INSERT OR UPDATE ON crm_data.activity
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('activity_code');
CREATE OR REPLACE TRIGGER codes BEFORE INSERT OR UPDATE ON crm_data.activity_step
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('activity_code');
CREATE OR REPLACE TRIGGER codes BEFORE INSERT OR UPDATE ON crm_data.sales_cycle
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('sales_cycle_code');
CREATE OR REPLACE TRIGGER codes BEFORE INSERT OR UPDATE ON crm_data.sales_cycle_stage
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('sales_cycle_code', 'activity_code');
CREATE OR REPLACE TRIGGER codes BEFORE INSERT OR UPDATE ON crm_data.close_opportunity_code
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('close_opportunity_code');
CREATE OR REPLACE TRIGGER codes BEFORE INSERT OR UPDATE ON crm_data.campaign
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('campaign_no', 'salesperson_code');
CREATE OR REPLACE TRIGGER codes BEFORE INSERT OR UPDATE ON crm_data.team
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('team_code');
CREATE OR REPLACE TRIGGER codes BEFORE INSERT OR UPDATE ON crm_data.team_salesperson
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('team_code', 'salesperson_code');

CREATE OR REPLACE TRIGGER rule_of_deletion BEFORE DELETE ON crm_data.sales_cycle
	FOR EACH ROW EXECUTE FUNCTION crm_data.sales_cycle_delete();
CREATE OR REPLACE TRIGGER rule_of_deletion BEFORE DELETE ON crm_data.sales_cycle_stage
	FOR EACH ROW EXECUTE FUNCTION crm_data.sales_cycle_stage_leaves();
CREATE OR REPLACE TRIGGER rule_of_renumbering BEFORE UPDATE ON crm_data.sales_cycle_stage
	FOR EACH ROW WHEN (OLD.sales_cycle_stage <> NEW.sales_cycle_stage OR OLD.sales_cycle_code <> NEW.sales_cycle_code)
	EXECUTE FUNCTION crm_data.sales_cycle_stage_leaves();
CREATE OR REPLACE TRIGGER rule BEFORE UPDATE ON crm_data.close_opportunity_code
	FOR EACH ROW WHEN (OLD.close_type <> NEW.close_type) EXECUTE FUNCTION crm_data.close_type_changes();
CREATE OR REPLACE TRIGGER reweigh AFTER UPDATE ON crm_data.sales_cycle
	FOR EACH ROW WHEN (OLD.rolls_up <> NEW.rolls_up) EXECUTE FUNCTION crm_data.rolls_up_changes();
