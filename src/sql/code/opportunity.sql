CREATE OR REPLACE FUNCTION crm_data.opportunity_insert() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_opportunity_insert';
COMMENT ON FUNCTION crm_data.opportunity_insert() IS 'BEFORE INSERT trigger: number, company, defaults and creation date of an opportunity, and what it must keep to.';

CREATE OR REPLACE FUNCTION crm_data.opportunity_update() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_opportunity_update';
COMMENT ON FUNCTION crm_data.opportunity_update() IS 'BEFORE UPDATE trigger: what may change on an opportunity, and when.';

CREATE OR REPLACE FUNCTION crm_data.opportunity_changed() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_opportunity_changed';
COMMENT ON FUNCTION crm_data.opportunity_changed() IS 'AFTER UPDATE trigger: the active entry follows its opportunity.';

CREATE OR REPLACE FUNCTION crm_data.opportunity_delete() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_opportunity_delete';
COMMENT ON FUNCTION crm_data.opportunity_delete() IS 'BEFORE DELETE trigger: an opportunity in progress stays.';

CREATE OR REPLACE FUNCTION crm_data.opportunity_entry_insert() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_opportunity_entry_insert';
COMMENT ON FUNCTION crm_data.opportunity_entry_insert() IS 'BEFORE INSERT trigger: number, validity and what comes from the opportunity, where blank.';

CREATE OR REPLACE FUNCTION crm_data.contact_opportunity_delete() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_contact_opportunity_delete';
COMMENT ON FUNCTION crm_data.contact_opportunity_delete() IS 'BEFORE DELETE trigger of contacts: not with open opportunities or tasks; closed ones go to the company, or become anonymous with it.';

CREATE OR REPLACE FUNCTION crm_data.contact_opportunity_moved() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_contact_opportunity_moved';
COMMENT ON FUNCTION crm_data.contact_opportunity_moved() IS 'AFTER UPDATE trigger of persons whose company changed: their opportunities and tasks stay with the company left.';

CREATE OR REPLACE FUNCTION crm_data.contact_territory_changed() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_contact_territory_changed';
COMMENT ON FUNCTION crm_data.contact_territory_changed() IS 'AFTER UPDATE trigger of contacts whose territory changed: the entries of their open opportunities follow.';

CREATE OR REPLACE FUNCTION crm_data.salesperson_delete() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_salesperson_delete';
COMMENT ON FUNCTION crm_data.salesperson_delete() IS 'BEFORE DELETE trigger: a salesperson with opportunities or tasks stays.';

/*
 * What can be done with an opportunity (domain/2 section 6.5). Stages go by order. From the current one on, a stage can
 * be skipped to when all stages in between allow to be skipped; alone, such a stage is plainly the next.
 */
CREATE OR REPLACE FUNCTION crm_data.opportunity_target(given_opportunity_no text)
	RETURNS TABLE (preference integer, action text, sales_cycle_stage integer, description text, action_taken text)
	LANGUAGE sql STABLE
