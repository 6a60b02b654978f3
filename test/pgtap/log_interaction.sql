-- Interactions by hand (domain/1 sections 8.5 to 8.9 and 8.12 to 8.15, E15, E16, E23; golden 15)
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(86);
SET LOCAL crm.work_date = '2026-03-08';
INSERT INTO crm.salesperson (salesperson_code, email) VALUES ('S', NULL), ('U', NULL), ('E', 'e@us'), ('D1', 'dup@us'), ('D2', 'dup@us');
INSERT INTO crm.contact (contact_no, name, salesperson_code, email, phone_no) VALUES ('A', 'A', 'S', 'a@x', '100'), ('NOMAIL', 'No mail', 'S', NULL, NULL), ('NOSP', 'No salesperson', NULL, NULL, NULL);
INSERT INTO crm.contact (contact_no, contact_type, name, company_id) SELECT 'P', 'person', 'P', contact_id FROM crm.contact WHERE contact_no = 'A';
INSERT INTO crm.interaction_template (interaction_template_code, interaction_group_code, description, unit_cost, unit_duration_minutes, information_flow, initiated_by,
		correspondence_type, campaign_no, campaign_target, campaign_response) VALUES
	('VISIT', 'MEETING', 'Visit', 8, 90.5, 'outbound', 'us', NULL, 'CP1', true, false), ('REPLY', 'LETTER', 'Reply', 0, 5, 'inbound', 'them', NULL, NULL, false, true),
	('MAIL', 'LETTER', 'Mail', 1, 1, 'outbound', 'us', 'email', NULL, false, false), ('POST', 'LETTER', 'Post', 1, 1, 'outbound', 'us', 'hard copy', NULL, false, false),
	('MUTE', 'LETTER', '', 0, 0, NULL, NULL, NULL, NULL, false, false), ('LANG', 'LETTER', 'Language', 0, 0, NULL, NULL, NULL, NULL, false, false);
CREATE VIEW last AS SELECT i.*, (SELECT contact_no FROM crm.contact c WHERE c.contact_id = i.contact_id) AS contact_no,
	(SELECT contact_no FROM crm.contact c WHERE c.contact_id = i.company_id) AS company_no FROM crm_data.interaction i ORDER BY interaction_id DESC LIMIT 1;
CREATE VIEW total AS SELECT count(*) FROM crm_data.interaction;

-- What the template gives
SELECT crm.log_interaction('P', 'VISIT') AS id \gset
SELECT is((SELECT interaction_id FROM last), :id::bigint, 'logging returns the id');
SELECT results_eq('SELECT contact_no, company_no, interaction_date, interaction_template_code, interaction_group_code, user_name FROM last',
	$$VALUES ('P', 'A', date '2026-03-08', 'VISIT', 'MEETING', current_setting('session_authorization'))$$, 'contact, its company, the work date, template and group');
SELECT results_eq('SELECT description, subject, cost::numeric, duration_minutes::numeric, information_flow, initiated_by FROM last',
	$$VALUES ('Visit', 'Visit', 8.0, 90.5, 'outbound', 'us')$$, 'description, subject, cost, duration, flow and initiator');
SELECT results_eq('SELECT campaign_no, campaign_target, campaign_response, evaluation, attempt_failed, canceled, postponed, delivery_status, document_type FROM last',
	$$VALUES ('CP1', true, false, NULL::text, false, false, false, NULL::text, NULL::text)$$, 'campaign and flags');
SELECT isnt((SELECT interaction_at FROM last), NULL, 'the time is kept');
SELECT crm.log_interaction('A', 'REPLY', salesperson_code => 'U', interaction_date => '2026-01-02', interaction_at => '2026-01-02 10:00+02', description => 'Other', subject => 'Re: other',
	cost => 3.5, duration_minutes => 7, information_flow => 'outbound', initiated_by => 'us', evaluation => 'positive', attempt_failed => true, campaign_no => 'CP9',
	campaign_target => true, campaign_response => false, opportunity_no => 'OP1', contact_via => '555');
SELECT results_eq('SELECT contact_no, company_no, salesperson_code, interaction_date, interaction_at, description, subject FROM last',
	$$VALUES ('A', 'A', 'U', date '2026-01-02', timestamptz '2026-01-02 08:00+00', 'Other', 'Re: other')$$, 'what is given wins');
