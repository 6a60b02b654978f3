-- Lifetime values of the CDNOW sample as published: Fader, Hardie and Lee (2005), Fader and Hardie (2013).
-- The data may not be copied into the project. They are looked for in $CRM_SHARED_DATA, or in ../shared/data;
-- where they are absent, this file says so and tests nothing.
\set transactions `cd "${CRM_SHARED_DATA:-../shared/data}/cdnow" 2>/dev/null && echo "$PWD/CDNOW_sample.txt"`
\set present `test -r "${CRM_SHARED_DATA:-../shared/data}/cdnow/CDNOW_sample.txt" && echo true || echo false`
\if :present
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT plan(29);

-- Purchases until the end of September 1997, by day; time in weeks, not rounded as in the files that sum customers up
CREATE TEMP TABLE line (line text);
COPY line FROM :'transactions';
CREATE TEMP VIEW purchase AS SELECT field[3]::integer AS id, field[4]::date AS day, sum(field[6]::numeric) AS value
	FROM line, string_to_array(regexp_replace(line, ' +', ' ', 'g'), ' ') AS field WHERE field[4]::date <= '1997-09-30' GROUP BY 1, 2;
CREATE TEMP TABLE customer AS SELECT id, count(*) - 1::double precision AS x, (max(day) - min(day)) / 7::double precision AS t_x,
	('1997-09-30' - min(day)) / 7::double precision AS t, coalesce(avg(value) FILTER (WHERE day > first), 0)::double precision AS mean_value
	FROM (SELECT *, min(day) OVER (PARTITION BY id) AS first FROM purchase) AS p GROUP BY id;
SELECT results_eq('SELECT count(*), sum(x) FROM customer', 'VALUES (2357::bigint, 2457::double precision)', 'the sample is there');

CREATE TEMP TABLE bg_nbd AS SELECT fit.*
	FROM (SELECT array_agg(x) AS x, array_agg(t_x) AS t_x, array_agg(t) AS t FROM customer) AS c, crm.bg_nbd_fit(x, t_x, t) AS fit;
SELECT is(round(r::numeric, 3), 0.243, 'r') FROM bg_nbd;
SELECT is(round(alpha::numeric, 3), 4.414, 'alpha') FROM bg_nbd;
SELECT is(round(a::numeric, 3), 0.793, 'a') FROM bg_nbd;
SELECT is(round(b::numeric, 3), 2.426, 'b') FROM bg_nbd;
SELECT is(round(log_likelihood::numeric, 1), -9582.4, 'log-likelihood') FROM bg_nbd;
SELECT is(round(crm.bg_nbd_expected_given(39, 2, 30.43, 38.86, r, alpha, a, b)::numeric, 3), 1.226, 'customer 1 in the next 39 weeks') FROM bg_nbd;
SELECT is(round(crm.bg_nbd_expected_given(39, x, t_x, customer.t, r, alpha, a, b)::numeric, 3), 1.226, '... from the data') FROM bg_nbd, customer WHERE id = 1;
SELECT is(round(crm.bg_nbd_expected(weeks, r, alpha, a, b)::numeric, 4), expected, format('a new customer in %s weeks', weeks))
	FROM bg_nbd, (VALUES (0.1429, 0.0078), (1, 0.0532), (3, 0.1506), (31.8571, 1.0405), (32, 1.0437)) AS published (weeks, expected);
-- The 1.8576 published for 78 weeks is the series of the hypergeometric function broken off after 150 terms; it converges to 1.8580
CREATE FUNCTION pg_temp.series(terms integer) RETURNS numeric LANGUAGE sql AS $$
	SELECT round(((a + b - 1) / (a - 1) * (1 - (alpha / (alpha + 78)) ^ r * (1 + sum(term))))::numeric, 4) FROM bg_nbd, LATERAL (
		SELECT exp(sum(ln((r + j - 1) * (b + j - 1) / ((a + b + j - 2) * j) * 78 / (alpha + 78))) OVER (ORDER BY j)) FROM generate_series(1, terms) AS j) AS t (term)
	GROUP BY r, alpha, a, b $$;
SELECT is(pg_temp.series(150), 1.8576, 'a new customer in 78 weeks, as published');
SELECT is(pg_temp.series(2000), 1.8580, '... with all terms that matter');
SELECT is(round(crm.bg_nbd_expected(78, r, alpha, a, b)::numeric, 4), 1.8580, '... is what the function says') FROM bg_nbd;

CREATE TEMP TABLE gamma_gamma AS SELECT fit.*
	FROM (SELECT array_agg(x) AS x, array_agg(mean_value) AS mean_value FROM customer) AS c, crm.gamma_gamma_fit(x, mean_value) AS fit;
SELECT is(round(p::numeric, 2), 6.25, 'p') FROM gamma_gamma;
SELECT is(round(q::numeric, 2), 3.74, 'q') FROM gamma_gamma;
SELECT is(round(v::numeric, 2), 15.44, 'v') FROM gamma_gamma;
SELECT is(round(crm.gamma_gamma_mean(x, mean_value, p, q, v)::numeric, 2), expected, format('mean value of customer %s', id))
	FROM gamma_gamma, customer JOIN (VALUES (1, 24.65), (2, 18.91), (3, 35.17), (4, 35.17), (5, 35.17), (6, 71.46), (7, 18.91), (8, 35.17), (9, 27.28), (10, 35.17)) AS published (id, expected)
	USING (id);

SELECT * FROM finish();
ROLLBACK;
\else
\echo 1..0 # SKIP the CDNOW data are absent: set CRM_SHARED_DATA to the directory that holds cdnow/
\endif
