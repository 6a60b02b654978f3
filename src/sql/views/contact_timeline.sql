/*
 * The roll-up rule (domain/1 section 12.1): every interaction once for its company, and once more for the person it
 * was logged on. The latest ones of a contact are found without reading all of them, because nothing keeps the planner
 * from two index scans in their order: the condition of the second branch stands outside of the UNION, and names come
 * from scalar subqueries, which are evaluated for the rows of a page only.
 */
CREATE OR REPLACE VIEW crm.contact_timeline WITH (security_invoker = true) AS
	SELECT e.timeline_of AS contact_id, e.interaction_id, e.interaction_date, e.interaction_at,
		concat_ws(' ',
			(SELECT t.description FROM crm_data.interaction_template AS t WHERE t.interaction_template_code = e.interaction_template_code),
			CASE e.information_flow
				WHEN 'outbound' THEN 'by ' || coalesce(
					(SELECT nullif(s.salesperson_name, '') FROM crm_data.salesperson AS s WHERE s.salesperson_code = e.salesperson_code),
					e.user_name)
				WHEN 'inbound' THEN 'from ' || (SELECT c.name FROM crm_data.contact AS c WHERE c.contact_id = e.contact_id)
			END) AS entry_title,
		e.description, e.subject, e.information_flow, e.initiated_by, e.cost, e.duration_minutes,
		e.interaction_group_code, e.interaction_template_code, e.campaign_no, e.opportunity_no,
		e.salesperson_code, e.user_name, e.evaluation, e.attempt_failed,
		e.correspondence_type, e.delivery_status, e.contact_via, e.canceled,
		(SELECT count(*) > 0 FROM crm_data.comment_line AS l WHERE l.interaction_id = e.interaction_id) AS has_comment,
		(SELECT count(*) FROM crm_data.interaction_attachment AS a WHERE a.interaction_id = e.interaction_id) AS attachment_count,
		e.contact_id AS logged_contact_id,
		(SELECT c.contact_no FROM crm_data.contact AS c WHERE c.contact_id = e.contact_id) AS logged_contact_no,
		(SELECT c.name FROM crm_data.contact AS c WHERE c.contact_id = e.contact_id) AS logged_contact_name,
		e.company_id, e.source_id, e.document_key, e.posted, e.reversal_of, e.document_type, e.document_no,
		e.posting_date, e.due_date, e.closed_date, e.currency_code, e.amount, e.document_amount, e.profit, e.discount,
		e.remaining_amount, e.item_nos, e.legal_entity
	FROM (
		SELECT i.company_id AS timeline_of, true AS is_company, i.*
		FROM crm_data.interaction AS i
		UNION ALL
		SELECT i.contact_id, false, i.*
		FROM crm_data.interaction AS i
	) AS e
	WHERE (e.is_company OR e.contact_id IS DISTINCT FROM e.company_id) AND e.timeline_of IS NOT NULL AND NOT e.postponed;
