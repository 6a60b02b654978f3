-- Profiles: what a role may do, and that nobody may do more
SET client_min_messages = warning;
BEGIN;
CREATE EXTENSION IF NOT EXISTS crm;
\set ON_ERROR_ROLLBACK on
SELECT crm.install_defaults();
INSERT INTO crm.contact (name) VALUES ('Acme');
INSERT INTO crm.salesperson (salesperson_code) VALUES ('S');
CREATE ROLE regress_crm_nobody;
CREATE ROLE regress_crm_reader;
CREATE ROLE regress_crm_user;
CREATE ROLE regress_crm_admin;
SELECT crm.grant_role('regress_crm_reader', 'reader'), crm.grant_role('regress_crm_user', 'user'), crm.grant_role('regress_crm_admin', 'admin');
SELECT crm.grant_role('regress_crm_reader', 'king');
SELECT crm.grant_role('regress_crm_missing', 'reader');

SET ROLE regress_crm_nobody;
SELECT name FROM crm.contact;
SET ROLE regress_crm_reader;
SELECT name, business_relation_class FROM crm.contact;
SELECT crm.find_contact('acm'), crm.alt_address_on('CT000001', '2026-01-01') IS NULL AS no_address;
INSERT INTO crm.contact (name) VALUES ('Beta');
SELECT crm.next_no('CONTACT');
-- Every view can be read, with the functions in it: an error would show
\set ECHO none
\o /dev/null
SELECT format('SELECT count(v) FROM crm.%I AS v', relname) FROM pg_class WHERE relnamespace = 'crm'::regnamespace AND relkind = 'v' ORDER BY relname \gexec
\o
\set ECHO all
SELECT crm.grant_role('regress_crm_reader', 'admin');
SET ROLE regress_crm_user;
INSERT INTO crm.contact (name) VALUES ('Beta') RETURNING contact_no;
INSERT INTO crm.contact (contact_type, name, company_name) VALUES ('person', 'Ana Pop', 'Beta') RETURNING contact_no, company_no;
INSERT INTO crm.contact_mailing_group SELECT contact_id, 'X-CARD' FROM crm.contact;
UPDATE crm.contact SET phone_no = '1' WHERE name = 'Beta';
SELECT name, phone_no FROM crm.contact WHERE name = 'Ana Pop';
DELETE FROM crm.contact WHERE name = 'Beta';
SELECT crm.next_no('CONTACT');
SELECT crm.log_interaction('CT000001', 'ABSTRACT', salesperson_code => 'S', description => 'by a user') > 0 AS logged;
SELECT crm.evaluate_interaction(array_agg(interaction_id), 'positive') FROM crm.interaction;
UPDATE crm.setup SET default_country_code = 'RO';
SELECT crm_data.revoke_public();
SET ROLE regress_crm_admin;
UPDATE crm.setup SET default_country_code = 'RO';
SELECT crm.create_number_series('MORE', 'M1');
SELECT crm.next_no('MORE');
SELECT crm.grant_role('regress_crm_reader', 'admin');
RESET ROLE;

-- The matrix covers every function that users call, and names nothing that is none
SELECT p.oid::regprocedure FROM pg_proc AS p WHERE pronamespace = 'crm'::regnamespace
AND has_function_privilege('public', p.oid, 'EXECUTE');
SELECT object_name FROM crm_data.profile_privilege() WHERE object_kind = 'table' AND object_name <> '*'
EXCEPT SELECT relname FROM pg_class WHERE relnamespace = 'crm_data'::regnamespace;
ROLLBACK;
