CREATE OR REPLACE FUNCTION crm_data.stamp_attachment() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_stamp_attachment';
COMMENT ON FUNCTION crm_data.stamp_attachment() IS 'Trigger: last_modified_at is when the file changed, size_bytes the size of its content.';

CREATE OR REPLACE FUNCTION crm_data.refuse_attachment_change() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_refuse_attachment_change';
COMMENT ON FUNCTION crm_data.refuse_attachment_change() IS 'Trigger: refuses to change an attachment that is read-only.';

CREATE OR REPLACE FUNCTION crm_data.protect_attachment() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_protect_attachment';
COMMENT ON FUNCTION crm_data.protect_attachment() IS 'Trigger: an attachment of a logged interaction becomes read-only.';

CREATE OR REPLACE FUNCTION crm_data.remove_unused_attachment() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_remove_unused_attachment';
COMMENT ON FUNCTION crm_data.remove_unused_attachment() IS 'Trigger: an attachment goes with the last interaction or template language that uses it.';

CREATE OR REPLACE FUNCTION crm.attach_file(
	interaction_id	bigint,
	file_name		text,
	media_type		text DEFAULT 'application/octet-stream',
	content			bytea DEFAULT NULL,
	location		text DEFAULT NULL
) RETURNS bigint
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_attach_file';
COMMENT ON FUNCTION crm.attach_file(bigint, text, text, bytea, text) IS
'Attaches any file to an interaction and returns the number of the attachment; without an interaction the attachment is only stored, for log_interaction or a template language to use.
Give either the content or the location (path or URL) of the file. Where the setup keeps attachments by location, content is refused, and a relative location, by default the file name, is below the location of the setup.
Errors: 23514 neither or both of content and location, content although files are kept elsewhere, malformed media type; 23502 no name; 42704 unknown interaction.';
