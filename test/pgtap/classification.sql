-- Automatic classification (domain/2 section 4): worked examples, methods, bounds, headers
\set QUIET 1
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT crm.install_defaults();
\ir ../reference/classification.sql
\ir ../reference/given.sql
SELECT no_plan();

-- The eight customers of section 4.11, in 2025
SELECT given.company('C1', 'C2', 'C3', 'C4', 'C5', 'C6', 'C7', 'C8');
SELECT given.customer('C1', 'C2', 'C3', 'C4', 'C5', 'C6', 'C7', 'C8');
SELECT given.entry('C1', 'sales invoice', '2025-01-01', 12000), given.entry('C1', 'sales invoice', '2025-12-31', 500), given.entry('C1', 'sales invoice', '2024-12-31', 7000), given.entry('C1', 'sales invoice', '2026-01-01', 7000);
SELECT given.entry('C2', 'sales invoice', '2025-03-01', 9000), given.entry('C2', 'sales credit memo', '2025-03-02', -1000), given.entry('C3', 'sales invoice', '2025-03-01', 8000);
SELECT given.entry('C4', 'sales invoice', '2025-03-01', 3000), given.entry('C4', 'finance charge memo', '2025-03-01', 0.50);
SELECT given.entry('C6', 'sales credit memo', '2025-03-01', -200.25), given.entry('C7', 'sales invoice', '2025-03-01', 999.50), given.entry('C8', 'service invoice', '2025-03-01', 1700.25);
SELECT given.entry('C8', 'sales order', '2025-03-01', 5000), given.entry('C8', 'sales shipment', '2025-03-01', 5000), given.entry('C8', 'purchase invoice', '2025-03-01', 5000);

SELECT given.questionnaire('EX');
SELECT given.question('EX', 10000, 'customer', 'sales', 'CY-2Y+1D', 'CY-1Y');
SELECT given.answer('EX', 20000, 'High', 3001, 0), given.answer('EX', 30000, 'Med', 1000, 3000), given.answer('EX', 40000, 'Low', 0, 999);
SELECT given.question('EX', 50000, 'customer', 'sales', 'CY-2Y+1D', 'CY-1Y');
SELECT given.answer('EX', 60000, 'High', 4001, 0), given.answer('EX', 70000, 'Med', 1000, 4000), given.answer('EX', 80000, 'Low', 0, 999);
SELECT given.question('EX', 90000, 'customer', 'sales', 'CY-2Y+1D', 'CY-1Y', 'percentage of value', 'descending');
SELECT given.answer('EX', 100000, 'Big', 20, 0), given.answer('EX', 110000, 'Mid', 5, 19), given.answer('EX', 120000, 'Small', 0, 4);
SELECT given.question('EX', 130000, 'customer', 'sales', 'CY-2Y+1D', 'CY-1Y', 'percentage of contacts', 'descending');
SELECT given.answer('EX', 140000, 'Top', 0, 25), given.answer('EX', 150000, 'Mid', 26, 75), given.answer('EX', 160000, 'Bottom', 76, 0);
SELECT given.question('EX', 170000, 'customer', 'sales', 'CY-2Y+1D', 'CY-1Y', 'percentage of contacts', 'ascending');
SELECT given.answer('EX', 180000, 'Top', 0, 25), given.answer('EX', 190000, 'Mid', 26, 75), given.answer('EX', 200000, 'Bottom', 76, 0);
SELECT given.question('EX', 210000, 'customer', 'sales', 'CY-2Y+1D', 'CY-1Y', 'percentage of value', 'ascending');
SELECT given.answer('EX', 220000, 'Big', 20, 0), given.answer('EX', 230000, 'Mid', 5, 19), given.answer('EX', 240000, 'Small', 0, 4);

