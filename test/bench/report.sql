/*
 * What was measured, then each promise beside its target. Ratios are formed within a
 * round; shown are the median and the range over the rounds.
 */
\pset footer off
CREATE VIEW bench.added AS
SELECT r.test, r.variant, r.round, r.value, r.value - plain.value AS added
FROM bench.result AS r JOIN bench.result AS plain USING (test, round) WHERE plain.variant = 'plain';

CREATE FUNCTION bench.median(numeric[]) RETURNS numeric LANGUAGE sql RETURN (
	SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY v)::numeric FROM unnest($1) AS v);

\echo
\echo 'Microseconds per document (medians)'
SELECT test, variant, round(bench.median(array_agg(value)), 2) AS total,
	CASE WHEN variant NOT IN ('plain', 'floor', 'nothing') THEN round(bench.median(array_agg(added)), 2) END AS added,
	count(*) AS rounds
FROM bench.added WHERE test <> 'pgbench' GROUP BY 1, 2
UNION ALL
SELECT test, variant, round(bench.median(array_agg(value)), 2), NULL, count(*)
FROM bench.result WHERE test = 'backfill' GROUP BY 1, 2
ORDER BY 1, 3;

\echo
\echo 'Transactions per second'
SELECT variant, round(bench.median(array_agg(value))) AS tps, round(min(value)) || ' .. ' || round(max(value)) AS range
FROM bench.result WHERE test = 'pgbench' GROUP BY 1 ORDER BY 2 DESC;

CREATE TABLE bench.promise (place serial, promise text, test text, variant text, base text, relation text, target numeric);
INSERT INTO bench.promise (promise, test, variant, base, relation, target) VALUES
	('single documents, compiled: added / floor', 'single', 'compiled', 'floor', '<=', 1.10),
	('single documents, compiled: added / floor without its loop', 'single', 'compiled', 'floor - nothing', NULL, NULL),
	('single documents, compiled: added / PL/pgSQL row trigger', 'single', 'compiled', 'row_trigger', '<=', 0.40),
	('single documents, planned: added / floor', 'single', 'planned', 'floor', '<=', 2.20),
	('bulk, compiled: added / floor', 'bulk', 'compiled', 'floor', '<=', 1.25),
	('bulk, compiled: added / PL/pgSQL statement trigger', 'bulk', 'compiled', 'statement_trigger', '<=', 1.00),
	('bulk, planned: added / floor', 'bulk', 'planned', 'floor', NULL, NULL),
	('posting by pgbench: tps with crm / without', 'pgbench', 'compiled', 'plain', '>=', 0.80),
	('posting by pgbench: tps with PL/pgSQL row trigger / without', 'pgbench', 'row_trigger', 'plain', NULL, NULL),
	('backfill: speed / floor', 'backfill', 'floor', 'compiled', '>=', 0.70),
	('unmapped UPDATE, single: with crm / without', 'update single', 'compiled', 'plain', '<=', 1.10),
	('unmapped UPDATE, single: noise (without / without)', 'update single', 'again', 'plain', NULL, NULL),
	('unmapped UPDATE, single: with an empty trigger / without', 'update single', 'empty', 'plain', NULL, NULL),
	('unmapped UPDATE, bulk: with crm / without', 'update bulk', 'compiled', 'plain', '<=', 1.10),
	('unmapped UPDATE, bulk: noise (without / without)', 'update bulk', 'again', 'plain', NULL, NULL),
	('unmapped UPDATE, bulk: with an empty trigger / without', 'update bulk', 'empty', 'plain', NULL, NULL);

/* Costs of logging are compared with each other, everything else as a whole */
CREATE VIEW bench.cost AS
SELECT test, variant, round, CASE WHEN test IN ('single', 'bulk') AND variant NOT IN ('floor', 'nothing') THEN added ELSE value END AS value FROM bench.added
UNION ALL
SELECT test, variant, round, value FROM bench.result WHERE test = 'backfill'
UNION ALL
SELECT f.test, 'floor - nothing', f.round, f.value - n.value
FROM bench.result AS f JOIN bench.result AS n USING (test, round) WHERE f.variant = 'floor' AND n.variant = 'nothing';

\echo
\echo 'Promises'
SELECT promise, round(bench.median(array_agg(c.value / b.value)), 2) AS ratio,
	round(min(c.value / b.value), 2) || ' .. ' || round(max(c.value / b.value), 2) AS range,
	relation || ' ' || target AS target,
	CASE relation WHEN '<=' THEN bench.median(array_agg(c.value / b.value)) <= target WHEN '>=' THEN bench.median(array_agg(c.value / b.value)) >= target END AS met
FROM bench.promise AS p
JOIN bench.cost AS c ON c.test = p.test AND c.variant = p.variant
JOIN bench.cost AS b ON b.test = p.test AND b.variant = p.base AND b.round = c.round
GROUP BY place, promise, relation, target ORDER BY place;

\echo
\echo 'Backfills in a backend of their own; repeat compares every document with its entry'
SELECT s.test AS backfill, s.variant AS rows, round(s.value, 1) AS seconds, round(1e6 * s.value / s.variant::integer, 1) AS "us per row",
	round(k.value / 1024, 1) AS "private MB"
FROM (SELECT regexp_replace(test, ' seconds$', '') AS test, variant, value FROM bench.result WHERE test LIKE '% seconds') AS s
JOIN (SELECT regexp_replace(test, ' kB$', '') AS test, variant, value FROM bench.result WHERE test LIKE '% kB') AS k USING (test, variant)
ORDER BY 1, s.variant::integer;
SELECT round(value, 1) AS "seconds for the bare rows of the last cards" FROM bench.result WHERE test = 'cards floor';
