-- Customer lifetime value on made-up customers: fits are optima, expectations are what the formulas say.
-- cdnow.sql compares with published figures.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT plan(143);

-- 600 customers from multiplicative generators: they could buy n times in their age at an even pace, and leave after k purchases
CREATE TEMP TABLE customer AS
	SELECT i, least(n, k) AS x, age, round((age * least(n, k) / (n + 1))::numeric, 1)::double precision AS recency, CASE WHEN least(n, k) > 0 THEN 20 * exp(2 * w * w) ELSE 0 END AS mean_value
	FROM (SELECT i, w, round((20 + 30 * u)::numeric, 1)::double precision AS age, floor(-ln(v) * 12 * w ^ 2) AS n, 1 + floor(ln(u) / ln(1 - 0.7 * s ^ 2)) AS k
		FROM (SELECT i, i * 48271 % 65521 / 65521.0::double precision AS u, i * 16807 % 64997 / 64997.0::double precision AS v, i * 39373 % 65003 / 65003.0::double precision AS w,
			i * 40692 % 64951 / 64951.0::double precision AS s FROM generate_series(1, 600) AS i) AS uniform) AS drawn;
CREATE TEMP VIEW arrays AS SELECT array_agg(x) AS x, array_agg(recency) AS t_x, array_agg(age) AS t, array_agg(mean_value) AS z FROM customer;
CREATE TEMP TABLE bg_nbd AS SELECT fit.* FROM arrays, crm.bg_nbd_fit(x, t_x, t) AS fit;
CREATE TEMP TABLE gamma_gamma AS SELECT fit.* FROM arrays, crm.gamma_gamma_fit(x, z) AS fit;
SELECT ok(count(*) FILTER (WHERE x = 0) BETWEEN 100 AND 400 AND max(x) > 10 AND bool_and(recency <= age), 'the customers are a mixture') FROM customer;

-- The log-likelihoods in SQL. Quotients of gamma functions of whole distances are products
CREATE FUNCTION pg_temp.bg_nbd_likelihood(r double precision, alpha double precision, a double precision, b double precision) RETURNS double precision LANGUAGE sql AS $$
	SELECT sum(coalesce((SELECT sum(ln((r + k) * (b + k) / (a + b + k))) FROM generate_series(0, x::integer - 1) AS k), 0) + r * ln(alpha)
		+ ln((alpha + age) ^ (-r - x) + CASE WHEN x > 0 THEN a / (b + x - 1) * (alpha + recency) ^ (-r - x) ELSE 0 END)) FROM customer $$;
CREATE FUNCTION pg_temp.lgamma(n double precision) RETURNS double precision LANGUAGE sql AS $$
	SELECT (m - 0.5) * ln(m) - m + ln(2 * pi()) / 2 + 1 / (12 * m) - 1 / (360 * m ^ 3) + 1 / (1260 * m ^ 5) - (SELECT sum(ln(n + k)) FROM generate_series(0, 9) AS k)
	FROM (VALUES (n + 10)) AS shifted (m) $$;
CREATE FUNCTION pg_temp.gamma_gamma_likelihood(p double precision, q double precision, v double precision) RETURNS double precision LANGUAGE sql AS $$
	SELECT sum(pg_temp.lgamma(p * x + q) - pg_temp.lgamma(p * x) - pg_temp.lgamma(q) + q * ln(v) + (p * x - 1) * ln(mean_value) + p * x * ln(x)
		- (p * x + q) * ln(v + x * mean_value)) FROM customer WHERE x > 0 $$;
SELECT ok(least(r, alpha, a, b) > 0.1 AND greatest(r, alpha, a, b) < 50, 'the most likely model is no limit of the search') FROM bg_nbd;
SELECT ok(abs(log_likelihood - pg_temp.bg_nbd_likelihood(r, alpha, a, b)) < 1e-8, 'the log-likelihood is that of the formula') FROM bg_nbd;

-- A maximum: every step away from it lowers the likelihood, and small steps to either side by the same
CREATE TEMP TABLE step AS SELECT * FROM (VALUES ('r', 1, 0, 0, 0), ('alpha', 0, 1, 0, 0), ('a', 0, 0, 1, 0), ('b', 0, 0, 0, 1)) AS direction (parameter, dr, dalpha, da, db),
	unnest(ARRAY[0.01, -0.01, 0.001, -0.001]) AS size;
