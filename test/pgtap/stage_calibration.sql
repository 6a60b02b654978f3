-- Calibrated win probabilities: the prior is an optimum, bounds are quantiles, the life table is that of the textbook.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT plan(77);
SELECT setseed(0.3);

-- 60 groups of 0 to 59 deals, whose probabilities are spread around 0.3
CREATE TEMP TABLE deals AS SELECT g, n, (SELECT count(*) FILTER (WHERE random() < p + 0 * k) FROM generate_series(1, n) AS k) AS won
	FROM (SELECT g, g * 7 % 60 AS n, 0.3 + 0.25 * sin(g) AS p FROM generate_series(0, 59) AS g) AS drawn;
CREATE TEMP TABLE calibrated AS SELECT c.*, won, n FROM (SELECT array_agg(won ORDER BY g) AS w, array_agg(n - won ORDER BY g) AS l FROM deals) AS a, crm.calibrated_probability(w, l) AS c JOIN deals ON g = group_no - 1;
SELECT is(count(*), 60::bigint, 'a row for each group') FROM calibrated;
SELECT ok(bool_and(probability > 0 AND probability < 1 AND lower_bound > 0 AND lower_bound < probability AND probability < upper_bound AND upper_bound < 1), 'never 0 or 1, and within its bounds') FROM calibrated;
SELECT ok(bool_and(sample_size = n AND age = 1), 'the sample size is the number of closed deals') FROM calibrated;

-- By adding up over a grid of means and sizes: the logarithm of the likelihood has sums for gamma functions of whole distances
CREATE FUNCTION pg_temp.rising(a double precision, n bigint) RETURNS double precision LANGUAGE sql AS 'SELECT coalesce(sum(ln(a + k)), 0) FROM generate_series(0, n - 1) AS k';
CREATE TEMP TABLE few AS SELECT * FROM (VALUES ('different', 1, 9, 12), ('different', 2, 2, 15), ('different', 3, 0, 0), ('different', 4, 1, 1), ('alike', 1, 4, 10), ('alike', 2, 5, 12), ('alike', 3, 3, 8),
	('all won', 1, 6, 6), ('all won', 2, 1, 1), ('one', 1, 3, 9)) AS f (title, g, won, n);
CREATE TEMP TABLE grid AS SELECT title, mean * size AS a, (1 - mean) * size AS b,
	exp(ln(mean * (1 - mean)) - ln(size) + (SELECT sum(pg_temp.rising(mean * size, won) + pg_temp.rising((1 - mean) * size, n - won) - pg_temp.rising(size, n)) FROM few WHERE few.title = c.title)) AS weight
	FROM (SELECT DISTINCT title FROM few) AS c, (SELECT 1 / (1 + exp(-i / 10.0::double precision)) AS mean FROM generate_series(-70, 70) AS i) AS m, (SELECT 2 * exp((j + 0.5::double precision) / 5) AS size FROM generate_series(0, 50) AS j) AS s;
CREATE TEMP TABLE summed AS SELECT title, g, won, n, mean, mean * (1 - mean) / (square - mean ^ 2) - 1 AS size FROM (
	SELECT title, g, won, n, sum(weight * p) / sum(weight) AS mean, sum(weight * (p * (1 - p) / (a + b + n + 1) + p * p)) / sum(weight) AS square
	FROM grid JOIN few USING (title), LATERAL (SELECT (a + won) / (a + b + n) AS p) AS posterior GROUP BY title, g, won, n) AS moments;
CREATE TEMP TABLE found AS SELECT title, c.* FROM (SELECT title, array_agg(won ORDER BY g) AS w, array_agg(n - won ORDER BY g) AS l FROM few GROUP BY title) AS f, crm.calibrated_probability(w, l) AS c;
SELECT ok(abs(probability - mean) < 2e-3, format('%s: the probability of group %s', title, g)) FROM found JOIN summed USING (title) WHERE g = group_no ORDER BY title, g;
SELECT ok(abs(below - 0.05) < 5e-3 AND abs(above - 0.05) < 5e-3, format('%s: the credible interval of group %s', title, g)) FROM (
	SELECT title, g, sum(d) FILTER (WHERE x < lower_bound) / sum(d) AS below, sum(d) FILTER (WHERE x > upper_bound) / sum(d) AS above
	FROM found JOIN summed USING (title), LATERAL (SELECT x, x ^ (mean * size - 1) * (1 - x) ^ ((1 - mean) * size - 1) AS d FROM (SELECT (i - 0.5::double precision) / 20000 AS x FROM generate_series(1, 20000) AS i) AS points) AS density
	WHERE g = group_no GROUP BY title, g) AS tail WHERE title <> 'all won' ORDER BY title, g;

