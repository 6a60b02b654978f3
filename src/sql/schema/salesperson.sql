CREATE TABLE crm_data.salesperson (
	salesperson_code	text PRIMARY KEY,
	salesperson_name	text NOT NULL DEFAULT '',
	job_title			text,
	phone_no			text,
	email				text,
	user_name			text,
	privacy_blocked		boolean NOT NULL DEFAULT false,
	blocked				boolean NOT NULL DEFAULT false,
	CONSTRAINT salesperson_user_name_key UNIQUE (user_name)
);

CREATE TABLE crm_data.territory (
	territory_code		text PRIMARY KEY,
	territory_name		text NOT NULL DEFAULT ''
);

CREATE TABLE crm_data.team (
	team_code			text PRIMARY KEY,
	team_name			text NOT NULL DEFAULT ''
);

CREATE TABLE crm_data.team_salesperson (
	team_code			text NOT NULL,
	salesperson_code	text NOT NULL,
	PRIMARY KEY (team_code, salesperson_code),
	CONSTRAINT team_salesperson_team_fk FOREIGN KEY (team_code)
		REFERENCES crm_data.team ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT team_salesperson_salesperson_fk FOREIGN KEY (salesperson_code)
		REFERENCES crm_data.salesperson ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX team_salesperson_salesperson_idx ON crm_data.team_salesperson (salesperson_code);
