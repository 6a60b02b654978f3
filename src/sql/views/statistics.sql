CREATE OR REPLACE VIEW crm.interaction_template_statistics WITH (security_invoker = true) AS
	SELECT t.interaction_template_code, t.description, t.interaction_group_code,
		count(i.interaction_id) AS interaction_count,
		coalesce(sum(i.cost), 0)::numeric(24,4) AS cost,
		coalesce(sum(i.duration_minutes), 0)::numeric(24,4) AS duration_minutes
	FROM crm_data.interaction_template AS t
	LEFT JOIN crm_data.interaction AS i
		ON i.interaction_template_code = t.interaction_template_code AND NOT i.canceled AND NOT i.postponed
	GROUP BY t.interaction_template_code;
COMMENT ON VIEW crm.interaction_template_statistics IS
'Interactions per template, without canceled and postponed ones. For a period see crm.interaction_statistics().';
COMMENT ON COLUMN crm.interaction_template_statistics.interaction_template_code IS 'Code of the template; key.';
COMMENT ON COLUMN crm.interaction_template_statistics.description IS 'Description.';
COMMENT ON COLUMN crm.interaction_template_statistics.interaction_group_code IS 'Interaction group, see crm.interaction_group.';
COMMENT ON COLUMN crm.interaction_template_statistics.interaction_count IS 'Number of interactions, without canceled and postponed ones; failed attempts count.';
COMMENT ON COLUMN crm.interaction_template_statistics.cost IS 'Their cost in local currency.';
COMMENT ON COLUMN crm.interaction_template_statistics.duration_minutes IS 'Their duration in minutes.';

CREATE OR REPLACE VIEW crm.interaction_group_statistics WITH (security_invoker = true) AS
	SELECT g.interaction_group_code, g.description,
		count(i.interaction_id) AS interaction_count,
		coalesce(sum(i.cost), 0)::numeric(24,4) AS cost,
		coalesce(sum(i.duration_minutes), 0)::numeric(24,4) AS duration_minutes
	FROM crm_data.interaction_group AS g
	LEFT JOIN crm_data.interaction AS i
		ON i.interaction_group_code = g.interaction_group_code AND NOT i.canceled AND NOT i.postponed
	GROUP BY g.interaction_group_code;
COMMENT ON VIEW crm.interaction_group_statistics IS
'Interactions per group, without canceled and postponed ones. For a period see crm.interaction_statistics().';
COMMENT ON COLUMN crm.interaction_group_statistics.interaction_group_code IS 'Code of the group; key.';
COMMENT ON COLUMN crm.interaction_group_statistics.description IS 'Description.';
COMMENT ON COLUMN crm.interaction_group_statistics.interaction_count IS 'Number of interactions, without canceled and postponed ones; failed attempts count.';
COMMENT ON COLUMN crm.interaction_group_statistics.cost IS 'Their cost in local currency.';
COMMENT ON COLUMN crm.interaction_group_statistics.duration_minutes IS 'Their duration in minutes.';

