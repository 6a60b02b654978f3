-- The distribution of revenue: on random deals what enumerating all outcomes gives, its moments for any number of deals,
-- deals with a common factor as numerical integration has them.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT plan(107);
SELECT setseed(0.4);

-- 3000 random cases of up to 8 deals, some more of up to 12, one of 20; the values are multiples of the unit
CREATE TEMP TABLE deal AS
	SELECT case_no, i, unit * floor(random() * CASE WHEN case_no % 7 = 0 THEN 3 ELSE 100 END)::numeric AS v, CASE WHEN u < 0.05 THEN 0 WHEN u > 0.95 THEN 1 ELSE round(u::numeric, 3) END AS p
	FROM (SELECT case_no, (ARRAY[1, 0.01, 250, 1e9, 1e-9])[1 + case_no % 5] AS unit, CASE WHEN case_no <= 3000 THEN case_no % 9 WHEN case_no = 3041 THEN 20 ELSE 9 + case_no % 4 END AS n
		FROM generate_series(1, 3041) AS case_no) AS c, generate_series(1, n) AS i, LATERAL (SELECT random() + 0 * i AS u) AS r;
CREATE TEMP TABLE random_case AS
	SELECT case_no, count(*) AS n, array_agg(v) AS v, array_agg(p) AS p, (ARRAY[1, 0.01, 250, 1e9, 1e-9])[1 + case_no % 5] AS unit FROM deal GROUP BY case_no;
CREATE INDEX ON deal (case_no, i);
ANALYZE deal;
ANALYZE random_case;
CREATE TEMP TABLE outcome AS
	WITH RECURSIVE branch AS (
		SELECT case_no, 0 AS i, 0::numeric AS revenue, 1::double precision AS probability FROM random_case
		UNION ALL SELECT branch.case_no, branch.i + 1, revenue + won * d.v, probability * CASE won WHEN 1 THEN d.p ELSE 1 - d.p END
			FROM branch JOIN deal AS d ON d.case_no = branch.case_no AND d.i = branch.i + 1, generate_series(0, 1) AS won)
	SELECT case_no, revenue, sum(probability) AS probability, sum(sum(probability)) OVER (PARTITION BY case_no ORDER BY revenue) AS cumulative
	FROM branch JOIN random_case USING (case_no) WHERE branch.i = n GROUP BY case_no, revenue;
CREATE INDEX ON outcome (case_no);
ANALYZE outcome;
SELECT cmp_ok(count(*), '>', 2600::bigint, 'there are thousands of cases') FROM random_case;
SELECT is(max(n), 20::bigint, '... of up to 20 deals') FROM random_case;
SELECT ok(abs(sum(probability) - (SELECT count(*) FROM random_case)) < 1e-6, '... all outcomes of which are enumerated') FROM outcome;

SELECT is_empty($$SELECT case_no, percentile, revenue FROM random_case, crm.revenue_distribution(v, p, unit) EXCEPT
	SELECT case_no, percentile, (SELECT min(revenue) FROM outcome AS o WHERE o.case_no = c.case_no AND cumulative >= percentile::double precision / 100 - 1e-7) FROM random_case AS c, generate_series(5, 95, 5::numeric) AS percentile$$,
	'percentiles are those of the enumeration');
SELECT is_empty($$SELECT case_no, revenue FROM random_case JOIN (SELECT *, row_number() OVER (PARTITION BY case_no ORDER BY random()) AS no FROM outcome) AS o USING (case_no)
	WHERE no <= 4 AND abs(crm.revenue_probability(revenue, v, p, unit) - (1 - cumulative + o.probability)) > 1e-7$$, 'probabilities to reach an outcome, too');
SELECT is_empty($$SELECT case_no, revenue FROM random_case JOIN (SELECT *, row_number() OVER (PARTITION BY case_no ORDER BY random()) AS no FROM outcome) AS o USING (case_no)
	WHERE no <= 2 AND abs(crm.revenue_probability(revenue + unit / 10, v, p, unit) - (1 - cumulative)) > 1e-7$$, '... and to exceed it');
