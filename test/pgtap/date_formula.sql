-- Date formulas: what they mean (domain/2 section 1); sql/date_formula.sql has the errors in full
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT plan(130);
SET LOCAL crm.work_date = '2025-03-14';

-- Section 1.5, every vector
CREATE TEMP TABLE vector (formula text, reference_date date, result date);
INSERT INTO vector VALUES
	('CQ+1M-10D', '1996-05-21', '1996-07-20'), ('-WD2', '1996-05-21', '1996-05-14'), ('CM+30D', '1996-05-21', '1996-06-30'), ('WD4', '2019-11-05', '2019-11-07'),
	('CM+10D', '2019-11-05', '2019-12-10'), ('5M-CY+7M-1D', '2019-06-15', '2019-07-31'), ('5M-CY+7M-1D', '2019-10-15', '2020-07-31'), ('3M-CQ+WD1', '2021-06-15', '2021-07-05'),
	('CQ-1Q', '2000-05-01', '2000-03-30'), ('1M+CM', '2025-03-14', '2025-04-30'), ('CM+1M', '2025-03-14', '2025-04-30'), ('CM+1M', '2025-02-10', '2025-03-28'),
	('1M', '2025-01-31', '2025-02-28'), ('1M+1M', '2025-01-31', '2025-03-28'), ('2M', '2025-01-31', '2025-03-31'), ('-1Y', '2024-02-29', '2023-02-28'),
	('CW', '2025-03-14', '2025-03-16'), ('-CW', '2025-03-14', '2025-03-10'), ('CW-1D', '2025-03-14', '2025-03-15'), ('CW', '2025-03-16', '2025-03-16'),
	('CY-1Y+1D', '2025-03-14', '2025-01-01'), ('CY-2Y+1D', '2025-03-14', '2024-01-01'), ('CY-1Y', '2025-03-14', '2024-12-31'), ('-CQ-1Q', '2025-03-14', '2024-10-01'),
	('D15', '2025-03-14', '2025-03-15'), ('D15', '2025-03-15', '2025-04-15'), ('-D15', '2025-03-15', '2025-02-15'), ('D1-1M', '2025-03-14', '2025-03-01'),
	('WD5', '2025-03-14', '2025-03-21'), ('-WD5', '2025-03-14', '2025-03-07'), ('WD7', '2025-03-14', '2025-03-16'), ('1W+WD1', '2025-03-14', '2025-03-24'),
	('-CM-1M', '2025-03-14', '2025-02-01'), ('2W+1D', '2025-03-14', '2025-03-29'), ('6M', '2024-08-31', '2025-02-28'), ('1Q', '2024-11-30', '2025-02-28'),
	('-1M', '2025-03-31', '2025-02-28'), ('-1M+CM', '2025-03-31', '2025-02-28');
SELECT is(crm.calc_date(formula, reference_date), result, format('%s of %s', formula, reference_date)) FROM vector;

-- Terms that the vectors leave out; 14 March 2025 is a Friday
CREATE TEMP TABLE term (formula text, result date, meaning text);
INSERT INTO term VALUES
	('0D', '2025-03-14', 'F1: 0D is the reference date'), ('', '2025-03-14', 'F1: blank is the reference date'), ('  ', '2025-03-14', '... also of blanks'),
	('<>', '2025-03-14', '... also in brackets'), ('<0D>', '2025-03-14', '0D in brackets'), ('-0D', '2025-03-14', '0D with a sign'),
	('9999D', '2052-07-29', 'the greatest number'), ('+3D', '2025-03-17', 'a plus before the first term'), ('-3D', '2025-03-11', 'days back'),
	('2WD', '2025-03-16', '2WD is two days'), ('-2WD', '2025-03-12', '-2WD is two days back'), ('0003D', '2025-03-17', 'zeros before a number'),
	('2W', '2025-03-28', 'weeks'), ('-2W', '2025-02-28', 'weeks back'), ('-3M', '2024-12-14', 'months back over a new year'), ('10M', '2026-01-14', 'months over a new year'),
	('-2Q', '2024-09-14', 'quarters back'), ('3Y', '2028-03-14', 'years'), ('CD', '2025-03-14', 'the current day'), ('-CD', '2025-03-14', '... and back'),
	('CM', '2025-03-31', 'end of the month'), ('-CM', '2025-03-01', 'start of the month'), ('CQ', '2025-03-31', 'end of the quarter'), ('-CQ', '2025-01-01', 'start of the quarter'),
	('CY', '2025-12-31', 'end of the year'), ('-CY', '2025-01-01', 'start of the year'), ('+CM', '2025-03-31', 'a plus is the end'),
	('1M+CM', '2025-04-30', 'F4: from left to right'), ('CM+1M', '2025-04-30', '... CM+1M'), ('-CM+D31', '2025-03-31', 'D31 in a long month'),
	('-1M+CM-1D+D31', '2025-02-28', '[INF] D31 in a short month is its last day'), ('-1M+CM+D31', '2025-03-31', '... after it the next month''s'),
	('D14', '2025-04-14', 'D is strictly after'), ('-D14', '2025-02-14', '... and strictly before'), ('-D13', '2025-03-13', 'yesterday'), ('D1', '2025-04-01', 'the first'),
	('CM-D31', '2025-02-28', '-D31 from the end of a month'), ('-D31', '2025-02-28', '... and from its middle'),
	('WD1', '2025-03-17', 'Monday'), ('WD4', '2025-03-20', 'Thursday'), ('WD6', '2025-03-15', 'Saturday'), ('-WD6', '2025-03-08', 'the Saturday before'), ('-WD4', '2025-03-13', 'yesterday was Thursday'),
	('2d+1w', '2025-03-23', 'small letters'), ('cm+wD1', '2025-04-07', '... mixed'), ('<CM>', '2025-03-31', 'brackets'), (' < 1W + WD1 > ', '2025-03-24', 'F2: blanks'), ('3 M - C Q', '2025-04-01', '... inside a term'),
	('5M-CY+7M-1D', '2025-07-31', 'F3: four terms'), ('1D+1D+1D+1D+1D+1D+1D+1D+1D+1D+1D+1D+1D+1D+1D+1D', '2025-03-30', '... and sixteen');