BEGIN ATOMIC
	WITH stage AS (
		SELECT st.sales_cycle_stage, st.description, side.side,
			row_number() OVER (PARTITION BY side.side ORDER BY st.sales_cycle_stage) AS from_below,
			row_number() OVER (PARTITION BY side.side ORDER BY st.sales_cycle_stage DESC) AS from_above,
			coalesce(bool_and(st.allow_skip) OVER (PARTITION BY side.side ORDER BY st.sales_cycle_stage
				ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), true) AS in_reach
		FROM crm_data.opportunity AS o
		LEFT JOIN crm_data.opportunity_entry AS e ON e.opportunity_no = o.opportunity_no AND e.active
		JOIN crm_data.sales_cycle_stage AS st ON st.sales_cycle_code = o.sales_cycle_code
		CROSS JOIN LATERAL (SELECT CASE WHEN e.sales_cycle_stage IS NULL THEN 'none' WHEN st.sales_cycle_stage > e.sales_cycle_stage THEN 'later'
			WHEN st.sales_cycle_stage < e.sales_cycle_stage THEN 'earlier' ELSE 'current' END AS side) AS side
		WHERE o.opportunity_no = crm_data.as_code(given_opportunity_no) AND o.status IN ('not started', 'in progress')),
	counted AS (
		SELECT s.*, count(*) FILTER (WHERE s.in_reach) OVER (PARTITION BY s.side) AS in_reach_count,
			count(*) OVER (PARTITION BY s.side) AS side_count
		FROM stage AS s)
	SELECT a.preference, a.action, s.sales_cycle_stage, s.description,
		CASE WHEN a.action = 'update' THEN 'updated' WHEN a.action = 'first' THEN NULL
			WHEN s.side = 'later' AND s.from_below = 1 THEN 'next'
			WHEN s.side = 'earlier' AND s.from_above = 1 THEN 'previous' ELSE 'jumped' END
	FROM counted AS s
	JOIN (VALUES (1, 'first', 'none'), (2, 'next', 'later'), (3, 'update', 'current'), (4, 'previous', 'earlier'), (5, 'skip', 'later'), (6, 'jump', 'earlier'))
		AS a (preference, action, side) ON a.side = s.side
	WHERE CASE a.action WHEN 'update' THEN true WHEN 'previous' THEN s.from_above = 1 WHEN 'jump' THEN s.side_count > 1
		WHEN 'skip' THEN s.in_reach AND s.in_reach_count > 1 ELSE s.from_below = 1 END;
END;
COMMENT ON FUNCTION crm_data.opportunity_target(text) IS
'The stages that an opportunity can go to: by which action, what the entry then says, and in which order the actions are offered.';

CREATE OR REPLACE FUNCTION crm.opportunity_action(opportunity_no text)
	RETURNS TABLE (action text, sales_cycle_stage integer, description text, is_default boolean)
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT t.action, t.sales_cycle_stage, t.description, t.preference = min(t.preference) OVER ()
	FROM crm_data.opportunity_target(opportunity_action.opportunity_no) AS t
	ORDER BY t.preference, t.sales_cycle_stage;
END;
COMMENT ON FUNCTION crm.opportunity_action(text) IS
'What can be done with an opportunity now: ''first'', ''next'', ''update'', ''previous'', ''skip'' or ''jump'', a row for each stage that it leads to, with the stage''s description; is_default marks the one to offer. No rows for closed or unknown opportunities. Skipping leads to any stage for which all those in between allow to be skipped, jumping to any earlier one; both only where there are two to choose from.';

/* From when on an entry holds: the moment for a change of today, else the beginning of its day; never before the entry before */
CREATE OR REPLACE FUNCTION crm_data.entry_valid_from(date_of_change date, former_valid_from timestamptz) RETURNS timestamptz
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT greatest(entry_valid_from.former_valid_from,
		CASE WHEN entry_valid_from.date_of_change = crm_data.today() THEN now()
			ELSE entry_valid_from.date_of_change::timestamp AT TIME ZONE s.time_zone END)
	FROM crm_data.setup AS s;
END;
COMMENT ON FUNCTION crm_data.entry_valid_from(date, timestamptz) IS 'The moment from which an entry of an opportunity holds that changed on a date.';

/* What an open deal weighs in the pipeline: by the calibrated probability where its cycle rolls up by it */
CREATE OR REPLACE FUNCTION crm_data.entry_weight(sales_cycle_code text, sales_cycle_stage integer, salesperson_code text, lead_source text,
	estimated_value numeric, calcd_current_value numeric) RETURNS TABLE (calibrated_pct numeric, weighted_value numeric)
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT calibrated.pct, CASE
		WHEN entry_weight.sales_cycle_stage = 0 THEN 0
		WHEN cycle.rolls_up = 'calibrated' THEN coalesce(entry_weight.estimated_value * calibrated.pct * 0.01, entry_weight.calcd_current_value)
		ELSE entry_weight.calcd_current_value END
	FROM crm_data.sales_cycle AS cycle
	CROSS JOIN LATERAL (SELECT CASE WHEN entry_weight.sales_cycle_stage > 0 THEN crm_data.calibrated_pct(entry_weight.sales_cycle_code,
		entry_weight.sales_cycle_stage, entry_weight.salesperson_code, entry_weight.lead_source, entry_weight.estimated_value)::numeric(13,10) END AS pct OFFSET 0) AS calibrated
	WHERE cycle.sales_cycle_code = entry_weight.sales_cycle_code;
