CREATE OR REPLACE TRIGGER interaction_group_codes BEFORE INSERT OR UPDATE ON crm_data.interaction_group
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('interaction_group_code');

CREATE OR REPLACE TRIGGER interaction_template_codes BEFORE INSERT OR UPDATE ON crm_data.interaction_template
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes(
		'interaction_template_code', 'interaction_group_code', 'campaign_no', 'language_code', 'word_template_code');
CREATE OR REPLACE TRIGGER interaction_template_language_codes BEFORE INSERT OR UPDATE ON crm_data.interaction_template_language
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes(
		'interaction_template_code', 'language_code', 'custom_layout_code', 'word_template_code');
CREATE OR REPLACE TRIGGER interaction_template_setup_codes BEFORE INSERT OR UPDATE ON crm_data.interaction_template_setup
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('interaction_template_code');

/* Before triggers fire in the order of their names: this one after the codes */
CREATE OR REPLACE TRIGGER interaction_template_language_change BEFORE UPDATE OF language_code ON crm_data.interaction_template
	FOR EACH ROW WHEN (OLD.language_code IS DISTINCT FROM NEW.language_code)
	EXECUTE FUNCTION crm_data.change_template_language();

/* Deferrable, because template and language may have to change together */
CREATE OR REPLACE CONSTRAINT TRIGGER wizard_action_check
	AFTER INSERT OR UPDATE OF language_code, wizard_action, word_template_code ON crm_data.interaction_template
	DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW EXECUTE FUNCTION crm_data.check_wizard_action();
CREATE OR REPLACE CONSTRAINT TRIGGER wizard_action_check
	AFTER INSERT OR UPDATE ON crm_data.interaction_template_language
	DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW EXECUTE FUNCTION crm_data.check_wizard_action();

CREATE OR REPLACE TRIGGER template_use_check AFTER INSERT OR UPDATE OF interaction_template_code ON crm_data.interaction_template_language
	FOR EACH ROW EXECUTE FUNCTION crm_data.check_template_use();
CREATE OR REPLACE TRIGGER template_use_check AFTER INSERT OR UPDATE ON crm_data.interaction_template_setup
	FOR EACH ROW EXECUTE FUNCTION crm_data.check_template_use();

CREATE OR REPLACE TRIGGER remove_unused_attachment AFTER DELETE OR UPDATE OF attachment_id ON crm_data.interaction_template_language
	FOR EACH ROW EXECUTE FUNCTION crm_data.remove_unused_attachment();
