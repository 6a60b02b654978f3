-- Templates: wizard actions, default languages, attachments, and what templates of documents must not have
SET client_min_messages = warning;
BEGIN;
CREATE EXTENSION IF NOT EXISTS crm;
\set ON_ERROR_ROLLBACK on
\pset null -
SELECT crm.install_defaults();
INSERT INTO crm.attachment (attachment_id, file_name, content) VALUES (101, 'en', 'e'), (102, 'de', 'd'), (103, 'shared', 's');
INSERT INTO crm.interaction_template (interaction_template_code, interaction_group_code, language_code, wizard_action) VALUES (' t ', 'letter', 'enu', 'merge');
CREATE TEMP VIEW t AS SELECT interaction_template_code, language_code, wizard_action, word_template_code FROM crm.interaction_template WHERE interaction_template_code = 'T';
TABLE t;

-- E13: each combination, from the side of the language and of the template
INSERT INTO crm.interaction_template_language (interaction_template_code, language_code) VALUES ('T', 'ENU');
INSERT INTO crm.interaction_template_language (interaction_template_code, language_code, custom_layout_code) VALUES ('T', 'ENU', 'L1');
INSERT INTO crm.interaction_template_language (interaction_template_code, language_code, custom_layout_code, attachment_id) VALUES ('T', 'ENU', 'L1', 101);
UPDATE crm.interaction_template SET wizard_action = NULL WHERE interaction_template_code = 'T';
UPDATE crm.interaction_template SET word_template_code = 'W', wizard_action = 'import' WHERE interaction_template_code = 'T';
UPDATE crm.interaction_template SET word_template_code = 'W', wizard_action = 'open' WHERE interaction_template_code = 'T';
UPDATE crm.interaction_template SET word_template_code = NULL WHERE interaction_template_code = 'T';
TABLE t;

-- Both at once
SET CONSTRAINTS ALL DEFERRED;
UPDATE crm.interaction_template_language SET custom_layout_code = NULL WHERE interaction_template_code = 'T';
UPDATE crm.interaction_template SET word_template_code = NULL, wizard_action = 'import' WHERE interaction_template_code = 'T';
SET CONSTRAINTS ALL IMMEDIATE;
TABLE t;

-- The default language brings its way of writing; one without a row changes nothing
INSERT INTO crm.interaction_template_language (interaction_template_code, language_code, custom_layout_code, word_template_code, attachment_id) VALUES
	('T', 'DEU', 'L2', NULL, 102), ('T', 'FRA', NULL, 'WF', NULL), ('T', 'ITA', NULL, NULL, 103);
UPDATE crm.interaction_template SET language_code = 'deu' WHERE interaction_template_code = 'T' RETURNING wizard_action, word_template_code;
UPDATE crm.interaction_template SET language_code = 'FRA' WHERE interaction_template_code = 'T' RETURNING wizard_action, word_template_code;
UPDATE crm.interaction_template SET language_code = 'XXX' WHERE interaction_template_code = 'T' RETURNING wizard_action, word_template_code;
UPDATE crm.interaction_template SET language_code = 'ITA' WHERE interaction_template_code = 'T' RETURNING wizard_action, word_template_code;
UPDATE crm.interaction_template SET language_code = NULL WHERE interaction_template_code = 'T' RETURNING wizard_action, word_template_code;

-- Attachments go with the last that uses them
INSERT INTO crm.contact (contact_no, name) VALUES ('A', 'Acme');
INSERT INTO crm.salesperson (salesperson_code) VALUES ('S');
SELECT crm.log_interaction('A', 'T', 'S', description => 'Letter', language_code => 'ita') AS letter \gset
UPDATE crm.interaction_template_language SET attachment_id = NULL WHERE language_code = 'DEU';
DELETE FROM crm.interaction_template_language WHERE language_code IN ('ENU', 'ITA');
SELECT attachment_id, read_only FROM crm.attachment;
DELETE FROM crm_data.interaction WHERE interaction_id = :letter;
SELECT count(*) FROM crm.attachment;

-- Templates of documents have no languages; only meeting invitations may
INSERT INTO crm.interaction_template_setup VALUES ('sales statement', 'T') ON CONFLICT DO NOTHING;
UPDATE crm.interaction_template_setup SET interaction_template_code = 't' WHERE purpose = 'sales statement';
UPDATE crm.interaction_template_setup SET interaction_template_code = 't' WHERE purpose = 'meeting invitation';
SELECT interaction_template_code FROM crm.interaction_template_setup WHERE purpose = 'sales invoice' \gset
INSERT INTO crm.interaction_template_language (interaction_template_code, language_code) VALUES (:'interaction_template_code', 'ENU');
UPDATE crm.interaction_template_language SET interaction_template_code = :'interaction_template_code' WHERE language_code = 'FRA';
SELECT document_type, document_type_no, side, ledger_type FROM crm.document_type WHERE ledger_type IS NOT NULL ORDER BY 2;

-- Triggers are triggers
SELECT crm_data.check_template_use();
ROLLBACK;
