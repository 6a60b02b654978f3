-- backfill of n documents, and copying as many finished entries
\ir history.sql
SELECT bench.timed('backfill', 'compiled', :round, :n, 'PERFORM crm.backfill(''history'');') \gexec
SELECT bench.check_log('compiled', :n) \gexec
SELECT bench.keep_entries() \gexec
VACUUM ANALYZE bench.entry;
SELECT bench.timed('backfill', 'floor', :round, :n, bench.copy_entries()) \gexec
SELECT bench.check_log('floor', :n) \gexec
