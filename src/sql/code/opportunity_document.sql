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
