-- Five minutes with crm. Everything happens in one transaction that is rolled back, so it can be repeated.
\set QUIET on
\pset null '-'
\pset footer off
\pset linestyle unicode
\pset border 2
BEGIN;
SET LOCAL search_path = crm;
SET LOCAL crm.work_date = '2011-12-09';

\echo
\echo '# What is attached'
SELECT source_name, source_kind, on_table, key_column FROM source ORDER BY source_id;

SELECT contact_no AS contact FROM contact WHERE name = 'Customer 14911' \gset
\echo '# Everything about a contact at a glance: crm.contact_card'
\x on
SELECT * FROM contact_card WHERE contact_no = :'contact';
\x off

\echo '# Its last dealings with us: crm.contact_timeline'
SELECT interaction_date, description, document_type, document_no, round(amount, 2) AS amount, salesperson_code
FROM contact_timeline
WHERE contact_no = :'contact'
ORDER BY interaction_date DESC, interaction_id DESC
LIMIT 8;

\echo '# The sales history by month: crm.sales_entry'
SELECT to_char(posting_date, 'YYYY-MM') AS month, count(*) AS documents,
	count(*) FILTER (WHERE document_type = 'sales credit memo') AS credit_memos, round(sum(amount), 2) AS net_sales
FROM sales_entry
GROUP BY 1
ORDER BY 1;

\echo '# The best customers, with their country and desk'
SELECT c.contact_no, c.name, c.country_code, c.salesperson_code, count(*) AS documents, round(sum(s.amount), 2) AS net_sales
FROM sales_entry s
JOIN contact c USING (contact_id)
GROUP BY c.contact_no, c.name, c.country_code, c.salesperson_code
ORDER BY sum(s.amount) DESC
LIMIT 5;

\echo '# A posting before your eyes: a draft is nothing to the CRM yet ...'
INSERT INTO erp.customer (customer_no, name, country_code, salesperson_code) VALUES (90001, 'Customer 90001', 'FR', 'SOUTH');
INSERT INTO erp.sales_document (document_no, document_type, customer_no, country_code, salesperson_code, document_at)
VALUES ('900001', 'invoice', 90001, 'FR', 'SOUTH', '2011-12-09 14:00') RETURNING document_id \gset
INSERT INTO erp.sales_document_line VALUES
	(:document_id, 1, '22423', 'REGENCY CAKESTAND 3 TIER', 4, 12.75, '2011-12-09 14:00'),
	(:document_id, 2, '85123A', 'WHITE HANGING HEART T-LIGHT HOLDER', 12, 2.55, '2011-12-09 14:01');
SELECT contact_no AS contact FROM contact WHERE name = 'Customer 90001' \gset
SELECT contact_no, name, country_code, salesperson_code,
	(SELECT count(*) FROM contact_timeline t WHERE t.contact_no = c.contact_no) AS interactions
FROM contact c
WHERE contact_no = :'contact';

\echo '# ... posted, it is an interaction, in the same transaction'
SELECT erp.post(:document_id) \g /dev/null
SELECT interaction_date, description, document_no, round(amount, 2) AS amount, canceled FROM contact_timeline WHERE contact_no = :'contact';

\echo '# ... unposted, the interaction is canceled and leaves the sales history'
UPDATE erp.sales_document SET state = 'draft' WHERE document_id = :document_id;
SELECT interaction_date, description, document_no, round(amount, 2) AS amount, canceled,
	(SELECT count(*) FROM sales_entry s WHERE s.document_no = t.document_no) AS sales_entries
FROM contact_timeline t
WHERE contact_no = :'contact';

\echo '# ... and posted again, it is logged anew'
SELECT erp.post(:document_id) \g /dev/null
SELECT interaction_date, description, document_no, round(amount, 2) AS amount, canceled
FROM contact_timeline
WHERE contact_no = :'contact'
ORDER BY interaction_id;

\echo '# The card of the ERP and the contact are one: each follows the other'
UPDATE erp.customer SET phone_no = '+33 1 00 00 00 00' WHERE customer_no = 90001;
UPDATE contact SET email = 'orders@customer-90001.example' WHERE contact_no = :'contact';
SELECT customer.phone_no AS card_phone, contact.phone_no AS contact_phone, customer.email AS card_email, contact.email AS contact_email
FROM erp.customer, contact
WHERE customer_no = 90001 AND contact_no = :'contact';

\echo '# By hand: a phone call, and a file with it'
SELECT log_interaction(:'contact', 'OUTGOING', salesperson_code => 'SOUTH', description => 'Asked for the spring catalogue',
	duration_minutes => 12, evaluation => 'positive') AS call \gset
SELECT attach_file(:call, 'catalogue.txt', 'text/plain', convert_to('Spring catalogue', 'UTF8')) \g /dev/null
SELECT interaction_date, description, interaction_template_code, cost, duration_minutes, evaluation,
	(SELECT string_agg(file_name, ', ') FROM attachment JOIN interaction_attachment a USING (attachment_id) WHERE a.interaction_id = t.interaction_id) AS files
FROM contact_timeline t
WHERE contact_no = :'contact' AND interaction_id = :call;

\echo '# What kind of dealings, at what cost: statistics per group and per template'
SELECT * FROM interaction_group_statistics WHERE interaction_count > 0 ORDER BY 1;
SELECT * FROM interaction_template_statistics WHERE interaction_count > 0 ORDER BY 1;

\echo '# A posting that the CRM cannot place goes through all the same, and is reported: crm.posting_problem'
SET LOCAL session_replication_role = replica;  -- a card that slipped in unseen
INSERT INTO erp.customer (customer_no, name, country_code) VALUES (90002, 'Customer 90002', 'GB');
SET LOCAL session_replication_role = origin;
INSERT INTO erp.sales_document (document_no, document_type, customer_no, country_code, document_at)
VALUES ('900002', 'invoice', 90002, 'GB', '2011-12-09 15:00') RETURNING document_id \gset
INSERT INTO erp.sales_document_line VALUES (:document_id, 1, '22423', 'REGENCY CAKESTAND 3 TIER', 1, 12.75, '2011-12-09 15:00');
SELECT erp.post(:document_id) \g /dev/null
SELECT source_name, document_key, message FROM posting_problem;
SELECT * FROM verify_posting();

\echo '# ... once the card is known, replaying the problem logs the document'
SELECT backfill('customer') AS contacts_made;
SELECT replay_problems() AS problems_solved;

\echo '# And the proof that the log is the ledger: crm.verify_posting() has nothing to say'
SELECT * FROM verify_posting();
ROLLBACK;