CREATE OR REPLACE VIEW crm.salesperson_statistics WITH (security_invoker = true) AS
	SELECT s.salesperson_code, s.salesperson_name,
		coalesce(i.interaction_count, 0) AS interaction_count,
		coalesce(i.cost, 0)::numeric(24,4) AS cost,
		coalesce(i.duration_minutes, 0)::numeric(24,4) AS duration_minutes,
		coalesce(round(i.cost / i.interaction_count, 2), 0)::numeric(24,2) AS average_cost,
		coalesce(round(i.duration_minutes / i.interaction_count, 2), 0)::numeric(24,2) AS average_duration_minutes,
		coalesce(o.mixed_count, 0) AS mixed_opportunity_count,
		coalesce(o.mixed_estimated_value, 0)::numeric(30,6) AS mixed_estimated_value,
		coalesce(o.mixed_calcd_current_value, 0)::numeric(30,6) AS mixed_calcd_current_value,
		coalesce(o.mixed_average_estimated_value, 0)::numeric(30,6) AS mixed_average_estimated_value,
		coalesce(o.mixed_average_calcd_current_value, 0)::numeric(30,6) AS mixed_average_calcd_current_value,
		coalesce(o.open_count, 0) AS open_opportunity_count,
		coalesce(o.open_estimated_value, 0)::numeric(30,6) AS open_estimated_value,
		coalesce(o.open_weighted_value, 0)::numeric(30,6) AS open_weighted_value,
		coalesce(o.won_count, 0) AS won_opportunity_count,
		coalesce(o.won_value, 0)::numeric(30,6) AS won_value,
		coalesce(o.lost_count, 0) AS lost_opportunity_count,
		coalesce(o.success_pct, 0)::numeric(7,4) AS success_pct
	FROM crm_data.salesperson AS s
	LEFT JOIN (
		SELECT l.salesperson_code, count(*) AS interaction_count, sum(l.cost) AS cost, sum(l.duration_minutes) AS duration_minutes
		FROM crm_data.interaction AS l
		WHERE NOT l.canceled AND NOT l.postponed
		GROUP BY 1) AS i ON i.salesperson_code = s.salesperson_code
	LEFT JOIN crm_data.opportunity_totals('salesperson') AS o ON o.salesperson_code = s.salesperson_code;
COMMENT ON VIEW crm.salesperson_statistics IS
'Interactions per salesperson, without canceled and postponed ones, and opportunities by their active entries. For a period see crm.interaction_statistics() and crm.opportunity_statistics_between().';
COMMENT ON COLUMN crm.salesperson_statistics.salesperson_code IS 'Code of the salesperson; key.';
COMMENT ON COLUMN crm.salesperson_statistics.salesperson_name IS 'Name of the salesperson.';
COMMENT ON COLUMN crm.salesperson_statistics.interaction_count IS 'Number of interactions, without canceled and postponed ones; failed attempts count.';
COMMENT ON COLUMN crm.salesperson_statistics.cost IS 'Their cost in local currency.';
COMMENT ON COLUMN crm.salesperson_statistics.duration_minutes IS 'Their duration in minutes.';
COMMENT ON COLUMN crm.salesperson_statistics.average_cost IS 'cost / interaction_count, to a hundredth; 0 without interactions.';
COMMENT ON COLUMN crm.salesperson_statistics.average_duration_minutes IS 'duration_minutes / interaction_count, to a hundredth; 0 without interactions.';
COMMENT ON COLUMN crm.salesperson_statistics.mixed_opportunity_count IS 'Opportunities, open, won and lost together.';
COMMENT ON COLUMN crm.salesperson_statistics.mixed_estimated_value IS 'Their estimated value, open, won and lost together.';
COMMENT ON COLUMN crm.salesperson_statistics.mixed_calcd_current_value IS 'Their estimated value times probability; of won ones what they were won for, of lost ones 0.';
COMMENT ON COLUMN crm.salesperson_statistics.mixed_average_estimated_value IS 'mixed_estimated_value per opportunity, 0 without any.';
COMMENT ON COLUMN crm.salesperson_statistics.mixed_average_calcd_current_value IS 'mixed_calcd_current_value per opportunity, 0 without any.';
COMMENT ON COLUMN crm.salesperson_statistics.open_opportunity_count IS 'Opportunities that stand on a stage.';
COMMENT ON COLUMN crm.salesperson_statistics.open_estimated_value IS 'Their estimated value.';
COMMENT ON COLUMN crm.salesperson_statistics.open_weighted_value IS 'Their estimated value times the probability that rolls up.';
COMMENT ON COLUMN crm.salesperson_statistics.won_opportunity_count IS 'Opportunities that are won.';
COMMENT ON COLUMN crm.salesperson_statistics.won_value IS 'What they were won for.';
COMMENT ON COLUMN crm.salesperson_statistics.lost_opportunity_count IS 'Opportunities that are lost.';
COMMENT ON COLUMN crm.salesperson_statistics.success_pct IS '100 * won / (won + lost) opportunities, 0 where none is closed.';

