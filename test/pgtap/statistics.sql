-- Statistics of contacts, groups, templates and salespeople; card, timeline, service history (domain/1 section 12; golden 1 and 2)
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
SELECT plan(32);
INSERT INTO crm.salesperson (salesperson_code) VALUES ('S'), ('T');
UPDATE crm.setup SET default_salesperson_code = 'S';
INSERT INTO crm.interaction_group VALUES ('G1', ''), ('G2', '');
INSERT INTO crm.interaction_template (interaction_template_code, interaction_group_code, description, correspondence_type, initiated_by) VALUES ('US', 'G1', 'x', NULL, 'us'), ('THEM', 'G2', 'x', NULL, 'them');
INSERT INTO crm.contact (contact_no, name) VALUES ('A', 'A'), ('B', 'B');
INSERT INTO crm.contact (contact_no, contact_type, name, company_id) SELECT v.no, 'person', v.no, a.contact_id FROM crm.contact a, (VALUES ('P1'), ('P2')) v(no) WHERE a.contact_no = 'A';
INSERT INTO crm.contact (contact_no, contact_type, name) VALUES ('F', 'person', 'F');
CREATE FUNCTION figures(text) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', interaction_count, trim_scale(cost), trim_scale(duration_minutes)) FROM crm.contact_statistics JOIN crm.contact USING (contact_id) WHERE contact.contact_no = $1 $$;
CREATE FUNCTION dates(text) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', coalesce(last_interaction_date::text, '-'), coalesce(last_attempt_date::text, '-')) FROM crm.contact_statistics JOIN crm.contact USING (contact_id) WHERE contact.contact_no = $1 $$;
SELECT is(figures('A') || ', ' || dates('A'), '0 0 0, - -', 'a contact without interactions has zeros and no dates');

-- Golden 1
SELECT crm.log_interaction('A', 'US', cost => 10, duration_minutes => 5, interaction_date => '2026-01-10');
SELECT crm.log_interaction('P1', 'US', cost => 8, duration_minutes => 30, interaction_date => '2026-01-11');
SELECT crm.log_interaction('P2', 'US', cost => 8, duration_minutes => 15, interaction_date => '2026-01-12') AS canceled \gset
SELECT crm.log_interaction('P1', 'US', cost => 1, duration_minutes => 15, interaction_date => '2026-01-13', attempt_failed => true);
SELECT crm.log_interaction('P2', 'US', cost => 25, duration_minutes => 120, interaction_date => '2026-01-14', postponed => true);
SELECT crm.cancel_interaction(ARRAY[:canceled]::bigint[]);
SELECT is(figures('A'), '3 19 50', 'golden 1: A has 3 interactions, 19.00, 50 minutes');
SELECT is(figures('P1'), '2 9 45', 'golden 1: P1 has 2, 9.00, 45');
SELECT is(figures('P2'), '0 0 0', 'golden 1: P2 has none');
SELECT is(figures('B'), '0 0 0', 'another company has none');
SELECT is(dates('A'), '2026-01-12 2026-01-13', 'golden 1: the last interaction may be canceled, not failed or postponed; the last attempt may have failed');
SELECT is(dates('P1'), '2026-01-11 2026-01-13', '... for a person');
SELECT is(dates('P2'), '2026-01-12 2026-01-12', '... canceled ones count for dates only');
SELECT crm.log_interaction('P1', 'THEM', cost => 0, duration_minutes => 0, interaction_date => '2026-01-20');
SELECT is(dates('P1'), '2026-01-20 2026-01-13', 'what they initiated is no attempt');
DELETE FROM crm_data.interaction WHERE interaction_template_code = 'THEM';