SELECT is_empty($$SELECT case_no FROM random_case JOIN (SELECT case_no, sum(revenue::double precision * probability) AS mean, sum(revenue::double precision ^ 2 * probability) AS square FROM outcome GROUP BY case_no) AS o USING (case_no),
	crm.revenue_summary(v, p, unit) AS s WHERE abs(s.mean - o.mean) > 1e-9 * s.mean OR abs(s.standard_deviation ^ 2 + s.mean ^ 2 - square) > 1e-9 * square OR grid_error <> 0 OR tail_probability > 4e-9$$,
	'mean and standard deviation, too; the grid makes no error');
-- Between the probabilities of targets that are the grid error away
SELECT is_empty($$SELECT case_no, grid FROM random_case, unnest(ARRAY[NULL, 3 * unit, 7.7 * unit, 45 * unit]) AS grid, crm.revenue_summary(v, p, grid) AS s, LATERAL (SELECT floor(s.mean / unit::double precision)::numeric * unit AS target) AS t
	WHERE n < 13 AND NOT crm.revenue_probability(target, v, p, grid) BETWEEN
		(SELECT coalesce(sum(probability), 0) FROM outcome AS o WHERE o.case_no = random_case.case_no AND revenue::double precision >= target::double precision + grid_error * (1 + 1e-9)) - 1e-7
		AND (SELECT coalesce(sum(probability), 0) FROM outcome AS o WHERE o.case_no = random_case.case_no AND revenue::double precision >= target::double precision * (1 - 1e-9) - grid_error * (1 + 1e-9)) + 1e-7$$,
	'on any grid, probabilities are those of targets no farther off than the grid error');
SELECT is_empty($$SELECT case_no FROM random_case, crm.revenue_summary(v, p) AS s WHERE grid_error > mean / 1000$$, 'an automatic grid takes no more than a thousandth of the mean');
SELECT is_empty($$SELECT case_no FROM random_case, crm.revenue_summary(v, p, 45 * unit) AS s WHERE grid_error > 45 * unit * n$$, 'rounding moves no deal by more than a grid');

-- Any number of deals: the distribution has the moments
CREATE TEMP TABLE portfolio AS SELECT n, array_agg(round(exp(7 + 3 * random())::numeric, 2)) AS v, array_agg(round((0.02 + 0.96 * random())::numeric, 4)) AS p
	FROM unnest(ARRAY[1, 2, 3, 5, 8, 13, 21, 50, 100, 250, 500, 1000, 2000, 5000, 20000]) AS n, generate_series(1, n) GROUP BY n;
CREATE TEMP TABLE summary AS SELECT n, s.* FROM portfolio, crm.revenue_summary(v, p) AS s;
SELECT ok(abs(s.mean - (SELECT sum(v * p) FROM unnest(v, p) AS d (v, p))) < 1e-9 * s.mean
	AND abs(s.standard_deviation - (SELECT sqrt(sum(v ^ 2 * p * (1 - p))) FROM unnest(v, p) AS d (v, p))) < 1e-9 * s.standard_deviation AND grid_error BETWEEN 0 AND s.mean / 1000,
	format('%s deals: mean, standard deviation and grid error', n)) FROM portfolio JOIN summary AS s USING (n);
SELECT ok(abs(avg(revenue) - s.mean) < grid_error + 0.001 * standard_deviation AND abs(stddev_pop(revenue) / standard_deviation - 1) < 0.005, format('%s deals: of the distribution', n))
	FROM portfolio JOIN summary AS s USING (n), crm.revenue_distribution(v, p, percentiles := (SELECT array_agg((i - 0.5) / 40) FROM generate_series(1, 4000) AS i)) GROUP BY n, s.mean, grid_error, standard_deviation ORDER BY n;
SELECT ok(max(abs(fine - coarse)) < 2 * max(grid_error) / max(standard_deviation), format('%s deals: a coarser grid tells the same', n)) FROM portfolio JOIN summary AS s USING (n),
	LATERAL (SELECT (s.mean + k * standard_deviation)::numeric AS target FROM generate_series(-3, 3) AS k) AS t,
	LATERAL (SELECT crm.revenue_probability(target, v, p) AS fine, crm.revenue_probability(target, v, p, grid_unit * 2) AS coarse) AS pair WHERE n IN (2000, 5000) GROUP BY n;