CREATE OR REPLACE FUNCTION crm.interaction_statistics(from_date date DEFAULT NULL, to_date date DEFAULT NULL)
RETURNS TABLE (
	interaction_group_code		text,
	interaction_template_code	text,
	salesperson_code			text,
	interaction_count		bigint,
	cost						numeric,
	duration_minutes			numeric
)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT i.interaction_group_code, i.interaction_template_code, i.salesperson_code,
		count(*), sum(i.cost)::numeric(24,4), sum(i.duration_minutes)::numeric(24,4)
	FROM crm_data.interaction AS i
	WHERE NOT i.canceled AND NOT i.postponed
		AND (from_date IS NULL OR i.interaction_date >= from_date)
		AND (to_date IS NULL OR i.interaction_date <= to_date)
	GROUP BY 1, 2, 3;
END;
COMMENT ON FUNCTION crm.interaction_statistics(date, date) IS
'Interactions of a period, both ends included and a NULL end open, per group, template and salesperson: number, cost in local currency and duration in minutes, without canceled and postponed ones. Sum over what is of no interest.';

/* One pass over the entries of a contact; callers take the columns they need, the rest is not computed */
CREATE OR REPLACE FUNCTION crm_data.contact_figures(contact_id bigint, company_id bigint, from_date date, to_date date)
RETURNS TABLE (
	interaction_count	bigint,
	cost					numeric,
	duration_minutes		numeric,
	last_attempt_date		date,
	last_interaction_date	date,
	document_count		bigint,
	last_document_date		date,
	sales_lcy				numeric,
	profit_lcy				numeric,
	discount_lcy			numeric,
	open_lcy				numeric,
	invoice_count		bigint,
	credit_memo_count	bigint,
	last_quote_date			date,
	last_order_date			date,
	first_invoice_date		date,
	last_invoice_date		date,
	last_credit_memo_date	date,
	purchases_lcy			numeric,
	last_purchase_date		date,
	service_visit_count			bigint,
	last_service_date		date
)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT
		count(*) FILTER (WHERE e.counts),
		coalesce(sum(e.cost) FILTER (WHERE e.counts), 0),
		coalesce(sum(e.duration_minutes) FILTER (WHERE e.counts), 0),
		max(e.interaction_date) FILTER (WHERE e.initiated_by = 'us'),
		max(e.interaction_date) FILTER (WHERE NOT e.attempt_failed),
		count(*) FILTER (WHERE e.is_document),
		max(e.document_date) FILTER (WHERE e.is_document),
		coalesce(sum(e.amount) FILTER (WHERE e.is_sale), 0),
		coalesce(sum(e.profit) FILTER (WHERE e.is_sale), 0),
		coalesce(sum(e.discount) FILTER (WHERE e.is_sale), 0),
		coalesce(sum(e.remaining_amount) FILTER (WHERE e.is_sale), 0),
		count(*) FILTER (WHERE e.is_document AND e.is_sale AND e.ledger_type = 'invoice'),
		count(*) FILTER (WHERE e.is_document AND e.is_sale AND e.ledger_type = 'credit memo'),
		max(e.document_date) FILTER (WHERE e.is_document AND e.document_type IN ('sales quote', 'service quote')),
		max(e.document_date) FILTER (WHERE e.is_document AND e.document_type IN ('sales order', 'sales order confirmation')),
		min(e.document_date) FILTER (WHERE e.is_document AND e.is_sale AND e.ledger_type = 'invoice'),
		max(e.document_date) FILTER (WHERE e.is_document AND e.is_sale AND e.ledger_type = 'invoice'),
		max(e.document_date) FILTER (WHERE e.is_document AND e.is_sale AND e.ledger_type = 'credit memo'),
		coalesce(sum(e.amount) FILTER (WHERE e.is_purchase), 0),
		max(e.document_date) FILTER (WHERE e.is_document AND e.is_purchase AND e.ledger_type = 'invoice'),
		count(DISTINCT coalesce(e.document_no, e.document_key)) FILTER (WHERE e.is_document AND e.is_visit),
		max(e.document_date) FILTER (WHERE e.is_document AND e.is_visit)
	FROM (
		SELECT i.interaction_date, i.cost, i.duration_minutes, i.initiated_by, i.attempt_failed,
			i.document_type, i.document_no, i.document_key, i.amount, i.profit, i.discount, i.remaining_amount, p.ledger_type,
			NOT i.canceled
				AND (from_date IS NULL OR i.interaction_date >= from_date)
				AND (to_date IS NULL OR i.interaction_date <= to_date) AS counts,
			coalesce(i.posting_date, i.interaction_date) AS document_date,
			i.posted AND p.side <> 'none' AS is_document,
			p.side IN ('sales', 'service') AND p.ledger_type IS NOT NULL AND (i.posted OR NOT i.canceled) AS is_sale,
			p.side = 'purchase' AND p.ledger_type IS NOT NULL AND (i.posted OR NOT i.canceled) AS is_purchase,
			i.document_type IN ('service order', 'service order posted') AS is_visit
		FROM crm.contact_timeline AS i
		LEFT JOIN crm_data.interaction_purpose AS p ON p.purpose = i.document_type
		WHERE i.contact_id = contact_figures.contact_id AND i.company_id IS NOT DISTINCT FROM contact_figures.company_id
	) AS e;
