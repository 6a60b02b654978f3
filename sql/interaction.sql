-- Interactions by hand: what is filled in, messages, drafts, calls, cancelling, files, and who may do it
SET client_min_messages = warning;
SET datestyle = ISO;
BEGIN;
CREATE EXTENSION IF NOT EXISTS crm;
\set ON_ERROR_ROLLBACK on
\pset null -
SELECT crm.install_defaults();
SET LOCAL crm.work_date = '2026-03-08';
INSERT INTO crm.salesperson (salesperson_code, salesperson_name, email) VALUES ('S', 'Sanda', NULL), ('E', '', 'Eva@us.example');
INSERT INTO crm.contact (contact_no, name, salesperson_code, email, phone_no, language_code) VALUES
	('A', 'Acme', 'S', 'a@x', '100', 'ROM'), ('B', 'Beta', NULL, NULL, NULL, NULL);
INSERT INTO crm.contact (contact_no, contact_type, name, company_name, mobile_phone_no, email) VALUES ('P', 'person', 'Ana Pop', 'Beta', '0700', NULL);
INSERT INTO crm.interaction_template (interaction_template_code, interaction_group_code, description, unit_cost, unit_duration_minutes, information_flow, initiated_by, correspondence_type) VALUES
	('visit', 'meeting', 'Visit', 8, 90, 'outbound', 'us', NULL), ('IDEA', 'MEETING', 'Idea', 1, 5, 'inbound', 'them', NULL), ('MAIL', 'LETTER', 'Mail', 1, 1, 'outbound', 'us', 'email');
CREATE TEMP VIEW last AS SELECT * FROM crm.interaction ORDER BY interaction_id DESC LIMIT 1;

-- Codes in any case; what is left out is filled in
SELECT crm.log_interaction(' a ', 'visit', campaign_no => 'cp1', comment => 'first') AS visit \gset
SELECT entry_title, contact_no, company_no, interaction_date, description, subject, cost, duration_minutes, interaction_group_code, campaign_no, salesperson_code, has_comment, attachment_count
FROM last;
SELECT extract(second FROM interaction_at) = 0 AS full_minute, interaction_at > now() AS rounded_up, interaction_at <= now() + interval '62 seconds' AS soon,
	user_name = session_user AS by_me FROM last;
SELECT comment_date, comment_text FROM crm.comment_line WHERE interaction_id = :visit;
SET LOCAL crm.user_email = 'eva@US.example';
SELECT crm.log_interaction('A', 'IDEA', interaction_at => '2026-03-01 23:30+00') > 0 AS logged;
SELECT entry_title, interaction_date, salesperson_code FROM last;
RESET crm.user_email;

-- Messages; nothing is logged
SELECT crm.log_interaction(NULL, 'VISIT');
SELECT crm.log_interaction('A', '  ');
SELECT crm.log_interaction('B', 'VISIT');
SELECT crm.log_interaction('A', 'VISIT', interaction_date => 'infinity');
SELECT crm.log_interaction('NONE', 'VISIT');
SELECT crm.log_interaction('A', 'NONE');
SELECT crm.log_interaction('A', 'VISIT', salesperson_code => 'none');
SELECT crm.log_interaction('A', 'VISIT', contact_alt_address_code => 'sea');
SELECT crm.log_interaction('B', 'MAIL', salesperson_code => 'S', deliver => true);
SELECT crm.log_interaction('A', 'MAIL', deliver => true);
UPDATE crm.contact SET privacy_blocked = true WHERE contact_no = 'B';
SELECT crm.log_interaction('B', 'VISIT', salesperson_code => 'S');
SELECT crm.log_interaction('B', 'VISIT', postponed => true);
UPDATE crm.contact SET privacy_blocked = false WHERE contact_no = 'B';
SELECT count(*) FROM crm.interaction;