SELECT results_eq('SELECT cost::numeric, duration_minutes::numeric, information_flow, initiated_by, evaluation, attempt_failed, campaign_no, campaign_target, campaign_response, opportunity_no, contact_via FROM last',
	$$VALUES (3.5, 7.0, 'outbound', 'us', 'positive', true, 'CP9', true, false, 'OP1', '555')$$, '... for every field');
SELECT crm.log_interaction('A', 'VISIT', cost => 0, duration_minutes => 0);
SELECT results_eq('SELECT cost::numeric, duration_minutes::numeric FROM last', $$VALUES (0.0, 0.0)$$, 'zero is a given value');

-- Errors: E15, and nothing is logged
CREATE TEMP TABLE before AS TABLE total;
SELECT throws_ok($$SELECT crm.log_interaction(NULL, 'VISIT')$$, '23502', NULL, 'E15: no contact');
SELECT throws_ok($$SELECT crm.log_interaction('A', NULL)$$, '23502', NULL, 'E15: no template');
SELECT throws_ok($$SELECT crm.log_interaction('NOSP', 'VISIT')$$, '23502', NULL, 'E15: no salesperson');
SELECT throws_ok($$SELECT crm.log_interaction('A', 'MUTE')$$, '23502', NULL, 'E15: no description');
SELECT throws_ok($$SELECT crm.log_interaction('NOBODY', 'VISIT')$$, '42704', NULL, 'unknown contact');
SELECT throws_ok($$SELECT crm.log_interaction('A', 'NONE')$$, '42704', NULL, 'unknown template');
SELECT throws_ok($$SELECT crm.log_interaction('A', 'VISIT', salesperson_code => 'NONE')$$, '42704', NULL, 'unknown salesperson');
SELECT throws_ok($$SELECT crm.log_interaction('A', 'VISIT', cost => -1)$$, '23514', NULL, 'negative cost');
SELECT throws_ok($$SELECT crm.log_interaction('A', 'VISIT', duration_minutes => -1)$$, '23514', NULL, 'negative duration');
SELECT throws_ok($$SELECT crm.log_interaction('A', 'VISIT', evaluation => 'good')$$, '23514', NULL, 'unknown evaluation');
SELECT throws_ok($$SELECT crm.log_interaction('A', 'VISIT', attachment_ids => ARRAY[-1]::bigint[])$$, '23503', NULL, 'unknown attachment');
UPDATE crm.interaction_template SET wizard_action = 'open' WHERE interaction_template_code = 'POST';
SELECT throws_ok($$SELECT crm.log_interaction('A', 'POST')$$, '23502', NULL, 'E15: open without an attachment');
UPDATE crm.interaction_template SET wizard_action = NULL WHERE interaction_template_code = 'POST';
SELECT results_eq('TABLE total', 'TABLE before', 'nothing was logged');
SELECT lives_ok($$SELECT crm.log_interaction('A', 'MUTE', description => 'Said')$$, 'a given description will do');

-- Salesperson (golden 15)
SELECT crm.log_interaction('A', 'VISIT');
SELECT is((SELECT salesperson_code FROM last), 'S', 'golden 15: user none, contact''s');
UPDATE crm.salesperson SET user_name = session_user WHERE salesperson_code = 'U';
SELECT crm.log_interaction('A', 'VISIT');
SELECT is((SELECT salesperson_code FROM last), 'U', 'golden 15: user''s before contact''s');
SELECT crm.log_interaction('NOSP', 'VISIT');
SELECT is((SELECT salesperson_code FROM last), 'U', '... also when the contact has none');
SET LOCAL crm.user_email = 'E@us';
SELECT crm.log_interaction('A', 'VISIT');
SELECT is((SELECT salesperson_code FROM last), 'E', 'golden 15: one with the user''s login e-mail before both');
SET LOCAL crm.user_email = 'dup@us';
SELECT crm.log_interaction('A', 'VISIT');
SELECT is((SELECT salesperson_code FROM last), 'U', '... if it is one');
SET LOCAL crm.user_email = '';
SELECT crm.log_interaction('A', 'VISIT', salesperson_code => 'S');
SELECT is((SELECT salesperson_code FROM last), 'S', 'a given one wins');
UPDATE crm.salesperson SET user_name = NULL;

