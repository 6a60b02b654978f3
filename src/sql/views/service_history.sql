CREATE OR REPLACE VIEW crm.service_history WITH (security_invoker = true) AS
	SELECT d.contact_id, d.item_no,
		count(DISTINCT d.document) FILTER (WHERE d.is_visit) AS visit_count,
		min(d.document_date) FILTER (WHERE d.is_visit) AS first_visit_date,
		max(d.document_date) FILTER (WHERE d.is_visit) AS last_visit_date,
		count(DISTINCT (d.document_type, d.document)) AS document_count
	FROM (
		SELECT t.contact_id, item.item_no, t.document_type,
			t.document_type IN ('service order', 'service order posted') AS is_visit,
			coalesce(t.document_no, t.document_key) AS document,
			coalesce(t.posting_date, t.interaction_date) AS document_date
		FROM crm.contact_timeline AS t
		JOIN crm_data.interaction_purpose AS p ON p.purpose = t.document_type AND p.side = 'service'
		LEFT JOIN LATERAL unnest(t.item_nos) AS item (item_no) ON true
		WHERE t.posted
	) AS d
	GROUP BY d.contact_id, d.item_no;
COMMENT ON VIEW crm.service_history IS
'How often a contact brought which item to service, a company''s persons included. An order that is logged both when created and when posted is one visit; a document that was unposted is none. Canceling its interaction changes nothing here.';
COMMENT ON COLUMN crm.service_history.contact_id IS 'Contact; key with item_no.';
COMMENT ON COLUMN crm.service_history.item_no IS 'Item; NULL for documents that name none.';
COMMENT ON COLUMN crm.service_history.visit_count IS 'Number of different service orders.';
COMMENT ON COLUMN crm.service_history.first_visit_date IS 'Date of the first service order.';
COMMENT ON COLUMN crm.service_history.last_visit_date IS 'Date of the last service order.';
COMMENT ON COLUMN crm.service_history.document_count IS 'Number of different service documents of any type.';
