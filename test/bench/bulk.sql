-- n documents in one INSERT ... SELECT, once for each variant; the floor copies finished entries
SELECT bench.reset();
SELECT bench.insert_documents('compiled', format('SELECT %%s FROM generate_series(1, %s) AS i', :n)) \gexec
SELECT bench.keep_entries() \gexec
VACUUM ANALYZE bench.entry;

SELECT 'SELECT bench.reset()', bench.timed('bulk', v.variant, :round, :n,
		CASE v.variant
			WHEN 'floor' THEN bench.copy_entries()
			ELSE bench.insert_documents(v.variant, format('SELECT %%s FROM generate_series(1, %s) AS i', :n)) END),
	bench.check_log(v.variant, :n)
FROM unnest('{plain,compiled,planned,row_trigger,statement_trigger,floor}'::text[]) WITH ORDINALITY AS v (variant, place)
ORDER BY (v.place + :round) % 6 \gexec
