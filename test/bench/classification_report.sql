/*
 * What was measured, then each promise beside its target. Ratios are formed within a
 * round; shown are the median and the range over the rounds, and the ratio of the best times,
 * which other work on the machine touches least.
 */
\pset footer off
\pset null ''
CREATE FUNCTION bench.median(numeric[]) RETURNS numeric LANGUAGE sql RETURN (
	SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY v)::numeric FROM unnest($1) AS v);

/* An INSERT uses no workers: with them, A and B write as without */
CREATE VIEW bench.timing AS
SELECT * FROM bench.result
UNION ALL
SELECT rows, test, 2, round, value FROM bench.result WHERE test ~ '^[AB], (first run|run again)';

\echo
\echo 'Seconds (medians; millions of rows, workers per gather; jit off where not named)'
SELECT test, format('%s M rows, %s workers', trim_scale(rows / 1000000.0), workers) AS size, round(bench.median(array_agg(value)), 3) AS seconds,
	rows * 10 + workers AS place
FROM bench.result WHERE test NOT LIKE '%, kB' AND test <> 'nothing' AND test NOT LIKE 'fresh class%' GROUP BY test, rows, workers ORDER BY test, place
\crosstabview test size seconds place

CREATE TABLE bench.promise (place serial, promise text, test text, base text, relation text, target numeric);
INSERT INTO bench.promise (promise, test, base, relation, target) VALUES
	('reading and computing: engine / floor', 'engine, values', 'floor', '<=', 1),
	('reading and computing: engine / floor through crm.sales_entry', 'engine, values', 'floor, crm.sales_entry', NULL, NULL),
	('reading and computing: engine / floor by sorting', 'engine, values', 'floor, by sorting', NULL, NULL),
	('reading and computing: A / floor', 'A, values', 'floor', NULL, NULL),
	('reading and computing: B / floor', 'B, values', 'floor', NULL, NULL),
	('first run: A / engine', 'A, first run', 'engine, first run', '>=', 5),
	('first run: B / engine', 'B, first run', 'engine, first run', '>=', 2),
	('first run: B by sorting / engine', 'B, first run, by sorting', 'engine, first run', NULL, NULL),
	('run again, nothing changed: A / engine', 'A, run again', 'engine, run again', '>=', 5),
	('run again, nothing changed: B / engine', 'B, run again', 'engine, run again', '>=', 2),
	('run again, nothing changed: materialized view / engine', 'C, refresh', 'engine, run again', NULL, NULL),
	('1 % of the customers changed: engine / its first run', 'engine, 1/100 changed', 'engine, first run', '<=', 0.05),
	('0.1 % of the customers changed: engine / its first run', 'engine, 1/1000 changed', 'engine, first run', NULL, NULL);

\echo
\echo 'Promises: ratios of times'
SELECT promise, t.rows, t.workers, round(bench.median(array_agg(t.value / b.value)), 3) AS ratio,
	round(min(t.value / b.value), 3) || ' .. ' || round(max(t.value / b.value), 3) AS range,
	round(min(t.value) / min(b.value), 3) AS "best / best", relation || ' ' || target AS target,
	CASE relation WHEN '<=' THEN bench.median(array_agg(t.value / b.value)) <= target WHEN '>=' THEN bench.median(array_agg(t.value / b.value)) >= target END AS met
FROM bench.promise AS p
JOIN bench.timing AS t ON t.test = p.test
JOIN bench.timing AS b ON b.test = p.base AND (b.rows, b.workers, b.round) = (t.rows, t.workers, t.round)
GROUP BY place, promise, t.rows, t.workers, relation, target ORDER BY place, rows, workers;

\echo
\echo 'Private memory beyond that of a backend with nothing to do'
SELECT t.rows, regexp_replace(t.test, ', kB$', '') AS test, round(bench.median(array_agg(t.value - b.value)) / 1024, 1) AS "MB",
	round(1024 * bench.median(array_agg(t.value - b.value)) / :customers) AS "bytes per customer",
	CASE WHEN t.test LIKE 'engine%' THEN '<= 256' END AS target,
	CASE WHEN t.test LIKE 'engine%' THEN 1024 * bench.median(array_agg(t.value - b.value)) / :customers <= 256 END AS met
FROM bench.result AS t JOIN bench.result AS b USING (rows, workers, round)
WHERE workers = 0 AND t.test IN ('floor, kB', 'B, first run, kB', 'engine, first run, kB') AND b.test = 'nothing, kB' GROUP BY t.rows, t.test ORDER BY 1, 2;

\echo
\echo 'Milliseconds until the fresh class of one customer is there'
SELECT rows, test AS query, round(value, 3) AS ms, CASE WHEN test LIKE '%prepared%median' THEN '< 1' END AS target, CASE WHEN test LIKE '%prepared%median' THEN value < 1 END AS met
FROM bench.result WHERE test LIKE 'fresh class%' ORDER BY 1, 2;

\echo
\echo 'Microseconds per row'
SELECT test, rows, workers, round(1e6 * bench.median(array_agg(value)) / rows, 3) AS "us per row"
FROM bench.result WHERE test IN ('floor', 'B, values', 'engine, values', 'B, first run', 'engine, first run') GROUP BY 1, 2, 3 ORDER BY 1, 3, 2;
