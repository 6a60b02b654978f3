CREATE OR REPLACE FUNCTION crm_data.as_code(code text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT nullif(upper(btrim(as_code.code)), '');
END;
COMMENT ON FUNCTION crm_data.as_code(text) IS 'A code as it is stored: in upper case, without outer blanks, NULL when blank.';

CREATE OR REPLACE FUNCTION crm_data.default_salesperson() RETURNS text
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT coalesce(
		(SELECT min(s.salesperson_code) FROM crm_data.salesperson AS s
			WHERE lower(s.email) = lower(nullif(current_setting('crm.user_email', true), '')) HAVING count(*) = 1),
		(SELECT s.salesperson_code FROM crm_data.salesperson AS s WHERE s.user_name = session_user));
END;
COMMENT ON FUNCTION crm_data.default_salesperson() IS
'The salesperson who works in this session: the only one with the e-mail address crm.user_email, else the one of the session user.';

/*
 * The rules of precedence of domain/1 sections 8.5, 8.6 and 8.9, for one interaction that is no line of a segment.
 * Columns are those of crm_data.interaction, in the order that src/interaction.c writes them.
 */
CREATE OR REPLACE FUNCTION crm_data.interaction_draft(
	given_contact_no			text,
	given_template_code			text,
	given_salesperson_code		text,
	given_date					date,
	given_at					timestamptz,
	given_description			text,
	given_subject				text,
	given_cost					numeric,
	given_duration_minutes		numeric,
	given_information_flow		text,
	given_initiated_by			text,
	given_evaluation			text,
	given_attempt_failed		boolean,
	given_correspondence_type	text,
	given_language_code			text,
	given_campaign_no			text,
	given_campaign_target		boolean,
	given_campaign_response		boolean,
	given_opportunity_no		text,
	given_contact_via			text,
	given_alt_address_code		text,
	given_postponed				boolean,
	given_deliver				boolean
) RETURNS TABLE (
	contact_id					bigint,
	company_id					bigint,
	interaction_date			date,
	interaction_at				timestamptz,
	description					text,
	subject						text,
	information_flow			text,
	initiated_by				text,
	cost						numeric,
	duration_minutes			numeric,
	interaction_group_code		text,
	interaction_template_code	text,
	language_code				text,
	campaign_no					text,
	campaign_target				boolean,
	campaign_response			boolean,
	opportunity_no				text,
	salesperson_code			text,
	user_name					text,
	evaluation					text,
	attempt_failed				boolean,
	correspondence_type			text,
	delivery_status				text,
	contact_alt_address_code	text,
	contact_via					text,
	postponed					boolean,
	legal_entity				text
)
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT
		c.contact_id,
		c.company_id,
		day.interaction_date,
		coalesce(given_at, date_trunc('minute', now() + interval '1 second' + interval '1 minute' - interval '1 microsecond')),
		about.description,
		coalesce(given_subject, about.description),
		coalesce(given_information_flow, t.information_flow),
		coalesce(given_initiated_by, t.initiated_by),
		coalesce(given_cost, t.unit_cost, 0),
		coalesce(given_duration_minutes, t.unit_duration_minutes, 0),
		t.interaction_group_code,
		crm_data.as_code(given_template_code),
		coalesce(
			crm_data.as_code(given_language_code),
			(SELECT l.language_code FROM crm_data.interaction_template_language AS l
				WHERE l.interaction_template_code = t.interaction_template_code AND l.language_code = upper(c.language_code)),
			t.language_code),
		coalesce(crm_data.as_code(given_campaign_no), t.campaign_no),
		coalesce(given_campaign_target, t.campaign_target, false),
		coalesce(given_campaign_response, t.campaign_response, false),
		crm_data.as_code(given_opportunity_no),
		coalesce(crm_data.as_code(given_salesperson_code), crm_data.default_salesperson(), c.salesperson_code),
		session_user::text,
		given_evaluation,
		coalesce(given_attempt_failed, false),
		channel.correspondence_type,
		CASE WHEN given_deliver AND NOT coalesce(given_postponed, false) AND channel.correspondence_type IS NOT NULL
			THEN 'in progress' END,
		address.code,
		given_contact_via,
		coalesce(given_postponed, false),
		coalesce(c.legal_entity, '')
	FROM (SELECT) AS one
	LEFT JOIN crm_data.contact AS c ON c.contact_no = crm_data.as_code(given_contact_no)
	LEFT JOIN crm_data.interaction_template AS t ON t.interaction_template_code = crm_data.as_code(given_template_code)
	CROSS JOIN LATERAL (
		SELECT coalesce(given_date, (given_at AT TIME ZONE s.time_zone)::date, crm.work_date()) AS interaction_date
		FROM crm_data.setup AS s
	) AS day
	CROSS JOIN LATERAL (
		SELECT coalesce(nullif(btrim(given_description), ''), nullif(t.description, '')) AS description
	) AS about
	CROSS JOIN LATERAL (
		SELECT coalesce(crm_data.as_code(given_alt_address_code), crm.alt_address_on(c.contact_no, day.interaction_date)) AS code
	) AS address
	/* The template's channel beats the contact's preference where it says so, else only a blank one */
	CROSS JOIN LATERAL (
		SELECT coalesce(given_correspondence_type,
			CASE WHEN t.ignore_contact_correspondence THEN t.correspondence_type
				ELSE coalesce(c.correspondence_type, t.correspondence_type) END) AS correspondence_type
	) AS wish
	/* Without an e-mail address there is no e-mail; whoever asks to deliver one gets an error instead */
	CROSS JOIN LATERAL (
		SELECT CASE WHEN wish.correspondence_type = 'email' AND c.email IS NULL
				AND NOT coalesce(given_deliver, false) AND NOT coalesce(given_postponed, false)
				AND NOT EXISTS (SELECT FROM crm_data.contact_alt_address AS a
					WHERE a.contact_id = c.contact_id AND a.alt_address_code = address.code AND a.email IS NOT NULL)
			THEN NULL ELSE wish.correspondence_type END AS correspondence_type
	) AS channel;
END;
COMMENT ON FUNCTION crm_data.interaction_draft(text, text, text, date, timestamptz, text, text, numeric, numeric, text, text, text,
	boolean, text, text, text, boolean, boolean, text, text, text, boolean, boolean) IS
'The row of the log that the arguments of crm.log_interaction make, with blanks filled in.';

/*
 * A postponed interaction is built again from its own entry (domain/1 section 8.13). Another
 * template brings its own values; the alternative address follows the date unless it was chosen.
 */
CREATE OR REPLACE FUNCTION crm_data.resumed_draft(
	given_interaction_id		bigint,
	given_contact_no			text,
	given_template_code			text,
	given_salesperson_code		text,
	given_date					date,
	given_at					timestamptz,
	given_description			text,
	given_subject				text,
	given_cost					numeric,
	given_duration_minutes		numeric,
	given_information_flow		text,
	given_initiated_by			text,
	given_evaluation			text,
	given_attempt_failed		boolean,
	given_correspondence_type	text,
	given_language_code			text,
	given_campaign_no			text,
	given_campaign_target		boolean,
	given_campaign_response		boolean,
	given_opportunity_no		text,
	given_contact_via			text,
	given_alt_address_code		text,
	given_postponed				boolean,
	given_deliver				boolean
) RETURNS TABLE (
	contact_id					bigint,
	company_id					bigint,
	interaction_date			date,
	interaction_at				timestamptz,
	description					text,
	subject						text,
	information_flow			text,
	initiated_by				text,
	cost						numeric,
	duration_minutes			numeric,
	interaction_group_code		text,
	interaction_template_code	text,
	language_code				text,
	campaign_no					text,
	campaign_target				boolean,
	campaign_response			boolean,
	opportunity_no				text,
	salesperson_code			text,
	user_name					text,
	evaluation					text,
	attempt_failed				boolean,
	correspondence_type			text,
	delivery_status				text,
	contact_alt_address_code	text,
	contact_via					text,
	postponed					boolean,
	legal_entity				text
)
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT draft.*
	FROM crm_data.interaction AS i
	LEFT JOIN crm_data.contact AS c ON c.contact_id = i.contact_id
	CROSS JOIN LATERAL (
		SELECT coalesce(crm_data.as_code(given_contact_no) = c.contact_no, given_contact_no IS NULL) AS contact,
			coalesce(crm_data.as_code(given_template_code) = i.interaction_template_code, given_template_code IS NULL) AS template
	) AS same
	CROSS JOIN LATERAL crm_data.interaction_draft(
		coalesce(given_contact_no, c.contact_no),
		coalesce(given_template_code, i.interaction_template_code),
		coalesce(given_salesperson_code, i.salesperson_code),
		coalesce(given_date, crm.work_date()),
		given_at,
		coalesce(given_description, CASE WHEN same.template THEN i.description END),
		coalesce(given_subject, CASE WHEN same.template AND given_description IS NULL THEN i.subject END),
		coalesce(given_cost, CASE WHEN same.template THEN i.cost END),
		coalesce(given_duration_minutes, CASE WHEN same.template THEN i.duration_minutes END),
		coalesce(given_information_flow, CASE WHEN same.template THEN i.information_flow END),
		coalesce(given_initiated_by, CASE WHEN same.template THEN i.initiated_by END),
		coalesce(given_evaluation, i.evaluation),
		coalesce(given_attempt_failed, i.attempt_failed),
		coalesce(given_correspondence_type, CASE WHEN same.template THEN i.correspondence_type END),
		coalesce(given_language_code, CASE WHEN same.template THEN i.language_code END),
		coalesce(given_campaign_no,
			(SELECT t.campaign_no FROM crm_data.interaction_template AS t
				WHERE NOT same.template AND t.interaction_template_code = crm_data.as_code(given_template_code)),
			i.campaign_no),
		coalesce(given_campaign_target, CASE WHEN same.template THEN i.campaign_target END),
		coalesce(given_campaign_response, CASE WHEN same.template THEN i.campaign_response END),
		coalesce(given_opportunity_no, i.opportunity_no),
		coalesce(given_contact_via, CASE WHEN same.contact THEN i.contact_via END),
		coalesce(given_alt_address_code,
			CASE WHEN same.contact
				AND i.contact_alt_address_code IS DISTINCT FROM crm.alt_address_on(c.contact_no, i.interaction_date)
				THEN i.contact_alt_address_code END),
		given_postponed,
		given_deliver) AS draft
	WHERE i.interaction_id = given_interaction_id;
END;
COMMENT ON FUNCTION crm_data.resumed_draft(bigint, text, text, text, date, timestamptz, text, text, numeric, numeric, text, text, text,
	boolean, text, text, text, boolean, boolean, text, text, text, boolean, boolean) IS
'The row of the log that a postponed interaction and the arguments of crm.resume_interaction make.';

CREATE OR REPLACE FUNCTION crm.log_interaction(
	contact_no					text,
	interaction_template_code	text,
	salesperson_code			text DEFAULT NULL,
	interaction_date			date DEFAULT NULL,
	interaction_at				timestamptz DEFAULT NULL,
	description					text DEFAULT NULL,
	subject						text DEFAULT NULL,
	cost						numeric DEFAULT NULL,
	duration_minutes			numeric DEFAULT NULL,
	information_flow			text DEFAULT NULL,
	initiated_by				text DEFAULT NULL,
	evaluation					text DEFAULT NULL,
	attempt_failed				boolean DEFAULT false,
	correspondence_type			text DEFAULT NULL,
	language_code				text DEFAULT NULL,
	campaign_no					text DEFAULT NULL,
	campaign_target				boolean DEFAULT NULL,
	campaign_response			boolean DEFAULT NULL,
	opportunity_no				text DEFAULT NULL,
	contact_via					text DEFAULT NULL,
	contact_alt_address_code	text DEFAULT NULL,
	attachment_ids				bigint[] DEFAULT NULL,
	comment						text DEFAULT NULL,
	postponed					boolean DEFAULT false,
	deliver						boolean DEFAULT false
) RETURNS bigint
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_log_interaction';
COMMENT ON FUNCTION crm.log_interaction(text, text, text, date, timestamptz, text, text, numeric, numeric, text, text, text, boolean, text, text,
	text, boolean, boolean, text, text, text, bigint[], text, boolean, boolean) IS
'Logs one interaction with a contact and returns its number. What is left out comes from the template, the contact and the session:
date: that of interaction_at, else crm.work_date(); time: now, rounded up to the minute; salesperson: the only one with the e-mail address crm.user_email, else the session user''s, else the contact''s; language: the contact''s if the template has it, else the template''s; correspondence type: the template''s where it ignores the contact''s, else the contact''s, else the template''s; e-mail becomes blank when neither contact nor alternative address has an e-mail address; subject: the description; attachment: the template''s in that language; alternative address: the one active on the date.
cost is in local currency, duration in minutes. A postponed interaction is a draft: it counts nowhere until crm.resume_interaction finishes it. deliver marks it as to be sent.
Errors: 42704 unknown contact, template, salesperson or alternative address; 23503 unknown attachment; 55000 contact blocked for privacy; 23514 negative cost or duration, or a value that its column does not take; and unless postponed: 23502 contact, template, salesperson, date or description missing, or a template whose wizard action is to open a file, without a file or word template; 55000 delivery without attachment or word template, or by e-mail without an address.';

CREATE OR REPLACE FUNCTION crm.resume_interaction(
	interaction_id				bigint,
	contact_no					text DEFAULT NULL,
	interaction_template_code	text DEFAULT NULL,
	salesperson_code			text DEFAULT NULL,
	interaction_date			date DEFAULT NULL,
	interaction_at				timestamptz DEFAULT NULL,
	description					text DEFAULT NULL,
	subject						text DEFAULT NULL,
	cost						numeric DEFAULT NULL,
	duration_minutes			numeric DEFAULT NULL,
	information_flow			text DEFAULT NULL,
	initiated_by				text DEFAULT NULL,
	evaluation					text DEFAULT NULL,
	attempt_failed				boolean DEFAULT NULL,
	correspondence_type			text DEFAULT NULL,
	language_code				text DEFAULT NULL,
	campaign_no					text DEFAULT NULL,
	campaign_target				boolean DEFAULT NULL,
	campaign_response			boolean DEFAULT NULL,
	opportunity_no				text DEFAULT NULL,
	contact_via					text DEFAULT NULL,
	contact_alt_address_code	text DEFAULT NULL,
	attachment_ids				bigint[] DEFAULT NULL,
	comment						text DEFAULT NULL,
	postponed					boolean DEFAULT false,
	deliver						boolean DEFAULT false
) RETURNS bigint
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_resume_interaction';
COMMENT ON FUNCTION crm.resume_interaction(bigint, text, text, text, date, timestamptz, text, text, numeric, numeric, text, text, text, boolean, text, text,
	text, boolean, boolean, text, text, text, bigint[], text, boolean, boolean) IS
'Finishes a postponed interaction and returns its number, which stays the same. The date becomes crm.work_date() unless given; other arguments that are left out keep what the draft has, and another template brings its own values. A comment or attachments that are given replace those of the draft. With postponed => true it stays a draft.
Errors: 42704 unknown interaction; 55000 interaction that is not postponed; and those of crm.log_interaction.';

CREATE OR REPLACE FUNCTION crm.log_call(
	contact_no			text,
	direction			text DEFAULT 'outgoing',
	contact_via			text DEFAULT NULL,
	salesperson_code	text DEFAULT NULL,
	interaction_date	date DEFAULT NULL,
	interaction_at		timestamptz DEFAULT NULL,
	description			text DEFAULT NULL,
	duration_minutes	numeric DEFAULT NULL,
	cost				numeric DEFAULT NULL,
	evaluation			text DEFAULT NULL,
	attempt_failed		boolean DEFAULT false,
	campaign_no			text DEFAULT NULL,
	campaign_target		boolean DEFAULT NULL,
	campaign_response	boolean DEFAULT NULL,
	opportunity_no		text DEFAULT NULL,
	comment				text DEFAULT NULL,
	dial				boolean DEFAULT false
) RETURNS bigint
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_log_call';
COMMENT ON FUNCTION crm.log_call(text, text, text, text, date, timestamptz, text, numeric, numeric, text, boolean, text, boolean, boolean, text, text, boolean) IS
'Logs a telephone call, direction ''outgoing'' or ''incoming'', with the template that crm.interaction_template_setup has for it, and returns the number of the interaction. contact_via is the number called or calling, by default the contact''s telephone, else its mobile telephone; duration is in minutes; the rest is as in crm.log_interaction. dial says that the number is about to be dialed.
Errors: 22023 another direction; 55000 no template set up for it; 23502 dialing without a number; and those of crm.log_interaction, except that no attachment is asked for.';

CREATE OR REPLACE FUNCTION crm.cancel_interaction(
	interaction_ids		bigint[],
	canceled			boolean DEFAULT true,
	remove_attachments	boolean DEFAULT false
) RETURNS bigint
	LANGUAGE c STRICT SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_cancel_interaction';
COMMENT ON FUNCTION crm.cancel_interaction(bigint[], boolean, boolean) IS
'Cancels interactions, or with canceled => false takes that back, and returns how many changed. Canceled interactions leave counts and sums, but a posted document stays in the ledger views. remove_attachments also removes, while canceling, the attachments that nothing else uses.
Error: 55000 an interaction whose document is no longer posted, for which the ERP decides.';

CREATE OR REPLACE FUNCTION crm.evaluate_interaction(interaction_ids bigint[], evaluation text) RETURNS bigint
	LANGUAGE sql
BEGIN ATOMIC
	WITH evaluated AS (
		UPDATE crm_data.interaction AS i SET evaluation = evaluate_interaction.evaluation
		WHERE i.interaction_id = ANY (interaction_ids)
		RETURNING i.interaction_id
	)
	SELECT count(*) FROM evaluated;
END;
COMMENT ON FUNCTION crm.evaluate_interaction(bigint[], text) IS
'Evaluates interactions as ''very positive'', ''positive'', ''neutral'', ''negative'' or ''very negative'', NULL for not at all, and returns how many.
Error: 23514 another evaluation.';

CREATE OR REPLACE FUNCTION crm.delete_canceled_interactions(interaction_ids bigint[] DEFAULT NULL) RETURNS bigint
	LANGUAGE sql
BEGIN ATOMIC
	WITH deleted AS (
		DELETE FROM crm_data.interaction AS i
		WHERE i.canceled AND NOT i.posted AND (interaction_ids IS NULL OR i.interaction_id = ANY (interaction_ids))
		RETURNING i.interaction_id
	)
	SELECT count(*) FROM deleted;
END;
COMMENT ON FUNCTION crm.delete_canceled_interactions(bigint[]) IS
'Deletes canceled interactions, all of them or those given, with their comments and the attachments that nothing else uses, and returns how many. Others among those given stay; so does the entry of a document that is posted, because it carries the document''s figures.';
