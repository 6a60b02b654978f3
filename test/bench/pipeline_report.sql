/*
 * What was measured, then each promise beside its target. Shown are medians of the rounds; a ratio is that
 * of two medians.
 */
\pset footer off
\pset null ''
CREATE FUNCTION bench.median(numeric[]) RETURNS numeric LANGUAGE sql RETURN (
	SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY v)::numeric FROM unnest($1) AS v);

\echo
\echo 'The present: milliseconds (medians)'
SELECT variant, test, round(bench.median(array_agg(value)), 2) AS ms FROM bench.result WHERE test IN ('stage', 'salesperson', 'campaign', 'month', 'total', 'team', 'company', 'territory', 'sales cycle')
GROUP BY variant, test ORDER BY variant COLLATE "C", array_position('{stage,salesperson,campaign,month,total,team,company,territory,sales cycle}', test)
\crosstabview variant test ms

\echo
\echo 'The past: milliseconds (medians)'
SELECT test, variant, round(bench.median(array_agg(value)), 2) AS ms FROM bench.result WHERE test ~ '^(stage|salesperson|campaign|month), ' GROUP BY test, variant ORDER BY test, variant
\crosstabview test variant ms

\echo
\echo 'Forecast: milliseconds, and errors in per cent of the mean'
SELECT variant, test, round(bench.median(array_agg(value)), 4) AS value FROM bench.result WHERE test LIKE 'forecast%' GROUP BY test, variant ORDER BY variant, test
\crosstabview variant test value

\echo
\echo 'Writing: milliseconds of a statement; transactions per second; how many transactions were done and failed in all rounds'
SELECT test, variant, round(bench.median(array_agg(value)), 1) AS value FROM bench.result
WHERE test ~ '^(bulk|single|compaction|rebuild|verify|scan)' OR test LIKE '%, tps' GROUP BY test, variant
UNION ALL
SELECT test, variant, sum(value) FROM bench.result WHERE test ~ '(failures|deadlocks|transactions)$' GROUP BY test, variant
ORDER BY test, variant
\crosstabview test variant value

CREATE TABLE bench.promise (place serial, promise text, test text, variant text, base_test text, base text, relation text, target numeric);
INSERT INTO bench.promise (promise, test, variant, base_test, base, relation, target)
SELECT p.promise, d, p.variant, d, p.base, p.relation, p.target
FROM unnest('{stage,salesperson,campaign,month}'::text[]) WITH ORDINALITY AS d (d, i)
CROSS JOIN (VALUES
	(1, 'present, ms', 'crm', NULL, '<', 5),
	(2, 'present, planned anew, ms', 'crm, planned anew', NULL, '<', 5),
	(3, 'present: last entries (A) / crm', 'A', 'crm', '>=', 50),
	(4, 'present: active entries (B) / crm', 'B', 'crm', '>=', 50),
	(5, 'present: index made for it / crm', 'B, covering index', 'crm', NULL, NULL),
	(6, 'refresh of the materialized view / crm', 'C, refresh', 'crm', NULL, NULL)) AS p (place, promise, variant, base, relation, target)
ORDER BY p.place, i;
INSERT INTO bench.promise (promise, test, variant, base_test, base, relation, target)
SELECT 'as of / present', d || ', ' || t, 'crm', d, 'crm', '<=', 5
FROM unnest('{stage,salesperson,campaign,month}'::text[]) AS d, unnest('{3 years ago,last month,this morning}'::text[]) AS t
UNION ALL
SELECT 'as of: plain SQL / crm', d || ', ' || t, 'plain SQL', d || ', ' || t, 'crm', NULL, NULL
FROM unnest('{stage,salesperson,campaign,month}'::text[]) AS d, unnest('{3 years ago,last month,this morning}'::text[]) AS t
UNION ALL
SELECT 'movement, ms', d || ', ' || t, 'crm', NULL, NULL, '<', 100
FROM unnest('{stage,salesperson,campaign,month}'::text[]) AS d, unnest('{last quarter,90 days}'::text[]) AS t
UNION ALL
SELECT 'movement: plain SQL / crm', d || ', ' || t, 'plain SQL', d || ', ' || t, 'crm', NULL, NULL
FROM unnest('{stage,salesperson,campaign,month}'::text[]) AS d, unnest('{last quarter,90 days}'::text[]) AS t;
INSERT INTO bench.promise (promise, test, variant, base_test, base, relation, target)
SELECT 'throughput with ' || v || ' / without', t, CASE WHEN t LIKE '%tps' THEN v ELSE 'nothing' END, t, CASE WHEN t LIKE '%tps' THEN 'nothing' ELSE v END, CASE v WHEN 'crm' THEN '>=' END, CASE v WHEN 'crm' THEN 0.8 END
FROM unnest('{"bulk, first entries","bulk, new values","single entries","one writer, update, tps","one writer, next and previous, tps","8 writers, read committed, tps","8 writers, repeatable read, tps","8 writers, serializable, tps"}'::text[]) AS t,
	unnest('{crm,D}'::text[]) AS v;
INSERT INTO bench.promise (promise, test, variant, relation, target)
SELECT DISTINCT 'forecast, ms', test, 'crm', '<=', CASE WHEN split_part(test, ' ', 3)::integer <= 5000 THEN 50 ELSE 2000 END FROM bench.result WHERE test ~ '^forecast of [0-9]+$'
UNION ALL
SELECT DISTINCT 'forecast, grid error', test, 'crm, its own bound', '<=', 0.1 FROM bench.result WHERE test LIKE 'forecast%, error %';

\echo
\echo 'Promises'
SELECT promise, t.test, round(t.value / coalesce(b.value, 1), 3) AS value, relation || ' ' || target AS target,
	CASE relation WHEN '<' THEN t.value / coalesce(b.value, 1) < target WHEN '<=' THEN t.value / coalesce(b.value, 1) <= target WHEN '>=' THEN t.value / coalesce(b.value, 1) >= target END AS met
FROM bench.promise AS p
JOIN (SELECT test, variant, bench.median(array_agg(value)) AS value FROM bench.result GROUP BY 1, 2) AS t USING (test, variant)
LEFT JOIN (SELECT test AS base_test, variant AS base, bench.median(array_agg(value)) AS value FROM bench.result GROUP BY 1, 2) AS b USING (base_test, base)
WHERE p.base IS NULL OR b.value IS NOT NULL
ORDER BY place;
