CREATE OR REPLACE VIEW crm.source WITH (security_invoker = true) AS
	SELECT s.source_id, s.source_name, s.source_kind, s.table_name,
		c.oid IS NOT NULL AS table_exists,
		s.key_column, s.query, s.relation, p.source_name AS partner_source_name,
		s.timing, s.on_unpost, s.without_partner, s.write_back, s.legal_entity,
		s.attached_at, s.attached_by
	FROM crm_data.source AS s
	LEFT JOIN pg_catalog.pg_class AS c ON c.oid = s.on_table
	LEFT JOIN crm_data.source AS p ON p.source_id = s.partner_source_id
	WHERE s.attached;
COMMENT ON VIEW crm.source IS 'What is attached to the ERP, one row for each attachment. Changed by crm.attach_document(), crm.attach_partner() and crm.detach().';
COMMENT ON COLUMN crm.source.source_id IS 'Key.';
COMMENT ON COLUMN crm.source.source_name IS 'Name given when attached, unique.';
COMMENT ON COLUMN crm.source.source_kind IS '''document'' or ''partner''.';
COMMENT ON COLUMN crm.source.table_name IS 'The table of the ERP, as it was called when attached.';
COMMENT ON COLUMN crm.source.table_exists IS 'False when the table has been dropped since.';
COMMENT ON COLUMN crm.source.key_column IS 'Unique column of the table whose value is the key of document or card.';
COMMENT ON COLUMN crm.source.query IS 'The mapping query.';
COMMENT ON COLUMN crm.source.relation IS 'Of partners: ''customer'', ''vendor'', ''bank account'' or ''employee''.';
COMMENT ON COLUMN crm.source.partner_source_name IS 'Of documents: the attached partners that they name.';
COMMENT ON COLUMN crm.source.timing IS '''statement'': looked at with each statement; ''commit'': at the end of the transaction.';
COMMENT ON COLUMN crm.source.on_unpost IS '''void'' or ''reverse'': what becomes of the entry of a document that is not posted any more.';
COMMENT ON COLUMN crm.source.without_partner IS '''log'' or ''skip'': what becomes of a document that names no partner.';
COMMENT ON COLUMN crm.source.write_back IS 'Of partners: changes of the contact go to the card.';
COMMENT ON COLUMN crm.source.legal_entity IS 'Legal entity of rows whose query names none.';
COMMENT ON COLUMN crm.source.attached_at IS 'When it was attached last.';
COMMENT ON COLUMN crm.source.attached_by IS 'The user who attached it.';

CREATE OR REPLACE VIEW crm.posting_problem WITH (security_invoker = true) AS
	SELECT p.posting_problem_id, p.source_id, s.source_name, p.document_key, p.sqlstate, p.message, p.detail, p.hint,
		p.occurred_at, p.user_name
	FROM crm_data.posting_problem AS p
	LEFT JOIN crm_data.source AS s USING (source_id);
COMMENT ON VIEW crm.posting_problem IS 'Documents and cards that could not be logged or synchronised; the ERP''s own work went on. crm.replay_problems() tries them again.';
COMMENT ON COLUMN crm.posting_problem.posting_problem_id IS 'Key.';
COMMENT ON COLUMN crm.posting_problem.source_id IS 'Id of the attachment concerned.';
COMMENT ON COLUMN crm.posting_problem.source_name IS 'Its name.';
COMMENT ON COLUMN crm.posting_problem.document_key IS 'Key of the document or card; null when the problem is not about one.';
COMMENT ON COLUMN crm.posting_problem.sqlstate IS 'Error code, for example P0002: partner or contact not known.';
COMMENT ON COLUMN crm.posting_problem.message IS 'What is wrong.';
COMMENT ON COLUMN crm.posting_problem.detail IS 'More about it.';
COMMENT ON COLUMN crm.posting_problem.hint IS 'What to do.';
COMMENT ON COLUMN crm.posting_problem.occurred_at IS 'When it was met first.';
COMMENT ON COLUMN crm.posting_problem.user_name IS 'The session''s user.';