END;
COMMENT ON FUNCTION crm_data.entry_weight(text, integer, text, text, numeric, numeric) IS
'The calibrated probability of a deal in percent, and its weighted value; 0 for a deal that is closed.';

/*
 * The figures of an entry to come (domain/2 section 6.4, and section 6.9 for closing). What is not given comes from the
 * stage, else from the entry before; a linked quote fills in for a value that is not given, and wins over one when won.
 * Money is given in the opportunity's currency. OFFSET 0: each step is computed once, not wherever it is used.
 */
CREATE OR REPLACE FUNCTION crm_data.opportunity_estimate(
	given_opportunity_no	text,
	given_former_id			bigint,
	given_stage				integer,
	given_action_taken		text,
	given_resets_chances	boolean,
	given_value				numeric,
	given_chances_pct		numeric,
	given_date				date,
	given_close_date		date,
	given_rate				numeric
) RETURNS TABLE (
	estimated_value			numeric,
	currency_rate			numeric,
	document_value			numeric,
	completed_pct			numeric,
	chances_pct				numeric,
	probability_pct			numeric,
	calcd_current_value		numeric,
	estimated_close_date	date
)
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT
		estimate.value,
		rate.rate,
		CASE WHEN o.currency_code IS NOT NULL THEN estimate.document_value END,
		share.completed_pct,
		share.chances_pct,
		probability.pct,
		CASE given_action_taken WHEN 'won' THEN coalesce(known.quote, known.typed, known.carried, 0) WHEN 'lost' THEN 0
			ELSE estimate.value * probability.pct * 0.01 END,
		CASE WHEN given_stage > 0 AND given_close_date <> given_date THEN given_close_date
			ELSE crm.calc_date(coalesce(st.date_formula, ''), given_date) END
	FROM crm_data.opportunity AS o
	JOIN crm_data.sales_cycle AS cycle ON cycle.sales_cycle_code = o.sales_cycle_code
	CROSS JOIN crm_data.setup AS s
	LEFT JOIN crm_data.opportunity_entry AS former ON former.opportunity_entry_id = given_former_id
	LEFT JOIN crm_data.sales_cycle_stage AS st ON st.sales_cycle_code = o.sales_cycle_code AND st.sales_cycle_stage = given_stage
	CROSS JOIN LATERAL (
		SELECT CASE WHEN o.currency_code IS NOT NULL
			THEN coalesce(round(given_rate, 12), former.currency_rate, CASE WHEN o.currency_code = s.local_currency_code THEN 1 END) END AS rate
	) AS rate
	CROSS JOIN LATERAL (
		SELECT crm_data.quote_value(o.opportunity_no) AS quote,
			round(CASE WHEN o.currency_code IS NULL THEN given_value ELSE given_value * rate.rate END, 6) AS typed,
			CASE WHEN given_rate IS NULL THEN former.estimated_value ELSE round(former.document_value * rate.rate, 6) END AS carried
		OFFSET 0
	) AS known
	/* Closing keeps what was estimated */
	CROSS JOIN LATERAL (
		SELECT CASE WHEN given_stage > 0 THEN coalesce(known.typed, known.quote, known.carried, 0)
				ELSE coalesce(known.carried, known.typed, known.quote, 0) END AS value,
			CASE WHEN given_stage > 0 THEN coalesce(given_value, round(known.quote / rate.rate, 6), former.document_value)
				ELSE coalesce(former.document_value, given_value, round(known.quote / rate.rate, 6)) END AS document_value
		OFFSET 0
	) AS estimate
	CROSS JOIN LATERAL (
		SELECT CASE WHEN given_stage = 0 THEN 100 ELSE coalesce(st.completed_pct, 0) END AS completed_pct,
			CASE WHEN given_action_taken = 'won' THEN 100 WHEN given_action_taken = 'lost' THEN 0
				WHEN st.chances_pct <> 0 AND (given_resets_chances OR coalesce(given_chances_pct, 0) = 0) THEN st.chances_pct
				ELSE round(coalesce(given_chances_pct, former.chances_pct, 0), 4) END AS chances_pct
		OFFSET 0
	) AS share
	CROSS JOIN LATERAL (
		SELECT CASE WHEN given_stage = 0 THEN share.chances_pct
			ELSE CASE cycle.probability_calculation
				WHEN 'multiply' THEN share.chances_pct * share.completed_pct / 100
				WHEN 'add' THEN (share.chances_pct + share.completed_pct) / 2
				WHEN 'chances of success' THEN share.chances_pct
				ELSE share.completed_pct END END AS pct
		OFFSET 0
	) AS probability
	WHERE o.opportunity_no = given_opportunity_no
	OFFSET 0;
