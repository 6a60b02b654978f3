-- Number series, finding contacts and companies, and the plans behind the search
SET client_min_messages = warning;
BEGIN;
CREATE EXTENSION IF NOT EXISTS crm;
\set ON_ERROR_ROLLBACK on
SELECT crm.create_number_series('odd "code"', 'N-98', manual_numbers => false);
SELECT crm.next_no('ODD "code"'), crm.next_no(' odd "CODE" '), crm.next_no('odd "code"');
SELECT number_series_code, prefix, digits, manual_numbers, number_sequence FROM crm.number_series;
SELECT crm.create_number_series('odd "code"', 'X1');
SELECT crm.create_number_series('B', 'none');
SELECT crm.create_number_series('B', 'X1234567890123456789');
SELECT crm.create_number_series(' ', 'X1');
SELECT crm.create_number_series(NULL, 'X1');
SELECT crm.next_no('B');

INSERT INTO crm.contact (contact_no, name, city) VALUES ('K1', 'Cronus Romania', 'Sibiu'), ('K2', 'Cronus', 'Sibiu'), ('K3', 'Contoso Electronics', 'Zalau');
INSERT INTO crm.contact (contact_no, contact_type, name) VALUES ('P1', 'person', 'Cronus Person');
\pset null -
SELECT text, crm.find_contact(text) FROM unnest('{k2,CRONUS,cro,romania,zal,Contoso Elektronics,Sibiu,nobody}'::text[]) WITH ORDINALITY AS t (text, n) ORDER BY n;
SELECT text, crm.find_company(text) FROM unnest('{k2,CRONUS,cont,romania,zal,Cronus Person}'::text[]) WITH ORDINALITY AS t (text, n) ORDER BY n;
SELECT crm.find_company('cro');

-- Names are found by index
SET LOCAL enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT contact_no FROM crm_data.contact WHERE lower(name) = lower('Cronus');
EXPLAIN (COSTS OFF) SELECT contact_no FROM crm_data.contact WHERE starts_with(lower(name), lower('Cro'));

-- The business date
SET LOCAL crm.work_date = '2026-03-08';
SELECT crm.work_date();
SET crm.work_date = 'someday';
SET LOCAL crm.work_date = '';
UPDATE crm.setup SET time_zone = 'Mars/Olympus';
UPDATE crm.setup SET time_zone = 'Europe/Bucharest';
SELECT crm.work_date() = (now() AT TIME ZONE 'Europe/Bucharest')::date AS today;
ROLLBACK;
