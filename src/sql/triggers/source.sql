CREATE OR REPLACE TRIGGER write_back_contact AFTER UPDATE ON crm_data.contact
	FOR EACH ROW EXECUTE FUNCTION crm_data.write_back_contact();

CREATE OR REPLACE TRIGGER forget_document_templates AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON crm_data.interaction_template_setup
	FOR EACH STATEMENT EXECUTE FUNCTION crm_data.forget('interaction_template_setup');
CREATE OR REPLACE TRIGGER forget_document_templates AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON crm_data.interaction_template
	FOR EACH STATEMENT EXECUTE FUNCTION crm_data.forget('interaction_template_setup');
CREATE OR REPLACE TRIGGER forget_document_templates AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON crm_data.interaction_template_language
	FOR EACH STATEMENT EXECUTE FUNCTION crm_data.forget('interaction_template_setup');
CREATE OR REPLACE TRIGGER forget_document_templates AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON crm_data.setup
	FOR EACH STATEMENT EXECUTE FUNCTION crm_data.forget('interaction_template_setup');
