-- The shipped questionnaire, classified: four customers, two quarters, figures by hand
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults(), crm.install_sales_questionnaire();
SELECT plan(13);
INSERT INTO crm.contact (contact_id, contact_no, name) SELECT n, chr(64 + n), chr(64 + n) FROM generate_series(1, 5) AS n;
-- E is no customer
INSERT INTO crm.contact_business_relation (contact_id, business_relation_code, card_no) SELECT n, 'CUST', n FROM generate_series(1, 4) AS n;
CREATE FUNCTION post(contact bigint, day date, amount numeric, discount numeric DEFAULT 0) RETURNS void LANGUAGE sql AS $$
	INSERT INTO crm_data.interaction (contact_id, company_id, interaction_date, posting_date, document_type, document_key, posted, amount, discount)
	VALUES (contact, contact, day, day, CASE WHEN amount > 0 THEN 'sales invoice' ELSE 'sales credit memo' END, contact || ' ' || day, true, amount, discount) $$;
-- Turnover 8000 in 13 invoices; 1200 in 3, discount 300; 1000 less 200; nothing
SELECT post(1, day::date, 600) FROM generate_series(timestamp '2025-07-20', '2026-06-20', '1 month') AS day;
SELECT post(1, '2026-06-10', 800);
SELECT post(2, day::date, 400, 100) FROM generate_series(timestamp '2026-02-15', '2026-04-15', '1 month') AS day;
SELECT post(3, '2025-12-31', 1000), post(3, '2026-01-10', -200);
CREATE FUNCTION classes(contact bigint) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(answer, ' | ' ORDER BY line_no) FROM crm.contact_profile_answer WHERE contact_id = contact $$;
CREATE FUNCTION moved(asked text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(format('%s > %s: %s', from_answer, to_answer, contact_count), ', ') FROM crm.class_movement('2026-06-30', '2026-09-30') WHERE question = asked $$;

SELECT lives_ok($$SELECT crm.classify('CUSTOMER', '2026-06-30')$$, 'the second quarter');
-- 80 %, 92 %, 100 % of turnover; ranks 25, 50, 75, 100 %; RFM 555, 444, 222, 0; points 95, 45, 10, 20
SELECT is(classes(1), 'A | Upper quarter | More than 12 | None | None | Within 30 days | Best | A', 'the best customer');
SELECT is(classes(2), 'B | Middle half | Up to 4 | None | More than 15 % | Within 90 days | Active | B', 'one with discounts');
SELECT is(classes(3), 'C | Middle half | Up to 4 | More than 5 % | None | Longer ago, or never | Fading | C', 'one with returns');
SELECT is(classes(4), 'C | Lower quarter | None | None | None | Longer ago, or never | No purchase | C', 'one who bought nothing');
SELECT is(classes(5), NULL, 'and no customer');
SELECT is((SELECT profile[1:2] FROM crm.contact_card WHERE contact_id = 1), ARRAY['Value as a customer: A', 'Share of turnover: A'], 'the card shows what matters');

-- B buys 9000; of A's 8000, 1800 are out of the period: 59 %, 95.35 %, 100 %
SELECT post(2, '2026-09-15', 9000);
SELECT lives_ok($$SELECT crm.classify('CUSTOMER', '2026-09-30')$$, 'the third quarter');
SELECT is(classes(2), 'A | Upper quarter | Up to 4 | None | Up to 5 % | Within 30 days | Best | A', 'B is the best now');
SELECT is(moved('Share of turnover'), 'A > C: 1, B > A: 1, C > C: 2', 'A and B changed their share');
SELECT is((SELECT string_agg(answer, ' ' ORDER BY contact_id) FROM crm.contact_class_asof('2026-09-29') WHERE question = 'Share of turnover'), 'A B C C', 'the day before all was as it had been');
SELECT results_eq($$SELECT contact_id, changed_on, from_answer, to_answer FROM crm.contact_class_movement WHERE question = 'Share of turnover' AND from_answer IS NOT NULL ORDER BY 1$$,
	$$VALUES (1::bigint, date '2026-09-30', 'A', 'C'), (2, '2026-09-30', 'B', 'A')$$, '... each change has its date');
SET LOCAL crm.work_date = '2026-09-30';
SELECT results_eq($$SELECT answer, contact_count, contact_share_pct, sales_lcy FROM crm.profile_statistics WHERE question = 'Share of turnover' ORDER BY line_no$$,
	$$VALUES ('A', 1::bigint, 25::numeric(7,4), 10200::numeric(28,6)), ('B', 0, 0, 0), ('C', 3, 75, 7000)$$, 'what the classes are worth');

SELECT * FROM finish();
ROLLBACK;