-- Correspondence: template ignores the contact, then template when the contact is blank, then the contact's
CREATE FUNCTION channel(contact text, template text) RETURNS text LANGUAGE sql AS $$
	SELECT crm.log_interaction(contact, template);
	SELECT coalesce(correspondence_type, 'blank') FROM last $$;
SELECT is(channel('A', 'POST'), 'hard copy', 'contact blank: template''s');
UPDATE crm.contact SET correspondence_type = 'email' WHERE contact_no = 'A';
SELECT is(channel('A', 'POST'), 'email', 'contact''s preference beats the template''s');
UPDATE crm.interaction_template SET ignore_contact_correspondence = true WHERE interaction_template_code = 'POST';
SELECT is(channel('A', 'POST'), 'hard copy', '... unless the template ignores it');
SELECT is(channel('A', 'VISIT'), 'email', 'a template without one: contact''s');
UPDATE crm.contact SET correspondence_type = NULL WHERE contact_no = 'A';
SELECT is(channel('A', 'VISIT'), 'blank', 'both blank: blank');
SELECT crm.log_interaction('A', 'VISIT', correspondence_type => 'hard copy');
SELECT is((SELECT correspondence_type FROM last), 'hard copy', 'a given one wins');

-- E-mail needs an address (8.9). Assumption: an attachment is required only where delivery is (8.7 is the wizard's rule)
SELECT is(channel('A', 'MAIL'), 'email', 'a contact with an e-mail address');
SELECT is(channel('NOMAIL', 'MAIL'), 'blank', 'one without: logged with blank correspondence');
INSERT INTO crm.contact_alt_address (contact_id, alt_address_code, email) SELECT contact_id, code, mail
	FROM crm.contact, (VALUES ('WITH', 'alt@x'), ('WITHOUT', NULL)) v(code, mail) WHERE contact_no = 'NOMAIL';
SELECT crm.log_interaction('NOMAIL', 'MAIL', contact_alt_address_code => 'WITH');
SELECT is((SELECT correspondence_type FROM last), 'email', 'an alternative address with e-mail saves it');
SELECT crm.log_interaction('NOMAIL', 'MAIL', contact_alt_address_code => 'WITHOUT');
SELECT is((SELECT correspondence_type FROM last), NULL, '... one without does not');
SELECT throws_ok($$SELECT crm.log_interaction('NOMAIL', 'MAIL', deliver => true)$$, '55000', NULL, 'E16: delivery without an e-mail address');
INSERT INTO crm.attachment (attachment_id, file_name, media_type, content) VALUES (1001, 'mail.html', 'text/html', 'Hello');
SELECT throws_ok($$SELECT crm.log_interaction('A', 'MAIL', deliver => true)$$, '55000', NULL, 'E16: delivery without an attachment');
SELECT crm.log_interaction('A', 'MAIL', deliver => true, attachment_ids => ARRAY[1001]::bigint[]);
SELECT results_eq('SELECT correspondence_type, delivery_status FROM last', $$VALUES ('email', 'in progress')$$, 'with both it is handed over');

-- Languages and their attachments (8.6)
INSERT INTO crm.attachment (attachment_id, file_name, content) VALUES (1002, 'rom', 'r'), (1003, 'enu', 'e');
INSERT INTO crm.interaction_template_language (interaction_template_code, language_code, attachment_id) VALUES ('LANG', 'ROM', 1002), ('LANG', 'ENU', 1003);
UPDATE crm.interaction_template SET language_code = 'ENU' WHERE interaction_template_code = 'LANG';
CREATE FUNCTION tongue(contact text, lang text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT crm.log_interaction(contact, 'LANG', language_code => lang);
	SELECT concat_ws(' ', language_code, file_name) FROM last LEFT JOIN crm_data.interaction_attachment USING (interaction_id) LEFT JOIN crm_data.attachment USING (attachment_id) $$;
UPDATE crm.contact SET language_code = 'ROM' WHERE contact_no = 'A';
SELECT is(tongue('A'), 'ROM rom', 'the contact''s language with its attachment');
UPDATE crm.contact SET language_code = 'FRA' WHERE contact_no = 'A';
SELECT is(tongue('A'), 'ENU enu', 'a language the template lacks: the template''s default');
SELECT is(tongue('NOMAIL'), 'ENU enu', 'a contact without one: the template''s default');
SELECT is(tongue('NOMAIL', 'ROM'), 'ROM rom', 'a given one wins');

-- Attachments (8.15)
SELECT crm.log_interaction('A', 'VISIT', description => 'files', attachment_ids => ARRAY[1001]::bigint[], comment => 'three files') AS files \gset
SELECT ok(crm.attach_file(:files, 'scan.pdf', 'application/pdf', '\x2550444601') IS NOT NULL, 'a file is attached');
SELECT ok(crm.attach_file(:files, 'big.iso', 'application/octet-stream', location => 's3://bucket/big.iso') IS NOT NULL, 'a location is attached');
SELECT results_eq(format('SELECT file_name, media_type, size_bytes, location FROM crm.attachment JOIN crm.interaction_attachment USING (attachment_id) WHERE interaction_id = %s ORDER BY file_name', :files),
	$$VALUES ('big.iso', 'application/octet-stream', NULL::bigint, 's3://bucket/big.iso'), ('mail.html', 'text/html', 5, NULL), ('scan.pdf', 'application/pdf', 5, NULL)$$,
	'several attachments, with media type and size');
SELECT is((SELECT bool_and(read_only) FROM crm.attachment JOIN crm.interaction_attachment USING (attachment_id) WHERE interaction_id = :files), true, 'what is logged is read only');
SELECT throws_ok($$UPDATE crm.attachment SET content = 'other' WHERE file_name = 'scan.pdf'$$, '55000', NULL, '... and cannot be replaced');
SELECT throws_ok(format($$SELECT crm.attach_file(%s, 'x', 'text/plain')$$, :files), '23514', NULL, 'an attachment has content or a location');
SELECT throws_ok(format($$SELECT crm.attach_file(%s, 'x', 'text/plain', 'x', 'y')$$, :files), '23514', NULL, '... not both');
SELECT throws_ok(format($$SELECT crm.attach_file(%s, 'x', 'plain', 'x')$$, :files), '23514', NULL, '... and a media type');
SELECT throws_ok($$SELECT crm.attach_file(-1, 'x', 'text/plain', 'x')$$, '42704', NULL, '... and an interaction');
SELECT results_eq(format('SELECT comment_text, comment_date FROM crm.comment_line WHERE interaction_id = %s', :files),
	$$VALUES ('three files', date '2026-03-08')$$, 'comments are kept with the work date');

-- Evaluation (8.14)
SELECT is(crm.evaluate_interaction(ARRAY[:files, -1]::bigint[], 'very positive'), 1::bigint, 'evaluating returns how many');
SELECT is((SELECT evaluation FROM crm.interaction WHERE interaction_id = :files), 'very positive', '... and evaluates');
SELECT throws_ok(format($$SELECT crm.evaluate_interaction(ARRAY[%s]::bigint[], 'superb')$$, :files), '23514', NULL, '... with a known value');

-- Cancel, un-cancel, delete (8.14)
SELECT crm.log_interaction('A', 'VISIT', description => 'shares', attachment_ids => ARRAY[1001]::bigint[]) AS shares \gset
SELECT is(crm.cancel_interaction(ARRAY[:files]::bigint[]), 1::bigint, 'canceling returns how many');
SELECT is((SELECT canceled FROM crm.interaction WHERE interaction_id = :files), true, '... and cancels');
SELECT is(crm.cancel_interaction(ARRAY[:files]::bigint[], canceled => false), 1::bigint, 'un-canceling');
SELECT is((SELECT canceled FROM crm.interaction WHERE interaction_id = :files), false, '... un-cancels');
SELECT is((SELECT count(*) FROM crm.interaction_attachment WHERE interaction_id = :files), 3::bigint, '... and the attachments are still there');
SELECT crm.cancel_interaction(ARRAY[:files]::bigint[], remove_attachments => true);
SELECT bag_eq($$SELECT file_name FROM crm.attachment WHERE file_name IN ('mail.html', 'scan.pdf', 'big.iso')$$, ARRAY['mail.html'],
	'canceling with the attachments removes those nobody else uses');
SELECT is(crm.delete_canceled_interactions(ARRAY[:files, :shares]::bigint[]), 1::bigint, 'only canceled ones are deleted');
SELECT is((SELECT count(*) FROM crm_data.interaction WHERE interaction_id IN (:files, :shares)), 1::bigint, '... the other stays');
SELECT is_empty(format('SELECT FROM crm.comment_line WHERE interaction_id = %s', :files), '... comments go');
SELECT crm.attach_file(:shares, 'own.txt', 'text/plain', 'own');
SELECT crm.cancel_interaction(ARRAY[:shares]::bigint[]);
SELECT is(crm.delete_canceled_interactions(), 1::bigint, 'all canceled ones');
SELECT is_empty($$SELECT FROM crm.attachment WHERE file_name = 'own.txt'$$, '... with their own attachments');

-- Postponed (8.13)
SELECT crm.log_interaction('NOSP', 'MUTE', interaction_date => '2026-01-01', comment => 'draft', postponed => true) AS draft \gset
SELECT is((SELECT postponed FROM crm_data.interaction WHERE interaction_id = :draft), true, 'a postponed interaction is not validated');
SELECT is((SELECT count(*) FROM crm.postponed_interaction WHERE interaction_id = :draft), 1::bigint, '... and listed');
SELECT throws_ok(format('SELECT crm.resume_interaction(%s)', :draft), '23502', NULL, 'resuming validates');
SELECT is(crm.resume_interaction(:draft, salesperson_code => 'S', description => 'done', comment => 'final'), :draft::bigint, 'resuming keeps the entry');
SELECT results_eq(format('SELECT postponed, interaction_date, description, salesperson_code FROM crm_data.interaction WHERE interaction_id = %s', :draft),
	$$VALUES (false, date '2026-03-08', 'done', 'S')$$, '... finishes it on the work date');
SELECT results_eq(format('SELECT comment_text FROM crm.comment_line WHERE interaction_id = %s', :draft), $$VALUES ('final')$$, '... and replaces the comments');
SELECT is_empty('SELECT FROM crm.postponed_interaction', '... and it is listed no more');
SELECT throws_ok(format('SELECT crm.resume_interaction(%s)', :draft), '55000', NULL, 'what is logged is not resumed');
SELECT throws_ok('SELECT crm.resume_interaction(-1)', '42704', NULL, 'nor is what does not exist');
SELECT crm.log_interaction('A', 'VISIT', postponed => true) AS draft \gset
SELECT lives_ok(format('DELETE FROM crm.postponed_interaction WHERE interaction_id = %s', :draft), 'a postponed one is deleted freely');
SELECT is_empty(format('SELECT FROM crm_data.interaction WHERE interaction_id = %s', :draft), '... and is gone');
SELECT crm.log_interaction('A', 'MAIL', postponed => true, deliver => true, attachment_ids => ARRAY[1001]::bigint[]);
SELECT is((SELECT delivery_status FROM last), NULL, 'a postponed one is not delivered');

-- Snapshot: templates may go, entries stay
DELETE FROM crm.interaction_template WHERE interaction_template_code = 'VISIT';
SELECT isnt((SELECT count(*) FROM crm.interaction WHERE interaction_template_code = 'VISIT' AND interaction_group_code = 'MEETING'), 0::bigint,
	'entries keep the code of a deleted template');

-- Calls (8.12, E23)
SELECT ok(crm.log_call('A', attempt_failed => true) IS NOT NULL, 'a call is logged');
SELECT results_eq('SELECT interaction_template_code, contact_via, attempt_failed, delivery_status FROM last',
	$$SELECT interaction_template_code, '100', true, NULL::text FROM crm.interaction_template_setup WHERE purpose = 'outgoing call'$$,
	'... with the template for calls and the contact''s number');
SELECT crm.log_call('A', contact_via => '555', evaluation => 'negative');
SELECT results_eq('SELECT contact_via, evaluation, attempt_failed FROM last', $$VALUES ('555', 'negative', false)$$, '... or another number');
DELETE FROM crm.interaction_template_setup WHERE purpose = 'outgoing call';
SELECT throws_ok($$SELECT crm.log_call('A')$$, '55000', NULL, 'E23: no template for calls');

SELECT * FROM finish();
ROLLBACK;