SELECT results_eq($$SELECT contact_no, v.value, d.value, p.percentage, desc_.percentage, asc_.percentage FROM crm.contact
	JOIN reference.scores('2026-03-15', 'EX', 210000) v USING (contact_id) JOIN reference.scores('2026-03-15', 'EX', 10000) d USING (contact_id)
	JOIN reference.scores('2026-03-15', 'EX', 90000) p USING (contact_id) JOIN reference.scores('2026-03-15', 'EX', 130000) desc_ USING (contact_id)
	JOIN reference.scores('2026-03-15', 'EX', 170000) asc_ USING (contact_id) ORDER BY contact_no$$, $$VALUES
	('C1', 12500.0, 12500.0, 37.0, 13.0, 100.0), ('C2', 8000, 8000, 24, 38, 75), ('C3', 8000, 8000, 24, 25, 88), ('C4', 3000.50, 3001, 9, 50, 63),
	('C5', 0, 0, 0, 88, 25), ('C6', -200.25, -200, -1, 100, 13), ('C7', 999.50, 1000, 3, 75, 38), ('C8', 1700.25, 1700, 5, 63, 50)$$, 'the reference computes the table of section 4.11');

SELECT given.is_classified('2026-03-15', 'EX', 10000, 'High: C1 C2 C3 C4; Med: C7 C8; Low: C5 C6', 'Ex1: the value is rounded before it is compared');
SELECT given.is_classified('2026-03-15', 'EX', 50000, 'High: C1 C2 C3; Med: C4 C7 C8; Low: C5 C6', 'Ex2: other bounds');
SELECT given.is_classified('2026-03-15', 'EX', 90000, 'Big: C1 C2 C3; Mid: C4 C8; Small: C5 C6 C7', 'Ex3: percentage of value is the own share');
SELECT given.is_classified('2026-03-15', 'EX', 210000, 'Big: C1 C2 C3; Mid: C4 C8; Small: C5 C6 C7', 'C30: sorting does not matter to percentage of value');
SELECT given.is_classified('2026-03-15', 'EX', 130000, 'Top: C1 C3; Mid: C2 C4 C7 C8; Bottom: C5 C6', 'Ex4: percentage of contacts, of equal ones the last contact first');
SELECT given.is_classified('2026-03-15', 'EX', 170000, 'Top: C5 C6; Mid: C2 C4 C7 C8; Bottom: C1 C3', 'Ex5: ascending, of equal ones the first contact first');
SELECT given.is_classified('2025-03-15', 'EX', 10000, 'High: C1; Low: C2 C3 C4 C5 C6 C7 C8', 'the reference date moves the period');
SELECT given.is_classified('2026-12-31', 'EX', 130000, 'Top: C1 C3; Mid: C2 C4 C7 C8; Bottom: C5 C6', 'Ex14: last calendar year, the last day of this one');
SELECT given.is_classified('2027-01-01', 'EX', 130000, 'Top: C1 C8; Mid: C4 C5 C6 C7; Bottom: C2 C3', '... and the day after');
SELECT is((SELECT contact_count FROM crm.classify('EX', '2026-03-15') WHERE line_no = 130000), 8::bigint, 'a run tells how many contacts a question had');
SELECT results_eq($$SELECT line_no, question FROM crm.classify('EX', '2026-03-15') ORDER BY line_no$$, $$SELECT n * 40000 - 30000, 'Question ' || n * 40000 - 30000 FROM generate_series(1, 6) n$$, '... of each question');

-- Small ledgers: the amounts of some customers in 2025, the year before
CREATE FUNCTION ledger(VARIADIC amounts numeric[]) RETURNS void LANGUAGE sql AS $$
	DELETE FROM crm_data.interaction;
	DELETE FROM crm.contact_business_relation;
	INSERT INTO crm.contact (contact_no, contact_type, name) SELECT 'D' || n, 'company', 'D' FROM generate_series(1, cardinality(amounts)) n ON CONFLICT DO NOTHING;
	SELECT given.customer('D' || n) FROM generate_series(1, cardinality(amounts)) n;
	SELECT given.entry('D' || n, 'sales invoice', '2025-06-01', amount) FROM unnest(amounts) WITH ORDINALITY v (amount, n) WHERE amount <> 0;
