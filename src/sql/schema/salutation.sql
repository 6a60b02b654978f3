CREATE TABLE crm_data.salutation (
	salutation_code		text PRIMARY KEY,
	description			text NOT NULL DEFAULT ''
);

/* A blank language ('') is the formula for every language without its own. */
CREATE TABLE crm_data.salutation_formula (
	salutation_code		text NOT NULL,
	language_code		text NOT NULL DEFAULT '',
	formality			text NOT NULL,
	formula				text NOT NULL DEFAULT '',
	name_1				text,
	name_2				text,
	name_3				text,
	name_4				text,
	name_5				text,
	PRIMARY KEY (salutation_code, language_code, formality),
	CONSTRAINT salutation_formula_salutation_fk FOREIGN KEY (salutation_code)
		REFERENCES crm_data.salutation ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT salutation_formula_formality_check CHECK (formality IN ('formal', 'informal')),
	CONSTRAINT salutation_formula_language_check CHECK (language_code = upper(btrim(language_code))),
	CONSTRAINT salutation_formula_formula_check CHECK (length(formula) <= 50),
	CONSTRAINT salutation_formula_name_check CHECK (
		coalesce(name_1, 'surname') IN ('job title', 'first name', 'middle name', 'surname', 'initials', 'company name')
		AND coalesce(name_2, 'surname') IN ('job title', 'first name', 'middle name', 'surname', 'initials', 'company name')
		AND coalesce(name_3, 'surname') IN ('job title', 'first name', 'middle name', 'surname', 'initials', 'company name')
		AND coalesce(name_4, 'surname') IN ('job title', 'first name', 'middle name', 'surname', 'initials', 'company name')
		AND coalesce(name_5, 'surname') IN ('job title', 'first name', 'middle name', 'surname', 'initials', 'company name'))
);