SELECT ok(pg_temp.bg_nbd_likelihood(r * (1 + dr * size), alpha * (1 + dalpha * size), a * (1 + da * size), b * (1 + db * size)) < log_likelihood,
	format('BG/NBD: %s times %s is less likely', parameter, 1 + size)) FROM bg_nbd, step;
SELECT ok(abs(pg_temp.bg_nbd_likelihood(r * (1 + dr * size), alpha * (1 + dalpha * size), a * (1 + da * size), b * (1 + db * size))
	- pg_temp.bg_nbd_likelihood(r * (1 - dr * size), alpha * (1 - dalpha * size), a * (1 - da * size), b * (1 - db * size))) / (2 * size) < 0.01,
	format('BG/NBD: no slope along %s', parameter)) FROM bg_nbd, step WHERE size = 0.001;
SELECT ok(pg_temp.gamma_gamma_likelihood(p * (1 + dr * size), q * (1 + dalpha * size), v * (1 + da * size)) < pg_temp.gamma_gamma_likelihood(p, q, v),
	format('Gamma-Gamma: %s times %s is less likely', (ARRAY['p', 'q', 'v'])[dr + 2 * dalpha + 3 * da], 1 + size)) FROM gamma_gamma, step WHERE db = 0;
SELECT ok(abs(pg_temp.gamma_gamma_likelihood(p * (1 + dr * size), q * (1 + dalpha * size), v * (1 + da * size))
	- pg_temp.gamma_gamma_likelihood(p * (1 - dr * size), q * (1 - dalpha * size), v * (1 - da * size))) / (2 * size) < 0.01,
	format('Gamma-Gamma: no slope along %s', (ARRAY['p', 'q', 'v'])[dr + 2 * dalpha + 3 * da])) FROM gamma_gamma, step WHERE db = 0 AND size = 0.001;

-- What does not matter
CREATE FUNCTION pg_temp.alike(one double precision, other double precision) RETURNS boolean LANGUAGE sql AS 'SELECT abs(one / other - 1) < 1e-3';
SELECT ok(pg_temp.alike(fit.r, m.r) AND pg_temp.alike(fit.alpha, 7 * m.alpha) AND pg_temp.alike(fit.a, m.a) AND pg_temp.alike(fit.b, m.b), 'days instead of weeks: only alpha changes')
	FROM bg_nbd AS m, (SELECT array_agg(x) AS x, array_agg(7 * recency) AS t_x, array_agg(7 * age) AS t FROM customer) AS c, crm.bg_nbd_fit(x, t_x, t) AS fit;
SELECT ok(pg_temp.alike(fit.r, m.r) AND pg_temp.alike(fit.alpha, m.alpha) AND pg_temp.alike(fit.a, m.a) AND pg_temp.alike(fit.b, m.b)
	AND abs(fit.log_likelihood - 2 * m.log_likelihood) < 1e-4, 'everybody twice: the same model, twice the log-likelihood') FROM bg_nbd AS m, arrays, crm.bg_nbd_fit(x || x, t_x || t_x, t || t) AS fit;
SELECT results_eq($$SELECT fit.* FROM (SELECT array_agg(x ORDER BY -i) AS x, array_agg(recency ORDER BY -i) AS t_x, array_agg(age ORDER BY -i) AS t FROM customer) AS c, crm.bg_nbd_fit(x, t_x, t) AS fit$$,
	'SELECT * FROM bg_nbd', 'the order of customers does not matter');
SELECT ok(pg_temp.alike(fit.p, m.p) AND pg_temp.alike(fit.q, m.q) AND pg_temp.alike(fit.v, 100 * m.v), 'cents: only v changes')
	FROM gamma_gamma AS m, (SELECT array_agg(x) AS x, array_agg(100 * mean_value) AS z FROM customer) AS c, crm.gamma_gamma_fit(x, z) AS fit;

-- Expected purchases: the published formulas, their hypergeometric function summed term by term; and, where these are
-- undefined, the integral over the probability of leaving
CREATE FUNCTION pg_temp.hypergeometric(a double precision, b double precision, c double precision, z double precision) RETURNS double precision LANGUAGE sql AS $$
	SELECT 1 + sum(term) FROM (SELECT exp(greatest(sum(ln((a + j - 1) * (b + j - 1) / ((c + j - 1) * j) * z)) OVER (ORDER BY j), -700)) FROM generate_series(1, 3000) AS j) AS s (term) $$;
