/*
 * The roll-up rule (domain/1 section 12.1): every interaction once for its company, and once more for the person
 * it was logged on. Writing the second branch's condition outside of the UNION keeps both branches ordered
 * index scans, so that the latest entries of a contact are found without reading all of them.
 */
CREATE OR REPLACE VIEW crm_data.contact_entry WITH (security_invoker = true) AS
	SELECT entry.*
	FROM (
		SELECT i.company_id AS rolled_up_to, true AS is_company, i.*
		FROM crm_data.interaction AS i
		UNION ALL
		SELECT i.contact_id, false, i.*
		FROM crm_data.interaction AS i
	) AS entry
	WHERE entry.is_company OR entry.contact_id IS DISTINCT FROM entry.company_id;
COMMENT ON VIEW crm_data.contact_entry IS 'Entries of the log by the contact that they are rolled up to: a company''s include those of its persons.';