-- What shrinks how much
SELECT ok(abs(c.probability - deal.won / 1000.0) < 0.01, 'many deals speak for themselves') FROM (VALUES (1, 100), (2, 900)) AS deal (g, won), crm.calibrated_probability('{100,900}', '{900,100}') AS c WHERE g = group_no;
SELECT ok(max(probability) - min(probability) < 0.02, 'groups that are alike are taken together') FROM crm.calibrated_probability(array_fill(30, ARRAY[40]) || 31, array_fill(70, ARRAY[40]) || 69);
SELECT ok(probability BETWEEN 0.85 AND 0.995 AND lower_bound < 0.92, format('%s of %s won: not certain', n, n)) FROM unnest(ARRAY[5, 10, 20]) AS n, crm.calibrated_probability(ARRAY[n], ARRAY[0]);
SELECT ok(probability < 1 AND upper_bound <= 1 AND lower_bound > 0.99, 'nor of a thousand million') FROM crm.calibrated_probability('{1e9}', '{0}');
SELECT is(round(probability::numeric, 6), 0.5, 'nothing known: an even chance') FROM crm.calibrated_probability('{0}', '{0}');
SELECT ok(lower_bound < 0.1 AND upper_bound > 0.9 AND sample_size = 0, '... and hardly that') FROM crm.calibrated_probability('{0}', '{0}');
SELECT ok(abs(o.probability + m.probability - 1) < 1e-6 AND abs(o.lower_bound + m.upper_bound - 1) < 1e-6, 'losses mirror wins') FROM crm.calibrated_probability('{3,8,1}', '{9,2,0}') AS o JOIN crm.calibrated_probability('{9,2,0}', '{3,8,1}') AS m USING (group_no);
SELECT ok(bool_and(narrow.lower_bound > wide.lower_bound AND narrow.upper_bound < wide.upper_bound), 'less credible bounds are narrower')
	FROM crm.calibrated_probability('{3,8}', '{9,2}', NULL, 0.5) AS narrow JOIN crm.calibrated_probability('{3,8}', '{9,2}', NULL, 0.99) AS wide USING (group_no);
-- Intervals hold what they promise: the probabilities are second of four, which is Beta(2, 3)
SELECT ok(avg((truth BETWEEN lower_bound AND upper_bound)::integer) BETWEEN 0.85 AND 0.95, 'nine of ten intervals hold the probability') FROM (
	SELECT array_agg(p) AS p, array_agg(won) AS w, array_agg(12 - won) AS l FROM (SELECT p, (SELECT count(*) FILTER (WHERE random() < p + 0 * k) FROM generate_series(1, 12) AS k) AS won
		FROM (SELECT (SELECT percentile_disc(0.4) WITHIN GROUP (ORDER BY random() + 0 * (g + k)) FROM generate_series(1, 4) AS k) AS p FROM generate_series(1, 2000) AS g) AS drawn) AS d) AS a,
	crm.calibrated_probability(w, l) AS c, LATERAL (SELECT a.p[group_no] AS truth) AS t;

-- Open deals. Many groups of 1e6 deals are not shrunk: what is left is the life table
CREATE FUNCTION pg_temp.life_table(won double precision[], lost double precision[], open_deals double precision[]) RETURNS TABLE (age bigint, probability double precision) LANGUAGE sql AS $$
	WITH RECURSIVE table_of AS (SELECT age, w, l, c, sum(w + l + c) OVER (ORDER BY age DESC) - c / 2 AS at_risk FROM unnest(won, lost, open_deals) WITH ORDINALITY AS d (w, l, c, age)),
	walk AS (SELECT start.age AS origin, start.age, 1::double precision AS staying, 0::double precision AS won FROM table_of AS start
		UNION ALL SELECT origin, t.age + 1, CASE WHEN is_last THEN 0 ELSE staying * (1 - (w + l) / at_risk) END, walk.won + staying * CASE WHEN is_last THEN w / (w + l) ELSE w / at_risk END
			FROM walk JOIN (SELECT *, age = max(age) OVER () AS is_last FROM table_of) AS t ON t.age = walk.age)
	SELECT origin, max(won) FROM walk GROUP BY origin $$;
SELECT ok(abs(c.probability - t.probability) < 1e-3, format('the life table at age %s', c.age))
	FROM crm.calibrated_probability('{{1e6,5e5,2e5,3e5}}', '{{2e5,9e5,4e5,1e5}}', '{{8e5,3e5,9e5,7e5}}') AS c JOIN pg_temp.life_table('{1e6,5e5,2e5,3e5}', '{2e5,9e5,4e5,1e5}', '{8e5,3e5,9e5,7e5}') AS t USING (age);