CREATE FUNCTION pg_temp.expected(t double precision, x double precision, recency double precision, age double precision,
	r double precision, alpha double precision, a double precision, b double precision) RETURNS double precision LANGUAGE sql AS $$
	SELECT (a + b + x - 1) / (a - 1) * (1 - ((alpha + age) / (alpha + age + t)) ^ (r + x) * pg_temp.hypergeometric(r + x, b + x, a + b + x - 1, t / (alpha + age + t)))
		/ (1 + CASE WHEN x > 0 THEN a / (b + x - 1) * ((alpha + age) / (alpha + recency)) ^ (r + x) ELSE 0 END) $$;
CREATE FUNCTION pg_temp.integral(t double precision, r double precision, alpha double precision, a double precision, b double precision) RETURNS double precision LANGUAGE sql AS $$
	SELECT sum(density * (1 - (1 + p * t / alpha) ^ -r) / p) / sum(density)
	FROM (SELECT p, p ^ (a - 1) * (1 - p) ^ (b - 1) AS density FROM (SELECT (i - 0.5::double precision) / 200000 AS p FROM generate_series(1, 200000) AS i) AS grid) AS beta $$;
SELECT ok(pg_temp.alike(crm.bg_nbd_expected(t, 0.243, 4.414, 0.793, 2.426), pg_temp.expected(t, 0, 0, 0, 0.243, 4.414, 0.793, 2.426)), format('a new customer in %s', t))
	FROM unnest(ARRAY[0.001, 0.1429, 1, 3, 32, 78, 400]) AS t;
SELECT ok(abs(crm.bg_nbd_expected_given(t, x, t_x, age, r, alpha, a, b) / pg_temp.expected(t, x, t_x, age, r, alpha, a, b) - 1) < 1e-9, format('frequency %s, recency %s, age %s, in %s', x, t_x, age, t))
	FROM (VALUES (39, 2, 30.43, 38.86), (39, 0, 0, 38.86), (1, 26, 30.86, 31), (52, 1, 0.14, 52), (200, 150, 100, 104), (52, 5, 30, 30)) AS c (t, x, t_x, age),
	(VALUES (0.243::double precision, 4.414::double precision, 0.793::double precision, 2.426::double precision), (2.5, 40, 3.3, 1.2)) AS m (r, alpha, a, b);
SELECT ok(pg_temp.alike(crm.bg_nbd_expected(t, 0.8, 5, a, b), pg_temp.integral(t, 0.8, 5, a, b)), format('by the integral: t %s, a %s, b %s', t, a, b))
	FROM unnest(ARRAY[0.5, 20, 300]) AS t, (VALUES (1, 2), (1, 1), (2.5, 3.2)) AS m (a, b);
SELECT ok(abs(crm.bg_nbd_expected(10, 2, 3, 1, 1) / crm.bg_nbd_expected(10, 2, 3, 1 + 1e-9, 1) - 1) < 1e-8, 'nothing happens at a = 1');
SELECT ok(abs(crm.bg_nbd_expected(10, 2, 3, 0.4, 0.6) / crm.bg_nbd_expected(10, 2, 3, 0.4 + 1e-9, 0.6) - 1) < 1e-8, '... nor at a + b = 1');
SELECT ok(abs(crm.bg_nbd_expected(10, 20000, 20000, 1e-7, 1e7) - 10) < 1e-6, 'one rate and nobody leaves: rate times time');
SELECT ok(abs(crm.bg_nbd_expected(2000, 1e6, 1e6, 1e-9, 1e7) / 2000 - 1) < 1e-6, '... also where the probability of no purchase is no double');
SELECT is(crm.bg_nbd_expected(0, 0.243, 4.414, 0.793, 2.426), 0::double precision, 'no time, no purchase');
SELECT is(crm.bg_nbd_expected_given(0, 2, 30.43, 38.86, 0.243, 4.414, 0.793, 2.426), 0::double precision, '... nor by a known customer');
SELECT ok(crm.bg_nbd_expected(1e300, 0.5, 1e-300, 0.7, 1e9) BETWEEN 9e4 AND 100000, 'nobody buys more than a hundred thousand times');

