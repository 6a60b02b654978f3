CREATE OR REPLACE VIEW crm.salutation WITH (security_invoker = true) AS SELECT
	s.salutation_code,
	s.description
FROM crm_data.salutation AS s;
COMMENT ON VIEW crm.salutation IS 'Salutations. Deleting one takes its formulas along.';
COMMENT ON COLUMN crm.salutation.salutation_code IS 'Key.';
COMMENT ON COLUMN crm.salutation.description IS 'Description.';

CREATE OR REPLACE VIEW crm.salutation_formula WITH (security_invoker = true) AS SELECT
	f.salutation_code,
	f.language_code,
	f.formality,
	f.formula,
	f.name_1,
	f.name_2,
	f.name_3,
	f.name_4,
	f.name_5
FROM crm_data.salutation_formula AS f;
COMMENT ON VIEW crm.salutation_formula IS 'Formulas of salutations: crm.salutation_line() puts names in.';
COMMENT ON COLUMN crm.salutation_formula.salutation_code IS 'The salutation, key of crm.salutation; with language_code and formality the key.';
COMMENT ON COLUMN crm.salutation_formula.language_code IS 'Language in upper case; blank is for every language without a formula of its own.';
COMMENT ON COLUMN crm.salutation_formula.formality IS 'formal or informal.';
COMMENT ON COLUMN crm.salutation_formula.formula IS 'Text with %1 to %5 for the names, at most 50 characters.';
COMMENT ON COLUMN crm.salutation_formula.name_1 IS 'What stands for %1: job title, first name, middle name, surname, initials or company name.';
COMMENT ON COLUMN crm.salutation_formula.name_2 IS 'What stands for %2: job title, first name, middle name, surname, initials or company name.';
COMMENT ON COLUMN crm.salutation_formula.name_3 IS 'What stands for %3: job title, first name, middle name, surname, initials or company name.';
COMMENT ON COLUMN crm.salutation_formula.name_4 IS 'What stands for %4: job title, first name, middle name, surname, initials or company name.';
COMMENT ON COLUMN crm.salutation_formula.name_5 IS 'What stands for %5: job title, first name, middle name, surname, initials or company name.';
