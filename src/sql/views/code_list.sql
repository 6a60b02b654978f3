CREATE OR REPLACE VIEW crm.salesperson WITH (security_invoker = true) AS SELECT
	s.salesperson_code,
	s.salesperson_name,
	s.job_title,
	s.phone_no,
	s.email,
	s.user_name,
	s.privacy_blocked,
	s.blocked
FROM crm_data.salesperson AS s;
COMMENT ON VIEW crm.salesperson IS 'Salespeople and purchasers.';
COMMENT ON COLUMN crm.salesperson.salesperson_code IS 'Key.';
COMMENT ON COLUMN crm.salesperson.salesperson_name IS 'Name.';
COMMENT ON COLUMN crm.salesperson.job_title IS 'Job title.';
COMMENT ON COLUMN crm.salesperson.phone_no IS 'Phone number.';
COMMENT ON COLUMN crm.salesperson.email IS 'E-mail address; a user who logs in with it logs interactions as this salesperson.';
COMMENT ON COLUMN crm.salesperson.user_name IS 'Database user that is this salesperson: the default of what the user enters.';
COMMENT ON COLUMN crm.salesperson.privacy_blocked IS 'Blocked for privacy: gets no further contacts.';
COMMENT ON COLUMN crm.salesperson.blocked IS 'Blocked: gets no further opportunities and tasks; those that are stay.';

CREATE OR REPLACE VIEW crm.team WITH (security_invoker = true) AS SELECT
	t.team_code,
	t.team_name
FROM crm_data.team AS t;
COMMENT ON VIEW crm.team IS 'Teams of salespeople. Deleting one ends its memberships.';
COMMENT ON COLUMN crm.team.team_code IS 'Key.';
COMMENT ON COLUMN crm.team.team_name IS 'Name.';

CREATE OR REPLACE VIEW crm.team_salesperson WITH (security_invoker = true) AS SELECT
	t.team_code,
	t.salesperson_code
FROM crm_data.team_salesperson AS t;
COMMENT ON VIEW crm.team_salesperson IS 'Who belongs to which team; a salesperson may belong to several.';
COMMENT ON COLUMN crm.team_salesperson.team_code IS 'Team, see crm.team; key with salesperson_code.';
COMMENT ON COLUMN crm.team_salesperson.salesperson_code IS 'Salesperson, see crm.salesperson.';

CREATE OR REPLACE VIEW crm.territory WITH (security_invoker = true) AS SELECT
	t.territory_code,
	t.territory_name
FROM crm_data.territory AS t;
COMMENT ON VIEW crm.territory IS 'Territories.';
COMMENT ON COLUMN crm.territory.territory_code IS 'Key.';
COMMENT ON COLUMN crm.territory.territory_name IS 'Name.';

CREATE OR REPLACE VIEW crm.industry_group WITH (security_invoker = true) AS SELECT
	g.industry_group_code,
	g.description,
	(SELECT count(*) FROM crm_data.contact_industry_group AS a WHERE a.industry_group_code = g.industry_group_code) AS contact_count
FROM crm_data.industry_group AS g;
COMMENT ON VIEW crm.industry_group IS 'Industries of companies. Deleting one takes its assignments along.';
COMMENT ON COLUMN crm.industry_group.industry_group_code IS 'Key.';
COMMENT ON COLUMN crm.industry_group.description IS 'Description.';
COMMENT ON COLUMN crm.industry_group.contact_count IS 'Contacts that it is assigned to.';

CREATE OR REPLACE VIEW crm.mailing_group WITH (security_invoker = true) AS SELECT
	g.mailing_group_code,
	g.description,
	(SELECT count(*) FROM crm_data.contact_mailing_group AS a WHERE a.mailing_group_code = g.mailing_group_code) AS contact_count
FROM crm_data.mailing_group AS g;
COMMENT ON VIEW crm.mailing_group IS 'Mailing groups of contacts. Error on delete: 23503 the group has contacts.';
COMMENT ON COLUMN crm.mailing_group.mailing_group_code IS 'Key.';
COMMENT ON COLUMN crm.mailing_group.description IS 'Description.';
COMMENT ON COLUMN crm.mailing_group.contact_count IS 'Contacts that it is assigned to.';

CREATE OR REPLACE VIEW crm.job_responsibility WITH (security_invoker = true) AS SELECT
	j.job_responsibility_code,
	j.description,
	(SELECT count(*) FROM crm_data.contact_job_responsibility AS a WHERE a.job_responsibility_code = j.job_responsibility_code) AS contact_count
FROM crm_data.job_responsibility AS j;
COMMENT ON VIEW crm.job_responsibility IS 'Areas that persons are responsible for. Deleting one takes its assignments along.';
COMMENT ON COLUMN crm.job_responsibility.job_responsibility_code IS 'Key.';
COMMENT ON COLUMN crm.job_responsibility.description IS 'Description.';
COMMENT ON COLUMN crm.job_responsibility.contact_count IS 'Contacts that it is assigned to.';

CREATE OR REPLACE VIEW crm.organizational_level WITH (security_invoker = true) AS SELECT
	l.organizational_level_code,
	l.description,
	(SELECT count(*) FROM crm_data.contact AS a WHERE a.organizational_level_code = l.organizational_level_code) AS contact_count
