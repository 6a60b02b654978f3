CREATE OR REPLACE TRIGGER pipeline_change AFTER INSERT OR DELETE ON crm_data.opportunity_entry
	FOR EACH ROW EXECUTE FUNCTION crm_data.note_pipeline_change();
/* Entries are not rewritten but for what ends them, which moves nothing */
CREATE OR REPLACE TRIGGER pipeline_change_update AFTER UPDATE OF effective_date, legal_entity, action_taken, sales_cycle_code, sales_cycle_stage,
		company_id, salesperson_code, campaign_no, territory_code, estimated_close_date, estimated_value, weighted_value,
		previous_sales_cycle_stage, previous_company_id, previous_salesperson_code, previous_campaign_no, previous_territory_code,
		previous_estimated_close_date, previous_estimated_value, previous_weighted_value
	ON crm_data.opportunity_entry
	FOR EACH ROW EXECUTE FUNCTION crm_data.note_pipeline_change();
/* What is restored or replicated moves the pipeline too */
ALTER TABLE crm_data.opportunity_entry ENABLE ALWAYS TRIGGER pipeline_change;
ALTER TABLE crm_data.opportunity_entry ENABLE ALWAYS TRIGGER pipeline_change_update;

CREATE OR REPLACE TRIGGER pipeline_truncation AFTER TRUNCATE ON crm_data.opportunity_entry
	FOR EACH STATEMENT EXECUTE FUNCTION crm_data.forget_pipeline();
ALTER TABLE crm_data.opportunity_entry ENABLE ALWAYS TRIGGER pipeline_truncation;

CREATE OR REPLACE TRIGGER pipeline_day AFTER INSERT OR UPDATE OF time_zone ON crm_data.setup
	FOR EACH ROW EXECUTE FUNCTION crm_data.time_zone_changed();
