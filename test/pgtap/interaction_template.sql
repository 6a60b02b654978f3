-- Interaction groups, templates, their languages and purposes (domain/1 sections 8.1 to 8.3, E13)
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(28);
INSERT INTO crm.attachment (attachment_id, file_name, media_type, content) VALUES
	(1001, 'letter.html', 'text/html', 'Hello'), (1002, 'brief.html', 'text/html', 'Hallo');
INSERT INTO crm.interaction_template (interaction_template_code, interaction_group_code) VALUES ('T', 'LETTER');

-- Defaults and checks
SELECT results_eq($$SELECT description, unit_cost::numeric, unit_duration_minutes::numeric, information_flow, initiated_by, campaign_target, campaign_response,
	correspondence_type, ignore_contact_correspondence, wizard_action FROM crm.interaction_template WHERE interaction_template_code = 'T'$$,
	$$VALUES ('', 0::numeric, 0::numeric, NULL::text, NULL::text, false, false, 'email', false, NULL::text)$$, 'defaults: all blank, except e-mail');
SELECT throws_ok($$INSERT INTO crm.interaction_template (interaction_template_code) VALUES ('U')$$, '23502', NULL, 'a template has a group');
SELECT throws_ok($$INSERT INTO crm.interaction_template (interaction_template_code, interaction_group_code) VALUES ('U', 'NONE')$$, '23503', NULL, '... that exists');
SELECT throws_ok($$UPDATE crm.interaction_template SET unit_cost = -1 WHERE interaction_template_code = 'T'$$, '23514', NULL, 'costs are not negative');
SELECT throws_ok($$UPDATE crm.interaction_template SET unit_duration_minutes = -1 WHERE interaction_template_code = 'T'$$, '23514', NULL, 'nor are durations');
SELECT throws_ok($$UPDATE crm.interaction_template SET initiated_by = 'me' WHERE interaction_template_code = 'T'$$, '23514', NULL, 'initiated by us or them');
SELECT throws_ok($$UPDATE crm.interaction_template SET information_flow = 'up' WHERE interaction_template_code = 'T'$$, '23514', NULL, 'outbound or inbound');
SELECT throws_ok($$UPDATE crm.interaction_template SET wizard_action = 'close' WHERE interaction_template_code = 'T'$$, '23514', NULL, 'open, import or merge');
SELECT throws_ok($$DELETE FROM crm.interaction_group WHERE interaction_group_code = 'LETTER'$$, '23503', NULL, 'a group in use stays');

-- E13: the wizard action must fit the language row of the default language; without that row anything goes
SELECT lives_ok($$UPDATE crm.interaction_template SET language_code = 'ENU', wizard_action = 'import', word_template_code = 'W' WHERE interaction_template_code = 'T'$$,
	'without a language row nothing is checked');
UPDATE crm.interaction_template SET wizard_action = NULL, word_template_code = NULL WHERE interaction_template_code = 'T';
INSERT INTO crm.interaction_template_language (interaction_template_code, language_code, attachment_id) VALUES ('T', 'ENU', 1001);
SELECT throws_ok($$UPDATE crm.interaction_template SET wizard_action = 'merge' WHERE interaction_template_code = 'T'$$, '23514', NULL,
	'E13: no layout and no word template: no merge');
SELECT lives_ok($$UPDATE crm.interaction_template SET wizard_action = 'open' WHERE interaction_template_code = 'T'$$, '... but open');
SELECT lives_ok($$UPDATE crm.interaction_template SET wizard_action = 'import' WHERE interaction_template_code = 'T'$$, '... or import');
UPDATE crm.interaction_template SET wizard_action = NULL WHERE interaction_template_code = 'T';
SELECT lives_ok($$UPDATE crm.interaction_template SET word_template_code = 'W', wizard_action = 'merge' WHERE interaction_template_code = 'T'$$,
	'a word template merges');
SELECT throws_ok($$UPDATE crm.interaction_template SET wizard_action = 'import' WHERE interaction_template_code = 'T'$$, '23514', NULL, 'E13: a word template is not imported');
SELECT lives_ok($$UPDATE crm.interaction_template SET wizard_action = 'open' WHERE interaction_template_code = 'T'$$, '... but opened');
UPDATE crm.interaction_template SET word_template_code = NULL, wizard_action = NULL WHERE interaction_template_code = 'T';
INSERT INTO crm.interaction_template_language (interaction_template_code, language_code, attachment_id, custom_layout_code, word_template_code) VALUES
	('T', 'ROM', 1002, 'LAYOUT', NULL), ('T', 'DEU', NULL, NULL, 'WD'), ('T', 'FRA', NULL, 'LAYOUT', NULL);
UPDATE crm.interaction_template SET language_code = 'ROM' WHERE interaction_template_code = 'T';
SELECT results_eq($$SELECT wizard_action, word_template_code FROM crm.interaction_template WHERE interaction_template_code = 'T'$$,
	$$VALUES ('merge', NULL::text)$$, 'a default language with a layout sets merge');
SELECT throws_ok($$UPDATE crm.interaction_template SET wizard_action = 'open' WHERE interaction_template_code = 'T'$$, '23514', NULL,
	'E13: a layout without a word template requires merge');
UPDATE crm.interaction_template SET language_code = 'DEU' WHERE interaction_template_code = 'T';
SELECT results_eq($$SELECT wizard_action, word_template_code FROM crm.interaction_template WHERE interaction_template_code = 'T'$$,
	$$VALUES (NULL::text, 'WD')$$, 'one without a layout blanks merge and brings its word template');
SELECT throws_ok($$UPDATE crm.interaction_template SET language_code = 'FRA', word_template_code = NULL WHERE interaction_template_code = 'T'$$, '23514', NULL,
	'E13: merge needs an attachment or a word template');

-- Languages and attachments
SELECT throws_ok($$INSERT INTO crm.interaction_template_language (interaction_template_code, language_code) VALUES ('T', 'ROM')$$, '23505', NULL, 'one row per language');
DELETE FROM crm.interaction_template_language WHERE language_code = 'ROM';
SELECT is_empty('SELECT FROM crm.attachment WHERE attachment_id = 1002', 'deleting a language deletes its attachment');
SELECT lives_ok($$DELETE FROM crm.interaction_template WHERE interaction_template_code = 'T'$$, 'deleting a template');
SELECT is_empty($$SELECT FROM crm.interaction_template_language WHERE interaction_template_code = 'T'$$, '... deletes its languages');

-- Purposes
SELECT throws_ok($$INSERT INTO crm.interaction_template_setup (purpose, interaction_template_code) VALUES ('world peace', 'BUS')$$, '23503', NULL, 'purposes are known');
SELECT throws_ok($$UPDATE crm.interaction_template_setup SET interaction_template_code = 'NONE' WHERE purpose = 'sales invoice'$$, '23503', NULL, 'templates exist');
SELECT throws_ok($$DELETE FROM crm.interaction_template WHERE interaction_template_code =
	(SELECT interaction_template_code FROM crm.interaction_template_setup WHERE purpose = 'sales invoice')$$, '23503', NULL, 'a template with a purpose stays');
SELECT results_eq($$SELECT purpose, purpose_no FROM crm_data.interaction_purpose WHERE purpose_no IN (4, 6, 9, 14, 26) ORDER BY purpose_no$$,
	$$VALUES ('sales invoice', 4), ('sales credit memo', 6), ('service order', 9), ('purchase invoice', 14), ('sales draft invoice', 26)$$, 'document types have their numbers');

SELECT * FROM finish();
ROLLBACK;