END;
COMMENT ON FUNCTION crm_data.opportunity_estimate(text, bigint, integer, text, boolean, numeric, numeric, date, date, numeric) IS
'The figures of the entry that an action on an opportunity appends.';

/* Active entries that no longer say what is so now, with what is. Closed deals are asked about only for another value. */
CREATE OR REPLACE FUNCTION crm_data.entry_revision(opportunity_nos text[], value numeric)
	RETURNS TABLE (
		opportunity_entry_id	bigint,
		contact_id				bigint,
		company_id				bigint,
		salesperson_code		text,
		campaign_no				text,
		territory_code			text,
		calcd_current_value		numeric,
		calibrated_pct			numeric,
		weighted_value			numeric,
		valid_from				timestamptz
	)
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT e.opportunity_entry_id, o.contact_id, o.company_id, o.salesperson_code, o.campaign_no, c.territory_code,
		coalesce(entry_revision.value, e.calcd_current_value), w.calibrated_pct, w.weighted_value,
		crm_data.entry_valid_from(crm.work_date(), e.valid_from)
	FROM crm_data.opportunity AS o
	JOIN crm_data.opportunity_entry AS e ON e.opportunity_no = o.opportunity_no AND e.active
	LEFT JOIN crm_data.contact AS c ON c.contact_id = o.contact_id
	CROSS JOIN LATERAL crm_data.entry_weight(e.sales_cycle_code, e.sales_cycle_stage, o.salesperson_code, o.lead_source,
		e.estimated_value, coalesce(entry_revision.value, e.calcd_current_value)) AS w
	WHERE o.opportunity_no = ANY (entry_revision.opportunity_nos)
		AND (e.sales_cycle_stage > 0 OR entry_revision.value IS NOT NULL)
		AND (e.contact_id, e.company_id, e.salesperson_code, e.campaign_no, e.territory_code, e.calcd_current_value, e.calibrated_pct, e.weighted_value)
			IS DISTINCT FROM (o.contact_id, o.company_id, o.salesperson_code, o.campaign_no, c.territory_code,
				coalesce(entry_revision.value, e.calcd_current_value), w.calibrated_pct, w.weighted_value);
END;
COMMENT ON FUNCTION crm_data.entry_revision(text[], numeric) IS
'The active entries of opportunities that salesperson, campaign, contact, territory, probability or the value given have changed for, with what they should say.';

CREATE OR REPLACE FUNCTION crm_data.revise_entries(opportunity_nos text[], value numeric DEFAULT NULL) RETURNS bigint
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_revise_entries';
COMMENT ON FUNCTION crm_data.revise_entries(text[], numeric) IS
'Revises the active entries of opportunities: where an entry no longer says what is so now, one is appended that takes its place. Returns how many. A value becomes the calculated current value, of closed opportunities too.';

