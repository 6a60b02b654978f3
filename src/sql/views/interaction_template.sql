CREATE OR REPLACE VIEW crm.document_type WITH (security_invoker = true) AS
	SELECT purpose AS document_type, purpose_no AS document_type_no, side, ledger_type
	FROM crm_data.interaction_purpose;
COMMENT ON VIEW crm.document_type IS 'What an interaction can be for: the document types of mapping queries and the purposes of crm.interaction_template_setup. Fixed by the product.';
COMMENT ON COLUMN crm.document_type.document_type IS 'Name of the document type or purpose; key.';
COMMENT ON COLUMN crm.document_type.document_type_no IS 'Its number; numbers above 100 are no documents.';
COMMENT ON COLUMN crm.document_type.side IS '''sales'', ''purchase'', ''service'' or ''contact''; ''none'' for what is no document: e-mails, calls, meetings.';
COMMENT ON COLUMN crm.document_type.ledger_type IS 'What it is to the ledger: ''invoice'', ''credit memo'', ''finance charge memo'', ''reminder'', or NULL for nothing.';

CREATE OR REPLACE VIEW crm.interaction_group WITH (security_invoker = true) AS
	SELECT interaction_group_code, description
	FROM crm_data.interaction_group;
COMMENT ON VIEW crm.interaction_group IS 'Groups of interaction templates, for statistics. Updatable; a group with templates cannot be deleted.';
COMMENT ON COLUMN crm.interaction_group.interaction_group_code IS 'Code of the group; key. Stored in upper case.';
COMMENT ON COLUMN crm.interaction_group.description IS 'Description.';

CREATE OR REPLACE VIEW crm.interaction_template WITH (security_invoker = true) AS
	SELECT interaction_template_code, interaction_group_code, description, unit_cost, unit_duration_minutes,
		information_flow, initiated_by, campaign_no, campaign_target, campaign_response, correspondence_type,
		ignore_contact_correspondence, language_code, wizard_action, word_template_code
	FROM crm_data.interaction_template;
COMMENT ON VIEW crm.interaction_template IS
'Templates of interactions: what an interaction gets when nothing else is said. Updatable; deleting a template deletes its languages, logged interactions keep its code.
Errors: 23514 negative cost or duration, or a wizard action that does not fit the template''s default language (layout, word template, attachment).';
COMMENT ON COLUMN crm.interaction_template.interaction_template_code IS 'Code of the template; key. Stored in upper case.';
COMMENT ON COLUMN crm.interaction_template.interaction_group_code IS 'Interaction group, see crm.interaction_group.';
COMMENT ON COLUMN crm.interaction_template.description IS 'Description, which becomes that of the interaction.';
COMMENT ON COLUMN crm.interaction_template.unit_cost IS 'Cost of one interaction in local currency, at least 0.';
COMMENT ON COLUMN crm.interaction_template.unit_duration_minutes IS 'Duration of one interaction in minutes, at least 0.';
COMMENT ON COLUMN crm.interaction_template.information_flow IS '''outbound'' or ''inbound'', or NULL.';
COMMENT ON COLUMN crm.interaction_template.initiated_by IS '''us'' or ''them'', or NULL.';
COMMENT ON COLUMN crm.interaction_template.campaign_no IS 'Campaign that its interactions belong to.';
COMMENT ON COLUMN crm.interaction_template.campaign_target IS 'Whether its interactions make the contact a target of the campaign.';
COMMENT ON COLUMN crm.interaction_template.campaign_response IS 'Whether its interactions are responses to the campaign.';
COMMENT ON COLUMN crm.interaction_template.correspondence_type IS 'Default channel: ''hard copy'', ''email'' (unless said otherwise), or NULL.';
COMMENT ON COLUMN crm.interaction_template.ignore_contact_correspondence IS 'Whether that default beats the contact''s preference.';
COMMENT ON COLUMN crm.interaction_template.language_code IS 'Default language. When the template has a row for it, changing it sets or resets the wizard action and the word template.';
COMMENT ON COLUMN crm.interaction_template.wizard_action IS 'What is done with the attachment: ''open'', ''import'', ''merge'', or NULL.';
COMMENT ON COLUMN crm.interaction_template.word_template_code IS 'Word template to merge with.';

CREATE OR REPLACE VIEW crm.interaction_template_language WITH (security_invoker = true) AS
	SELECT interaction_template_code, language_code, description, attachment_id, custom_layout_code, word_template_code
	FROM crm_data.interaction_template_language;
COMMENT ON VIEW crm.interaction_template_language IS
'What a template sends in each of its languages. Updatable; deleting a row deletes its attachment unless something else uses it.
Errors: 23514 a template that logs documents takes no languages; the wizard action of the template must fit its default language.';
COMMENT ON COLUMN crm.interaction_template_language.interaction_template_code IS 'Template; key with language_code.';
COMMENT ON COLUMN crm.interaction_template_language.language_code IS 'Language of the row.';
COMMENT ON COLUMN crm.interaction_template_language.description IS 'Description in this language.';
COMMENT ON COLUMN crm.interaction_template_language.attachment_id IS 'File that is sent, see crm.attachment.';
COMMENT ON COLUMN crm.interaction_template_language.custom_layout_code IS 'Layout for e-mail merge.';
COMMENT ON COLUMN crm.interaction_template_language.word_template_code IS 'Word template for this language.';

CREATE OR REPLACE VIEW crm.interaction_template_setup WITH (security_invoker = true) AS
	SELECT purpose, interaction_template_code
	FROM crm_data.interaction_template_setup;
COMMENT ON VIEW crm.interaction_template_setup IS
'Which template logs which document type or other purpose. Updatable; a purpose without a row is not logged.
Errors: 23503 unknown purpose or template; 23514 a template that has languages, except for ''meeting invitation''.';
COMMENT ON COLUMN crm.interaction_template_setup.purpose IS 'Document type or other purpose, see crm.document_type; key.';
COMMENT ON COLUMN crm.interaction_template_setup.interaction_template_code IS 'Template that logs it.';
