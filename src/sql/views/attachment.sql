CREATE OR REPLACE VIEW crm.attachment WITH (security_invoker = true) AS
	SELECT attachment_id, file_name, media_type, size_bytes, location, read_only, last_modified_at, content
	FROM crm_data.attachment;
COMMENT ON VIEW crm.attachment IS
'Files of interactions and template languages. crm.attach_file() adds one to an interaction. Updatable; a row goes by itself when nothing uses it any more.
Errors: 23514 neither or both of content and location; 55000 changing an attachment that is read-only.';
COMMENT ON COLUMN crm.attachment.attachment_id IS 'Number of the attachment; key.';
COMMENT ON COLUMN crm.attachment.file_name IS 'Name of the file.';
COMMENT ON COLUMN crm.attachment.media_type IS 'Media type, such as application/pdf.';
COMMENT ON COLUMN crm.attachment.size_bytes IS 'Size in bytes; NULL when the file is elsewhere and nobody said.';
COMMENT ON COLUMN crm.attachment.location IS 'Path or URL of a file that is kept elsewhere; NULL when the database keeps it.';
COMMENT ON COLUMN crm.attachment.read_only IS 'Whether an interaction that uses it is logged: it cannot change any more.';
COMMENT ON COLUMN crm.attachment.last_modified_at IS 'When it was stored or changed.';
COMMENT ON COLUMN crm.attachment.content IS 'The file, when the database keeps it.';

CREATE OR REPLACE VIEW crm.interaction_attachment WITH (security_invoker = true) AS
	SELECT interaction_id, attachment_id
	FROM crm_data.interaction_attachment;
COMMENT ON VIEW crm.interaction_attachment IS
'Which files an interaction has, as many as it takes. Rows can be inserted and deleted; an attachment goes with the last row that uses it.';
COMMENT ON COLUMN crm.interaction_attachment.interaction_id IS 'Interaction; key with attachment_id.';
COMMENT ON COLUMN crm.interaction_attachment.attachment_id IS 'Attachment, see crm.attachment.';