-- A draft is resumed on its own entry: its own values, or those of another template; the chosen address stays
INSERT INTO crm.contact_alt_address (contact_id, alt_address_code, email) SELECT contact_id, code, 'alt@x' FROM crm.contact, (VALUES ('HOME'), ('SEA'), ('OWN')) AS v (code) WHERE contact_no = 'P';
INSERT INTO crm.contact_alt_address_date_range (contact_id, starting_date, ending_date, alt_address_code)
SELECT contact_id, date '2026-01-01', NULL::date, 'HOME' FROM crm.contact WHERE contact_no = 'P' UNION ALL SELECT contact_id, '2026-02-01', '2026-02-28', 'SEA' FROM crm.contact WHERE contact_no = 'P';
SELECT crm.log_interaction('P', 'VISIT', interaction_date => '2026-02-10', cost => 3, opportunity_no => 'op1', comment => 'draft', postponed => true) AS draft \gset
SELECT contact_no, contact_name, interaction_date, cost, contact_alt_address_code, salesperson_code FROM crm.postponed_interaction;
UPDATE crm.postponed_interaction SET subject = 'still thinking';
\set VERBOSITY terse
INSERT INTO crm.postponed_interaction (description) VALUES ('around the rules');
\set VERBOSITY default
SELECT crm.resume_interaction(:draft);
SELECT crm.resume_interaction(:draft, salesperson_code => 'S', evaluation => 'positive', postponed => true) = :draft AS same;
SELECT postponed, interaction_date, description, subject, cost, evaluation, opportunity_no, contact_alt_address_code, salesperson_code FROM last;
SELECT crm.resume_interaction(:draft, interaction_template_code => 'IDEA', contact_alt_address_code => 'OWN', interaction_date => '2026-02-12', postponed => true) = :draft AS same;
SELECT crm.resume_interaction(:draft, comment => 'final') = :draft AS same;
SELECT postponed, interaction_date, description, subject, cost, duration_minutes, initiated_by, evaluation, contact_alt_address_code FROM last;
SELECT comment_text FROM crm.comment_line WHERE interaction_id = :draft;
SELECT crm.resume_interaction(:draft);
SELECT crm.resume_interaction(0);
SELECT crm.resume_interaction(NULL);

-- Calls, in both directions
SELECT crm.log_call('p', salesperson_code => 'S', duration_minutes => 3.5, attempt_failed => true) > 0 AS logged;
SELECT interaction_template_code, initiated_by, contact_via, duration_minutes, attempt_failed, correspondence_type FROM last;
SELECT crm.log_call('A', 'incoming', '555', evaluation => 'very positive', dial => true) > 0 AS logged;
SELECT interaction_template_code, initiated_by, contact_via, evaluation FROM last;
SELECT crm.log_call('B', salesperson_code => 'S', dial => true);
SELECT crm.log_call('A', 'sideways');
DELETE FROM crm.interaction_template_setup WHERE purpose = 'incoming call';
SELECT crm.log_call('A', 'incoming');

-- Files: in the database or elsewhere, read-only once logged, gone with the last entry that uses them
SELECT crm.attach_file(NULL, 'a.txt', 'text/plain', 'one') AS one \gset
SELECT crm.log_interaction('A', 'MAIL', attachment_ids => ARRAY[:one], postponed => true) AS mail \gset
UPDATE crm.attachment SET content = 'three', size_bytes = 99 WHERE attachment_id = :one RETURNING size_bytes, read_only;
SELECT crm.resume_interaction(:mail, deliver => true) = :mail AS same;
SELECT correspondence_type, delivery_status, attachment_count FROM crm.interaction WHERE interaction_id = :mail;
UPDATE crm.attachment SET content = 'four' WHERE attachment_id = :one;
UPDATE crm.attachment SET read_only = false WHERE attachment_id = :one;
SELECT crm.attach_file(:mail, 'b.bin', content => '\x00ff') AS two \gset
SELECT file_name, media_type, size_bytes, read_only FROM crm.attachment JOIN crm.interaction_attachment USING (attachment_id) WHERE interaction_id = :mail ORDER BY 1;
SELECT crm.attach_file(:mail, 'c', 'text/plain');
SELECT crm.attach_file(:mail, 'c', 'text/plain', 'x', 'y');
SELECT crm.attach_file(:mail, NULL, 'text/plain', 'x');
SELECT crm.attach_file(0, 'c', 'text/plain', 'x');
UPDATE crm.setup SET attachment_storage = 'location', attachment_location = 's3://files';
SELECT crm.attach_file(:mail, 'c', 'text/plain', 'x');
SELECT crm.attach_file(:mail, 'd.pdf', 'application/pdf'), crm.attach_file(:mail, 'e.pdf', 'application/pdf', location => '2026/e.pdf'),
	crm.attach_file(:mail, 'f.pdf', 'application/pdf', location => 'https://x/f.pdf') \gset _
