/* Code lists that users keep to classify contacts, and their assignments (domain/1 sections 3 and 4). */
CREATE TABLE crm_data.business_relation (
	business_relation_code	text PRIMARY KEY,
	description				text NOT NULL DEFAULT ''
);

CREATE TABLE crm_data.industry_group (
	industry_group_code		text PRIMARY KEY,
	description				text NOT NULL DEFAULT ''
);

CREATE TABLE crm_data.mailing_group (
	mailing_group_code		text PRIMARY KEY,
	description				text NOT NULL DEFAULT ''
);

CREATE TABLE crm_data.organizational_level (
	organizational_level_code	text PRIMARY KEY,
	description					text NOT NULL DEFAULT ''
);

CREATE TABLE crm_data.job_responsibility (
	job_responsibility_code	text PRIMARY KEY,
	description				text NOT NULL DEFAULT ''
);

CREATE TABLE crm_data.web_source (
	web_source_code			text PRIMARY KEY,
	description				text NOT NULL DEFAULT '',
	url						text
);