END;
COMMENT ON FUNCTION crm_data.contact_figures(bigint, bigint, date, date) IS
'Numbers, sums and dates over the log of one contact; the period restricts the number, cost and duration of its interactions.';

CREATE OR REPLACE VIEW crm.contact_statistics WITH (security_invoker = true) AS
	SELECT c.contact_id, c.contact_no,
		f.interaction_count, f.cost::numeric(24,4) AS cost, f.duration_minutes::numeric(24,4) AS duration_minutes,
		f.last_attempt_date, f.last_interaction_date,
		(SELECT count(*) FROM crm_data.contact_job_responsibility AS j WHERE j.contact_id = c.contact_id) AS job_responsibility_count,
		(SELECT count(*) FROM crm_data.contact_mailing_group AS m WHERE m.contact_id = c.contact_id) AS mailing_group_count,
		(SELECT count(*) FROM crm_data.contact_industry_group AS g WHERE g.contact_id = c.company_id) AS industry_group_count,
		(SELECT count(*) FROM crm_data.contact_business_relation AS r WHERE r.contact_id = c.company_id) AS business_relation_count,
		coalesce(o.mixed_count, 0) AS mixed_opportunity_count,
		coalesce(o.mixed_estimated_value, 0)::numeric(30,6) AS mixed_estimated_value,
		coalesce(o.mixed_calcd_current_value, 0)::numeric(30,6) AS mixed_calcd_current_value,
		coalesce(o.mixed_average_estimated_value, 0)::numeric(30,6) AS mixed_average_estimated_value,
		coalesce(o.mixed_average_calcd_current_value, 0)::numeric(30,6) AS mixed_average_calcd_current_value,
		coalesce(o.open_count, 0) AS open_opportunity_count,
		coalesce(o.open_estimated_value, 0)::numeric(30,6) AS open_estimated_value,
		coalesce(o.open_weighted_value, 0)::numeric(30,6) AS open_weighted_value,
		coalesce(o.won_count, 0) AS won_opportunity_count,
		coalesce(o.won_value, 0)::numeric(30,6) AS won_value,
		coalesce(o.lost_count, 0) AS lost_opportunity_count,
		coalesce(o.success_pct, 0)::numeric(7,4) AS success_pct
	FROM crm_data.contact AS c
	CROSS JOIN LATERAL crm_data.contact_figures(c.contact_id, c.company_id, NULL, NULL) AS f
	/* OFFSET 0 keeps it lateral: who asks for one contact does not wait for the totals of all */
	LEFT JOIN LATERAL (SELECT t.* FROM crm_data.opportunity_totals('contact') AS t WHERE t.contact_id = c.contact_id OFFSET 0) AS o ON true;