-- Expected mean values
SELECT is(round(crm.gamma_gamma_mean(x, z, 6.25, 3.74, 15.44)::numeric, 6), round((6.25 * (15.44 + x * z) / (6.25 * x + 2.74))::numeric, 6), format('frequency %s, mean value %s', x, z))
	FROM (VALUES (2::double precision, 22.35::double precision), (1, 11.77), (40, 1000)) AS c (x, z);
SELECT is(crm.gamma_gamma_mean(x, z, 6.25, 3.74, 15.44), crm.gamma_gamma_mean(0, 0, 6.25, 3.74, 15.44), 'the mean of all, where frequency or mean value is 0') FROM (VALUES (5, 0), (0, 12)) AS c (x, z);

-- Odd histories: an answer, and a finite one
SELECT results_eq(format('SELECT * FROM crm.bg_nbd_fit(%L, %L, %L)', x, t_x, t), 'SELECT 0::double precision, 1::double precision, 1::double precision, 1::double precision, 0::double precision', title)
	FROM (VALUES ('{}', '{}', '{}', 'no customers: nobody buys again'), ('{0}', '{0}', '{0}', 'one who has just come'), ('{0,0,0}', '{0,0,0}', '{3,8,1e9}', 'nobody has bought again')) AS c (x, t_x, t, title);
SELECT is(crm.bg_nbd_expected_given(52, 0, 0, 10, 0, 1, 1, 1), 0::double precision, '... so that nothing is expected');
SELECT results_eq(format('SELECT * FROM crm.gamma_gamma_fit(%L, %L)', x, z), 'SELECT 1::double precision, 2::double precision, 0::double precision', title)
	FROM (VALUES ('{}', '{}', 'no customers: no value'), ('{0,0}', '{5,0}', 'nobody has bought again'), ('{3}', '{0}', 'only for nothing')) AS c (x, z, title);
SELECT is(crm.gamma_gamma_mean(x, 0, 1, 2, 0), 0::double precision, '... so that nothing is expected') FROM unnest(ARRAY[0, 3]) AS x;
CREATE TEMP TABLE odd (title text, x double precision[], t_x double precision[], t double precision[], z double precision[]);
INSERT INTO odd VALUES
	('one customer', '{3}', '{20}', '{25}', '{17}'), ('all equal', array_fill(2, ARRAY[50]), array_fill(10, ARRAY[50]), array_fill(30, ARRAY[50]), array_fill(9.5, ARRAY[50])),
	('all on one day', '{1,2,3}', '{0,0,0}', '{0,0,0}', '{1,1,1}'), ('nobody leaves', '{10,11,9}', '{50,50,50}', '{50,50,50}', '{3,3,4}'), ('all leave at once', '{1,1,1}', '{0.1,0.1,0.1}', '{500,500,500}', '{1,2,9}'),
	('one of many returns', array_fill(0, ARRAY[5000]) || 1, array_fill(0, ARRAY[5000]) || 3, array_fill(9, ARRAY[5000]) || 9, array_fill(0, ARRAY[5000]) || 5),
	('tiny times and values', '{0,1,2}', '{0,1e-300,1e-300}', '{1e-300,1e-300,2e-300}', '{0,1e-300,3e-300}'), ('huge times and values', '{0,1,2}', '{0,1e300,1e300}', '{1e300,1e300,1.7e308}', '{0,1e308,1.7e308}'),
	('huge frequencies', '{1e300,1e6,1}', '{5,5,5}', '{6,6,6}', '{1,1,1e300}'), ('all at one value but one', array_fill(4, ARRAY[40]), array_fill(1, ARRAY[40]), array_fill(3, ARRAY[40]), array_fill(1, ARRAY[39]) || 1e12);
CREATE TEMP VIEW odd_fit AS SELECT title, x, t_x, t, z, ARRAY[r, alpha, a, b, log_likelihood, p, q, v] AS parameter, m.*, g.* FROM odd, crm.bg_nbd_fit(x, t_x, t) AS m, crm.gamma_gamma_fit(x, z) AS g;
SELECT ok((SELECT bool_and(abs(n) < 'Infinity') FROM unnest(parameter) AS n), 'finite: ' || title) FROM odd_fit;
SELECT ok((SELECT bool_and(crm.bg_nbd_expected_given(52, x[i], t_x[i], t[i], r, alpha, a, b) BETWEEN 0 AND 100000 AND crm.gamma_gamma_mean(x[i], z[i], p, q, v) >= 0)
	FROM generate_subscripts(x, 1) AS i), 'expectations: ' || title) FROM odd_fit WHERE title !~ '^huge';
