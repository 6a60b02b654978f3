-- n single inserts in a loop, once for each variant
SELECT 'SELECT bench.reset()', bench.timed('single', v.variant, :round, :n, format('FOR i IN 1..%s LOOP %s END LOOP;', :n,
		CASE v.variant
			WHEN 'floor' THEN bench.insert_entries('VALUES (%s)')
			WHEN 'nothing' THEN bench.insert_entries('SELECT %s WHERE i < 0')
			ELSE bench.insert_documents(v.variant, 'VALUES (%s)') END)),
	bench.check_log(v.variant, :n)
FROM unnest('{plain,compiled,planned,row_trigger,statement_trigger,floor,nothing}'::text[]) WITH ORDINALITY AS v (variant, place)
ORDER BY (v.place + :round) % 7 \gexec