-- Golden 2
UPDATE crm.contact SET company_id = (SELECT contact_id FROM crm.contact WHERE contact_no = 'B') WHERE contact_no = 'P1';
SELECT is(concat_ws(', ', figures('A'), figures('P1'), figures('B')), '3 19 50, 0 0 0, 0 0 0', 'golden 2: the history stays with A');
SELECT crm.log_interaction('P1', 'US', cost => 2, duration_minutes => 1, salesperson_code => 'T');
SELECT is(concat_ws(', ', figures('A'), figures('P1'), figures('B')), '3 19 50, 1 2 1, 1 2 1', '... and new ones count for B');
SELECT crm.log_interaction('F', 'US', cost => 4, duration_minutes => 4);
SELECT is(figures('F'), '1 4 4', 'a person without a company has its own');

-- Groups, templates, salespeople (12.4)
SELECT crm.log_interaction('B', 'THEM', cost => 3, duration_minutes => 2.5);
SELECT results_eq($$SELECT interaction_group_code, interaction_count, cost::numeric, duration_minutes::numeric FROM crm.interaction_group_statistics WHERE interaction_group_code IN ('G1', 'G2', 'PHONE') ORDER BY 1$$,
	$$VALUES ('G1', 5::bigint, 25.0, 55.0), ('G2', 1, 3, 2.5), ('PHONE', 0, 0, 0)$$, 'groups: not canceled, not postponed, failed ones included');
SELECT results_eq($$SELECT interaction_template_code, interaction_count, cost::numeric, duration_minutes::numeric FROM crm.interaction_template_statistics WHERE interaction_template_code IN ('US', 'THEM', 'BUS') ORDER BY 1$$,
	$$VALUES ('BUS', 0::bigint, 0.0, 0.0), ('THEM', 1, 3, 2.5), ('US', 5, 25, 55)$$, 'templates likewise');
SELECT results_eq($$SELECT salesperson_code, interaction_count, cost::numeric, duration_minutes::numeric FROM crm.salesperson_statistics ORDER BY 1$$,
	$$VALUES ('S', 5::bigint, 26.0, 56.5), ('T', 1, 2, 1)$$, 'salespeople likewise');

