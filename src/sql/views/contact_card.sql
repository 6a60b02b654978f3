CREATE OR REPLACE VIEW crm.contact_card WITH (security_invoker = true) AS
	SELECT c.contact_id, c.contact_no, c.contact_type, c.name, c.name_2, c.search_name,
		c.first_name, c.middle_name, c.surname, c.job_title, c.initials, c.gender, c.birth_date,
		c.company_id, c.company_no, c.company_name,
		c.address, c.address_2, c.city, c.post_code, c.county, c.country_code,
		coalesce(c.phone_no, c.mobile_phone_no) AS default_phone_no,
		c.phone_no, c.mobile_phone_no, c.fax_no, c.extension_no, c.email, c.email_2, c.home_page,
		c.territory_code, c.currency_code, c.language_code, c.format_region, c.registration_no, c.vat_registration_no,
		c.salesperson_code, s.salesperson_name, c.organizational_level_code, c.salutation_code, c.correspondence_type,
		c.exclude_from_segment, c.privacy_blocked, c.minor, c.parental_consent_received,
		c.external_id, c.legal_entity, c.last_modified_at, c.business_relation_class,
		ARRAY(SELECT r.business_relation_code FROM crm_data.contact_business_relation AS r
			WHERE r.contact_id = c.company_id OR r.contact_id = c.contact_id ORDER BY 1) AS business_relations,
		ARRAY(SELECT g.industry_group_code FROM crm_data.contact_industry_group AS g WHERE g.contact_id = c.company_id ORDER BY 1) AS industry_groups,
		ARRAY(SELECT m.mailing_group_code FROM crm_data.contact_mailing_group AS m WHERE m.contact_id = c.contact_id ORDER BY 1) AS mailing_groups,
		ARRAY(SELECT j.job_responsibility_code FROM crm_data.contact_job_responsibility AS j
			WHERE j.contact_id = c.contact_id ORDER BY 1) AS job_responsibilities,
		(SELECT count(*) FROM crm_data.contact_business_relation AS r WHERE r.contact_id = c.company_id) AS business_relation_count,
		(SELECT count(*) FROM crm_data.contact_industry_group AS g WHERE g.contact_id = c.company_id) AS industry_group_count,
		(SELECT count(*) FROM crm_data.contact_mailing_group AS m WHERE m.contact_id = c.contact_id) AS mailing_group_count,
		(SELECT count(*) FROM crm_data.contact_job_responsibility AS j WHERE j.contact_id = c.contact_id) AS job_responsibility_count,
		(SELECT count(*) > 0 FROM crm_data.comment_line AS l WHERE l.contact_id = c.contact_id) AS has_comment,
		f.interaction_count, f.cost::numeric(24,4) AS cost, f.duration_minutes::numeric(24,4) AS duration_minutes,
		f.last_attempt_date, f.last_interaction_date,
		f.document_count, f.last_document_date,
		f.sales_lcy::numeric(28,6) AS sales_lcy, f.profit_lcy::numeric(28,6) AS profit_lcy, f.discount_lcy::numeric(28,6) AS discount_lcy,
		f.open_lcy::numeric(28,6) AS open_lcy, f.invoice_count, f.credit_memo_count,
		f.last_quote_date, f.last_order_date, f.first_invoice_date, f.last_invoice_date, f.last_credit_memo_date,
		f.purchases_lcy::numeric(28,6) AS purchases_lcy, f.last_purchase_date,
		f.service_visit_count, f.last_service_date,
		ARRAY(SELECT l.question || ': ' || l.answer
			FROM crm_data.contact_profile_answer AS a
			JOIN crm_data.answer_line() AS l USING (questionnaire_code, line_no)
			JOIN crm_data.questionnaire AS q USING (questionnaire_code)
			WHERE a.contact_id = c.contact_id AND l.priority <> 'very low'
			ORDER BY crm_data.priority_no(l.priority) DESC, crm_data.priority_no(q.priority) DESC, a.questionnaire_code, a.line_no) AS profile
	FROM crm.contact AS c
	LEFT JOIN crm_data.salesperson AS s ON s.salesperson_code = c.salesperson_code
	CROSS JOIN LATERAL crm_data.contact_figures(c.contact_id, c.company_id, NULL, NULL) AS f;
