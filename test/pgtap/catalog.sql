-- The house rules, asked of the catalog (architecture sections 3, 4 and 6)
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION crm;
SELECT plan(37);

-- Everything of the extension
CREATE TEMP VIEW member AS SELECT classid, objid FROM pg_depend
	WHERE refclassid = 'pg_extension'::regclass AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'crm') AND deptype = 'e';
CREATE TEMP VIEW relation AS SELECT c.*, n.nspname, format('%s.%s', nspname, relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname IN ('crm', 'crm_data');
CREATE TEMP VIEW routine AS SELECT p.*, n.nspname, p.oid::regprocedure::text AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname IN ('crm', 'crm_data') AND prokind <> 'a';
CREATE TEMP VIEW view_column AS SELECT r.oid, r.name || '.' || attname AS name, relname, attname, attnum, atttypid::regtype::text AS type, atttypmod
	FROM relation r JOIN pg_attribute a ON attrelid = r.oid WHERE relkind = 'v' AND attnum > 0 AND NOT attisdropped;
-- What classification and pipeline keep for themselves, and make anew after a restore
CREATE TEMP VIEW derived (relname) AS VALUES ('contact_change'::name), ('classification_state'), ('classification_state_chunk'), ('classification_state_state_id_seq'), ('pipeline_change'), ('pipeline_balance');
SELECT cmp_ok((SELECT count(*) FROM relation WHERE relkind = 'v' AND nspname = 'crm'), '>', 30::bigint, 'there are views to look at');
SELECT cmp_ok((SELECT count(*) FROM routine WHERE nspname = 'crm'), '>', 20::bigint, '... and functions');
SELECT is_empty($$SELECT name FROM relation WHERE relkind IN ('r', 'v', 'S', 'p', 'm') AND oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_class'::regclass)
	AND NOT (relkind = 'S' AND EXISTS (SELECT FROM pg_depend d WHERE d.objid = relation.oid AND deptype = 'i'))$$, 'all relations belong to the extension');
SELECT is_empty($$SELECT oid::regclass FROM pg_class JOIN member ON objid = oid AND classid = 'pg_class'::regclass WHERE oid NOT IN (SELECT oid FROM relation)$$, 'nothing of ours is elsewhere');
SELECT is((SELECT extrelocatable FROM pg_extension WHERE extname = 'crm'), false, 'not relocatable');

-- Schema crm: views and functions
SELECT is_empty($$SELECT name FROM relation WHERE nspname = 'crm' AND relkind <> 'v'$$, 'schema crm holds no tables');
SELECT is_empty($$SELECT name FROM relation WHERE nspname = 'crm_data' AND relkind IN ('v', 'm')$$, 'schema crm_data holds no views');
SELECT is_empty($$SELECT relname FROM relation t WHERE nspname = 'crm_data' AND relkind = 'r' AND NOT EXISTS (SELECT FROM relation v WHERE v.nspname = 'crm' AND v.relname = t.relname)
	EXCEPT SELECT relname FROM derived EXCEPT VALUES ('interaction_purpose'::name), ('source_dependent')$$, 'every table but the derived ones has its view');
SELECT is_empty($$SELECT name FROM relation WHERE relkind = 'v' AND NOT coalesce('security_invoker=true' = ANY (reloptions) OR 'security_invoker=on' = ANY (reloptions), false)$$,
	'every view is security_invoker');
SELECT is_empty($$SELECT relname FROM relation v WHERE nspname = 'crm' AND relkind = 'v' AND EXISTS (SELECT FROM relation t WHERE t.nspname = 'crm_data' AND t.relname = v.relname)
	AND pg_relation_is_updatable(oid, false) & 28 <> 28 EXCEPT VALUES ('source'::name), ('posting_problem')$$, 'views of one table are updatable');
SELECT is_empty($$SELECT name FROM view_column WHERE attnum = 1 AND type NOT IN ('bigint', 'integer', 'text')$$, 'the first column is a key');

-- Types that every client understands
SELECT is_empty($$SELECT name, type FROM view_column WHERE type NOT IN ('text', 'bigint', 'integer', 'numeric', 'boolean', 'date', 'timestamp with time zone', 'uuid', 'jsonb', 'text[]')
	AND NOT (type = 'bytea' AND (relname, attname) IN (('attachment', 'content'), ('contact', 'image'), ('contact_card', 'image')))$$, 'column types');
SELECT is_empty($$SELECT name FROM view_column WHERE type = 'numeric' AND atttypmod = -1
	AND (relname, attname) NOT IN (('questionnaire_line', 'from_value'), ('questionnaire_line', 'to_value'))$$, 'numerics have precision and scale, also after sum(); bounds are kept as they were typed');
SELECT is_empty($$SELECT name FROM view_column JOIN pg_get_keywords() ON word = attname WHERE catcode IN ('R', 'T')$$, 'no reserved word names a column of a view');
SELECT is_empty($$SELECT r.name, attname FROM relation r JOIN pg_attribute ON attrelid = r.oid JOIN pg_get_keywords() ON word = attname
	WHERE catcode IN ('R', 'T') AND relkind = 'r' AND attnum > 0$$, '... or of a table');
SELECT is_empty($$SELECT r.name FROM relation r JOIN pg_get_keywords() ON word = relname WHERE catcode = 'R'$$, '... or a relation');

-- Comments
SELECT is_empty($$SELECT nspname FROM pg_namespace WHERE nspname IN ('crm', 'crm_data') AND obj_description(oid, 'pg_namespace') IS NULL$$, 'schemas are described');
SELECT is_empty($$SELECT name FROM relation WHERE nspname = 'crm' AND coalesce(obj_description(oid, 'pg_class'), '') = ''$$, 'every view is described');
SELECT is_empty($$SELECT name FROM view_column WHERE coalesce(col_description(oid, attnum), '') = ''$$, 'every column of a view is described');
SELECT is_empty($$SELECT name FROM routine WHERE nspname = 'crm' AND coalesce(obj_description(oid, 'pg_proc'), '') = ''$$, 'every function is described');
SELECT is((SELECT obj_description(oid, 'pg_extension') IS NOT NULL FROM pg_extension WHERE extname = 'crm'), true, 'the extension is described');

-- Functions
-- The attach functions take the caller's, as the mapping does; the posting trigger pins it in C, because setting it costs more than looking at a row, and
-- steps of aggregates look nothing up
SELECT bag_eq($$SELECT proname FROM routine WHERE NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (proconfig), false) AND prosqlbody IS NULL$$,
	ARRAY['attach_document', 'attach_partner', 'log_posting', 'pipeline_sum_step', 'add_arrays', 'subtract_arrays']::name[], 'every other function pins its search_path or has an atomic body');