SELECT ok(abs(crm.gamma_gamma_mean(2, 9.5, p, q, v) / 9.5 - 1) < 1e-3, 'all equal: their value is expected') FROM odd_fit WHERE title = 'all equal';
SELECT ok(crm.bg_nbd_expected_given(52, 10, 50, 50, r, alpha, a, b) BETWEEN 9 AND 12, 'nobody leaves: it goes on') FROM odd_fit WHERE title = 'nobody leaves';

-- Bad input
SELECT throws_ok(format('SELECT crm.bg_nbd_fit(%L, %L, %L)', x, t_x, t), sqlstate, message) FROM (VALUES
	('{1,2}', '{1}', '{2,3}', '2202E', 'arrays frequency and recency differ in length'), ('{1}', '{1}', '{2,3}', '2202E', 'arrays frequency and age differ in length'),
	('{{1,2},{3,4}}', '{1}', '{2}', '2202E', 'array frequency has more than one dimension'),
	('{1,NULL}', '{1,1}', '{2,2}', '22023', 'element 2 of frequency is null'), ('{1,1}', '{NULL,1}', '{2,2}', '22023', 'element 1 of recency is null'),
	('{1,1,-1}', '{1,1,1}', '{2,2,2}', '22023', 'element 3 of frequency is negative'), ('{1}', '{-1}', '{2}', '22023', 'element 1 of recency is negative'), ('{1}', '{1}', '{-2}', '22023', 'element 1 of age is negative'),
	('{NaN}', '{1}', '{2}', '22023', 'element 1 of frequency is not a finite number'), ('{1}', '{1}', '{Infinity}', '22023', 'element 1 of age is not a finite number'),
	('{1,1.5}', '{1,1}', '{2,2}', '22023', 'element 2 of frequency is not a whole number'), ('{1,1}', '{1,3}', '{2,2}', '22023', 'element 2 of recency is greater than element 2 of age')) AS c (x, t_x, t, sqlstate, message);
SELECT throws_ok(format('SELECT crm.gamma_gamma_fit(%L, %L)', x, z), sqlstate, message) FROM (VALUES
	('{1,2}', '{1}', '2202E', 'arrays frequency and mean_value differ in length'), ('{1}', '{-1}', '22023', 'element 1 of mean_value is negative'), ('{1}', '{NULL}', '22023', 'element 1 of mean_value is null'),
	('{1}', '{NaN}', '22023', 'element 1 of mean_value is not a finite number'), ('{0.5}', '{1}', '22023', 'element 1 of frequency is not a whole number')) AS c (x, z, sqlstate, message);
SELECT throws_ok(format('SELECT crm.bg_nbd_expected(%s)', arguments), '22023', message) FROM (VALUES
	('-1, 1, 1, 1, 1', 't is negative'), ('1, -1, 1, 1, 1', 'r is negative'), ('1, 1, 0, 1, 1', 'alpha is zero'), ('1, 1, 1, 0, 1', 'a is zero'), ('1, 1, 1, 1, 0', 'b is zero'), ($$1, 1, 1, 1, 'NaN'$$, 'b is not a finite number')) AS c (arguments, message);
SELECT throws_ok(format('SELECT crm.bg_nbd_expected_given(1, %s, 1, 1, 1, 1)', arguments), '22023', message) FROM (VALUES
	('1, 3, 2', 'recency is greater than age'), ('0.5, 1, 2', 'frequency is not a whole number'), ('1, -1, 2', 'recency is negative')) AS c (arguments, message);
SELECT throws_ok(format('SELECT crm.gamma_gamma_mean(%s)', arguments), '22023', message) FROM (VALUES
	('-1, 1, 1, 2, 1', 'frequency is negative'), ('1, -1, 1, 2, 1', 'mean_value is negative'), ('1, 1, 0, 2, 1', 'p is zero'), ('1, 1, 1, 1, 1', 'q is not greater than 1'), ('1, 1, 1, 2, -1', 'v is negative')) AS c (arguments, message);
SELECT is(p, NULL, 'NULL for NULL') FROM crm.gamma_gamma_fit(NULL, '{}');

SELECT * FROM finish();
ROLLBACK;