-- For a period (the date filter of 12.1 and 12.4): both ends included, open where null
CREATE FUNCTION between_dates(contact_no text, from_date date DEFAULT NULL, to_date date DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', interaction_count, trim_scale(cost), trim_scale(duration_minutes), last_interaction_date, last_attempt_date) FROM crm.contact_statistics_between(contact_no, from_date, to_date) $$;
SELECT is(between_dates('A'), (SELECT concat_ws(' ', interaction_count, trim_scale(cost), trim_scale(duration_minutes), last_interaction_date, last_attempt_date) FROM crm.contact_statistics WHERE contact_no = 'A'),
	'without dates: everything');
SELECT is(between_dates('A', '2026-01-10', '2026-01-11'), '2 18 35 2026-01-12 2026-01-13', 'both ends are included, the last dates ignore the period');
SELECT is(between_dates('A', '2026-01-11'), '2 9 45 2026-01-12 2026-01-13', 'from a date on');
SELECT is(between_dates('A', to_date => '2026-01-10'), '1 10 5 2026-01-12 2026-01-13', 'up to a date');
SELECT is(between_dates('A', '2026-01-12', '2026-01-12'), '0 0 0 2026-01-12 2026-01-13', 'canceled ones do not count');
SELECT is(between_dates('a', '2027-01-01'), '0 0 0 2026-01-12 2026-01-13', 'a period without interactions; the number in any case');
SELECT is_empty($$SELECT * FROM crm.contact_statistics_between('NOBODY')$$, 'an unknown contact has no row');
SELECT results_eq($$SELECT interaction_group_code, interaction_template_code, salesperson_code, interaction_count, cost::numeric, duration_minutes::numeric FROM crm.interaction_statistics('2026-01-10', '2026-01-13')$$,
	$$VALUES ('G1', 'US', 'S', 3::bigint, 19.0, 50.0)$$, 'groups, templates and salespeople of a period');
SELECT results_eq($$SELECT interaction_template_code, sum(interaction_count)::bigint, sum(cost)::numeric FROM crm.interaction_statistics() GROUP BY 1 ORDER BY 1$$,
	$$SELECT interaction_template_code, interaction_count, cost::numeric FROM crm.interaction_template_statistics WHERE interaction_count > 0 ORDER BY 1$$, '... add up to those of templates');
SELECT is_empty($$SELECT * FROM crm.interaction_statistics('2026-01-14', '2026-01-19')$$, '... leave postponed ones out');

-- Card and timeline
SELECT is((SELECT count(*) FROM crm.contact_card), (SELECT count(*) FROM crm.contact), 'the card has one row per contact');
SELECT results_eq($$SELECT name, interaction_count, cost::numeric, duration_minutes::numeric, last_interaction_date, last_attempt_date FROM crm.contact_card WHERE contact_no = 'A'$$,
	$$VALUES ('A', 3::bigint, 19.0, 50.0, date '2026-01-12', date '2026-01-13')$$, 'the card shows the same figures');
SELECT is((SELECT count(*) FROM crm.contact_timeline JOIN crm.contact c USING (contact_id) WHERE c.contact_no = 'A' AND NOT canceled), 3::bigint, 'a company''s timeline includes its persons''');
SELECT is((SELECT count(*) FROM crm.contact_timeline JOIN crm.contact c USING (contact_id) WHERE c.contact_no = 'P1'), 1::bigint, 'a person''s is its own');
SELECT is((SELECT count(*) FROM crm.contact_timeline JOIN crm.contact c USING (contact_id) WHERE c.contact_no = 'B'), 2::bigint, '... and appears on its company''s');

-- Masters counted on the card: own mailing groups and job responsibilities, the company's industry groups and relations
INSERT INTO crm.contact_industry_group (contact_id, industry_group_code) SELECT contact_id, 'RET' FROM crm.contact WHERE contact_no = 'B';
INSERT INTO crm.contact_mailing_group (contact_id, mailing_group_code) SELECT contact_id, code FROM crm.contact, (VALUES ('X-CARD'), ('X-GIFT')) v(code) WHERE contact_no = 'P1';
INSERT INTO crm.contact_job_responsibility (contact_id, job_responsibility_code) SELECT contact_id, 'SALE' FROM crm.contact WHERE contact_no = 'P1';
INSERT INTO crm.contact_business_relation (contact_id, business_relation_code) SELECT contact_id, 'PROSPECT' FROM crm.contact WHERE contact_no = 'B';
SELECT results_eq($$SELECT contact_no, mailing_group_count, job_responsibility_count, industry_group_count, business_relation_count FROM crm.contact_card WHERE contact_no IN ('B', 'P1') ORDER BY 1$$,
	$$VALUES ('B', 0::bigint, 0::bigint, 1::bigint, 1::bigint), ('P1', 2, 1, 1, 1)$$, 'a person shows its company''s industry groups and relations');

-- How often which item came to service
CREATE TABLE customer (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE service (id integer PRIMARY KEY, customer_id integer, on_date date, items text[], posted boolean DEFAULT true);
SELECT crm.attach_partner('customers', 'customer', 'id', 'customer', 'SELECT id AS card_key, name FROM customer');
SELECT crm.attach_document('services', 'service', 'id', $$SELECT id AS document_key, 'service order' AS document_type, on_date AS posting_date, customer_id AS partner_key, items AS item_nos FROM service WHERE posted$$);
INSERT INTO customer VALUES (1, 'Rider');
INSERT INTO service VALUES (1, 1, '2026-01-01', '{BIKE}', true), (2, 1, '2026-02-01', '{BIKE,BELL}', true), (3, 1, '2026-03-01', '{BELL}', true), (4, 1, '2026-04-01', '{BIKE}', false);
UPDATE service SET posted = false WHERE id = 3;
SELECT results_eq($$SELECT item_no, visit_count, last_visit_date FROM crm.service_history JOIN crm.contact USING (contact_id) WHERE name = 'Rider' ORDER BY 1$$,
	$$VALUES ('BELL', 1::bigint, date '2026-02-01'), ('BIKE', 2, date '2026-02-01')$$, 'service history: how often a contact brought which item');

SELECT * FROM finish();
ROLLBACK;
