CREATE OR REPLACE VIEW crm.comment_line WITH (security_invoker = true) AS
	SELECT comment_line_id, contact_id, web_source_code, interaction_id, comment_date, comment_code, comment_text, created_at
	FROM crm_data.comment_line;
COMMENT ON VIEW crm.comment_line IS
'Comments on contacts, web sources and interactions. Updatable; each line has exactly one owner. The first line of a day gets the work date.';
COMMENT ON COLUMN crm.comment_line.comment_line_id IS 'Number of the line; key.';
COMMENT ON COLUMN crm.comment_line.contact_id IS 'Contact that it is about.';
COMMENT ON COLUMN crm.comment_line.web_source_code IS 'Web source that it is about.';
COMMENT ON COLUMN crm.comment_line.interaction_id IS 'Interaction that it is about.';
COMMENT ON COLUMN crm.comment_line.comment_date IS 'Date; the first line of a day gets the work date.';
COMMENT ON COLUMN crm.comment_line.comment_code IS 'Code of your own.';
COMMENT ON COLUMN crm.comment_line.comment_text IS 'Comment.';
COMMENT ON COLUMN crm.comment_line.created_at IS 'When the line was written.';