$$;
CREATE FUNCTION question(method text, decimals integer DEFAULT 0, sorting text DEFAULT 'descending', zero_is_bound boolean DEFAULT false) RETURNS void LANGUAGE sql AS $$
	SELECT given.no_questionnaire(questionnaire_code) FROM crm.questionnaire;
	SELECT given.questionnaire('S');
	SELECT given.question('S', 1, 'customer', 'sales', '-CY-1Y', 'CY-1Y', method, CASE WHEN method <> 'defined value' THEN sorting END, decimals, zero_is_bound);
$$;
-- 'A 17..17; B ..4': answers, blank is 0 (no bound), N is NULL
CREATE FUNCTION bands(bands text) RETURNS void LANGUAGE sql AS $$
	UPDATE crm.questionnaire_line SET from_value = 1, to_value = -1 WHERE line_type = 'answer';
	SELECT given.run(crm.work_date());
	DELETE FROM crm.questionnaire_line WHERE line_type = 'answer';
	SELECT given.answer('S', 1 + n::integer, split_part(band, ' ', 1), nullif(coalesce(nullif(part[1], ''), '0'), 'N')::numeric, nullif(coalesce(nullif(part[2], ''), '0'), 'N')::numeric)
	FROM regexp_split_to_table(bands, '; ') WITH ORDINALITY AS b (band, n), regexp_match(split_part(band, ' ', 2), '^(.*)\.\.(.*)$') AS part ORDER BY n
$$;
CREATE FUNCTION is_class(expected text, name text) RETURNS text LANGUAGE sql AS $$ SELECT given.is_classified('2026-03-15', 'S', 1, expected, name) $$;
SELECT given.no_questionnaire('EX');

SELECT ledger(100, 200, 300), question('percentage of value'), bands('A 17..17; B 33..33; C 50..50');
SELECT is_class('A: D1; B: D2; C: D3', 'Ex6: percentage of value 17, 33, 50');
SELECT question('percentage of contacts', 0, 'ascending'), bands('A 33..33; B 67..67; C 100..100');
SELECT is_class('A: D1; B: D2; C: D3', '... of contacts 33, 67, 100');
SELECT question('percentage of contacts', 1, 'ascending'), bands('A 33.3..33.3; B 66.7..66.7; C 100..100');
SELECT is_class('A: D1; B: D2; C: D3', '... with one decimal');
SELECT question('percentage of value', 2), bands('A 16.67..16.67; B 33.33..33.33; C 50.00..50.00');
SELECT is_class('A: D1; B: D2; C: D3', '... and percentage of value with two');
SELECT question('percentage of contacts', 0, 'descending'), bands('A ..25; B 26..');
SELECT is_class('B: D1 D2 D3', 'C32: of three nobody is in the top 25 %');
SELECT question('percentage of contacts', -1, 'descending'), bands('A 30..30; B 70..70; C 100..100');
SELECT is_class('A: D3; B: D2; C: D1', 'percentages to the nearest ten');

SELECT ledger(1234.57, 250, -1250, 49.99, 50), question('defined value', -2), bands('A 1200..1200; B 300..300; C -1300..-1300; D 100..100; E ..-1');
SELECT is_class('A: D1; B: D2; C: D3; D: D5; E: D3', 'Ex7: negative decimals; halves away from zero');
SELECT ledger(-100, -300), question('percentage of value'), bands('A 25..25; B 75..75');
SELECT is_class('A: D1; B: D2', 'Ex8: all negative, signs cancel');
SELECT ledger(100, -100), question('percentage of value'), bands('A ..1; B 1..; C ..-1');
SELECT is_class('A: D1 D2', 'Ex9: total 0, everybody has 0 %');