COMMENT ON VIEW crm.contact_statistics IS
'Interactions and opportunities per contact. A company counts everything logged on it and on its persons while they were its own; a person counts its own entries under its present company. For a period see crm.contact_statistics_between().';
COMMENT ON COLUMN crm.contact_statistics.contact_id IS 'Contact, see crm.contact; key.';
COMMENT ON COLUMN crm.contact_statistics.contact_no IS 'Number of the contact.';
COMMENT ON COLUMN crm.contact_statistics.interaction_count IS 'Number of interactions, without canceled and postponed ones; failed attempts count.';
COMMENT ON COLUMN crm.contact_statistics.cost IS 'Their cost in local currency.';
COMMENT ON COLUMN crm.contact_statistics.duration_minutes IS 'Their duration in minutes.';
COMMENT ON COLUMN crm.contact_statistics.last_attempt_date IS 'Date of the last attempt of ours, failed or canceled ones included.';
COMMENT ON COLUMN crm.contact_statistics.last_interaction_date IS 'Date of the last interaction that did not fail, canceled ones included.';
COMMENT ON COLUMN crm.contact_statistics.job_responsibility_count IS 'Number of job responsibilities.';
COMMENT ON COLUMN crm.contact_statistics.mailing_group_count IS 'Number of mailing groups.';
COMMENT ON COLUMN crm.contact_statistics.industry_group_count IS 'Number of industry groups of the company.';
COMMENT ON COLUMN crm.contact_statistics.business_relation_count IS 'Number of business relations of the company.';
COMMENT ON COLUMN crm.contact_statistics.mixed_opportunity_count IS 'Opportunities, open, won and lost together.';
COMMENT ON COLUMN crm.contact_statistics.mixed_estimated_value IS 'Their estimated value, open, won and lost together.';
COMMENT ON COLUMN crm.contact_statistics.mixed_calcd_current_value IS 'Their estimated value times probability; of won ones what they were won for, of lost ones 0.';
COMMENT ON COLUMN crm.contact_statistics.mixed_average_estimated_value IS 'mixed_estimated_value per opportunity, 0 without any.';
COMMENT ON COLUMN crm.contact_statistics.mixed_average_calcd_current_value IS 'mixed_calcd_current_value per opportunity, 0 without any.';
COMMENT ON COLUMN crm.contact_statistics.open_opportunity_count IS 'Opportunities that stand on a stage.';
COMMENT ON COLUMN crm.contact_statistics.open_estimated_value IS 'Their estimated value.';
COMMENT ON COLUMN crm.contact_statistics.open_weighted_value IS 'Their estimated value times the probability that rolls up.';
COMMENT ON COLUMN crm.contact_statistics.won_opportunity_count IS 'Opportunities that are won.';
COMMENT ON COLUMN crm.contact_statistics.won_value IS 'What they were won for.';
COMMENT ON COLUMN crm.contact_statistics.lost_opportunity_count IS 'Opportunities that are lost.';
COMMENT ON COLUMN crm.contact_statistics.success_pct IS '100 * won / (won + lost) opportunities, 0 where none is closed.';

CREATE OR REPLACE FUNCTION crm.contact_statistics_between(contact_no text, from_date date DEFAULT NULL, to_date date DEFAULT NULL)
RETURNS TABLE (
	contact_id				bigint,
	interaction_count	bigint,
	cost					numeric,
	duration_minutes		numeric,
	last_attempt_date		date,
	last_interaction_date	date
)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT c.contact_id, f.interaction_count, f.cost::numeric(24,4), f.duration_minutes::numeric(24,4),
		f.last_attempt_date, f.last_interaction_date
	FROM crm_data.contact AS c
	CROSS JOIN LATERAL crm_data.contact_figures(c.contact_id, c.company_id, from_date, to_date) AS f
	WHERE c.contact_no = crm_data.as_code(contact_statistics_between.contact_no);
END;
COMMENT ON FUNCTION crm.contact_statistics_between(text, date, date) IS
'The statistics of one contact for a period, both ends included and a NULL end open: number of interactions, cost in local currency, duration in minutes. The two dates are those of the whole history. No row for an unknown contact.';
