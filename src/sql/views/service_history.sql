CREATE OR REPLACE VIEW crm.service_history WITH (security_invoker = true) AS
	SELECT e.rolled_up_to AS contact_id, item.item_no,
		count(DISTINCT coalesce(e.document_no, e.document_key)) FILTER (WHERE e.document_type IN ('service order', 'service order posted')) AS visits,
		count(DISTINCT (e.document_type, coalesce(e.document_no, e.document_key))) AS documents,
		min(coalesce(e.posting_date, e.interaction_date)) AS first_date,
		max(coalesce(e.posting_date, e.interaction_date)) AS last_date
	FROM crm_data.contact_entry AS e
	JOIN crm_data.interaction_purpose AS p ON p.purpose = e.document_type AND p.side = 'service'
	LEFT JOIN LATERAL unnest(e.item_nos) AS item (item_no) ON true
	WHERE (e.posted OR NOT e.canceled) AND e.reversal_of IS NULL AND NOT e.postponed AND e.rolled_up_to IS NOT NULL
	GROUP BY e.rolled_up_to, item.item_no;
COMMENT ON VIEW crm.service_history IS
'How often a contact brought which item to service, a company''s persons included. An order that is logged both when created and when posted is one visit. A document that was unposted does not count.';
COMMENT ON COLUMN crm.service_history.contact_id IS 'Contact; key with item_no.';
COMMENT ON COLUMN crm.service_history.item_no IS 'Item; NULL for documents that name none.';
COMMENT ON COLUMN crm.service_history.visits IS 'Number of different service orders.';
COMMENT ON COLUMN crm.service_history.documents IS 'Number of different service documents of any type.';
COMMENT ON COLUMN crm.service_history.first_date IS 'Date of the first document.';
COMMENT ON COLUMN crm.service_history.last_date IS 'Date of the last document.';