FROM crm_data.organizational_level AS l;
COMMENT ON VIEW crm.organizational_level IS 'Organizational levels of persons. Deleting one leaves its persons without.';
COMMENT ON COLUMN crm.organizational_level.organizational_level_code IS 'Key.';
COMMENT ON COLUMN crm.organizational_level.description IS 'Description.';
COMMENT ON COLUMN crm.organizational_level.contact_count IS 'Contacts that it is assigned to.';

CREATE OR REPLACE VIEW crm.web_source WITH (security_invoker = true) AS SELECT
	w.web_source_code,
	w.description,
	w.url
FROM crm_data.web_source AS w;
COMMENT ON VIEW crm.web_source IS 'Web sources: where to look companies up.';
COMMENT ON COLUMN crm.web_source.web_source_code IS 'Key.';
COMMENT ON COLUMN crm.web_source.description IS 'Description.';
COMMENT ON COLUMN crm.web_source.url IS 'URL with %1 for the search word; crm.web_source_url() puts it in.';

CREATE OR REPLACE VIEW crm.contact_industry_group WITH (security_invoker = true) AS SELECT
	a.contact_id,
	a.industry_group_code,
	a.last_modified_at
FROM crm_data.contact_industry_group AS a;
COMMENT ON VIEW crm.contact_industry_group IS 'Industry groups of companies. Error: 23514 the contact is not a company.';
COMMENT ON COLUMN crm.contact_industry_group.contact_id IS 'The contact, key of crm.contact.';
COMMENT ON COLUMN crm.contact_industry_group.industry_group_code IS 'The group, key of crm.industry_group; with contact_id the key.';
COMMENT ON COLUMN crm.contact_industry_group.last_modified_at IS 'Instant of the last change. A row that is inserted with one is taken as it is.';

CREATE OR REPLACE VIEW crm.contact_mailing_group WITH (security_invoker = true) AS SELECT
	a.contact_id,
	a.mailing_group_code,
	a.last_modified_at
FROM crm_data.contact_mailing_group AS a;
COMMENT ON VIEW crm.contact_mailing_group IS 'Mailing groups of contacts.';
COMMENT ON COLUMN crm.contact_mailing_group.contact_id IS 'The contact, key of crm.contact.';
COMMENT ON COLUMN crm.contact_mailing_group.mailing_group_code IS 'The group, key of crm.mailing_group; with contact_id the key.';
COMMENT ON COLUMN crm.contact_mailing_group.last_modified_at IS 'Instant of the last change. A row that is inserted with one is taken as it is.';

CREATE OR REPLACE VIEW crm.contact_job_responsibility WITH (security_invoker = true) AS SELECT
	a.contact_id,
	a.job_responsibility_code,
	a.last_modified_at
FROM crm_data.contact_job_responsibility AS a;
COMMENT ON VIEW crm.contact_job_responsibility IS 'Job responsibilities of persons. Error: 23514 the contact is not a person.';
COMMENT ON COLUMN crm.contact_job_responsibility.contact_id IS 'The contact, key of crm.contact.';
COMMENT ON COLUMN crm.contact_job_responsibility.job_responsibility_code IS 'The area, key of crm.job_responsibility; with contact_id the key.';
COMMENT ON COLUMN crm.contact_job_responsibility.last_modified_at IS 'Instant of the last change. A row that is inserted with one is taken as it is.';

CREATE OR REPLACE VIEW crm.contact_web_source WITH (security_invoker = true) AS SELECT
	a.contact_id,
	a.web_source_code,
	a.search_word,
	a.last_modified_at
FROM crm_data.contact_web_source AS a;
COMMENT ON VIEW crm.contact_web_source IS 'Web sources of companies. Error: 23514 the contact is not a company.';
COMMENT ON COLUMN crm.contact_web_source.contact_id IS 'The contact, key of crm.contact.';
COMMENT ON COLUMN crm.contact_web_source.web_source_code IS 'The web source, key of crm.web_source; with contact_id the key.';
COMMENT ON COLUMN crm.contact_web_source.search_word IS 'What to look for.';
COMMENT ON COLUMN crm.contact_web_source.last_modified_at IS 'Instant of the last change. A row that is inserted with one is taken as it is.';

CREATE OR REPLACE VIEW crm.comment_line WITH (security_invoker = true) AS SELECT
	l.comment_line_id,
	l.contact_id,
	l.web_source_code,
	l.interaction_id,
	l.comment_date,
	l.comment_code,
	l.comment_text,
	l.last_modified_at,
	l.opportunity_no
FROM crm_data.comment_line AS l;
COMMENT ON VIEW crm.comment_line IS 'Comments on a contact, a web source, an interaction or an opportunity: exactly one of the four.';
COMMENT ON COLUMN crm.comment_line.comment_line_id IS 'Key.';
COMMENT ON COLUMN crm.comment_line.contact_id IS 'The contact, key of crm.contact.';
COMMENT ON COLUMN crm.comment_line.web_source_code IS 'The web source, key of crm.web_source.';
COMMENT ON COLUMN crm.comment_line.interaction_id IS 'The interaction, key of crm.interaction.';
COMMENT ON COLUMN crm.comment_line.comment_date IS 'Date. Blank on insert: the first comment of a day on its owner gets the work date.';
COMMENT ON COLUMN crm.comment_line.comment_code IS 'Code of the user''s own.';
COMMENT ON COLUMN crm.comment_line.comment_text IS 'The comment.';
COMMENT ON COLUMN crm.comment_line.last_modified_at IS 'Instant of the last change. A row that is inserted with one is taken as it is.';
COMMENT ON COLUMN crm.comment_line.opportunity_no IS 'The opportunity, key of crm.opportunity.';
