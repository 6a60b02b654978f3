CREATE OR REPLACE VIEW crm.interaction WITH (security_invoker = true) AS
	SELECT i.interaction_id,
		concat_ws(' ',
			(SELECT t.description FROM crm_data.interaction_template AS t WHERE t.interaction_template_code = i.interaction_template_code),
			CASE i.information_flow
				WHEN 'outbound' THEN 'by ' || coalesce(
					(SELECT nullif(s.salesperson_name, '') FROM crm_data.salesperson AS s WHERE s.salesperson_code = i.salesperson_code),
					i.user_name)
				WHEN 'inbound' THEN 'from ' || (SELECT c.name FROM crm_data.contact AS c WHERE c.contact_id = i.contact_id)
			END) AS entry_title,
		i.contact_id,
		(SELECT c.contact_no FROM crm_data.contact AS c WHERE c.contact_id = i.contact_id) AS contact_no,
		(SELECT c.name FROM crm_data.contact AS c WHERE c.contact_id = i.contact_id) AS contact_name,
		i.company_id,
		(SELECT c.contact_no FROM crm_data.contact AS c WHERE c.contact_id = i.company_id) AS company_no,
		(SELECT c.name FROM crm_data.contact AS c WHERE c.contact_id = i.company_id) AS company_name,
		i.interaction_date, i.interaction_at, i.description, i.subject, i.information_flow, i.initiated_by,
		i.cost, i.duration_minutes, i.interaction_group_code, i.interaction_template_code, i.language_code,
		i.campaign_no, i.campaign_target, i.campaign_response, i.opportunity_no,
		i.salesperson_code, i.user_name, i.evaluation, i.attempt_failed,
		i.correspondence_type, i.delivery_status, i.contact_alt_address_code, i.contact_via, i.canceled, i.postponed,
		(SELECT count(*) > 0 FROM crm_data.comment_line AS l WHERE l.interaction_id = i.interaction_id) AS has_comment,
		(SELECT count(*) FROM crm_data.interaction_attachment AS a WHERE a.interaction_id = i.interaction_id) AS attachment_count,
		i.source_id, i.document_key, i.posted, i.reversal_of, i.document_type, i.document_no, i.version_no, i.occurrence_no,
		i.partner_key, i.contact_key, i.posting_date, i.due_date, i.closed_date, i.currency_code, i.currency_rate,
		i.amount, i.document_amount, i.profit, i.discount, i.remaining_amount, i.item_nos, i.legal_entity
	FROM crm_data.interaction AS i;