SELECT ok(abs(crm.revenue_probability(s.mean::numeric, v, p) - 0.5) < 0.01, '20000 deals: nearly normal') FROM portfolio JOIN summary AS s USING (n) WHERE n = 20000;
SELECT is(p, round(p2::numeric, 6), format('a binomial distribution: at least %s of 400', k)) FROM unnest(ARRAY[100, 120, 140]) AS k,
	LATERAL (SELECT round(sum(exp(l))::numeric, 6) AS p FROM (SELECT j, (SELECT coalesce(sum(ln((400 - m + 1)::double precision / m)), 0) FROM generate_series(1, j) AS m) + j * ln(0.3::double precision) + (400 - j) * ln(0.7::double precision) AS l FROM generate_series(k, 400) AS j) AS b) AS exact,
	LATERAL (SELECT crm.revenue_probability(k * 250, array_fill(250::numeric, ARRAY[400]), array_fill(0.3, ARRAY[400])) AS p2) AS ours;

SELECT is(round(crm.revenue_probability(k * 250, array_fill(250::numeric, ARRAY[400]), array_fill(p, ARRAY[400]))::numeric, 6), (SELECT round(sum(exp(greatest(l, -500)))::numeric, 6) FROM (SELECT (SELECT coalesce(sum(ln((400 - m + 1)::double precision / m)), 0) FROM generate_series(1, j) AS m)
	+ j * ln(p::double precision) + (400 - j) * ln(1 - p::double precision) AS l FROM generate_series(k, 400) AS j) AS terms), format('hardly won, or lost: at least %s of 400 with %s', k, p)) FROM (VALUES (5, 0.02), (12, 0.02), (388, 0.98), (395, 0.98)) AS d (k, p);
SELECT ok(abs(crm.revenue_probability(target * 10, v, p, 10) - crm.revenue_probability(target * 10, v || 0::numeric, p || 0.5, 10)) < 1e-7 AND abs(crm.revenue_probability(target * 10, v, p, 10) - (SELECT 1 - crm.revenue_probability(total - target * 10 + 10, v, q, 10))) < 1e-7,
	format('won and lost change places: at least %s', target * 10)) FROM (SELECT array_agg(10.0 * (1 + i % 97) ORDER BY i) AS v, array_agg(0.001 * (1 + i % 160) ORDER BY i) AS p, array_agg(1 - 0.001 * (1 + i % 160) ORDER BY i) AS q, sum(10.0 * (1 + i % 97)) AS total FROM generate_series(1, 300) AS i) AS d, unnest(ARRAY[600, 1200, 1800]) AS target;

-- Deals with a common factor. The normal distribution function by its series
CREATE FUNCTION pg_temp.normal(x double precision) RETURNS double precision LANGUAGE sql AS $$
	SELECT CASE WHEN x < -7 THEN 0 WHEN x > 7 THEN 1 ELSE 0.5 + exp(-x * x / 2) / sqrt(2 * pi()) * (SELECT sum(term) FROM (
		WITH RECURSIVE series (k, term) AS (SELECT 0, x UNION ALL SELECT k + 1, term * x * x / (2 * k + 3) FROM series WHERE abs(term) > 1e-20) SELECT term FROM series) AS s) END $$;
SELECT is(round(crm.revenue_probability(2, '{1,1}', '{0.5,0.5}', 1, rho)::numeric, 6), round((0.25 + asin(rho) / (2 * pi()))::numeric, 6), format('two even deals, both won: correlation %s', rho)) FROM unnest(ARRAY[0.001, 0.1, 0.5, 0.9, 0.99]) AS rho;
SELECT is(round(crm.revenue_probability(3, '{1,1,1}', '{0.5,0.5,0.5}', 1, rho)::numeric, 6), round((0.125 + 3 * asin(rho) / (4 * pi()))::numeric, 6), format('three even deals, all won: correlation %s', rho)) FROM unnest(ARRAY[0.2, 0.7]) AS rho;
CREATE TEMP TABLE correlated AS SELECT i, v, threshold, pg_temp.normal(threshold) AS p FROM unnest(ARRAY[10, 20, 35, 50, 7], ARRAY[-1.5, -0.4, 0.1, 0.8, 1.7]::double precision[]) WITH ORDINALITY AS d (v, threshold, i);
CREATE TEMP TABLE integral AS
	WITH RECURSIVE node AS (SELECT rho, z, exp(-z * z / 2) / sqrt(2 * pi()) * 0.05 AS weight FROM unnest(ARRAY[0.05, 0.3, 0.8]) AS rho, (SELECT g * 0.05 AS z FROM generate_series(-140, 140) AS g) AS grid),
	given AS MATERIALIZED (SELECT rho, z, i, v, pg_temp.normal((threshold - sqrt(rho) * z) / sqrt(1 - rho)) AS p FROM node, correlated),
	branch AS (SELECT rho, z, 0::bigint AS i, 0 AS revenue, weight AS probability FROM node
		UNION ALL SELECT b.rho, b.z, g.i, revenue + won * v, probability * CASE won WHEN 1 THEN p ELSE 1 - p END FROM branch AS b JOIN given AS g ON g.rho = b.rho AND g.z = b.z AND g.i = b.i + 1, generate_series(0, 1) AS won)
	SELECT rho, revenue, sum(probability) AS probability FROM branch WHERE i = 5 GROUP BY rho, revenue;
