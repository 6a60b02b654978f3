CREATE OR REPLACE FUNCTION crm_data.contact_insert() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_contact_insert';
COMMENT ON FUNCTION crm_data.contact_insert() IS 'BEFORE INSERT trigger: number, type, names, company, inheritance and defaults where blank.';

CREATE OR REPLACE FUNCTION crm_data.contact_update() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_contact_update';
COMMENT ON FUNCTION crm_data.contact_update() IS 'BEFORE UPDATE trigger: keeps names, company, type, privacy and the stamp of a contact right.';

CREATE OR REPLACE FUNCTION crm_data.contact_inherit() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_contact_inherit';
COMMENT ON FUNCTION crm_data.contact_inherit() IS 'AFTER UPDATE trigger of companies: their persons follow.';

CREATE OR REPLACE FUNCTION crm_data.contact_moved() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_contact_moved';
COMMENT ON FUNCTION crm_data.contact_moved() IS 'AFTER UPDATE trigger of persons whose company changed: their interactions stay with the company left.';

CREATE OR REPLACE FUNCTION crm_data.contact_deleted() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_contact_deleted';
COMMENT ON FUNCTION crm_data.contact_deleted() IS 'AFTER DELETE trigger: interactions go to the company, or become anonymous with it.';

CREATE OR REPLACE FUNCTION crm.find_contact(search text) RETURNS text
	LANGUAGE c STABLE STRICT SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_find_contact';
COMMENT ON FUNCTION crm.find_contact(text) IS
'The number of the contact that a text means: number, name, name in any case, beginning of a number or name, text contained in number, name, city, phone or post code of just one contact, or a name among the 1000 newest of about that length that differs in at most one letter of five. NULL when nothing does.';

CREATE OR REPLACE FUNCTION crm.find_company(search text) RETURNS text
	LANGUAGE c STABLE STRICT SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_find_company';
COMMENT ON FUNCTION crm.find_company(text) IS
'The number of the company that a text means: number, name in any case, beginning of a number or name, or text contained in number, name, city, phone or post code. NULL when none matches. Error: 21000 more than one company matches.';