COMMENT ON VIEW crm.contact_card IS
'Everything about a contact in one row: master data, classes, interactions, sales, purchases and service. A company''s figures include those of its persons. For one contact or a few; crm.contact lists them all faster.';
COMMENT ON COLUMN crm.contact_card.contact_id IS 'Contact, see crm.contact; key.';
COMMENT ON COLUMN crm.contact_card.contact_no IS 'Number of the contact.';
COMMENT ON COLUMN crm.contact_card.contact_type IS '''company'' or ''person''.';
COMMENT ON COLUMN crm.contact_card.name IS 'Name.';
COMMENT ON COLUMN crm.contact_card.name_2 IS 'Second line of the name.';
COMMENT ON COLUMN crm.contact_card.search_name IS 'Name to search by, in upper case.';
COMMENT ON COLUMN crm.contact_card.first_name IS 'First name of a person.';
COMMENT ON COLUMN crm.contact_card.middle_name IS 'Middle name of a person.';
COMMENT ON COLUMN crm.contact_card.surname IS 'Surname of a person.';
COMMENT ON COLUMN crm.contact_card.job_title IS 'Job title of a person.';
COMMENT ON COLUMN crm.contact_card.initials IS 'Initials of a person.';
COMMENT ON COLUMN crm.contact_card.gender IS '''female'', ''male'', ''other'', or NULL.';
COMMENT ON COLUMN crm.contact_card.birth_date IS 'Date of birth.';
COMMENT ON COLUMN crm.contact_card.company_id IS 'Company of a person; a company itself.';
COMMENT ON COLUMN crm.contact_card.company_no IS 'Number of that company.';
COMMENT ON COLUMN crm.contact_card.company_name IS 'Name of that company.';
COMMENT ON COLUMN crm.contact_card.address IS 'Address.';
COMMENT ON COLUMN crm.contact_card.address_2 IS 'Second line of the address.';
COMMENT ON COLUMN crm.contact_card.city IS 'City.';
COMMENT ON COLUMN crm.contact_card.post_code IS 'Post code.';
COMMENT ON COLUMN crm.contact_card.county IS 'County.';
COMMENT ON COLUMN crm.contact_card.country_code IS 'Country.';
COMMENT ON COLUMN crm.contact_card.default_phone_no IS 'Telephone number, else mobile telephone number.';
COMMENT ON COLUMN crm.contact_card.phone_no IS 'Telephone number.';
COMMENT ON COLUMN crm.contact_card.mobile_phone_no IS 'Mobile telephone number.';
COMMENT ON COLUMN crm.contact_card.fax_no IS 'Fax number.';
COMMENT ON COLUMN crm.contact_card.extension_no IS 'Extension.';
COMMENT ON COLUMN crm.contact_card.email IS 'E-mail address.';
COMMENT ON COLUMN crm.contact_card.email_2 IS 'Second e-mail address.';
COMMENT ON COLUMN crm.contact_card.home_page IS 'Home page.';
COMMENT ON COLUMN crm.contact_card.territory_code IS 'Territory, see crm.territory.';
COMMENT ON COLUMN crm.contact_card.currency_code IS 'Currency.';
COMMENT ON COLUMN crm.contact_card.language_code IS 'Language.';
COMMENT ON COLUMN crm.contact_card.format_region IS 'Format region.';
COMMENT ON COLUMN crm.contact_card.registration_no IS 'Registration number.';
COMMENT ON COLUMN crm.contact_card.vat_registration_no IS 'VAT registration number.';
COMMENT ON COLUMN crm.contact_card.salesperson_code IS 'Salesperson of the contact, see crm.salesperson.';
COMMENT ON COLUMN crm.contact_card.salesperson_name IS 'Name of the salesperson.';
COMMENT ON COLUMN crm.contact_card.organizational_level_code IS 'Organizational level of a person.';
COMMENT ON COLUMN crm.contact_card.salutation_code IS 'Salutation.';
COMMENT ON COLUMN crm.contact_card.correspondence_type IS 'Preferred channel: ''hard copy'', ''email'', or NULL.';
COMMENT ON COLUMN crm.contact_card.exclude_from_segment IS 'Whether segments leave the contact out.';
COMMENT ON COLUMN crm.contact_card.privacy_blocked IS 'Whether the contact is blocked for privacy.';
COMMENT ON COLUMN crm.contact_card.minor IS 'Whether the contact is a minor.';
COMMENT ON COLUMN crm.contact_card.parental_consent_received IS 'Whether the parents of a minor consent.';
COMMENT ON COLUMN crm.contact_card.external_id IS 'Number in another system.';
COMMENT ON COLUMN crm.contact_card.legal_entity IS 'Legal entity; '''' where the database has one.';
COMMENT ON COLUMN crm.contact_card.last_modified_at IS 'When the contact was last modified.';
COMMENT ON COLUMN crm.contact_card.business_relation_class IS '''customer'', ''vendor'', ''bank account'', ''employee'', ''none'', ''other'' or ''multiple'', as in crm.contact.';
COMMENT ON COLUMN crm.contact_card.business_relations IS 'Codes of the business relations, for a person also those of its company.';
COMMENT ON COLUMN crm.contact_card.industry_groups IS 'Codes of the industry groups of the company.';
COMMENT ON COLUMN crm.contact_card.mailing_groups IS 'Codes of the mailing groups.';
COMMENT ON COLUMN crm.contact_card.job_responsibilities IS 'Codes of the job responsibilities.';
COMMENT ON COLUMN crm.contact_card.business_relation_count IS 'Number of business relations of the company.';
COMMENT ON COLUMN crm.contact_card.industry_group_count IS 'Number of industry groups of the company.';
COMMENT ON COLUMN crm.contact_card.mailing_group_count IS 'Number of mailing groups.';
COMMENT ON COLUMN crm.contact_card.job_responsibility_count IS 'Number of job responsibilities.';
COMMENT ON COLUMN crm.contact_card.has_comment IS 'Whether there are comments, see crm.comment_line.';
COMMENT ON COLUMN crm.contact_card.interaction_count IS 'Number of interactions, without canceled and postponed ones; failed attempts count.';
COMMENT ON COLUMN crm.contact_card.cost IS 'Their cost in local currency.';
COMMENT ON COLUMN crm.contact_card.duration_minutes IS 'Their duration in minutes.';
COMMENT ON COLUMN crm.contact_card.last_attempt_date IS 'Date of the last attempt of ours, failed or canceled ones included.';
COMMENT ON COLUMN crm.contact_card.last_interaction_date IS 'Date of the last interaction that did not fail, canceled ones included.';
COMMENT ON COLUMN crm.contact_card.document_count IS 'Number of posted documents of any type.';
COMMENT ON COLUMN crm.contact_card.last_document_date IS 'Date of the last posted document.';
COMMENT ON COLUMN crm.contact_card.sales_lcy IS 'Sales net of tax in local currency, see crm.sales_entry.';
COMMENT ON COLUMN crm.contact_card.profit_lcy IS 'Profit in local currency.';
COMMENT ON COLUMN crm.contact_card.discount_lcy IS 'Discount given in local currency.';
COMMENT ON COLUMN crm.contact_card.open_lcy IS 'Amount still open in local currency.';
COMMENT ON COLUMN crm.contact_card.invoice_count IS 'Number of sales and service invoices.';
COMMENT ON COLUMN crm.contact_card.credit_memo_count IS 'Number of sales and service credit memos.';
COMMENT ON COLUMN crm.contact_card.last_quote_date IS 'Date of the last quote.';
COMMENT ON COLUMN crm.contact_card.last_order_date IS 'Date of the last sales order.';
COMMENT ON COLUMN crm.contact_card.first_invoice_date IS 'Date of the first invoice.';
COMMENT ON COLUMN crm.contact_card.last_invoice_date IS 'Date of the last invoice.';
COMMENT ON COLUMN crm.contact_card.last_credit_memo_date IS 'Date of the last credit memo.';
COMMENT ON COLUMN crm.contact_card.purchases_lcy IS 'Purchases net of tax in local currency, positive when we buy.';
COMMENT ON COLUMN crm.contact_card.last_purchase_date IS 'Date of the last purchase invoice.';
COMMENT ON COLUMN crm.contact_card.service_visit_count IS 'Number of different service orders.';
COMMENT ON COLUMN crm.contact_card.last_service_date IS 'Date of the last service order.';
COMMENT ON COLUMN crm.contact_card.profile IS 'The profile, as ''question: answer'': by priority of the answer, then of the questionnaire; answers of very low priority are hidden.';