-- Rounding and bounds hit exactly (section 14.3, R2)
SELECT ledger(0.5, 1.5, 2.5, -2.5, 0.49, -0.5), question('defined value'), bands('A 1..1; B 2..2; C 3..3; D -3..-3; E -1..-1; F ..0.1');
SELECT is_class('A: D1; B: D2; C: D3; D: D4; E: D6; F: D4 D5 D6', 'halves are rounded away from zero');
SELECT ledger(9.994, 9.995, 10, 19.994, 19.995, 20), question('defined value', 2), bands('A ..9.99; B 10..19.99; C 20..');
SELECT is_class('A: D1; B: D2 D3 D4; C: D5 D6', 'bounds are inclusive, with two decimals');
SELECT ledger(49, 50, 149, 150, 249, 250), question('defined value', -2), bands('A ..99; B 100..200; C 201..');
SELECT is_class('A: D1; B: D2 D3 D4 D5; C: D6', '... with -2');
SELECT ledger(999.50, 999.49, 1000), question('defined value', 2), bands('A ..999; B 1000..1999');
SELECT is_class('B: D3', 'C28: a gap between bounds');
SELECT question('defined value', 0), bands('A ..999; B 1000..1999');
SELECT is_class('A: D2; B: D1 D3', '... is closed by rounding');
SELECT ledger(500000, 499999.50, 499999.49, 100000, 99999.49), question('defined value'), bands('A 500000..; B 100000..499999; C ..99999');
SELECT is_class('A: D1 D2; B: D3 D4; C: D5', 'Ex13: the published ABC');
SELECT ledger(12345678901234567.891235, 12345678901234567.891234), question('defined value', 6), bands('A 12345678901234567.891235..12345678901234567.891235; B 12345678901234567.891234..12345678901234567.891234');
SELECT is_class('A: D1; B: D2', 'figures are exact: sums of 24 digits');
SELECT ledger(0.000001, 999999.999999), question('percentage of value', 12), bands('A 0.0000000001..0.0000000001; B 99.9999999999..99.9999999999');
SELECT is_class('A: D1; B: D2', '... and shares with many decimals');

-- Bounds of 0 and NULL (section 4.8, C26)
SELECT ledger(0, -5, 5), question('defined value'), bands('A ..; B ..0.5; C 0..999; D -5..; E ..-1; F 1..');
SELECT is_class('B: D1 D2; C: D1 D2 D3; D: D1 D2 D3; E: D2; F: D3', '0 is no bound, and 0..0 matches nothing; a customer without entries has 0');
SELECT bands('A N..0; B 0..N; C N..N; D N..5; E 5..N');
SELECT is_class('A: D1 D2; B: D1 D3; C: D1 D2 D3; D: D1 D2 D3; E: D3', 'beside NULL 0 is a bound; NULL and NULL match all');
SELECT question('defined value', 0, NULL, true), bands('A ..; B 0..5; C -5..0; D N..0; E 0..N; F N..N; G 0..-1');
SELECT is_class('A: D1; B: D1 D3; C: D1 D2; D: D1 D2; E: D1 D3; F: D1 D2 D3', 'a question may say that 0 is a bound');
SELECT question('percentage of value', 0, 'descending', true), ledger(0, 0, 10), bands('A 0..0; B 1..N');
SELECT is_class('A: D1 D2; B: D3', '... of percentages as well');

