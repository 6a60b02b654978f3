/*
 * The ledgers of the posted documents (domain/2 section 2). A document counts unless it was voided; whether a user
 * canceled its interaction is of no concern here.
 */
CREATE OR REPLACE VIEW crm.sales_entry WITH (security_invoker = true) AS
	SELECT i.interaction_id, i.contact_id, i.company_id, i.document_type, p.ledger_type, i.document_no, i.posting_date,
		i.amount AS sales_lcy, i.profit AS profit_lcy, i.discount AS discount_lcy, i.salesperson_code, i.campaign_no, i.opportunity_no,
		i.closed_date IS NULL AND i.remaining_amount IS DISTINCT FROM 0 AS open,
		i.due_date, i.closed_date, i.remaining_amount AS remaining_lcy,
		i.currency_code, i.currency_rate, i.document_amount, i.reversal_of, i.item_nos,
		i.source_id, i.document_key, i.legal_entity, i.closed_by_document_no
	FROM crm_data.interaction AS i
	JOIN crm_data.interaction_purpose AS p ON p.purpose = i.document_type
	WHERE p.side IN ('sales', 'service') AND p.ledger_type IS NOT NULL AND (i.posted OR NOT i.canceled) AND NOT i.postponed;
COMMENT ON VIEW crm.sales_entry IS
'The sales history: posted sales and service invoices, credit memos, reminders, finance charge memos and payments, one row each, invoices positive and credit memos negative, net of tax. The amount of a payment is what it changes of the sales, such as a payment discount: as a rule nothing. A reversed document shows twice, the second time negated (reversal_of). Canceling an interaction changes nothing here; a document that its ERP unposted is gone.';
COMMENT ON COLUMN crm.sales_entry.interaction_id IS 'Number of the interaction; key. Gaps are normal.';
COMMENT ON COLUMN crm.sales_entry.contact_id IS 'Contact that the document was logged on.';
COMMENT ON COLUMN crm.sales_entry.company_id IS 'Company of the contact when the interaction was logged; the contact itself if it is a company.';
COMMENT ON COLUMN crm.sales_entry.document_type IS 'Type of the document, see crm.document_type; NULL when it is none.';
COMMENT ON COLUMN crm.sales_entry.ledger_type IS '''invoice'', ''credit memo'', ''finance charge memo'', ''reminder'', ''payment'' or ''refund''.';
COMMENT ON COLUMN crm.sales_entry.document_no IS 'Number of the document.';
COMMENT ON COLUMN crm.sales_entry.posting_date IS 'Posting date of the document.';
COMMENT ON COLUMN crm.sales_entry.sales_lcy IS 'Amount net of tax in local currency: invoices positive, credit memos negative.';
COMMENT ON COLUMN crm.sales_entry.profit_lcy IS 'Profit at posting in local currency, same signs.';
COMMENT ON COLUMN crm.sales_entry.discount_lcy IS 'Discount in local currency, same signs.';
COMMENT ON COLUMN crm.sales_entry.salesperson_code IS 'Salesperson on the document.';
COMMENT ON COLUMN crm.sales_entry.campaign_no IS 'Campaign it belongs to.';
COMMENT ON COLUMN crm.sales_entry.opportunity_no IS 'Opportunity it belongs to.';
COMMENT ON COLUMN crm.sales_entry.open IS 'Whether it is not yet fully paid or applied.';
COMMENT ON COLUMN crm.sales_entry.due_date IS 'Due date.';
COMMENT ON COLUMN crm.sales_entry.closed_date IS 'Date on which it was fully paid or applied.';
COMMENT ON COLUMN crm.sales_entry.remaining_lcy IS 'Amount still open in local currency.';
COMMENT ON COLUMN crm.sales_entry.currency_code IS 'Currency of the document; NULL for the local currency.';
COMMENT ON COLUMN crm.sales_entry.currency_rate IS 'Exchange rate of the document.';
COMMENT ON COLUMN crm.sales_entry.document_amount IS 'Amount net of tax in the currency of the document.';
COMMENT ON COLUMN crm.sales_entry.reversal_of IS 'Interaction that this one reverses, with negated figures.';
COMMENT ON COLUMN crm.sales_entry.item_nos IS 'Items on the document.';
COMMENT ON COLUMN crm.sales_entry.source_id IS 'Source that logged the document, see crm.source; NULL when logged by hand.';
COMMENT ON COLUMN crm.sales_entry.document_key IS 'Key of the document in the table of its source.';
COMMENT ON COLUMN crm.sales_entry.legal_entity IS 'Legal entity; '''' where the database has one.';
COMMENT ON COLUMN crm.sales_entry.closed_by_document_no IS 'Document that this one was closed by, such as the invoice that a payment was for.';

