CREATE OR REPLACE VIEW crm.business_relation WITH (security_invoker = true) AS SELECT
	b.business_relation_code,
	b.description,
	(SELECT count(*) FROM crm_data.contact_business_relation AS r WHERE r.business_relation_code = b.business_relation_code) AS contact_count
FROM crm_data.business_relation AS b;
COMMENT ON VIEW crm.business_relation IS 'Kinds of business relation: customer, vendor, competitor and so on. Renaming a code renames it everywhere.';
COMMENT ON COLUMN crm.business_relation.business_relation_code IS 'Key.';
COMMENT ON COLUMN crm.business_relation.description IS 'Description.';
COMMENT ON COLUMN crm.business_relation.contact_count IS 'Contacts with the relation.';

CREATE OR REPLACE VIEW crm.contact_business_relation WITH (security_invoker = true) AS SELECT
	r.contact_id,
	r.business_relation_code,
	r.link_type,
	r.card_no,
	r.source_id,
	r.card_key,
	r.last_modified_at
FROM crm_data.contact_business_relation AS r;
COMMENT ON VIEW crm.contact_business_relation IS 'Business relations of contacts: the link to a card of the ERP, or plain classification. A link takes the place of an unlinked row with the same code. Errors: 23514 a code that crm.setup reserves for cards without a card, or a card without link_type; 23505 the contact is linked to another card of that type, or the card to another contact; 55000 the contact is blocked for privacy.';
COMMENT ON COLUMN crm.contact_business_relation.contact_id IS 'The contact, key of crm.contact.';
COMMENT ON COLUMN crm.contact_business_relation.business_relation_code IS 'The relation, key of crm.business_relation; with contact_id the key.';
COMMENT ON COLUMN crm.contact_business_relation.link_type IS 'Type of card: customer, vendor, bank account or employee. Blank: what the code stands for in crm.setup.';
COMMENT ON COLUMN crm.contact_business_relation.card_no IS 'Number of the card in the ERP. Blank: plain classification.';
COMMENT ON COLUMN crm.contact_business_relation.source_id IS 'The attached table of cards, key of crm.source. Blank for links made by hand.';
COMMENT ON COLUMN crm.contact_business_relation.card_key IS 'Key of the card in the attached table, as text.';
COMMENT ON COLUMN crm.contact_business_relation.last_modified_at IS 'Instant of the last change. A row that is inserted with one is taken as it is.';