-- One contact (section 14.4), none, ties (14.5), overlaps (14.6)
SELECT ledger(10), question('percentage of contacts'), bands('A 100..100');
SELECT is_class('A: D1', 'of one contact percentage of contacts is 100');
SELECT question('percentage of value'), bands('A 100..100; B ..1');
SELECT is_class('A: D1', '... and percentage of value');
SELECT ledger(0);
SELECT is_class('B: D1', '... but 0 when the value is');
SELECT ledger(VARIADIC '{}');
SELECT is_class('', 'no customers, no answers, no error');
SELECT ledger(5, 5, 5, 5), question('percentage of contacts', 0, 'descending'), bands('A ..50; B 51..');
SELECT is_class('A: D3 D4; B: D1 D2', 'equal values part at the boundary by contact number');
SELECT question('percentage of contacts', 0, 'ascending'), bands('A ..50; B 51..');
SELECT is_class('A: D1 D2; B: D3 D4', '... in the direction of the sorting');
SELECT ledger(1, 5, 10), question('defined value'), bands('A ..9; B 5..; C 5..5');
SELECT is_class('A: D1 D2; B: D2 D3; C: D2', 'C27: answers overlap on a question with single answers');
UPDATE crm_data.interaction SET amount = 4 WHERE amount = 5;
SELECT is_class('A: D1 D2; B: D3', 'C2: who drops out of a range loses the answer');
SELECT ledger(1, 1, 1, 1, 1, 1, 1, 1, 1, 1), question('percentage of contacts', 0, 'ascending'), bands('A ..20; B 100..');
SELECT is_class('A: D1 D10; B: D9', 'contact numbers are ordered by their bytes');
SELECT ledger(0, 1, 1), question('percentage of value', 0), bands('A 33..34; B 50..50');
SELECT is_class('B: D2 D3', 'who has 0 counts for contacts, not for the total');
SELECT question('percentage of contacts', 0), bands('A 33..33; B 67..67; C 100..100');
SELECT is_class('A: D3; B: D2; C: D1', 'C8: ... counts in the number of contacts');

-- Methods beyond the original
SELECT ledger(500, 300, 100, 60, 40), question('cumulative percentage of value'), bands('A ..80; B 81..95; C 96..');
SELECT is_class('A: D1 D2; B: D3; C: D4 D5', 'cumulative: 50, 80, 90, 96, 100 % of the value');
SELECT question('cumulative percentage of value', 0, 'ascending'), bands('A 4..4; B 10..10; C 20..20; D 50..50; E 100..100');
SELECT is_class('A: D5; B: D4; C: D3; D: D2; E: D1', '... ascending');
SELECT ledger(5, 5, 5, 5), bands('A 25..25; B 50..50; C 75..75; D 100..100');
SELECT is_class('A: D1; B: D2; C: D3; D: D4', '... equal ones by contact number');
SELECT question('cumulative percentage of value', 0, 'descending'), bands('A 25..25; B 50..50; C 75..75; D 100..100');
SELECT is_class('A: D4; B: D3; C: D2; D: D1', '... from the last one when descending');
SELECT ledger(100, -100), bands('A ..1; B 1..');
SELECT is_class('A: D1 D2', '... 0 when the total is');
SELECT ledger(12500, 8000, 8000, 3000.50, 0, -200.25, 999.50, 1700.25), bands('A 37..37; B 60..60; C 84..84; D 93..93; E 98..98; F 101..101; G 100..100');
SELECT is_class('A: D1; B: D3; C: D2; D: D4; E: D8; F: D5 D7; G: D6', 'the cumulative reading of Ex3: 37, 60, 84, 93, 98, 101, 101, 100');
SELECT ledger(5, 5, 5, 3, 1), question('quantile'), bands('A 60..60; B 80..80; C 100..100');
SELECT is_class('A: D1 D2 D3; B: D4; C: D5', 'quantile: equal values never part');
SELECT question('quantile', 0, 'ascending'), bands('A 20..20; B 40..40; C 100..100');
SELECT is_class('A: D5; B: D4; C: D1 D2 D3', '... ascending');
SELECT question('quantile', 1), ledger(5, 5, 3), bands('A 66.7..66.7; B 100..100');
SELECT is_class('A: D1 D2; B: D3', '... with decimals');

SELECT * FROM finish();
ROLLBACK;
