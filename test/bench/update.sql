-- updates of a column that no mapping reads: n rows in one statement, then one by one
SELECT bench.reset();
SELECT bench.insert_documents(v.variant, 'SELECT %s FROM generate_series(1, ' || :n || ') AS i'), 'VACUUM ANALYZE bench.' || v.variant
FROM unnest('{plain,again,compiled,empty}'::text[]) AS v (variant) \gexec

SELECT bench.timed('update bulk', v.variant, :round, :n, format('UPDATE bench.%I SET printed = printed + 1;', v.variant)),
	'VACUUM bench.' || v.variant,
	bench.timed('update single', v.variant, :round, :n / 4,
		format('FOR i IN 1..%s LOOP UPDATE bench.%I SET printed = printed + 1 WHERE document_id = i; END LOOP;', :n / 4, v.variant))
FROM unnest('{plain,again,compiled,empty}'::text[]) WITH ORDINALITY AS v (variant, place)
ORDER BY (v.place + :round) % 4 \gexec
