CREATE OR REPLACE FUNCTION crm_data.note_contact_change() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_note_contact_change';
COMMENT ON FUNCTION crm_data.note_contact_change() IS 'AFTER trigger: the figures of the contact of the row, and of its company, have changed.';

CREATE OR REPLACE FUNCTION crm_data.track_changes() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_track_changes';
COMMENT ON FUNCTION crm_data.track_changes() IS 'AFTER trigger of automatic questions: from the first one on, changes are noted.';

CREATE OR REPLACE FUNCTION crm_data.note_truncation() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_note_truncation';
COMMENT ON FUNCTION crm_data.note_truncation() IS 'AFTER TRUNCATE trigger: classification starts from nothing.';