SELECT file_name, location, size_bytes FROM crm.attachment WHERE location IS NOT NULL ORDER BY 1;

-- Cancelling; an entry whose document is not posted belongs to the ERP
INSERT INTO crm.interaction_attachment VALUES (:visit, :one);
SELECT crm.cancel_interaction(ARRAY[:mail, :mail, 0], remove_attachments => true) AS canceled, crm.cancel_interaction(ARRAY[:mail]) AS again;
SELECT count(*) AS links, bool_and(attachment_id = :one) AS shared FROM crm.interaction_attachment WHERE interaction_id = :mail;
SELECT crm.cancel_interaction(ARRAY[:mail], canceled => false);
INSERT INTO crm_data.interaction (interaction_id, source_id, document_key, document_type, document_no, posted, canceled) VALUES
	(9001, 1, 'k1', 'sales invoice', 'I1', true, false), (9002, 1, 'k2', 'sales invoice', 'I2', false, true), (9003, 1, 'k3', 'sales invoice', 'I3', false, false);
SELECT crm.cancel_interaction(ARRAY[9002], canceled => false);
SELECT crm.cancel_interaction(ARRAY[9003]);
SELECT crm.cancel_interaction(ARRAY[9001, 9002]) AS canceled;
SELECT crm.cancel_interaction(ARRAY[:visit, :mail]) AS canceled;
SELECT crm.delete_canceled_interactions(ARRAY[9001, 9003, :visit]) AS deleted;
SELECT crm.delete_canceled_interactions() AS deleted;
SELECT interaction_id, posted, canceled FROM crm.interaction WHERE interaction_id > 9000 ORDER BY 1;
SELECT count(*) AS comments FROM crm.comment_line WHERE comment_text = 'first';
SELECT count(*) AS attachments FROM crm.attachment;
SELECT crm.evaluate_interaction(ARRAY[9001, 0], 'neutral') AS evaluated, crm.evaluate_interaction(ARRAY[9001], NULL) AS cleared;
\set VERBOSITY terse
SELECT crm.evaluate_interaction(ARRAY[9001], 'superb');
\set VERBOSITY default

-- Profiles
CREATE ROLE regress_crm_seller;
CREATE ROLE regress_crm_viewer;
SELECT crm.grant_role('regress_crm_seller', 'user'), crm.grant_role('regress_crm_viewer', 'reader');
UPDATE crm.setup SET attachment_storage = 'embedded';
SET ROLE regress_crm_seller;
SELECT crm.log_interaction('A', 'VISIT', comment => 'mine', postponed => true) AS mine \gset
SELECT crm.resume_interaction(:mine) = :mine AS resumed, crm.attach_file(:mine, 'x', content => 'x') > 0 AS attached, crm.log_call('A') > 0 AS called;
SELECT crm.cancel_interaction(ARRAY[:mine]) AS canceled;
SELECT crm.delete_canceled_interactions(ARRAY[:mine]) AS deleted;
SET ROLE regress_crm_viewer;
SELECT interaction_count FROM crm.contact_card WHERE contact_no = 'A';
SELECT interaction_count FROM crm.contact_statistics_between('a', '2026-03-01');
SELECT sum(interaction_count) FROM crm.interaction_statistics();
SELECT crm.log_interaction('A', 'VISIT');
RESET ROLE;
ROLLBACK;
