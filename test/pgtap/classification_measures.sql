-- What questions measure (domain/2 sections 4.3-4.6), and the measures beyond the original
\set QUIET 1
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
\ir ../reference/classification.sql
\ir ../reference/given.sql
SELECT no_plan();

/* The classes of a question whose answers are single values: '15: K1; 0: K2 K3' names all contacts that have one */
CREATE FUNCTION measures(side text, field text, expected text, name text, decimals integer DEFAULT 6, starting text DEFAULT '-CY-1Y', ending text DEFAULT 'CY-1Y',
	as_of date DEFAULT '2026-03-15', contact_type text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT given.no_questionnaire(questionnaire_code) FROM crm.questionnaire;
	SELECT given.questionnaire('M', measures.contact_type);
	SELECT given.question('M', 1, side, field, starting, ending, 'defined value', NULL, decimals, true);
	SELECT given.answer('M', 1 + n::integer, value, value::numeric, value::numeric)
	FROM unnest(string_to_array(expected, '; ')) WITH ORDINALITY AS class (class, n), split_part(class, ':', 1) AS value WHERE value <> '' ORDER BY n;
	SELECT given.is_classified(as_of, 'M', 1, expected, name)
$$;
CREATE FUNCTION new_ledger() RETURNS void LANGUAGE sql AS $$
	DELETE FROM crm_data.interaction;
	DELETE FROM crm_data.opportunity;
	DELETE FROM crm.contact;
$$;

-- Sales: all document types, inclusive dates
SELECT given.company('K1', 'K2', 'K3', 'NC'), given.person('P1', 'K1'), given.person('P3', 'K3'), given.person('I1');
SELECT given.customer('K1', 'K2', 'I1');
SELECT given.entry('K1', 'sales invoice', '2025-01-01', 100, profit => 40), given.entry('P1', 'sales invoice', '2025-12-31', 50, profit => 10), given.entry('K1', 'sales credit memo', '2025-05-01', -30.5, profit => -12),
	given.entry('K1', 'finance charge memo', '2025-05-01', 5, profit => 5), given.entry('K1', 'service invoice', '2025-05-01', 20), given.entry('K1', 'sales payment', '2025-05-01', -2),
	given.entry('K1', 'sales reminder', '2025-05-01', 1, profit => 0.25), given.entry('K1', 'sales order', '2025-05-01', 1000, profit => 900), given.entry('K1', 'purchase invoice', '2025-05-01', 77),
	given.entry('K1', 'sales invoice', '2024-12-31', 1000, profit => 900), given.entry('K1', 'sales invoice', '2026-01-01', 1000, profit => 900);
SELECT given.entry('K3', 'sales invoice', '2025-05-01', 9), given.entry('P3', 'sales invoice', '2025-05-01', 9), given.entry('I1', 'sales invoice', '2025-05-01', 7);
SELECT measures('customer', 'sales', '143.5: K1 P1; 0: K2; 7: I1', 'sales are the sum of all documents in the period; a person''s are those of his company');
SELECT measures('customer', 'profit', '43.25: K1 P1; 0: I1 K2', 'profit likewise');
SELECT measures('customer', 'sales frequency', '3: K1 P1; 0: K2; 1: I1', 'invoices a year, of 365 days; credit memos do not count');
SELECT measures('customer', 'sales', '1000: K1 P1; 0: I1 K2', 'a period of one day', starting => '-CY-1D', ending => '-CY-1D', as_of => '2025-03-01');
SELECT measures('customer', 'average invoice amount', '56.666667: K1 P1; 0: K2; 7: I1', 'average of the invoices');
UPDATE crm_data.interaction SET canceled = true WHERE contact_id = given.id('I1');
SELECT measures('customer', 'sales', '143.5: K1 P1; 0: I1 K2', 'a canceled entry that no document stands behind does not count');
UPDATE crm_data.interaction SET canceled = false, postponed = true WHERE contact_id = given.id('I1');
SELECT measures('customer', 'sales', '143.5: K1 P1; 0: I1 K2', 'nor one that is postponed');
UPDATE crm_data.interaction SET postponed = false, posting_date = NULL WHERE contact_id = given.id('I1');
SELECT measures('customer', 'sales', '143.5: K1 P1; 0: I1 K2', 'nor one without a posting date');

-- Whose sale it is
SELECT new_ledger();
SELECT given.company('K1', 'K2'), given.person('P1', 'K1'), given.person('P2', 'K2'), given.person('Q1', 'K1');
SELECT given.customer('K1', 'P1', 'P2');
SELECT given.entry('K1', 'sales invoice', '2025-02-01', 100), given.entry('P1', 'sales invoice', '2025-02-01', 10), given.entry('Q1', 'sales invoice', '2025-02-01', 1), given.entry('P2', 'sales invoice', '2025-02-01', 5), given.entry('K2', 'sales invoice', '2025-02-01', 50);
SELECT measures('customer', 'sales', '111: K1 P1 Q1; 0: P1; 5: P2', 'the company''s unless it is no customer; a person who is one has the answers of both');
SELECT measures('customer', 'sales', '111: K1', 'persons are skipped where the questionnaire is for companies', contact_type => 'company');
DELETE FROM crm.contact_business_relation WHERE contact_id = given.id('K1');
SELECT measures('customer', 'sales', '10: P1; 5: P2', 'his own when his company has no card');
CREATE TABLE card (id integer PRIMARY KEY, name text NOT NULL, kind text NOT NULL DEFAULT 'company', parent integer);
CREATE TABLE doc (id integer PRIMARY KEY, type text NOT NULL DEFAULT 'sales invoice', card integer, person integer, amount numeric, posted_on date DEFAULT '2025-02-01');
SELECT new_ledger();
SELECT crm.attach_partner('cards', 'card', 'id', 'customer', 'SELECT id AS card_key, name, kind AS contact_type, parent AS company_key FROM card');
SELECT crm.attach_document('docs', 'doc', 'id', 'SELECT id AS document_key, type AS document_type, posted_on AS posting_date, card AS partner_key, person AS contact_key, amount FROM doc WHERE posted_on IS NOT NULL');
INSERT INTO card VALUES (1, 'K', 'company', NULL), (2, 'P', 'person', 1), (3, 'Q', 'person', 1);
UPDATE crm.contact SET contact_no = name;
INSERT INTO doc VALUES (1, DEFAULT, 1, NULL, 100), (2, DEFAULT, 2, NULL, 10), (3, DEFAULT, 1, 2, 1000), (4, DEFAULT, 3, NULL, 1), (5, 'sales credit memo', 3, NULL, -3);
SELECT measures('customer', 'sales', '1100: K P Q; 10: P; -2: Q', 'a document with the person''s own card is his, one with his company''s card is the company''s');
UPDATE doc SET posted_on = NULL WHERE id IN (1, 2);
SELECT measures('customer', 'sales', '1000: K P Q; 0: P; -2: Q', 'unposted ones are nobody''s');
DELETE FROM doc; DELETE FROM card; SELECT crm.detach('docs'), crm.detach('cards');

-- Frequency (Ex10, C10, 14.10)
SELECT new_ledger();
SELECT given.company('K1', 'K2'), given.customer('K1', 'K2'), given.vendor('K1', 'K2');
SELECT given.entry('K1', 'sales invoice', d::date, 1), given.entry('K1', 'purchase invoice', d::date, 1) FROM generate_series('2025-01-01', '2025-03-14', interval '36 days') d;
SELECT given.entry('K1', 'sales credit memo', '2025-02-01', -1), given.entry('K1', 'purchase credit memo', '2025-02-01', -1);
SELECT measures('customer', 'sales frequency', '15: K1; 0: K2', 'Ex10: 3 in 73 days is 15 a year', starting => '-CY', ending => 'CD', as_of => '2025-03-14');
SELECT measures('vendor', 'purchase frequency', '15: K1; 0: K2', '... of purchases', starting => '-CY', ending => 'CD', as_of => '2025-03-14');
SELECT given.entry('K2', 'sales invoice', '2024-01-01', 1), given.entry('K2', 'sales invoice', '2024-12-31', 1) FROM generate_series(1, 5);
SELECT measures('customer', 'sales frequency', '0: K1; 9.9726775956: K2', 'C10: 10 in a leap year of 366 days', 10, starting => '-CY', ending => 'CY', as_of => '2024-03-14');
SELECT measures('customer', 'sales frequency', '0: K1; 1830: K2', '5 on one day', -1, starting => '-CY', ending => '-CY', as_of => '2024-03-14');
SELECT measures('customer', 'sales frequency', '0: K1; 1825: K2', '... to the day', 0, starting => '-CY', ending => '-CY', as_of => '2024-03-14');

-- Discount (Ex11, C12, C13, 14.13)
SELECT new_ledger();
SELECT given.company('K1', 'K2', 'K3', 'K4', 'K5', 'K6'), given.customer('K1', 'K2', 'K3', 'K4', 'K5', 'K6'), given.vendor('K1', 'K2', 'K3', 'K4', 'K5', 'K6');
CREATE FUNCTION twice(no text, type text, posting_date date, amount numeric, discount numeric DEFAULT NULL, due_date date DEFAULT NULL, closed_date date DEFAULT NULL, remaining numeric DEFAULT NULL, document_no text DEFAULT NULL,
	closed_by text DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
	SELECT given.entry(no, side || ' ' || type, posting_date, amount, document_no, NULL, discount, due_date, closed_date, remaining, closed_by) FROM unnest('{sales,purchase}'::text[]) side $$;
SELECT twice('K1', 'invoice', '2025-02-01', 9000, 1000);
SELECT twice('K2', 'invoice', '2025-02-01', 4000, 600), twice('K2', 'invoice', '2025-02-01', 5000, 400), twice('K2', 'credit memo', '2025-03-01', -2000, -250);
SELECT twice('K3', 'credit memo', '2025-02-01', -100, -50);
SELECT twice('K4', 'invoice', '2025-02-01', 100, 50), twice('K4', 'credit memo', '2025-02-01', -10, -150);
SELECT twice('K5', 'invoice', '2025-02-01', 100, 0), twice('K5', 'invoice', '2024-02-01', 100, 100), twice('K5', 'credit memo', '2026-02-01', 100, -100);
SELECT twice('K6', 'invoice', '2025-02-01', 100, 50), twice('K6', 'credit memo', '2025-02-01', -10, -250);
SELECT measures('customer', 'discount percentage', '10: K1; 7.692308: K2; 0: K3 K4 K5; 200: K6', 'Ex11: discounts of credit memos lower the numerator only; no invoice or base 0: 0');
SELECT measures('vendor', 'discount percentage', '10: K1; 7.692308: K2; 0: K3 K4 K5; 200: K6', '... of purchases');

-- Overdue (Ex12, C14-C16, 14.11)
SELECT new_ledger();
SELECT given.company('K1', 'K2', 'K3', 'K4', 'K5'), given.customer('K1', 'K2', 'K3', 'K4', 'K5'), given.vendor('K1', 'K2', 'K3', 'K4', 'K5');
SELECT twice('K1', 'invoice', '2025-02-01', 100, NULL, '2025-03-01', '2025-03-16', 0), twice('K1', 'invoice', '2025-02-01', 100, NULL, '2025-03-01', '2025-02-26', 0),
	twice('K1', 'invoice', '2025-02-01', 100, NULL, '2025-03-01', NULL, 100), twice('K1', 'invoice', '2025-02-01', 100, NULL, '2025-03-01', '2025-03-05', 0);
SELECT twice('K2', 'invoice', '2025-02-01', 100, NULL, '2025-03-01', NULL, 0, 'A'), twice('K2', 'payment', '2026-02-01', 0, NULL, NULL, '2025-03-11', 0, 'PA', 'A'), twice('K2', 'payment', '2026-02-01', 0, NULL, NULL, '2025-04-11', 0, 'PB', 'A'),
	twice('K2', 'invoice', '2025-02-01', 100, NULL, '2025-03-01', NULL, 0, 'B'), twice('K2', 'payment', '2025-02-01', 0, NULL, NULL, '2025-02-11', 0, 'PC', 'B'),
	twice('K2', 'invoice', '2025-02-01', 100, NULL, '2025-03-01', NULL, 0, 'C'), twice('K2', 'invoice', '2025-02-01', 100, NULL, '2025-03-01', NULL, 0, NULL);
SELECT twice('K3', 'invoice', '2025-02-01', 100, NULL, '2025-03-01', NULL, 0, 'A'), twice('K3', 'invoice', '2025-02-01', 100, NULL, NULL, '2025-06-01', 0), twice('K3', 'invoice', '2025-02-01', 100, NULL, '2025-03-01', '2025-03-01', 0);
SELECT twice('K4', 'invoice', '2024-12-31', 100, NULL, '2025-03-01', '2025-03-03', 0), twice('K4', 'invoice', '2025-12-31', 100, NULL, '2026-03-01', '2026-03-03', 0), twice('K4', 'credit memo', '2025-12-31', -100, NULL, '2025-03-01', '2026-03-03', 0);
SELECT twice('K5', 'invoice', '2025-02-01', 100, NULL, '2025-03-01', NULL, NULL), twice('K5', 'invoice', '2025-02-01', 100, NULL, '2025-03-01', NULL, 50);
SELECT measures('customer', 'average overdue days', '6.333333: K1; 2.5: K2; 0: K3 K5; 2: K4', 'Ex12, C14: days that closed invoices of the period were overdue, by the first payment where the date is blank');
SELECT measures('vendor', 'average overdue days', '6.333333: K1; 2.5: K2; 0: K3 K5; 2: K4', '... of purchases');
SELECT measures('customer', 'average overdue days', '6: K1; 3: K2; 0: K3 K5; 2: K4', '... rounded', 0);
SELECT measures('customer', 'open overdue amount', '100: K1; 0: K2 K3 K4; 150: K5', 'what is open and overdue at the reference date: the remaining amount, or all');
SELECT measures('vendor', 'open overdue amount', '100: K1; 0: K2 K3 K4; 150: K5', '... of purchases');
SELECT measures('customer', 'open overdue amount', '0: K1 K2 K3 K4 K5', '... not yet on the due date', starting => '-CY', ending => 'CY', as_of => '2025-03-01');
SELECT measures('customer', 'open overdue amount', '100: K1; 0: K2 K3 K4; 150: K5', '... but a day later, however long the period', starting => '-CY', ending => 'CY', as_of => '2025-03-02');
SELECT measures('customer', 'open overdue amount', '0: K1 K2 K3 K4 K5', '... of invoices posted in the period', starting => '-CY', ending => 'CY', as_of => '2026-03-02');

-- Purchases (14.12, C17)
SELECT new_ledger();
SELECT given.company('K1', 'K2', 'K3'), given.person('P1', 'K1'), given.vendor('K1', 'K2'), given.customer('K3');
SELECT given.entry('K1', 'purchase invoice', '2025-02-01', 1000), given.entry('P1', 'purchase credit memo', '2025-03-01', -200), given.entry('K1', 'sales invoice', '2025-02-01', 5), given.entry('K3', 'purchase invoice', '2025-02-01', 5), given.entry('K1', 'purchase order', '2025-02-01', 5);
SELECT measures('vendor', 'purchases', '800: K1 P1; 0: K2', 'purchases are positive, credit memos reduce them');
SELECT measures('vendor', 'average ticket size', '1000: K1 P1; 0: K2', 'the average of invoices only');
SELECT measures('vendor', 'return percentage', '20: K1 P1; 0: K2', 'returns to vendors');

-- Contact measures (section 4.6)
SELECT new_ledger();
SELECT given.company('K1', 'K2'), given.person('P1', 'K1'), given.person('I1');
SELECT given.interaction('K1', '2025-01-01', 10, 5), given.interaction('P1', '2025-12-31', 25, 4), given.interaction('P1', '2025-06-01', 0, 0.5), given.interaction('I1', '2025-06-01', 1, 1), given.interaction('K1', '2024-12-31', 99, 99),
	given.interaction('K1', '2025-02-01', 99, 99, canceled => true), given.interaction('K1', '2025-02-01', 99, 99, postponed => true), given.interaction('K1', '2026-01-01', 99, 99);
SELECT measures('contact', 'interaction quantity', '3: K1; 2: P1; 0: K2; 1: I1', 'interactions of a company are its persons'' too, and do not propagate');
SELECT measures('contact', 'interaction frequency', '3: K1; 2: P1; 0: K2; 1: I1', 'a year');
SELECT measures('contact', 'average interaction cost', '11.666667: K1; 12.5: P1; 0: K2; 1: I1', 'average cost');
SELECT measures('contact', 'average interaction duration', '3.166667: K1; 2.25: P1; 0: K2; 1: I1', 'average duration');
SELECT measures('contact', 'interaction recency days', '0: K1 P1; 365: K2; 213: I1', 'days since the last one in the period; none: one more than the first day''s');
SELECT measures('contact', 'interaction quantity', '3: K1; 0: K2', 'companies only', contact_type => 'company');
SELECT measures('contact', 'interaction quantity', '2: P1; 1: I1', 'persons only', contact_type => 'person');
SELECT given.entry('K2', 'sales invoice', '2025-02-01', 100), given.entry('K2', 'sales order', '2025-02-01', 100);
SELECT measures('contact', 'interaction quantity', '3: K1; 2: K2 P1; 1: I1', 'posted documents are interactions');
SELECT given.opportunity('O1', 'P1', true, 'won', '2025-01-01'), given.opportunity('O2', 'P1', true, 'lost', '2025-12-31'), given.opportunity('O3', 'K1', true, 'won', '2025-06-01'),
	given.opportunity('O4', 'K1', true, 'next', '2025-06-01'), given.opportunity('O5', 'K1', true, 'lost', '2026-01-01'), given.opportunity('O6', 'K1', false, 'lost', '2025-06-01'),
	given.opportunity('O7', 'I1', true, 'won', '2025-06-01'), given.opportunity('O8', 'K2', true, NULL, '2025-06-01');
SELECT measures('contact', 'opportunity won percentage', '66.666667: K1; 50: P1; 0: K2; 100: I1', 'C23: won of won and lost, active entries that close in the period');

-- Measures beyond the original
SELECT new_ledger();
SELECT given.company('K1', 'K2', 'K3', 'K4', 'K5', 'K6'), given.customer('K1', 'K2', 'K3', 'K4', 'K5', 'K6'), given.vendor('K1', 'K2', 'K3', 'K4', 'K5', 'K6');
SELECT twice('K1', 'invoice', '2025-12-31', 1000), twice('K1', 'credit memo', '2025-12-31', -125.5), twice('K1', 'invoice', '2026-01-01', 1000);
SELECT twice('K2', 'invoice', '2025-12-01', 300), twice('K2', 'invoice', '2025-01-01', 100), twice('K2', 'invoice', '2024-01-01', 150), twice('K2', 'invoice', '2024-12-31', 150), twice('K2', 'invoice', '2023-12-31', 9000), twice('K2', 'credit memo', '2024-06-01', -50);
SELECT twice('K3', 'credit memo', '2025-06-01', -10), twice('K3', 'invoice', '2024-06-01', 40), twice('K3', 'credit memo', '2024-06-01', -40);
SELECT twice('K4', 'invoice', '2025-01-01', 100), twice('K4', 'credit memo', '2025-01-01', -100), twice('K4', 'credit memo', '2024-06-01', -200);
SELECT twice('K5', 'invoice', '2024-12-31', 70), twice('K6', 'invoice', '2025-12-01', 0);
SELECT measures('customer', 'return percentage', '12.55: K1; 0: K2 K3 K5 K6; 100: K4', 'credit memos in percent of invoices; 0 without invoices');
SELECT measures('customer', 'recency days', '0: K1; 30: K2 K6; 365: K3 K5; 364: K4', 'days from the last invoice to the end of the period');
SELECT measures('vendor', 'recency days', '0: K1; 30: K2 K6; 365: K3 K5; 364: K4', '... of purchases');
SELECT measures('customer', 'recency days', '0: K1; 1: K2 K3 K4 K5 K6', '... of a period of one day', starting => '-CY-1D', ending => '-CY-1D');
-- The period of 2025 has 365 days, so the one before begins on 2024-01-02
SELECT measures('customer', 'trend percentage', '100: K1 K4; 300: K2; -100: K3 K5; 0: K6', 'against the period of equal length before it; from 0 upwards 100, downwards -100');
SELECT measures('vendor', 'trend percentage', '100: K1 K4; 300: K2; -100: K3 K5; 0: K6', '... of purchases');
/*
 * RFM among K1 K2 K4 K6, who have invoices. Last invoice: K4 < K2 = K6 < K1: 1/4, 3/4, 3/4, 4/4 in fifths 2, 4, 4, 5.
 * Invoices: K2 has 2, the others 1: 5, the others 4. Sales: K4 and K6 0, K2 400, K1 874.5: 3, 3, 4, 5.
 */
SELECT measures('customer', 'rfm score', '545: K1; 454: K2; 243: K4; 443: K6; 0: K3 K5', 'recency, frequency and money in fifths');
SELECT measures('vendor', 'rfm score', '545: K1; 454: K2; 243: K4; 443: K6; 0: K3 K5', '... of purchases');
DELETE FROM crm.contact_business_relation WHERE contact_id = given.id('K4') AND link_type = 'customer';
SELECT measures('customer', 'rfm score', '545: K1; 454: K2; 442: K6; 0: K3 K5', '... among those that the question concerns');

SELECT * FROM finish();
ROLLBACK;
