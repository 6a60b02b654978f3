-- n posted documents that crm has not seen
SELECT bench.reset();
SET session_replication_role = replica;
SELECT bench.insert_documents('history', format('SELECT %%s FROM generate_series(1, %s) AS i', :n)) \gexec
RESET session_replication_role;
VACUUM ANALYZE bench.history;