SELECT ok(bool_and(abs(crm.revenue_probability(revenue, v, p, 1, rho) - reached) < 1e-6), format('five deals by integration: correlation %s', rho))
	FROM (SELECT *, sum(probability) OVER (PARTITION BY rho ORDER BY revenue DESC) AS reached FROM integral) AS i, (SELECT array_agg(v::numeric ORDER BY i) AS v, array_agg(p::numeric ORDER BY i) AS p FROM correlated) AS a GROUP BY rho;
SELECT ok(abs(mean - m1) < 1e-6 AND abs(standard_deviation - sqrt(m2 - m1 ^ 2)) < 1e-6, format('... their moments: correlation %s', rho))
	FROM (SELECT rho, sum(revenue * probability) AS m1, sum(revenue ^ 2 * probability) AS m2 FROM integral GROUP BY rho) AS i,
	(SELECT array_agg(v::numeric ORDER BY i) AS v, array_agg(p::numeric ORDER BY i) AS p FROM correlated) AS a, crm.revenue_summary(v, p, 1, rho);
-- Vasicek's limit for many small deals: no trace of the nodes
SELECT ok(max(abs(crm.revenue_probability(round(2000 * pg_temp.normal(y))::numeric, array_fill(1::numeric, ARRAY[2000]), array_fill(pg_temp.normal(-0.5)::numeric, ARRAY[2000]), 1, 0.2)
	- pg_temp.normal((-0.5 - sqrt(0.8) * y) / sqrt(0.2)))) < 0.002, '2000 deals of correlation 0.2: the limiting distribution') FROM generate_series(-1.5, 0.5, 0.25) AS g, LATERAL (SELECT g::double precision AS y) AS p;

-- Shares of the risk
SELECT is_empty($$SELECT case_no FROM random_case, unnest(ARRAY[0, 0.3]) AS rho, LATERAL (SELECT sum(share) AS sum, min(share) AS least FROM unnest(crm.revenue_risk_share(v, p, rho)) AS share) AS s,
	crm.revenue_summary(v, p, unit, 0) AS m WHERE n < 9 AND (abs(s.sum - CASE WHEN standard_deviation > 0 THEN 1 ELSE 0 END) > 1e-9 OR s.least < 0)$$, 'shares add up to 1, or 0 without risk');
SELECT is(ARRAY(SELECT round(s::numeric, 12) FROM unnest(crm.revenue_risk_share('{100,200,300}', '{0.5,0.1,1}')) AS s), ARRAY[round(2500 / 6100.0, 12), round(3600 / 6100.0, 12), 0], 'shares of independent deals');
SELECT ok(abs((crm.revenue_risk_share('{10,20}', '{0.5,0.5}', 0.4))[1] - (25 + 200 * c) / (125 + 400 * c)) < 1e-9, '... and of correlated ones') FROM (SELECT asin(0.4) / (2 * pi()) AS c) AS covariance;

-- Degenerate deals
SELECT is((SELECT array_agg(DISTINCT revenue) FROM crm.revenue_distribution(v::numeric[], p::numeric[])), ARRAY[revenue], title) FROM (VALUES
	('{}', '{}', 0, 'no deals'), (NULL, NULL, 0, 'null arrays: no deals'), ('{100}', '{0}', 0, 'no chance'), ('{100.5}', '{1}', 100.5, 'no doubt'), ('{0,0}', '{0.5,1}', 0, 'no value'),
	('{0,1e99,5}', '{0.5,0,1}', 5, 'one that counts'), ('{1e100}', '{1}', 1e100, 'the greatest deal'), ('{1e-100}', '{1}', 1e-100, 'the least deal')) AS d (v, p, revenue, title);