SELECT is(crm.calc_date(formula, '2025-03-14'), result, format('%s (%s)', meaning, formula)) FROM term;
SELECT is(crm.calc_date('CM'), '2025-03-31'::date, 'the reference date is the work date');
SELECT is(crm.calc_date('-1Y', '2024-02-29'), '2023-02-28'::date, 'a leap day a year back');
SELECT is(crm.calc_date('4Y', '2024-02-29'), '2028-02-29'::date, '... and four on');
SELECT is(crm.calc_date('-1D', '0001-01-01'), '0001-12-31 BC'::date, 'before the year one');
SELECT is(crm.calc_date('-1M', '0001-01-31'), '0001-12-31 BC'::date, '... by a month');

-- The same as the server's arithmetic and date_trunc, for a great many days
SELECT is_empty($$SELECT day FROM generate_series('1895-01-01'::date, '1925-01-01'::date, '1 day') AS s (t) CROSS JOIN LATERAL (SELECT t::date) AS d (day) WHERE
	(crm.calc_date('-CW', day), crm.calc_date('-CM', day), crm.calc_date('-CQ', day), crm.calc_date('-CY', day)) IS DISTINCT FROM
	(date_trunc('week', t)::date, date_trunc('month', t)::date, date_trunc('quarter', t)::date, date_trunc('year', t)::date)$$, 'starts of periods');
SELECT is_empty($$SELECT day FROM generate_series('1895-01-01'::date, '1925-01-01'::date, '1 day') AS s (t) CROSS JOIN LATERAL (SELECT t::date) AS d (day) WHERE
	(crm.calc_date('CW', day), crm.calc_date('CM', day), crm.calc_date('CQ', day), crm.calc_date('CY', day)) IS DISTINCT FROM
	((date_trunc('week', t) + interval '6 days')::date, (date_trunc('month', t) + interval '1 month -1 day')::date,
	(date_trunc('quarter', t) + interval '3 months -1 day')::date, (date_trunc('year', t) + interval '1 year -1 day')::date)$$, 'ends of periods');
SELECT is_empty($$SELECT day FROM generate_series('1896-01-01'::date, '1905-01-01'::date, '1 day') AS s (t) CROSS JOIN LATERAL (SELECT t::date) AS d (day) CROSS JOIN generate_series(-30, 30, 7) AS n WHERE
	(crm.calc_date(n || 'M', day), crm.calc_date(n || 'Q', day), crm.calc_date(n || 'Y', day), crm.calc_date(n || 'W', day)) IS DISTINCT FROM
	((t + n * interval '1 month')::date, (t + n * interval '3 months')::date, (t + n * interval '1 year')::date, day + 7 * n)$$, 'moves');
SELECT is_empty($$SELECT day FROM generate_series('1896-01-01'::date, '1905-01-01'::date, '1 day') AS s (t) CROSS JOIN LATERAL (SELECT t::date) AS d (day) CROSS JOIN generate_series(1, 7) AS n
	CROSS JOIN LATERAL (SELECT crm.calc_date('WD' || n, day), crm.calc_date('-WD' || n, day)) AS w (next, previous)
	WHERE extract(isodow FROM next) <> n OR extract(isodow FROM previous) <> n OR next - day NOT BETWEEN 1 AND 7 OR day - previous NOT BETWEEN 1 AND 7$$, 'weekdays');