SELECT is_empty($$SELECT r.name, lanname FROM routine r JOIN pg_language l ON l.oid = prolang WHERE lanname NOT IN ('c', 'sql')$$, 'C and SQL only');
SELECT is_empty($$SELECT name FROM routine WHERE prosecdef AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (proconfig), false)$$, 'security definer functions pin their search_path');
SELECT results_eq($$SELECT proname FROM routine WHERE nspname = 'crm_data' AND has_function_privilege('public', oid, 'EXECUTE')$$,
	ARRAY['log_posting'::name], 'the public may call no function of crm_data but the trigger that a new partition takes over');
SELECT is_empty($$SELECT name FROM routine WHERE nspname = 'crm' AND prorettype = 'trigger'::regtype$$, 'triggers'' functions are not for users');
SELECT is_empty($$SELECT name FROM routine WHERE prosecdef AND has_function_privilege('public', oid, 'EXECUTE')$$, 'the public may not call security definer functions');
SELECT is_empty($$SELECT name FROM routine WHERE nspname = 'crm' AND (pronargs > 0 AND proargnames IS NULL OR EXISTS (SELECT FROM unnest(proargnames) a WHERE a = ''))$$, 'arguments have names');
SELECT is_empty($$SELECT name FROM relation WHERE relkind IN ('r', 'v') AND has_table_privilege('public', oid, 'SELECT, INSERT, UPDATE, DELETE')
	AND relname <> 'interaction_purpose'$$, 'the public has no rights on tables and views');

-- Dump: all data and its sequences
SELECT bag_eq($$SELECT unnest(extconfig)::regclass::text FROM pg_extension WHERE extname = 'crm'$$,
	$$SELECT oid::regclass::text FROM relation WHERE nspname = 'crm_data' AND relkind IN ('r', 'S') AND relname <> 'interaction_purpose'
	AND relname NOT IN (SELECT relname FROM derived)$$,
	'every table and sequence is dumped, except the product''s own rows and what is derived');

-- Constraints
SELECT is_empty($$SELECT conrelid::regclass, conname FROM pg_constraint k JOIN relation r ON r.oid = conrelid WHERE contype = 'f' AND NOT EXISTS (
	SELECT FROM pg_index i WHERE i.indrelid = conrelid AND (string_to_array(i.indkey::text, ' ')::smallint[])[1:cardinality(conkey)] @> conkey
		AND (indpred IS NULL OR pg_get_expr(indpred, indrelid) ~ 'IS NOT NULL'))
	AND conrelid <> 'crm_data.setup'::regclass$$, 'every foreign key has an index');
SELECT is_empty($$WITH RECURSIVE fk AS (SELECT conrelid, confrelid FROM pg_constraint JOIN relation r ON r.oid = conrelid WHERE contype = 'f' AND conrelid <> confrelid),
	path AS (SELECT conrelid, confrelid FROM fk UNION SELECT path.conrelid, fk.confrelid FROM path JOIN fk ON fk.conrelid = path.confrelid)
	SELECT conrelid::regclass FROM path WHERE conrelid = confrelid$$, 'no cycle of foreign keys');
SELECT is_empty($$SELECT name FROM relation r WHERE relkind = 'r' AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = r.oid AND contype = 'p')
	AND relname NOT IN ('contact_change', 'pipeline_change')$$, 'every table has a primary key, except the queues of changes');
SELECT is_empty($$SELECT conrelid::regclass, conname FROM pg_constraint JOIN relation r ON r.oid = conrelid WHERE NOT convalidated$$, 'every constraint is validated');
SELECT bag_eq($$SELECT tgname FROM pg_trigger JOIN relation r ON r.oid = tgrelid WHERE tgenabled <> 'O'$$,
	$$VALUES ('setup_singleton'::name), ('number_series_insert'), ('pipeline_change'), ('pipeline_change_update'), ('pipeline_truncation')$$,
	'no trigger fires in replica mode but those that a restore or a replica needs');

-- The extension can be dropped
SELECT lives_ok('DROP EXTENSION crm', 'the extension can be dropped');
SELECT is_empty($$SELECT FROM pg_namespace WHERE nspname IN ('crm', 'crm_data')$$, '... and leaves nothing');

SELECT * FROM finish();
ROLLBACK;