SELECT results_eq('SELECT * FROM crm.revenue_summary(NULL, NULL)', 'SELECT 0::double precision, 0::double precision, 1::numeric, 0::double precision, 0::double precision', 'the summary of no deals');
SELECT is(crm.revenue_probability(target, '{}', '{}'), p::double precision, format('without deals, a revenue of at least %s', target)) FROM (VALUES (-1, 1), (0, 1), (0.01, 0)) AS t (target, p);
SELECT is(crm.revenue_risk_share(NULL, NULL), '{}'::double precision[], 'no deals, no shares');
SELECT is(crm.revenue_probability(NULL, '{1}', '{0.5}'), NULL, 'no target, no probability');
SELECT is(round(crm.revenue_probability(target, '{1,1e12}', '{0.5,0.25}')::numeric, 7), p, format('a dwarf and a giant: at least %s', target)) FROM (VALUES (1e12, 0.25), (2e12, 0), (-1e300, 1), (1e300, 0)) AS t (target, p);
SELECT ok(tail_probability <= 4e-9 AND grid_error <= mean / 1000, '100000 deals') FROM (SELECT array_agg(100 + i * 7919 % 100003::numeric) AS v, array_agg((1 + i * 31 % 98)::numeric / 100) AS p FROM generate_series(1, 100000) AS i) AS d, crm.revenue_summary(v, p);

-- Bad input
SELECT throws_ok(format('SELECT * FROM crm.revenue_distribution(%L, %L, %s, %s)', v, p, grid, rho), sqlstate, message) FROM (VALUES
	('{1,2}', '{0.5}', 'NULL', '0', '2202E', 'arrays deal_values and probabilities differ in length'), ('{{1,2},{1,2}}', '{0.5}', 'NULL', '0', '2202E', 'array deal_values has more than one dimension'),
	('{1,NULL}', '{0.5,0.5}', 'NULL', '0', '22023', 'element 2 of deal_values is null'), ('{1,2}', '{NULL,0.5}', 'NULL', '0', '22023', 'element 1 of probabilities is null'),
	('{-1}', '{0.5}', 'NULL', '0', '22023', 'element 1 of deal_values is neither 0 nor between 1e-100 and 1e+100'), ('{NaN}', '{0.5}', 'NULL', '0', '22023', 'element 1 of deal_values is neither 0 nor between 1e-100 and 1e+100'),
	('{1,1e101}', '{0.5,1}', 'NULL', '0', '22023', 'element 2 of deal_values is neither 0 nor between 1e-100 and 1e+100'), ('{1e1000}', '{0.5}', 'NULL', '0', '22023', 'element 1 of deal_values is neither 0 nor between 1e-100 and 1e+100'),
	('{1}', '{1.01}', 'NULL', '0', '22023', 'element 1 of probabilities is not between 0 and 1'), ('{1}', '{NaN}', 'NULL', '0', '22023', 'element 1 of probabilities is not between 0 and 1'),
	('{1}', '{0.5}', '0', '0', '22023', 'grid is not between 1e-100 and 1e+100'), ('{1}', '{0.5}', '''NaN''', '0', '22023', 'grid is not between 1e-100 and 1e+100'),
	('{1}', '{0.5}', 'NULL', '1', '22023', 'correlation is not between 0 and 0.99'), ('{1}', '{0.5}', 'NULL', '-0.1', '22023', 'correlation is not between 0 and 0.99'),
	('{1}', '{0.5}', 'NULL', '''NaN''', '22023', 'correlation is not between 0 and 0.99'), ('{1}', '{0.5}', '1e-9', '0', '54000', 'the grid is too fine')) AS c (v, p, grid, rho, sqlstate, message);
SELECT throws_ok($$SELECT * FROM crm.revenue_distribution('{1}', '{0.5}', percentiles := '{50,101}')$$, '22023', 'element 2 of percentiles is not between 0 and 100');
SELECT throws_ok($$SELECT crm.revenue_probability('NaN', '{1}', '{0.5}')$$, '22023', 'target is not a finite number');

SELECT * FROM finish();
ROLLBACK;
