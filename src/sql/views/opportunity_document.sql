CREATE OR REPLACE VIEW crm.opportunity_document WITH (security_invoker = true) AS
	SELECT i.opportunity_no, i.document_type, i.document_no, i.posting_date, i.amount, i.currency_code, i.document_amount,
		i.linked_by_hand, i.interaction_id, i.contact_id, i.company_id, i.source_id, i.document_key, i.legal_entity
	FROM crm_data.interaction AS i
	WHERE i.opportunity_no IS NOT NULL AND i.posted;
COMMENT ON VIEW crm.opportunity_document IS
'The posted documents of opportunities: those whose mapping query names one, and those that crm.link_document() linked. The quote, order or invoice that stands for the opportunity is in crm.opportunity.';
COMMENT ON COLUMN crm.opportunity_document.opportunity_no IS 'The opportunity.';
COMMENT ON COLUMN crm.opportunity_document.document_type IS 'Type of the document, see crm.document_type.';
COMMENT ON COLUMN crm.opportunity_document.document_no IS 'Number of the document.';
COMMENT ON COLUMN crm.opportunity_document.posting_date IS 'Posting date of the document.';
COMMENT ON COLUMN crm.opportunity_document.amount IS 'Amount net of tax in local currency: invoices positive, credit memos negative.';
COMMENT ON COLUMN crm.opportunity_document.currency_code IS 'Currency of the document; NULL for the local currency.';
COMMENT ON COLUMN crm.opportunity_document.document_amount IS 'Amount net of tax in the currency of the document.';
COMMENT ON COLUMN crm.opportunity_document.linked_by_hand IS 'Whether crm.link_document() linked it; otherwise the document names the opportunity itself.';
COMMENT ON COLUMN crm.opportunity_document.interaction_id IS 'Interaction that the document was logged as; key.';
COMMENT ON COLUMN crm.opportunity_document.contact_id IS 'Contact that the document was logged on.';
COMMENT ON COLUMN crm.opportunity_document.company_id IS 'Company of the contact when the document was logged; the contact itself if it is a company.';
COMMENT ON COLUMN crm.opportunity_document.source_id IS 'Source that logged the document, see crm.source.';
COMMENT ON COLUMN crm.opportunity_document.document_key IS 'Key of the document in the table of its source.';
COMMENT ON COLUMN crm.opportunity_document.legal_entity IS 'Legal entity; '''' where the database has one.';
