CREATE TRIGGER normalize_codes BEFORE INSERT OR UPDATE ON crm_data.comment_line
	FOR EACH ROW EXECUTE FUNCTION crm_data.normalize_codes('web_source_code', 'comment_code');

/* A line that brings created_at, as a restored one does, is left as it is */
CREATE TRIGGER date_comment BEFORE INSERT ON crm_data.comment_line
	FOR EACH ROW WHEN (NEW.created_at IS NULL) EXECUTE FUNCTION crm_data.date_comment();