SELECT ok(abs(probability - p) < 1e-3 AND abs(sample_size / n - 1) < 1e-9, format('without open deals, plain fractions: age %s', c.age))
	FROM crm.calibrated_probability('{{1e6,5e5,2e5}}', '{{2e5,9e5,4e5}}') AS c JOIN (VALUES (1, 1.7 / 3.2, 3.2e6), (2, 0.7 / 2, 2e6), (3, 0.2 / 0.6, 6e5)) AS f (age, p, n) USING (age);
SELECT results_eq($$SELECT * FROM crm.calibrated_probability('{3,8}', '{9,2}', '{100,7}')$$, $$SELECT * FROM crm.calibrated_probability('{3,8}', '{9,2}')$$, 'without ages, open deals tell nothing');
-- Deals are won early and lost late, and most are young: closed deals alone promise too much
SELECT ok(abs(probability - 0.25) < 0.01, 'censoring is respected') FROM crm.calibrated_probability('{{1000,0}}', '{{0,1500}}', '{{0,1500}}') WHERE age = 1;
SELECT ok(bool_and(sample_size BETWEEN 0 AND 30.000001), 'open deals add no more to the sample than closed ones have') FROM crm.calibrated_probability('{{10,5,0}}', '{{0,10,5}}', '{{50,500,5}}');
SELECT is(sample_size, s::double precision, format('past the last closed deal, as at its age: %s', age)) FROM crm.calibrated_probability('{{10,4,0,0}}', '{{0,8,0,0}}', '{{0,0,5,9}}') JOIN (VALUES (2, 12), (3, 12), (4, 12)) AS e (age, s) USING (age);
SELECT ok(bool_and(sample_size = 0 AND probability = 0.5), 'open deals alone tell nothing') FROM (SELECT sample_size, round(probability::numeric, 6) AS probability FROM crm.calibrated_probability('{{0,0}}', '{{0,0}}', '{{7,9}}')) AS c;
SELECT is_empty($$SELECT * FROM crm.calibrated_probability(NULL, NULL)$$, 'null arrays: no groups');
SELECT is_empty($$SELECT * FROM crm.calibrated_probability('{}', '{}', '{}')$$, 'no groups');

-- Bad input
SELECT throws_ok(format('SELECT * FROM crm.calibrated_probability(%L, %L, %L, %s)', w, l, o, credibility), sqlstate, message) FROM (VALUES
	('{1,2}', '{1}', NULL, '0.9', '2202E', 'arrays won and lost differ in length'), ('{1,2}', '{1,2}', '{1}', '0.9', '2202E', 'arrays won and open_deals differ in length'),
	('{{1,2}}', '{1,2}', NULL, '0.9', '2202E', 'arrays won and lost differ in length'), ('{{{1}}}', '{1}', NULL, '0.9', '2202E', 'array won has more than two dimensions'),
	('{1,NULL}', '{1,1}', NULL, '0.9', '22023', 'element 2 of won is null'), ('{1}', '{-1}', NULL, '0.9', '22023', 'element 1 of lost is not between 0 and 1e+09'),
	('{1}', '{1}', '{NaN}', '0.9', '22023', 'element 1 of open_deals is not between 0 and 1e+09'), ('{2e9}', '{1}', NULL, '0.9', '22023', 'element 1 of won is not between 0 and 1e+09'),
	('{1}', '{1}', NULL, '1', '22023', 'credibility is not between 0 and 1'), ('{1}', '{1}', NULL, '0', '22023', 'credibility is not between 0 and 1'), ('{1}', '{1}', NULL, '''NaN''', '22023', 'credibility is not between 0 and 1'),
	('{1}', '{1}', NULL, 'NULL', '22023', 'credibility is not between 0 and 1')) AS c (w, l, o, credibility, sqlstate, message);

-- How good probabilities were
SELECT is(round(crm.brier_score(p, won)::numeric, 12), score, format('Brier score of %s, won: %s', p, won)) FROM (VALUES (0.7, true, 0.09), (0.7, false, 0.49), (0, false, 0), (1, false, 1), (NULL, true, NULL), (0.5, NULL, NULL)) AS s (p, won, score);
SELECT is(crm.log_loss(p, won), loss, format('log loss of %s, won: %s', p, won)) FROM (VALUES (0.25::double precision, true, -ln(0.25::double precision)), (0.25, false, -ln(0.75::double precision)), (0, true, 'Infinity'), (1, false, 'Infinity'), (NULL, true, NULL), (0.5, NULL, NULL)) AS s (p, won, loss);
SELECT is(crm.log_loss(1, true), 0::double precision, 'nothing lost by a right certainty');
SELECT throws_ok('SELECT crm.log_loss(1.5, false)', '2201E', NULL, 'no probability');

SELECT * FROM finish();
ROLLBACK;
