CREATE TABLE crm_data.salesperson (
	salesperson_code	text PRIMARY KEY,
	salesperson_name	text NOT NULL DEFAULT '',
	job_title			text,
	phone_no			text,
	email				text,
	user_name			text,
	privacy_blocked		boolean NOT NULL DEFAULT false,
	CONSTRAINT salesperson_user_name_key UNIQUE (user_name)
);

CREATE TABLE crm_data.territory (
	territory_code		text PRIMARY KEY,
	territory_name		text NOT NULL DEFAULT ''
);
