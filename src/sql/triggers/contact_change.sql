CREATE OR REPLACE TRIGGER contact_change AFTER INSERT OR UPDATE OR DELETE ON crm_data.interaction
	FOR EACH ROW EXECUTE FUNCTION crm_data.note_contact_change();
CREATE OR REPLACE TRIGGER contact_change AFTER INSERT OR UPDATE OR DELETE ON crm_data.opportunity_entry
	FOR EACH ROW EXECUTE FUNCTION crm_data.note_contact_change();
CREATE OR REPLACE TRIGGER contact_change AFTER INSERT OR UPDATE OR DELETE ON crm_data.contact_business_relation
	FOR EACH ROW EXECUTE FUNCTION crm_data.note_contact_change();
CREATE OR REPLACE TRIGGER contact_change AFTER INSERT OR DELETE ON crm_data.contact
	FOR EACH ROW EXECUTE FUNCTION crm_data.note_contact_change();
CREATE OR REPLACE TRIGGER contact_change_update AFTER UPDATE ON crm_data.contact
	FOR EACH ROW WHEN ((OLD.contact_no, OLD.contact_type, OLD.company_id) IS DISTINCT FROM (NEW.contact_no, NEW.contact_type, NEW.company_id))
	EXECUTE FUNCTION crm_data.note_contact_change();
/* From the first automatic question on, see src/contact_change.c */
CREATE OR REPLACE TRIGGER track_changes AFTER INSERT OR UPDATE ON crm_data.questionnaire_line
	FOR EACH ROW WHEN (NEW.auto_classification OR NEW.contact_class_field IS NOT NULL) EXECUTE FUNCTION crm_data.track_changes();

/* The log itself is known by its file */
CREATE OR REPLACE TRIGGER truncation AFTER TRUNCATE ON crm_data.contact
	FOR EACH STATEMENT EXECUTE FUNCTION crm_data.note_truncation();
CREATE OR REPLACE TRIGGER truncation AFTER TRUNCATE ON crm_data.contact_business_relation
	FOR EACH STATEMENT EXECUTE FUNCTION crm_data.note_truncation();
CREATE OR REPLACE TRIGGER truncation AFTER TRUNCATE ON crm_data.opportunity_entry
	FOR EACH STATEMENT EXECUTE FUNCTION crm_data.note_truncation();
CREATE OR REPLACE TRIGGER truncation AFTER TRUNCATE ON crm_data.contact_profile_answer
	FOR EACH STATEMENT EXECUTE FUNCTION crm_data.note_truncation();
