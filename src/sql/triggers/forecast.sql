CREATE OR REPLACE TRIGGER codes BEFORE INSERT OR UPDATE ON crm_data.opportunity_split
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('opportunity_no', 'salesperson_code');
DROP TRIGGER IF EXISTS adds_up ON crm_data.opportunity_split;
CREATE CONSTRAINT TRIGGER adds_up AFTER INSERT OR UPDATE OR DELETE ON crm_data.opportunity_split DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION crm_data.check_split();

CREATE OR REPLACE TRIGGER codes BEFORE INSERT OR UPDATE ON crm_data.sales_target
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('salesperson_code', 'team_code');

CREATE OR REPLACE TRIGGER codes BEFORE INSERT ON crm_data.forecast_override
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('salesperson_code', 'team_code');
CREATE OR REPLACE TRIGGER stamp BEFORE INSERT ON crm_data.forecast_override
	FOR EACH ROW EXECUTE FUNCTION crm_data.stamp_override();
/* A code that is renamed takes its overrides along by a trigger of PostgreSQL's */
CREATE OR REPLACE TRIGGER refuse_update BEFORE UPDATE ON crm_data.forecast_override
	FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION crm_data.refuse_override_update();
