CREATE OR REPLACE FUNCTION crm_data.linked_quote(opportunity_no text, OUT document_no text, OUT amount numeric)
RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT coalesce(i.document_no, i.document_key), coalesce(i.amount, 0)
	FROM crm_data.opportunity AS o
	JOIN crm_data.interaction AS i ON i.source_id = o.source_id AND i.document_key = o.document_key AND i.posted
	WHERE o.opportunity_no = linked_quote.opportunity_no AND o.sales_document_type = 'quote' AND i.document_type = 'sales quote';
END;
COMMENT ON FUNCTION crm_data.linked_quote IS
'The quote that an opportunity is linked with, as the log has it now: its number, and its total net of tax in local currency. No row without a quote.';

CREATE OR REPLACE FUNCTION crm_data.quote_value(opportunity_no text) RETURNS numeric
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT amount FROM crm_data.linked_quote(quote_value.opportunity_no);
END;
COMMENT ON FUNCTION crm_data.quote_value IS 'Total of the quote that an opportunity is linked with, net of tax in local currency; NULL without a quote.';

CREATE OR REPLACE FUNCTION crm_data.invoiced_value(opportunity_no text) RETURNS numeric
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT coalesce(sum(i.amount), 0)
	FROM crm_data.interaction AS i
	WHERE i.opportunity_no = invoiced_value.opportunity_no AND i.posted AND i.document_type IN ('sales invoice', 'sales credit memo');
END;
COMMENT ON FUNCTION crm_data.invoiced_value IS 'What has been invoiced of an opportunity: its sales invoices less its sales credit memos, net of tax in local currency.';

CREATE OR REPLACE FUNCTION crm.link_document(opportunity_no text, source_name text, document_key text, move boolean DEFAULT false) RETURNS void
	LANGUAGE c VOLATILE STRICT SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_link_document';
COMMENT ON FUNCTION crm.link_document IS
'Link an opportunity with a posted quote, order or invoice whose mapping query names no opportunity. It is then as if the document named it: a quote gives the value, an order wins. The link stays when the document is edited, until the document is not posted any more or names an opportunity itself.
source_name: the attachment, see crm.source. document_key: key of the document in its table. move: a document that another opportunity is linked with is taken away from it.
Errors: 42704 unknown opportunity or attachment, or no such document in the log; 55000 the document is of another type, or names an opportunity itself, or is linked with another one (without move); the opportunity is not in progress (for an invoice: not won), or linked with another document; winning it fails.';

CREATE OR REPLACE FUNCTION crm.unlink_document(opportunity_no text) RETURNS void
	LANGUAGE c VOLATILE STRICT SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_unlink_document';
COMMENT ON FUNCTION crm.unlink_document IS
'Undo crm.link_document() of an opportunity in progress.
Errors: 42704 unknown opportunity; 55000 it is not in progress, or linked with no document, or the document names it itself; 40001 meanwhile it was linked with another document.';
