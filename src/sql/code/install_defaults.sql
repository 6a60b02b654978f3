CREATE OR REPLACE FUNCTION crm.install_defaults() RETURNS void
	LANGUAGE sql
BEGIN ATOMIC
	INSERT INTO crm_data.business_relation (business_relation_code, description) VALUES
		('CUST', 'Customer'), ('VEND', 'Vendor'), ('BANK', 'Bank account'), ('EMP', 'Employee'),
		('PROSPECT', 'Prospective customer'), ('COMPETITOR', 'Competitor')
	ON CONFLICT DO NOTHING;

	INSERT INTO crm_data.industry_group (industry_group_code, description) VALUES
		('ADVERT', 'Advertising'), ('LAWYER', 'Lawyers and accountants'), ('MAN', 'Manufacturing'),
		('PRESS', 'Press, radio and television'), ('RET', 'Retail'), ('WHOLE', 'Wholesale')
	ON CONFLICT DO NOTHING;

	INSERT INTO crm_data.mailing_group (mailing_group_code, description) VALUES
		('X-CARD', 'Season''s greetings'), ('X-GIFT', 'Season''s gifts')
	ON CONFLICT DO NOTHING;

	INSERT INTO crm_data.organizational_level (organizational_level_code, description) VALUES
		('CEO', 'Chief executive'), ('CFO', 'Chief financial officer'), ('SENMAN', 'Senior manager'),
		('MANA', 'Manager'), ('J-MANA', 'Junior manager'), ('SALEMP', 'Salaried employee')
	ON CONFLICT DO NOTHING;

	INSERT INTO crm_data.job_responsibility (job_responsibility_code, description) VALUES
		('APR', 'Accounts payable'), ('ARR', 'Accounts receivable'), ('MARKETING', 'Marketing'),
		('PURCHASE', 'Purchasing'), ('SALE', 'Sales')
	ON CONFLICT DO NOTHING;

	INSERT INTO crm_data.salutation (salutation_code, description) VALUES
		('COMPANY', 'Company'), ('F', 'Female'), ('F-JOB', 'Female, job title'), ('F-MAR', 'Female, married'),
		('F-UMAR', 'Female, unmarried'), ('M', 'Male'), ('M-JOB', 'Male, job title'), ('UNISEX', 'Any person')
	ON CONFLICT DO NOTHING;

	INSERT INTO crm_data.salutation_formula (salutation_code, formality, formula, name_1, name_2, name_3) VALUES
		('COMPANY', 'formal', 'Dear Sirs,', NULL, NULL, NULL),
		('COMPANY', 'informal', 'Hello %1,', 'company name', NULL, NULL),
		('F', 'formal', 'Dear Ms. %1 %2 %3,', 'first name', 'middle name', 'surname'),
		('F', 'informal', 'Hi %1,', 'first name', NULL, NULL),
		('F-JOB', 'formal', 'Dear Ms. %1 %2 %3,', 'job title', 'first name', 'surname'),
		('F-JOB', 'informal', 'Hi %1,', 'first name', NULL, NULL),
		('F-MAR', 'formal', 'Dear Mrs. %1 %2 %3,', 'first name', 'middle name', 'surname'),
		('F-MAR', 'informal', 'Hi %1,', 'first name', NULL, NULL),
		('F-UMAR', 'formal', 'Dear Miss %1 %2 %3,', 'first name', 'middle name', 'surname'),
		('F-UMAR', 'informal', 'Hi %1,', 'first name', NULL, NULL),
		('M', 'formal', 'Dear Mr. %1 %2 %3,', 'first name', 'middle name', 'surname'),
		('M', 'informal', 'Hi %1,', 'first name', NULL, NULL),
		('M-JOB', 'formal', 'Dear Mr. %1 %2 %3,', 'job title', 'first name', 'surname'),
		('M-JOB', 'informal', 'Hi %1,', 'first name', NULL, NULL),
		('UNISEX', 'formal', 'Dear %1 %2 %3,', 'first name', 'middle name', 'surname'),
		('UNISEX', 'informal', 'Hi %1,', 'first name', NULL, NULL)
	ON CONFLICT DO NOTHING;

	INSERT INTO crm_data.interaction_group (interaction_group_code, description) VALUES
		('LETTER', 'Letters'), ('MEETING', 'Meetings'), ('PHONE', 'Telephone'), ('PURCHASES', 'Purchase documents'),
		('SALES', 'Sales and service documents'), ('SYSTEM', 'Made by the system')
	ON CONFLICT DO NOTHING;

	INSERT INTO crm_data.interaction_template (interaction_template_code, interaction_group_code, description,
		unit_cost, unit_duration_minutes, information_flow, initiated_by, correspondence_type) VALUES
		('ABSTRACT', 'MEETING', 'Abstracts of meetings', 8, 90, 'outbound', NULL, NULL),
		('BUS', 'LETTER', 'Business letter', 8, 30, 'outbound', 'us', 'hard copy'),
		('EMAIL', 'LETTER', 'E-mail', 0, 5, 'outbound', 'us', 'email'),
		('INCOME', 'PHONE', 'Incoming call', 0, 15, 'inbound', 'them', NULL),
		('OUTGOING', 'PHONE', 'Outgoing call', 1, 15, 'outbound', 'us', NULL),
		('INHOUSE', 'MEETING', 'Meeting at our premises', 25, 120, NULL, NULL, NULL),
		('ONSITE', 'MEETING', 'Meeting at the contact''s premises', 45, 180, NULL, NULL, NULL)
	ON CONFLICT DO NOTHING;

	INSERT INTO crm_data.interaction_template (interaction_template_code, interaction_group_code, description,
		unit_cost, unit_duration_minutes, information_flow, initiated_by, correspondence_type)
	SELECT code, grp, description, 8, 1, 'outbound', 'us', NULL
	FROM (VALUES
		('S_QUOTE', 'SALES', 'Sales quote'), ('S_BLANKET', 'SALES', 'Sales blanket order'), ('S_ORDER', 'SALES', 'Sales order'),
		('S_ORDER_CF', 'SALES', 'Sales order confirmation'), ('S_DRAFT', 'SALES', 'Sales draft invoice'),
		('S_INVOICE', 'SALES', 'Sales invoice'), ('S_PAYMENT', 'SALES', 'Payment received'), ('S_SHIP', 'SALES', 'Sales shipment'), ('S_C_MEMO', 'SALES', 'Sales credit memo'),
		('S_STATEMENT', 'SALES', 'Sales statement'), ('S_REMINDER', 'SALES', 'Sales reminder'),
		('S_FIN_CHRG', 'SALES', 'Finance charge memo'), ('S_RET_ORD', 'SALES', 'Sales return order'),
		('S_RET_RCPT', 'SALES', 'Sales return receipt'), ('SV_ORDER', 'SALES', 'Service order'),
		('SV_POSTED', 'SALES', 'Service order posted'), ('SV_QUOTE', 'SALES', 'Service quote'),
		('SV_INVOICE', 'SALES', 'Service invoice'), ('SV_C_MEMO', 'SALES', 'Service credit memo'),
		('SV_CONTR', 'SALES', 'Service contract'), ('SV_CONTR_Q', 'SALES', 'Service contract quote'),
		('P_QUOTE', 'PURCHASES', 'Purchase quote'), ('P_BLANKET', 'PURCHASES', 'Purchase blanket order'),
		('P_ORDER', 'PURCHASES', 'Purchase order'), ('P_INVOICE', 'PURCHASES', 'Purchase invoice'),
		('P_RECEIPT', 'PURCHASES', 'Purchase receipt'), ('P_PAYMENT', 'PURCHASES', 'Payment made'), ('P_C_MEMO', 'PURCHASES', 'Purchase credit memo'),
		('P_RET_SHIP', 'PURCHASES', 'Purchase return shipment'), ('P_RET_ORD', 'PURCHASES', 'Purchase return order'),
		('COVERSH', 'LETTER', 'Cover sheet')) AS document (code, grp, description)
	ON CONFLICT DO NOTHING;

	INSERT INTO crm_data.interaction_template_setup (purpose, interaction_template_code) VALUES
		('sales quote', 'S_QUOTE'), ('sales blanket order', 'S_BLANKET'), ('sales order', 'S_ORDER'),
		('sales order confirmation', 'S_ORDER_CF'), ('sales draft invoice', 'S_DRAFT'), ('sales invoice', 'S_INVOICE'),
		('sales payment', 'S_PAYMENT'), ('sales refund', 'S_PAYMENT'), ('purchase payment', 'P_PAYMENT'), ('purchase refund', 'P_PAYMENT'),
		('sales shipment', 'S_SHIP'), ('sales credit memo', 'S_C_MEMO'), ('sales statement', 'S_STATEMENT'),
		('sales reminder', 'S_REMINDER'), ('finance charge memo', 'S_FIN_CHRG'), ('sales return order', 'S_RET_ORD'),
		('sales return receipt', 'S_RET_RCPT'), ('service order', 'SV_ORDER'), ('service order posted', 'SV_POSTED'),
		('service quote', 'SV_QUOTE'), ('service invoice', 'SV_INVOICE'), ('service credit memo', 'SV_C_MEMO'),
		('service contract', 'SV_CONTR'), ('service contract quote', 'SV_CONTR_Q'), ('purchase quote', 'P_QUOTE'),
		('purchase blanket order', 'P_BLANKET'), ('purchase order', 'P_ORDER'), ('purchase invoice', 'P_INVOICE'),
		('purchase receipt', 'P_RECEIPT'), ('purchase credit memo', 'P_C_MEMO'), ('purchase return shipment', 'P_RET_SHIP'),
		('purchase return order', 'P_RET_ORD'), ('cover sheet', 'COVERSH'), ('email', 'EMAIL'), ('email draft', 'EMAIL'),
		('outgoing call', 'OUTGOING'), ('incoming call', 'INCOME'), ('meeting invitation', 'ONSITE')
	ON CONFLICT DO NOTHING;

	SELECT crm.create_number_series('CONTACT', 'CT000001', 'Contacts')
	WHERE NOT EXISTS (SELECT FROM crm_data.number_series WHERE number_series_code = 'CONTACT')
	AND EXISTS (SELECT FROM crm_data.setup WHERE contact_number_series_code IS NULL);

	SELECT crm.create_number_series('OPPORTUNITY', 'OP000001', 'Opportunities')
	WHERE NOT EXISTS (SELECT FROM crm_data.number_series WHERE number_series_code = 'OPPORTUNITY')
	AND EXISTS (SELECT FROM crm_data.setup WHERE opportunity_number_series_code IS NULL);

	UPDATE crm_data.setup SET
		contact_number_series_code = coalesce(contact_number_series_code, 'CONTACT'),
		opportunity_number_series_code = coalesce(opportunity_number_series_code, 'OPPORTUNITY'),
		customer_relation_code = coalesce(customer_relation_code, 'CUST'),
		vendor_relation_code = coalesce(vendor_relation_code, 'VEND'),
		bank_account_relation_code = coalesce(bank_account_relation_code, 'BANK'),
		employee_relation_code = coalesce(employee_relation_code, 'EMP');
END;
COMMENT ON FUNCTION crm.install_defaults() IS
'Installs reference data: business relations, industry and mailing groups, organizational levels, job responsibilities, salutations, interaction groups, a template for every document purpose, the number series CONTACT (CT000001 and so on) and OPPORTUNITY (OP000001 and so on), and their codes in crm.setup. What exists stays as it is, so calling it again is harmless.';