SELECT is_empty($$SELECT day FROM generate_series('2003-01-01'::date, '2005-01-01'::date, '1 day') AS s (t) CROSS JOIN LATERAL (SELECT t::date) AS d (day) CROSS JOIN generate_series(1, 31) AS n
	CROSS JOIN LATERAL (SELECT crm.calc_date('D' || n, day), crm.calc_date('-D' || n, day)) AS w (next, previous)
	WHERE next IS DISTINCT FROM (SELECT min(c) FROM generate_series(day + 1, day + 62, '1 day') AS c WHERE extract(day FROM c) = least(n, extract(day FROM date_trunc('month', c) + interval '1 month -1 day')))
	OR previous IS DISTINCT FROM (SELECT max(c) FROM generate_series(day - 62, day - 1, '1 day') AS c WHERE extract(day FROM c) = least(n, extract(day FROM date_trunc('month', c) + interval '1 month -1 day')))$$,
	'days of the month');

-- NULL, infinity, the range of dates
SELECT is(crm.calc_date(NULL, '2025-03-14'), NULL, 'no formula, no date');
SELECT is(crm.calc_date('1D', NULL), NULL, 'no reference date, no date');
SELECT is(crm.calc_date('1M', 'infinity'), 'infinity'::date, 'infinity stays');
SELECT is(crm.calc_date('-CY', '-infinity'), '-infinity'::date, '... so does its opposite');
SELECT is(crm.calc_date('CY', '5874897-01-01'), '5874897-12-31'::date, 'the last date');
SELECT is(crm.calc_date('-1D', '4714-11-25 BC'), '4714-11-24 BC'::date, 'the first date');
SELECT throws_ok($$SELECT crm.calc_date('1D', '5874897-12-31')$$, '22008', 'date formula "1D" leads out of the range of dates', 'F9: after the last date');
SELECT throws_ok($$SELECT crm.calc_date('9999Y', '5874897-12-31')$$, '22008', NULL, '... far after it');
SELECT throws_ok($$SELECT crm.calc_date('9999Y-9999Y', '5874897-12-31')$$, '22008', NULL, '... for one term only');
SELECT throws_ok($$SELECT crm.calc_date('-1D', '4714-11-24 BC')$$, '22008', NULL, 'F9: before the first date');
SELECT throws_ok($$SELECT crm.calc_date('-CM', '4714-11-30 BC')$$, '22008', NULL, '... in its month');
SELECT throws_ok($$SELECT crm.calc_date('-9999W', '4714-11-24 BC')$$, '22008', NULL, '... far before it');

-- F11, F12
SELECT is(crm.reverse_sign('1M+CM'), '-1M-CM', 'F11: an unsigned first term gets a minus');
SELECT is(crm.reverse_sign('-1M+CM-D3'), '+1M-CM+D3', '... every sign is turned round');
SELECT is(crm.reverse_sign('+2wd - wd7'), '-2WD+WD7', '... in capitals, without blanks');
SELECT is(crm.reverse_sign('<CQ-1Q>'), '<-CQ+1Q>', '... within brackets');
SELECT is(crm.reverse_sign(' '), '', '... blank stays blank');
SELECT is(crm.reverse_sign(NULL), NULL, '... NULL stays NULL');
SELECT is(crm.reverse_formula('1M-2D'), '+2D-1M', 'F12: the last term first');
SELECT is(crm.reverse_formula('<5M-CY+7M-1D>'), '<+1D-7M+CY-5M>', '... of four terms in brackets');
SELECT is(crm.reverse_formula(''), '', '... blank stays blank');
SELECT is(crm.reverse_formula(NULL), NULL, '... NULL stays NULL');
SELECT throws_ok($$SELECT crm.reverse_sign('1M+')$$, '22007', NULL, 'F11 checks the formula');
SELECT throws_ok($$SELECT crm.reverse_formula('1')$$, '22007', NULL, 'F12 checks the formula');

-- F5: refused where it is typed in
SELECT is('cm + 1d'::crm.date_formula, 'cm + 1d', 'the domain keeps what was typed');
SELECT is(NULL::crm.date_formula::text, NULL, '... and takes NULL');
SELECT throws_ok($$SELECT 'CM+XX'::crm.date_formula$$, '22007', 'invalid date formula "CM+XX" at position 4', 'E1: the domain');
INSERT INTO crm_data.questionnaire (questionnaire_code) VALUES ('Q');
SELECT lives_ok($$INSERT INTO crm_data.questionnaire_line (questionnaire_code, line_no, line_type, starting_date_formula, ending_date_formula) VALUES ('Q', 10000, 'question', '-CY', NULL)$$,
	'a question takes formulas');
SELECT throws_ok($$UPDATE crm_data.questionnaire_line SET starting_date_formula = '1X'$$, '22007', 'invalid date formula "1X" at position 2', '... and refuses a starting date formula');
SELECT throws_ok($$UPDATE crm_data.questionnaire_line SET ending_date_formula = 'CM1D'$$, '22007', 'invalid date formula "CM1D" at position 3', '... and an ending date formula');

-- Readers may calculate
CREATE ROLE reader_of_dates;
SELECT crm.grant_role('reader_of_dates', 'reader');
SET LOCAL ROLE reader_of_dates;
SELECT is('CM'::crm.date_formula, 'CM', 'a reader writes a formula');
SELECT is(crm.calc_date(crm.reverse_sign(crm.reverse_formula('CM-1D'))), '2025-03-31'::date, '... and uses it');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
