CREATE OR REPLACE TRIGGER stamp_attachment BEFORE INSERT OR UPDATE OF file_name, media_type, size_bytes, content, location ON crm_data.attachment
	FOR EACH ROW EXECUTE FUNCTION crm_data.stamp_attachment();

CREATE OR REPLACE TRIGGER refuse_attachment_change BEFORE UPDATE ON crm_data.attachment
	FOR EACH ROW WHEN (OLD.read_only AND
		(OLD.attachment_id, OLD.file_name, OLD.media_type, OLD.content, OLD.location, OLD.read_only)
		IS DISTINCT FROM
		(NEW.attachment_id, NEW.file_name, NEW.media_type, NEW.content, NEW.location, NEW.read_only))
	EXECUTE FUNCTION crm_data.refuse_attachment_change();

CREATE OR REPLACE TRIGGER protect_attachment AFTER INSERT ON crm_data.interaction_attachment
	FOR EACH ROW EXECUTE FUNCTION crm_data.protect_attachment();

/* Deleting an interaction deletes its rows here first: the log itself needs no trigger */
CREATE OR REPLACE TRIGGER remove_unused_attachment AFTER DELETE ON crm_data.interaction_attachment
	FOR EACH ROW EXECUTE FUNCTION crm_data.remove_unused_attachment();