/* What a new opportunity takes where it says nothing (domain/2, O4 and O5). Nobody who is blocked is a default. */
CREATE OR REPLACE FUNCTION crm_data.opportunity_default(given_contact_id bigint, given_salesperson_code text, given_cycle_code text)
	RETURNS TABLE (company_id bigint, legal_entity text, salesperson_code text, sales_cycle_code text, creation_date date)
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT c.company_id, coalesce(c.legal_entity, ''),
		coalesce(given_salesperson_code, (
			SELECT s.salesperson_code
			FROM (VALUES (1, c.salesperson_code), (2, crm_data.default_salesperson())) AS candidate (place, salesperson_code)
			JOIN crm_data.salesperson AS s ON s.salesperson_code = candidate.salesperson_code
			WHERE NOT s.blocked AND NOT s.privacy_blocked ORDER BY candidate.place LIMIT 1)),
		coalesce(given_cycle_code, (
			SELECT cycle.sales_cycle_code FROM crm_data.setup AS s
			JOIN crm_data.sales_cycle AS cycle ON cycle.sales_cycle_code = s.default_sales_cycle_code WHERE NOT cycle.blocked)),
		crm.work_date()
	FROM (SELECT) AS one
	LEFT JOIN crm_data.contact AS c ON c.contact_id = given_contact_id;
END;
COMMENT ON FUNCTION crm_data.opportunity_default(bigint, text, text) IS 'Company, legal entity, salesperson, sales cycle and creation date of a new opportunity.';

CREATE OR REPLACE FUNCTION crm.create_opportunity(
	description				text,
	contact_no				text,
	sales_cycle_code		text DEFAULT NULL,
	salesperson_code		text DEFAULT NULL,
	campaign_no				text DEFAULT NULL,
	priority				text DEFAULT NULL,
	segment_no				text DEFAULT NULL,
	lead_source				text DEFAULT NULL,
	currency_code			text DEFAULT NULL,
	activate_first_stage	boolean DEFAULT false,
	estimated_value			numeric DEFAULT NULL,
	chances_pct				numeric DEFAULT NULL,
	estimated_close_date	date DEFAULT NULL,
	currency_rate			numeric DEFAULT NULL,
	opportunity_no			text DEFAULT NULL,
	legal_entity			text DEFAULT NULL
) RETURNS text
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_create_opportunity';
COMMENT ON FUNCTION crm.create_opportunity(text, text, text, text, text, text, text, text, text, boolean, numeric, numeric, date, numeric, text, text) IS
'Creates an opportunity and returns its number. What is left out: the number comes from the number series of crm.setup; the salesperson is the contact''s, else that of the user; the sales cycle is that of crm.setup unless it is blocked; the company and legal entity are the contact''s; the creation date always is crm.work_date(). With activate_first_stage it starts at once, as by crm.opportunity_first(), which takes value, chances, closing date and rate; otherwise these are ignored.
Errors: 42704 unknown contact, salesperson, sales cycle or campaign; 23502 description, contact (unless there is a segment), salesperson or sales cycle missing; 55000 salesperson or sales cycle blocked, campaign not activated or not on its days, no number series; 428C9 a number that the series does not allow; 23505 a number that exists; 23514 another priority than ''low'', ''normal'' or ''high''; and those of crm.opportunity_first().';

CREATE OR REPLACE FUNCTION crm.change_opportunity(
	opportunity_no		text,
	salesperson_code	text DEFAULT NULL,
	campaign_no			text DEFAULT NULL,
	contact_no			text DEFAULT NULL,
	with_open_tasks		boolean DEFAULT false
) RETURNS void
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_change_opportunity';
COMMENT ON FUNCTION crm.change_opportunity(text, text, text, text, boolean) IS
'Gives an opportunity another salesperson, campaign or contact; what is left out stays. The active entry is revised. with_open_tasks changes its open tasks too, as far as they have what the opportunity had. An UPDATE of crm.opportunity does the same without the tasks.
Errors: 42704 unknown opportunity, salesperson, campaign or contact; 55000 the opportunity is closed, the salesperson blocked, the campaign not activated or not on its days, or the contact one of another company although the opportunity has been started.';

