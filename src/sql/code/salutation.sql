CREATE OR REPLACE FUNCTION crm.salutation_line(contact_no text, formality text DEFAULT 'formal', language_code text DEFAULT NULL) RETURNS text
	LANGUAGE c STABLE SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_salutation_line';
COMMENT ON FUNCTION crm.salutation_line(text, text, text) IS
'The salutation of a contact, for example "Dear Mr. John Doe,": the formula of the contact''s salutation with its names filled in, at most 260 characters. formality: formal or informal. language_code: NULL is the contact''s language; a language without a formula uses the blank one. Errors: 42704 no such contact; P0002 the contact has no salutation, or the salutation has no formula with text; 22023 another formality.';
