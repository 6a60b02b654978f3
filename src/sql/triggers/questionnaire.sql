/* Before triggers fire in the order of their names: codes first, then what reads them. */
CREATE OR REPLACE TRIGGER codes BEFORE INSERT OR UPDATE ON crm_data.questionnaire
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('questionnaire_code', 'business_relation_code');

CREATE OR REPLACE TRIGGER codes BEFORE INSERT OR UPDATE ON crm_data.questionnaire_line
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('questionnaire_code');
CREATE OR REPLACE TRIGGER rule BEFORE INSERT OR UPDATE ON crm_data.questionnaire_line
	FOR EACH ROW EXECUTE FUNCTION crm_data.questionnaire_line();
CREATE OR REPLACE TRIGGER rule_of_deletion BEFORE DELETE ON crm_data.questionnaire_line
	FOR EACH ROW EXECUTE FUNCTION crm_data.questionnaire_line_delete();
CREATE OR REPLACE TRIGGER question_removed AFTER DELETE ON crm_data.questionnaire_line
	FOR EACH ROW WHEN (OLD.line_type = 'question') EXECUTE FUNCTION crm_data.check_question_removed();

CREATE OR REPLACE TRIGGER codes BEFORE INSERT OR UPDATE ON crm_data.rating
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('questionnaire_code', 'source_questionnaire_code');
CREATE OR REPLACE TRIGGER rule AFTER INSERT OR UPDATE ON crm_data.rating
	FOR EACH ROW EXECUTE FUNCTION crm_data.rating_rule();

CREATE OR REPLACE TRIGGER codes BEFORE INSERT ON crm_data.contact_profile_answer
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('questionnaire_code');
CREATE OR REPLACE TRIGGER entered BEFORE INSERT ON crm_data.contact_profile_answer
	FOR EACH ROW EXECUTE FUNCTION crm_data.answer_entered();
CREATE OR REPLACE TRIGGER deleted BEFORE DELETE ON crm_data.contact_profile_answer
	FOR EACH ROW EXECUTE FUNCTION crm_data.answer_deleted();
CREATE OR REPLACE TRIGGER changed AFTER INSERT OR DELETE ON crm_data.contact_profile_answer
	FOR EACH ROW EXECUTE FUNCTION crm_data.answer_changed();
/* Lines that are renumbered take their answers along by a trigger of PostgreSQL's */
CREATE OR REPLACE TRIGGER refuse_update BEFORE UPDATE OF contact_id, questionnaire_code, line_no ON crm_data.contact_profile_answer
	FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION crm_data.refuse_answer_update();

CREATE OR REPLACE TRIGGER profile_deleted AFTER DELETE ON crm_data.contact
	FOR EACH ROW EXECUTE FUNCTION crm_data.profile_deleted();

/* The engine remembers questionnaires as long as the relation-cache entry of their lines */
CREATE OR REPLACE TRIGGER forget AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON crm_data.questionnaire
	FOR EACH STATEMENT EXECUTE FUNCTION crm_data.forget('questionnaire_line');
CREATE OR REPLACE TRIGGER forget AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON crm_data.questionnaire_line
	FOR EACH STATEMENT EXECUTE FUNCTION crm_data.forget('questionnaire_line');
CREATE OR REPLACE TRIGGER forget AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON crm_data.rating
	FOR EACH STATEMENT EXECUTE FUNCTION crm_data.forget('questionnaire_line');