COMMENT ON VIEW crm.contact_timeline IS
'All interactions of a contact, a company''s with those of its persons; canceled ones are marked, drafts are left out. A row per contact and interaction. For pages, ask for WHERE contact_id = ... ORDER BY interaction_date DESC, interaction_id DESC LIMIT ..., and go on below the last (interaction_date, interaction_id): each page reads only its own rows.';
COMMENT ON COLUMN crm.contact_timeline.contact_id IS 'Contact whose timeline it is; key with interaction_id.';
COMMENT ON COLUMN crm.contact_timeline.interaction_id IS 'Number of the interaction.';
COMMENT ON COLUMN crm.contact_timeline.interaction_date IS 'Date of the interaction.';
COMMENT ON COLUMN crm.contact_timeline.interaction_at IS 'Date and time of the interaction.';
COMMENT ON COLUMN crm.contact_timeline.entry_title IS 'Title for lists: description of the template, and by whom an outbound or from whom an inbound one is.';
COMMENT ON COLUMN crm.contact_timeline.description IS 'Description.';
COMMENT ON COLUMN crm.contact_timeline.subject IS 'Subject; by default the description.';
COMMENT ON COLUMN crm.contact_timeline.information_flow IS '''outbound'' or ''inbound'', or NULL.';
COMMENT ON COLUMN crm.contact_timeline.initiated_by IS '''us'' or ''them'', or NULL.';
COMMENT ON COLUMN crm.contact_timeline.cost IS 'Cost in local currency.';
COMMENT ON COLUMN crm.contact_timeline.duration_minutes IS 'Duration in minutes.';
COMMENT ON COLUMN crm.contact_timeline.interaction_group_code IS 'Interaction group, see crm.interaction_group.';
COMMENT ON COLUMN crm.contact_timeline.interaction_template_code IS 'Interaction template, see crm.interaction_template.';
COMMENT ON COLUMN crm.contact_timeline.campaign_no IS 'Campaign it belongs to.';
COMMENT ON COLUMN crm.contact_timeline.opportunity_no IS 'Opportunity it belongs to.';
COMMENT ON COLUMN crm.contact_timeline.salesperson_code IS 'Salesperson, see crm.salesperson.';
COMMENT ON COLUMN crm.contact_timeline.user_name IS 'Database user who logged it.';
COMMENT ON COLUMN crm.contact_timeline.evaluation IS '''very positive'', ''positive'', ''neutral'', ''negative'', ''very negative'', or NULL; see crm.evaluate_interaction().';
COMMENT ON COLUMN crm.contact_timeline.attempt_failed IS 'Whether the contact was not reached.';
COMMENT ON COLUMN crm.contact_timeline.correspondence_type IS 'Channel: ''hard copy'', ''email'', or NULL.';
COMMENT ON COLUMN crm.contact_timeline.delivery_status IS '''in progress'', ''error'', or NULL when delivered or not to be.';
COMMENT ON COLUMN crm.contact_timeline.contact_via IS 'Telephone number or address over which the contact was reached.';
COMMENT ON COLUMN crm.contact_timeline.canceled IS 'Whether it was canceled: it leaves counts and sums.';
COMMENT ON COLUMN crm.contact_timeline.has_comment IS 'Whether there are comments, see crm.comment_line.';
COMMENT ON COLUMN crm.contact_timeline.attachment_count IS 'Number of attachments, see crm.interaction_attachment.';
COMMENT ON COLUMN crm.contact_timeline.logged_contact_id IS 'Contact that it was logged on: this one, or a person of the company.';
COMMENT ON COLUMN crm.contact_timeline.logged_contact_no IS 'Number of that contact.';
COMMENT ON COLUMN crm.contact_timeline.logged_contact_name IS 'Name of that contact.';
COMMENT ON COLUMN crm.contact_timeline.company_id IS 'Company of the contact when the interaction was logged; the contact itself if it is a company.';
COMMENT ON COLUMN crm.contact_timeline.source_id IS 'Source that logged the document, see crm.source; NULL when logged by hand.';
COMMENT ON COLUMN crm.contact_timeline.document_key IS 'Key of the document in the table of its source.';
COMMENT ON COLUMN crm.contact_timeline.posted IS 'Whether it stands for a document that is posted now.';
COMMENT ON COLUMN crm.contact_timeline.reversal_of IS 'Interaction that this one reverses, with negated figures.';
COMMENT ON COLUMN crm.contact_timeline.document_type IS 'Type of the document, see crm.document_type; NULL when it is none.';
COMMENT ON COLUMN crm.contact_timeline.document_no IS 'Number of the document.';
COMMENT ON COLUMN crm.contact_timeline.posting_date IS 'Posting date of the document.';
COMMENT ON COLUMN crm.contact_timeline.due_date IS 'Due date.';
COMMENT ON COLUMN crm.contact_timeline.closed_date IS 'Date on which it was fully paid or applied.';
COMMENT ON COLUMN crm.contact_timeline.currency_code IS 'Currency of the document; NULL for the local currency.';
COMMENT ON COLUMN crm.contact_timeline.amount IS 'Amount net of tax in local currency; credit memos negative.';
COMMENT ON COLUMN crm.contact_timeline.document_amount IS 'Amount net of tax in the currency of the document.';
COMMENT ON COLUMN crm.contact_timeline.profit IS 'Profit at posting in local currency.';
COMMENT ON COLUMN crm.contact_timeline.discount IS 'Discount in local currency.';
COMMENT ON COLUMN crm.contact_timeline.remaining_amount IS 'Amount still open in local currency.';
COMMENT ON COLUMN crm.contact_timeline.item_nos IS 'Items on the document.';
COMMENT ON COLUMN crm.contact_timeline.legal_entity IS 'Legal entity; '''' where the database has one.';
