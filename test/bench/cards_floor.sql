-- What n contacts and their relations cost as bare rows with the same indexes
CREATE TABLE bench.contact_floor (LIKE crm_data.contact INCLUDING ALL);
CREATE TABLE bench.relation_floor (LIKE crm_data.contact_business_relation INCLUDING ALL);
SELECT max(contact_id) - :n AS before FROM crm_data.contact \gset
CREATE TABLE bench.contact AS SELECT * FROM crm_data.contact WHERE contact_id > :before;
CREATE TABLE bench.relation AS SELECT * FROM crm_data.contact_business_relation WHERE contact_id > :before;
VACUUM ANALYZE bench.contact, bench.relation;
SELECT bench.timed('cards floor', 'floor', 1, 1000000,
	'INSERT INTO bench.contact_floor SELECT * FROM bench.contact; INSERT INTO bench.relation_floor SELECT * FROM bench.relation;') \gexec
