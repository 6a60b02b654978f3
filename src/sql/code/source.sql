CREATE OR REPLACE FUNCTION crm.attach_document(
	name text, on_table regclass, key text, query text, partner text DEFAULT NULL,
	timing text DEFAULT 'statement', also jsonb DEFAULT NULL, on_unpost text DEFAULT 'void',
	without_partner text DEFAULT 'log', legal_entity text DEFAULT '')
RETURNS integer
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'crm_attach_document';
COMMENT ON FUNCTION crm.attach_document IS
'Attach a document table of the ERP: from now on the documents that the mapping query returns are in the log, in the transaction that posts them.
name: of the attachment. on_table: the table that is written when a document is posted; the caller owns it. key: its unique column. query: a SELECT whose columns are the contract: document_key (the key column), document_type (of crm.document_type) and posting_date are required; document_no, version_no, occurrence_no, partner_key (key of the partner''s card), contact_key (card of a person; comes before the partner), contact_no (number of a contact; comes before both), due_date, closed_date, closed_by_document_no (of a payment: the invoice that it closed), amount (net of tax in local currency, credit memos negative), document_amount (the same in document currency), currency_code, currency_rate, profit, discount, remaining_amount, salesperson_code, campaign_no, opportunity_no, description, item_nos (text[]), legal_entity are optional. The documents that it returns are the posted ones. With opportunity_no, a sales quote is linked with its opportunity and gives its value; a sales order wins it, gives it its total as long as that is greater than 0, and loses it again when it goes; a sales invoice takes the place of the order. What is wrong with the opportunity is said in crm.posting_problem. It runs with the rights of the table''s owner under the caller''s search_path of now.
partner: name of the attached partners that partner_key means; needed when there are several. timing: ''statement'', or ''commit'' for an ERP that writes a header before its lines. also: line tables whose changes touch the document, {"table": "column that holds the key"}, or where the table does not hold it {"table": {"column": "column", "keys": "SELECT key ... = ANY ($1)"}}, a query that makes keys of the column''s values. on_unpost: ''void'' cancels the entry of a document that is not posted any more, ''reverse'' keeps it and adds one with negated figures. without_partner: documents whose partner is null are logged without a contact (''log'') or not (''skip'').
Returns the id of the source. Existing documents: crm.backfill(name).
Errors: 42703 unknown or missing column, 42701 column twice, 42804 wrong type, 42P10 key not unique, 42809 not a table, 42501 not the owner, 42710 name taken, 0A000 not a plain SELECT, 22023 unknown option or document type, 42704 unknown partner source, 55000 no partners attached.';

CREATE OR REPLACE FUNCTION crm.attach_partner(
	name text, on_table regclass, key text, relation text, query text,
	write_back boolean DEFAULT true, legal_entity text DEFAULT '', also jsonb DEFAULT NULL)
RETURNS integer
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'crm_attach_partner';
COMMENT ON FUNCTION crm.attach_partner IS
'Attach a table of partner cards of the ERP: cards that the mapping query returns are contacts, created and kept in step in the transaction that writes the card. A relation without a code in crm.setup creates none.
name: of the attachment. on_table: the table; the caller owns it. key: its unique column. relation: ''customer'', ''vendor'', ''bank account'' or ''employee''. query: a SELECT with the columns card_key (the key column) and name, and optionally card_no, contact_type (''company'', ''person''), company_key (card_key of a person''s company), contact_name (a person to make under the company), name_2, search_name, first_name, middle_name, surname, job_title, initials, gender, birth_date, address, address_2, city, post_code, county, country_code, phone_no, mobile_phone_no, fax_no, email, email_2, home_page, territory_code, currency_code, language_code, registration_no, vat_registration_no, salesperson_code (of customers), privacy_blocked, external_id, legal_entity.
write_back: changes of the contact go to the columns of the table that the query takes as they are. also: further tables whose changes touch the card, {"table": "column that holds the key"}.
Returns the id of the source. Existing cards: crm.backfill(name).
Errors: as crm.attach_document().';

CREATE OR REPLACE FUNCTION crm.link_card(contact_no text, source_name text, card_key text, master text DEFAULT 'card')
RETURNS void
LANGUAGE c VOLATILE STRICT SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_link_card';
COMMENT ON FUNCTION crm.link_card IS
'Link a contact with a card of attached partners that has no contact yet. A person with a company: the company is linked, except with an employee.
master: whose values the other side takes, ''card'' or ''contact''.
Errors: 42704 unknown contact, source or card; 23505 contact (or the person''s company) or card linked already; 55000 privacy blocked, no relation code in crm.setup, a vendor or bank account for a person without a company, an employee for a company; 22023 unknown master.';

CREATE OR REPLACE FUNCTION crm.detach(name text)
RETURNS void
LANGUAGE c VOLATILE STRICT SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_detach';
COMMENT ON FUNCTION crm.detach IS
'Stop following a table of the ERP. Contacts and log stay; attaching under the same name goes on with them. The caller owns the table.
Errors: 42704 nothing of that name, 42501 not the owner, 2BP01 attached documents name these partners.';

CREATE OR REPLACE FUNCTION crm.backfill(name text)
RETURNS bigint
LANGUAGE c VOLATILE STRICT SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_backfill';
COMMENT ON FUNCTION crm.backfill IS
'Bring log or contacts to the state of the mapping query for every row there is: the history before the attachment, and what happened while triggers were off. May be repeated. Opportunities follow the quotes first, then the orders, then the invoices; those in different attachments are backfilled in this order, or crm.replay_problems() settles what came too early. Nobody else writes the attached tables until the transaction ends.
Returns the number of interactions or contacts that are new.
Errors: 42704 nothing of that name; those of the mapping query.';

CREATE OR REPLACE FUNCTION crm.verify_posting(name text DEFAULT NULL)
RETURNS TABLE (source_name text, document_key text, difference text, expected jsonb, logged jsonb)
LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_verify_posting';
COMMENT ON FUNCTION crm.verify_posting IS
'Compare the log with the mapping queries of one attachment, or all (null), by plain SQL. No row means that the log is right.
difference: ''not logged'', ''not posted'' (logged, but the query does not return the document), ''different'' (figures), or that the query does not work. expected and logged: the document as the query and as the log has it.
Documents without a template or with an unknown partner are not expected in the log.
Errors: 42704 nothing of that name.';

CREATE OR REPLACE FUNCTION crm.replay_problems(name text DEFAULT NULL)
RETURNS bigint
LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_replay_problems';
COMMENT ON FUNCTION crm.replay_problems IS
'Try again what crm.posting_problem lists, for one attachment or all (null). What works now leaves the list.
Returns the number of documents and cards that have no problem any more.
Errors: 42704 nothing of that name.';

CREATE OR REPLACE FUNCTION crm_data.log_posting()
RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'crm_log_posting';
COMMENT ON FUNCTION crm_data.log_posting IS 'Trigger on tables of the ERP, made by the attach functions.';

CREATE OR REPLACE FUNCTION crm_data.write_back_contact()
RETURNS trigger
LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_write_back_contact';
COMMENT ON FUNCTION crm_data.write_back_contact IS 'Trigger on contacts: changes go to the linked cards.';
