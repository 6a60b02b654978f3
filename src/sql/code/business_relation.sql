CREATE OR REPLACE FUNCTION crm_data.contact_business_relation() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_contact_business_relation';
COMMENT ON FUNCTION crm_data.contact_business_relation() IS
'BEFORE trigger: reserved codes need a card, blocked contacts get none, a link takes the place of an unlinked row.';