COMMENT ON VIEW crm.interaction IS
'The log: every interaction, whether logged by hand or with a posted document. Canceled and postponed ones are here, marked. Updatable, but meant to be changed by functions: crm.log_interaction(), crm.evaluate_interaction(), crm.cancel_interaction() and crm.delete_canceled_interactions() apply the rules.';
COMMENT ON COLUMN crm.interaction.interaction_id IS 'Number of the interaction; key. Gaps are normal.';
COMMENT ON COLUMN crm.interaction.entry_title IS 'Title for lists: description of the template, and by whom an outbound or from whom an inbound one is.';
COMMENT ON COLUMN crm.interaction.contact_id IS 'Contact, see crm.contact.';
COMMENT ON COLUMN crm.interaction.contact_no IS 'Number of the contact.';
COMMENT ON COLUMN crm.interaction.contact_name IS 'Name of the contact.';
COMMENT ON COLUMN crm.interaction.company_id IS 'Company of the contact when the interaction was logged; the contact itself if it is a company.';
COMMENT ON COLUMN crm.interaction.company_no IS 'Number of that company.';
COMMENT ON COLUMN crm.interaction.company_name IS 'Name of that company.';
COMMENT ON COLUMN crm.interaction.interaction_date IS 'Date of the interaction.';
COMMENT ON COLUMN crm.interaction.interaction_at IS 'Date and time of the interaction.';
COMMENT ON COLUMN crm.interaction.description IS 'Description.';
COMMENT ON COLUMN crm.interaction.subject IS 'Subject; by default the description.';
COMMENT ON COLUMN crm.interaction.information_flow IS '''outbound'' or ''inbound'', or NULL.';
COMMENT ON COLUMN crm.interaction.initiated_by IS '''us'' or ''them'', or NULL.';
COMMENT ON COLUMN crm.interaction.cost IS 'Cost in local currency.';
COMMENT ON COLUMN crm.interaction.duration_minutes IS 'Duration in minutes.';
COMMENT ON COLUMN crm.interaction.interaction_group_code IS 'Interaction group, see crm.interaction_group.';
COMMENT ON COLUMN crm.interaction.interaction_template_code IS 'Interaction template, see crm.interaction_template.';
COMMENT ON COLUMN crm.interaction.language_code IS 'Language in which it was written.';
COMMENT ON COLUMN crm.interaction.campaign_no IS 'Campaign it belongs to.';
COMMENT ON COLUMN crm.interaction.campaign_target IS 'Whether the contact is a target of the campaign.';
COMMENT ON COLUMN crm.interaction.campaign_response IS 'Whether it is a response to the campaign.';
COMMENT ON COLUMN crm.interaction.opportunity_no IS 'Opportunity it belongs to.';
COMMENT ON COLUMN crm.interaction.salesperson_code IS 'Salesperson, see crm.salesperson.';
COMMENT ON COLUMN crm.interaction.user_name IS 'Database user who logged it.';
COMMENT ON COLUMN crm.interaction.evaluation IS '''very positive'', ''positive'', ''neutral'', ''negative'', ''very negative'', or NULL; see crm.evaluate_interaction().';
COMMENT ON COLUMN crm.interaction.attempt_failed IS 'Whether the contact was not reached.';
COMMENT ON COLUMN crm.interaction.correspondence_type IS 'Channel: ''hard copy'', ''email'', or NULL.';
COMMENT ON COLUMN crm.interaction.delivery_status IS '''in progress'', ''error'', or NULL when delivered or not to be.';
COMMENT ON COLUMN crm.interaction.contact_alt_address_code IS 'Alternative address of the contact that was used.';
COMMENT ON COLUMN crm.interaction.contact_via IS 'Telephone number or address over which the contact was reached.';
COMMENT ON COLUMN crm.interaction.canceled IS 'Whether it was canceled: it leaves counts and sums.';
COMMENT ON COLUMN crm.interaction.postponed IS 'Whether it is a draft, which counts nowhere.';
COMMENT ON COLUMN crm.interaction.has_comment IS 'Whether there are comments, see crm.comment_line.';
COMMENT ON COLUMN crm.interaction.attachment_count IS 'Number of attachments, see crm.interaction_attachment.';
COMMENT ON COLUMN crm.interaction.source_id IS 'Source that logged the document, see crm.source; NULL when logged by hand.';
COMMENT ON COLUMN crm.interaction.document_key IS 'Key of the document in the table of its source.';
COMMENT ON COLUMN crm.interaction.posted IS 'Whether it stands for a document that is posted now.';
COMMENT ON COLUMN crm.interaction.reversal_of IS 'Interaction that this one reverses, with negated figures.';
COMMENT ON COLUMN crm.interaction.document_type IS 'Type of the document, see crm.document_type; NULL when it is none.';
COMMENT ON COLUMN crm.interaction.document_no IS 'Number of the document.';
COMMENT ON COLUMN crm.interaction.version_no IS 'Version of the document, when it refers to an archived one.';
COMMENT ON COLUMN crm.interaction.occurrence_no IS 'Occurrence of the document number.';
COMMENT ON COLUMN crm.interaction.partner_key IS 'Key of the document''s customer or vendor card.';
COMMENT ON COLUMN crm.interaction.contact_key IS 'Key of the document''s contact person card.';
COMMENT ON COLUMN crm.interaction.posting_date IS 'Posting date of the document.';
COMMENT ON COLUMN crm.interaction.due_date IS 'Due date.';
COMMENT ON COLUMN crm.interaction.closed_date IS 'Date on which it was fully paid or applied.';
COMMENT ON COLUMN crm.interaction.currency_code IS 'Currency of the document; NULL for the local currency.';
COMMENT ON COLUMN crm.interaction.currency_rate IS 'Exchange rate of the document.';
COMMENT ON COLUMN crm.interaction.amount IS 'Amount net of tax in local currency; credit memos negative.';
COMMENT ON COLUMN crm.interaction.document_amount IS 'Amount net of tax in the currency of the document.';
COMMENT ON COLUMN crm.interaction.profit IS 'Profit at posting in local currency.';
COMMENT ON COLUMN crm.interaction.discount IS 'Discount in local currency.';
COMMENT ON COLUMN crm.interaction.remaining_amount IS 'Amount still open in local currency.';
COMMENT ON COLUMN crm.interaction.item_nos IS 'Items on the document.';
COMMENT ON COLUMN crm.interaction.legal_entity IS 'Legal entity; '''' where the database has one.';

CREATE OR REPLACE VIEW crm.postponed_interaction WITH (security_invoker = true) AS
	SELECT i.interaction_id, i.contact_id,
		(SELECT c.contact_no FROM crm_data.contact AS c WHERE c.contact_id = i.contact_id) AS contact_no,
		(SELECT c.name FROM crm_data.contact AS c WHERE c.contact_id = i.contact_id) AS contact_name,
		i.interaction_date, i.interaction_at, i.description, i.subject, i.information_flow, i.initiated_by,
		i.cost, i.duration_minutes, i.interaction_group_code, i.interaction_template_code, i.language_code,
		i.campaign_no, i.campaign_target, i.campaign_response, i.opportunity_no, i.salesperson_code, i.user_name,
		i.evaluation, i.attempt_failed, i.correspondence_type, i.contact_alt_address_code, i.contact_via
	FROM crm_data.interaction AS i
	WHERE i.postponed
	WITH CHECK OPTION;
COMMENT ON VIEW crm.postponed_interaction IS
'Drafts: interactions that count nowhere until crm.resume_interaction() finishes them. They can be updated and deleted here; crm.log_interaction(..., postponed => true) makes one.';
COMMENT ON COLUMN crm.postponed_interaction.interaction_id IS 'Number of the interaction, which it keeps when resumed; key.';
COMMENT ON COLUMN crm.postponed_interaction.contact_id IS 'Contact, see crm.contact.';
COMMENT ON COLUMN crm.postponed_interaction.contact_no IS 'Number of the contact.';
COMMENT ON COLUMN crm.postponed_interaction.contact_name IS 'Name of the contact.';
COMMENT ON COLUMN crm.postponed_interaction.interaction_date IS 'Date of the interaction.';
COMMENT ON COLUMN crm.postponed_interaction.interaction_at IS 'Date and time of the interaction.';
COMMENT ON COLUMN crm.postponed_interaction.description IS 'Description.';
COMMENT ON COLUMN crm.postponed_interaction.subject IS 'Subject; by default the description.';
COMMENT ON COLUMN crm.postponed_interaction.information_flow IS '''outbound'' or ''inbound'', or NULL.';
COMMENT ON COLUMN crm.postponed_interaction.initiated_by IS '''us'' or ''them'', or NULL.';
COMMENT ON COLUMN crm.postponed_interaction.cost IS 'Cost in local currency.';
COMMENT ON COLUMN crm.postponed_interaction.duration_minutes IS 'Duration in minutes.';
COMMENT ON COLUMN crm.postponed_interaction.interaction_group_code IS 'Interaction group, see crm.interaction_group.';
COMMENT ON COLUMN crm.postponed_interaction.interaction_template_code IS 'Interaction template, see crm.interaction_template.';
COMMENT ON COLUMN crm.postponed_interaction.language_code IS 'Language in which it was written.';
COMMENT ON COLUMN crm.postponed_interaction.campaign_no IS 'Campaign it belongs to.';
COMMENT ON COLUMN crm.postponed_interaction.campaign_target IS 'Whether the contact is a target of the campaign.';
COMMENT ON COLUMN crm.postponed_interaction.campaign_response IS 'Whether it is a response to the campaign.';
COMMENT ON COLUMN crm.postponed_interaction.opportunity_no IS 'Opportunity it belongs to.';
COMMENT ON COLUMN crm.postponed_interaction.salesperson_code IS 'Salesperson, see crm.salesperson.';
COMMENT ON COLUMN crm.postponed_interaction.user_name IS 'Database user who drafted it.';
COMMENT ON COLUMN crm.postponed_interaction.evaluation IS '''very positive'', ''positive'', ''neutral'', ''negative'', ''very negative'', or NULL; see crm.evaluate_interaction().';
COMMENT ON COLUMN crm.postponed_interaction.attempt_failed IS 'Whether the contact was not reached.';
COMMENT ON COLUMN crm.postponed_interaction.correspondence_type IS 'Channel: ''hard copy'', ''email'', or NULL.';
COMMENT ON COLUMN crm.postponed_interaction.contact_alt_address_code IS 'Alternative address of the contact that was used.';
COMMENT ON COLUMN crm.postponed_interaction.contact_via IS 'Telephone number or address over which the contact was reached.';
