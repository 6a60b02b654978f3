select pg_sleep(0.5);
\timing on
select count(*) from crm.classify('BENCH','2025-09-30');