CREATE OR REPLACE VIEW crm.purchase_entry WITH (security_invoker = true) AS
	SELECT i.interaction_id, i.contact_id, i.company_id, i.document_type, p.ledger_type, i.document_no, i.posting_date,
		(- i.amount)::numeric(24,6) AS purchase_lcy, (- i.discount)::numeric(24,6) AS discount_lcy, i.salesperson_code, i.campaign_no,
		i.closed_date IS NULL AND i.remaining_amount IS DISTINCT FROM 0 AS open,
		i.due_date, i.closed_date, (- i.remaining_amount)::numeric(24,6) AS remaining_lcy,
		i.currency_code, i.currency_rate, (- i.document_amount)::numeric(24,6) AS document_amount, i.reversal_of, i.item_nos,
		i.source_id, i.document_key, i.legal_entity, i.closed_by_document_no
	FROM crm_data.interaction AS i
	JOIN crm_data.interaction_purpose AS p ON p.purpose = i.document_type
	WHERE p.side = 'purchase' AND p.ledger_type IS NOT NULL AND (i.posted OR NOT i.canceled) AND NOT i.postponed;
COMMENT ON VIEW crm.purchase_entry IS
'The purchase history: posted purchase invoices and credit memos, one row each, with the signs of a vendor ledger: invoices negative, credit memos positive, net of tax. Otherwise as crm.sales_entry.';
COMMENT ON COLUMN crm.purchase_entry.interaction_id IS 'Number of the interaction; key. Gaps are normal.';
COMMENT ON COLUMN crm.purchase_entry.contact_id IS 'Contact that the document was logged on.';
COMMENT ON COLUMN crm.purchase_entry.company_id IS 'Company of the contact when the interaction was logged; the contact itself if it is a company.';
COMMENT ON COLUMN crm.purchase_entry.document_type IS 'Type of the document, see crm.document_type; NULL when it is none.';
COMMENT ON COLUMN crm.purchase_entry.ledger_type IS '''invoice'', ''credit memo'', ''payment'' or ''refund''.';
COMMENT ON COLUMN crm.purchase_entry.document_no IS 'Number of the document.';
COMMENT ON COLUMN crm.purchase_entry.posting_date IS 'Posting date of the document.';
COMMENT ON COLUMN crm.purchase_entry.purchase_lcy IS 'Amount net of tax in local currency: invoices negative, credit memos positive.';
COMMENT ON COLUMN crm.purchase_entry.discount_lcy IS 'Discount in local currency, same signs.';
COMMENT ON COLUMN crm.purchase_entry.salesperson_code IS 'Purchaser on the document.';
COMMENT ON COLUMN crm.purchase_entry.campaign_no IS 'Campaign it belongs to.';
COMMENT ON COLUMN crm.purchase_entry.open IS 'Whether it is not yet fully paid or applied.';
COMMENT ON COLUMN crm.purchase_entry.due_date IS 'Due date.';
COMMENT ON COLUMN crm.purchase_entry.closed_date IS 'Date on which it was fully paid or applied.';
COMMENT ON COLUMN crm.purchase_entry.remaining_lcy IS 'Amount still open in local currency, same signs.';
COMMENT ON COLUMN crm.purchase_entry.currency_code IS 'Currency of the document; NULL for the local currency.';
COMMENT ON COLUMN crm.purchase_entry.currency_rate IS 'Exchange rate of the document.';
COMMENT ON COLUMN crm.purchase_entry.document_amount IS 'Amount net of tax in the currency of the document, same signs.';
COMMENT ON COLUMN crm.purchase_entry.reversal_of IS 'Interaction that this one reverses, with negated figures.';
COMMENT ON COLUMN crm.purchase_entry.item_nos IS 'Items on the document.';
COMMENT ON COLUMN crm.purchase_entry.source_id IS 'Source that logged the document, see crm.source; NULL when logged by hand.';
COMMENT ON COLUMN crm.purchase_entry.document_key IS 'Key of the document in the table of its source.';
COMMENT ON COLUMN crm.purchase_entry.legal_entity IS 'Legal entity; '''' where the database has one.';
COMMENT ON COLUMN crm.purchase_entry.closed_by_document_no IS 'Document that this one was closed by, such as the invoice that a payment was for.';