CREATE OR REPLACE FUNCTION crm.opportunity_from_interaction(interaction_id bigint, sales_cycle_code text DEFAULT NULL) RETURNS text
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_opportunity_from_interaction';
COMMENT ON FUNCTION crm.opportunity_from_interaction(bigint, text) IS
'Creates an opportunity of an interaction, with its description, contact, campaign, salesperson and comments, links the interaction with it and returns its number.
Errors: 42704 unknown interaction; 55000 the interaction is canceled or has an opportunity, or its contact or company is blocked for privacy; and those of crm.create_opportunity().';

CREATE OR REPLACE FUNCTION crm.opportunity_first(
	opportunity_no			text,
	estimated_value			numeric DEFAULT NULL,
	chances_pct				numeric DEFAULT NULL,
	date_of_change			date DEFAULT NULL,
	estimated_close_date	date DEFAULT NULL,
	cancel_old_tasks		boolean DEFAULT false,
	currency_rate			numeric DEFAULT NULL
) RETURNS bigint
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_opportunity_first';
COMMENT ON FUNCTION crm.opportunity_first(text, numeric, numeric, date, date, boolean, numeric) IS
'Starts an opportunity: it enters the first stage of its sales cycle and is in progress. Returns the number of the entry. So do crm.opportunity_next(), _previous(), _update(), _skip() and _jump(), for all of which holds:
estimated_value is in the currency of the opportunity, and currency_rate what one unit of that is in local currency; left out, the value is that of the linked quote, else that of the entry before, and so is the rate. chances_pct, left out, is that of the stage, or where that is 0, that of the entry before. date_of_change is crm.work_date(), but not before the last one. estimated_close_date, left out or the same day, is where the date formula of the stage leads from date_of_change: that day itself where it is blank. Entering a stage makes the tasks of its activity, from date_of_change on; cancel_old_tasks first cancels those that are open (starting and updating never do).
Errors: 42704 unknown opportunity; 55000 it is closed, or the action is not available (see crm.opportunity_action()), or, for next and skip, the stage needs a quote and none is linked, or open tasks are left that the stage wants closed; 23514 date before the last one, value not above 0, chances not above 0 and up to 100, closing date before date_of_change; 23502 no currency_rate for a currency; 22023 a currency_rate without a currency.';

CREATE OR REPLACE FUNCTION crm.opportunity_next(
	opportunity_no			text,
	estimated_value			numeric DEFAULT NULL,
	chances_pct				numeric DEFAULT NULL,
	date_of_change			date DEFAULT NULL,
	estimated_close_date	date DEFAULT NULL,
	cancel_old_tasks		boolean DEFAULT false,
	currency_rate			numeric DEFAULT NULL
) RETURNS bigint
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_opportunity_next';
COMMENT ON FUNCTION crm.opportunity_next(text, numeric, numeric, date, date, boolean, numeric) IS
'Moves an opportunity to the next stage. Arguments, result and errors: see crm.opportunity_first().';

CREATE OR REPLACE FUNCTION crm.opportunity_previous(
	opportunity_no			text,
	estimated_value			numeric DEFAULT NULL,
	chances_pct				numeric DEFAULT NULL,
	date_of_change			date DEFAULT NULL,
	estimated_close_date	date DEFAULT NULL,
	cancel_old_tasks		boolean DEFAULT false,
	currency_rate			numeric DEFAULT NULL
) RETURNS bigint
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_opportunity_previous';
COMMENT ON FUNCTION crm.opportunity_previous(text, numeric, numeric, date, date, boolean, numeric) IS
'Moves an opportunity back to the stage before. Arguments, result and errors: see crm.opportunity_first().';

