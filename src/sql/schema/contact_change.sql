/*
 * Whose figures have changed since the last classification. Appended in the transaction that changes
 * them, never updated, so nobody waits; classification removes what all it has stored takes into account.
 * Nothing is appended while no question is automatic. Not dumped: it belongs to what is stored of the
 * classification, which is not dumped either and computed anew.
 */
CREATE TABLE crm_data.contact_change (
	contact_id		bigint,
	company_id		bigint,
	changed_xid		xid8 NOT NULL DEFAULT pg_current_xact_id()
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

/*
 * What was added up of the log for the questions of a questionnaire, in chunks, and the snapshot it was read with.
 */
CREATE TABLE crm_data.classification_state (
	state_id			bigint GENERATED ALWAYS AS IDENTITY,
	questionnaire_code	text PRIMARY KEY,
	as_of				date NOT NULL,
	definition			text NOT NULL,
	snapshot			pg_snapshot NOT NULL,
	saved_xid			xid8 NOT NULL DEFAULT pg_current_xact_id(),
	answered			bigint[] NOT NULL DEFAULT '{}',
	CONSTRAINT classification_state_questionnaire_fk FOREIGN KEY (questionnaire_code)
		REFERENCES crm_data.questionnaire ON UPDATE CASCADE ON DELETE CASCADE
);

CREATE TABLE crm_data.classification_state_chunk (
	questionnaire_code	text NOT NULL,
	chunk_no			integer NOT NULL,
	totals				bytea NOT NULL,
	PRIMARY KEY (questionnaire_code, chunk_no),
	CONSTRAINT classification_state_chunk_state_fk FOREIGN KEY (questionnaire_code)
		REFERENCES crm_data.classification_state ON UPDATE CASCADE ON DELETE CASCADE
);
ALTER TABLE crm_data.classification_state_chunk ALTER COLUMN totals SET STORAGE EXTERNAL;