CREATE OR REPLACE FUNCTION crm.opportunity_update(
	opportunity_no			text,
	estimated_value			numeric DEFAULT NULL,
	chances_pct				numeric DEFAULT NULL,
	date_of_change			date DEFAULT NULL,
	estimated_close_date	date DEFAULT NULL,
	cancel_old_tasks		boolean DEFAULT false,
	currency_rate			numeric DEFAULT NULL
) RETURNS bigint
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_opportunity_update_figures';
COMMENT ON FUNCTION crm.opportunity_update(text, numeric, numeric, date, date, boolean, numeric) IS
'Gives an opportunity other figures at the stage where it is; makes and cancels no tasks. Arguments, result and errors: see crm.opportunity_first().';

CREATE OR REPLACE FUNCTION crm.opportunity_skip(
	opportunity_no			text,
	sales_cycle_stage		integer,
	estimated_value			numeric DEFAULT NULL,
	chances_pct				numeric DEFAULT NULL,
	date_of_change			date DEFAULT NULL,
	estimated_close_date	date DEFAULT NULL,
	cancel_old_tasks		boolean DEFAULT false,
	currency_rate			numeric DEFAULT NULL
) RETURNS bigint
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_opportunity_skip';
COMMENT ON FUNCTION crm.opportunity_skip(text, integer, numeric, numeric, date, date, boolean, numeric) IS
'Moves an opportunity on to a later stage over stages that allow it. The chances become the stage''s, unless those are 0. Arguments, result and errors: see crm.opportunity_first(); 42704 also for a stage that the sales cycle does not have.';

CREATE OR REPLACE FUNCTION crm.opportunity_jump(
	opportunity_no			text,
	sales_cycle_stage		integer DEFAULT NULL,
	estimated_value			numeric DEFAULT NULL,
	chances_pct				numeric DEFAULT NULL,
	date_of_change			date DEFAULT NULL,
	estimated_close_date	date DEFAULT NULL,
	cancel_old_tasks		boolean DEFAULT false,
	currency_rate			numeric DEFAULT NULL
) RETURNS bigint
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_opportunity_jump';
COMMENT ON FUNCTION crm.opportunity_jump(text, integer, numeric, numeric, date, date, boolean, numeric) IS
'Moves an opportunity back to an earlier stage, by default the one before. The chances become the stage''s, unless those are 0. Arguments, result and errors: see crm.opportunity_first(); 42704 also for a stage that the sales cycle does not have.';

CREATE OR REPLACE FUNCTION crm.opportunity_won(
	opportunity_no			text,
	close_opportunity_code	text DEFAULT NULL,
	sales_value				numeric DEFAULT NULL,
	date_of_change			date DEFAULT NULL,
	cancel_open_tasks		boolean DEFAULT true,
	currency_rate			numeric DEFAULT NULL
) RETURNS bigint
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_opportunity_won';
COMMENT ON FUNCTION crm.opportunity_won(text, text, numeric, date, boolean, numeric) IS
'Closes an opportunity as won and returns the number of the entry. What is left out: the code is won_close_opportunity_code of crm.setup, else the only one for won opportunities; the value is the estimated one; a linked quote wins over any value. sales_value is in the currency of the opportunity, currency_rate what one unit of that is in local currency. The date is crm.work_date(), but not before the last change.
Errors: 42704 unknown opportunity or code; 22023 a code for lost ones, or a currency_rate without a currency; 23502 code, or currency_rate for a currency, missing; 23514 value not above 0, date before the last change; 55000 the opportunity is closed, neither its contact nor the company is linked to a customer, or open tasks are left that the stage wants closed.';

CREATE OR REPLACE FUNCTION crm.opportunity_lost(
	opportunity_no			text,
	close_opportunity_code	text DEFAULT NULL,
	date_of_change			date DEFAULT NULL,
	cancel_open_tasks		boolean DEFAULT true
) RETURNS bigint
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_opportunity_lost';
COMMENT ON FUNCTION crm.opportunity_lost(text, text, date, boolean) IS
'Closes an opportunity as lost and returns the number of the entry. The code, left out, is the only one for lost opportunities; the date is crm.work_date(), but not before the last change.
Errors: 42704 unknown opportunity or code; 22023 a code for won ones; 23502 code missing; 23514 date before the last change; 55000 the opportunity is closed.';
