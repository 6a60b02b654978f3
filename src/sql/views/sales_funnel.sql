CREATE OR REPLACE VIEW crm.opportunity_stage WITH (security_invoker = true) AS
	SELECT d.opportunity_no, d.sales_cycle_code, d.sales_cycle_stage, o.status,
		CASE WHEN d.stands THEN 'open' WHEN d.is_last THEN o.status END AS outcome,
		d.entered_on, d.entry_count, d.enter_count, d.forward_count, d.back_count, d.days
	FROM (
		SELECT e.opportunity_no, e.sales_cycle_code, e.sales_cycle_stage,
			bool_or(e.active) AS stands,
			bool_or(e.stage_after IS NULL) AS is_last,
			min(e.date_of_change) AS entered_on,
			count(*) AS entry_count,
			count(*) FILTER (WHERE e.stage_before IS DISTINCT FROM e.sales_cycle_stage) AS enter_count,
			count(*) FILTER (WHERE e.stage_after > e.sales_cycle_stage) AS forward_count,
			count(*) FILTER (WHERE e.stage_after < e.sales_cycle_stage) AS back_count,
			sum(CASE WHEN e.active THEN greatest((SELECT crm.work_date()) - e.date_of_change, 0) ELSE e.days_open END) AS days
		FROM (
			SELECT s.opportunity_no, s.sales_cycle_code, s.sales_cycle_stage, s.active, s.date_of_change, s.days_open,
				lag(s.sales_cycle_stage) OVER deal AS stage_before,
				lead(s.sales_cycle_stage) OVER deal AS stage_after
			FROM crm_data.opportunity_entry AS s
			WHERE s.sales_cycle_stage > 0 AND NOT s.revised
			WINDOW deal AS (PARTITION BY s.opportunity_no ORDER BY s.opportunity_entry_id)) AS e
		GROUP BY 1, 2, 3) AS d
	JOIN crm_data.opportunity AS o ON o.opportunity_no = d.opportunity_no;
COMMENT ON VIEW crm.opportunity_stage IS 'One row for each opportunity and stage that it has been on, all its stays there together; updates do not split a stay.';
COMMENT ON COLUMN crm.opportunity_stage.opportunity_no IS 'Opportunity, see crm.opportunity; key with sales_cycle_stage.';
COMMENT ON COLUMN crm.opportunity_stage.sales_cycle_code IS 'Its sales cycle, see crm.sales_cycle.';
COMMENT ON COLUMN crm.opportunity_stage.sales_cycle_stage IS 'The stage, see crm.sales_cycle_stage.';
COMMENT ON COLUMN crm.opportunity_stage.status IS 'What has become of the opportunity: ''in progress'', ''won'' or ''lost''.';
COMMENT ON COLUMN crm.opportunity_stage.outcome IS 'What has become of it on this stage: ''open'', it stands there; ''won'' or ''lost'', it was closed from there; NULL, it went to another stage.';
COMMENT ON COLUMN crm.opportunity_stage.entered_on IS 'Day on which it first entered the stage.';
COMMENT ON COLUMN crm.opportunity_stage.entry_count IS 'Entries on the stage, updates included.';
COMMENT ON COLUMN crm.opportunity_stage.enter_count IS 'Times that it entered the stage.';
COMMENT ON COLUMN crm.opportunity_stage.forward_count IS 'Times that it went from there to a later stage.';
COMMENT ON COLUMN crm.opportunity_stage.back_count IS 'Times that it went from there to an earlier stage.';
COMMENT ON COLUMN crm.opportunity_stage.days IS 'Days on the stage, all stays together; until the work date where it still stands there.';

CREATE OR REPLACE VIEW crm.sales_funnel WITH (security_invoker = true) AS
	SELECT sales_cycle_code, sales_cycle_stage, s.description,
		coalesce(f.deal_count, 0) AS deal_count, coalesce(f.entry_count, 0)::bigint AS entry_count, coalesce(f.enter_count, 0)::bigint AS enter_count,
		coalesce(f.forward_count, 0) AS forward_count, coalesce(f.back_count, 0) AS back_count,
		coalesce(f.won_count, 0) AS won_count, coalesce(f.lost_count, 0) AS lost_count, coalesce(f.open_count, 0) AS open_count,
		coalesce(100.0 * f.advanced_count / nullif(f.left_count, 0), 0)::numeric(7,4) AS next_stage_pct,
		coalesce(f.finally_won_count, 0) AS finally_won_count, coalesce(f.finally_lost_count, 0) AS finally_lost_count,
		coalesce(100.0 * f.finally_won_count / nullif(f.finally_won_count + f.finally_lost_count, 0), 0)::numeric(7,4) AS won_pct,
		coalesce(f.average_days, 0)::numeric(12,4) AS average_days, coalesce(f.median_days, 0)::numeric(12,4) AS median_days,
		coalesce(f.open_average_days, 0)::numeric(12,4) AS open_average_days, coalesce(f.open_median_days, 0)::numeric(12,4) AS open_median_days
	FROM crm_data.sales_cycle_stage AS s
	FULL JOIN (
		SELECT d.sales_cycle_code, d.sales_cycle_stage,
			count(*) AS deal_count, sum(d.entry_count) AS entry_count, sum(d.enter_count) AS enter_count,
			count(*) FILTER (WHERE d.forward_count > 0) AS forward_count,
			count(*) FILTER (WHERE d.back_count > 0) AS back_count,
			count(*) FILTER (WHERE d.outcome = 'won') AS won_count,
			count(*) FILTER (WHERE d.outcome = 'lost') AS lost_count,
			count(*) FILTER (WHERE d.outcome = 'open') AS open_count,
			count(*) FILTER (WHERE d.forward_count > 0 OR d.outcome = 'won') AS advanced_count,
			count(*) FILTER (WHERE d.forward_count > 0 OR d.back_count > 0 OR d.outcome IN ('won', 'lost')) AS left_count,
			count(*) FILTER (WHERE d.status = 'won') AS finally_won_count,
			count(*) FILTER (WHERE d.status = 'lost') AS finally_lost_count,
			avg(d.days) FILTER (WHERE d.outcome IS DISTINCT FROM 'open') AS average_days,
			percentile_cont(0.5) WITHIN GROUP (ORDER BY d.days) FILTER (WHERE d.outcome IS DISTINCT FROM 'open') AS median_days,
			avg(d.days) FILTER (WHERE d.outcome = 'open') AS open_average_days,
			percentile_cont(0.5) WITHIN GROUP (ORDER BY d.days) FILTER (WHERE d.outcome = 'open') AS open_median_days
		FROM crm.opportunity_stage AS d
		GROUP BY 1, 2) AS f USING (sales_cycle_code, sales_cycle_stage);
COMMENT ON VIEW crm.sales_funnel IS 'What became of the deals of each stage, lost ones included. Figures are deals, each counted once however often it came, unless the column says otherwise; a deal that went forward and came back is in forward_count and where it is now.';
COMMENT ON COLUMN crm.sales_funnel.sales_cycle_code IS 'Sales cycle, see crm.sales_cycle; key with sales_cycle_stage.';
COMMENT ON COLUMN crm.sales_funnel.sales_cycle_stage IS 'Stage, see crm.sales_cycle_stage.';
COMMENT ON COLUMN crm.sales_funnel.description IS 'Description of the stage; NULL where it is no longer defined.';
COMMENT ON COLUMN crm.sales_funnel.deal_count IS 'Deals that entered the stage.';
COMMENT ON COLUMN crm.sales_funnel.entry_count IS 'Entries of theirs on the stage, updates and returns included.';
COMMENT ON COLUMN crm.sales_funnel.enter_count IS 'Times that a deal entered the stage, returns included.';
COMMENT ON COLUMN crm.sales_funnel.forward_count IS 'Deals that went from there to a later stage at least once.';
COMMENT ON COLUMN crm.sales_funnel.back_count IS 'Deals that went from there to an earlier stage at least once.';
COMMENT ON COLUMN crm.sales_funnel.won_count IS 'Deals that were won from there.';
COMMENT ON COLUMN crm.sales_funnel.lost_count IS 'Deals that were lost from there.';
COMMENT ON COLUMN crm.sales_funnel.open_count IS 'Deals that stand there now.';
COMMENT ON COLUMN crm.sales_funnel.next_stage_pct IS 'Conversion to what comes next: of the deals that have ever left the stage, the percentage that went to a later stage or were won from there; 0 where none has left.';
COMMENT ON COLUMN crm.sales_funnel.finally_won_count IS 'Deals that entered the stage and are won, from wherever.';
COMMENT ON COLUMN crm.sales_funnel.finally_lost_count IS 'Deals that entered the stage and are lost, from wherever.';
COMMENT ON COLUMN crm.sales_funnel.won_pct IS 'Conversion to won: 100 * finally_won_count / (finally_won_count + finally_lost_count), open deals left out; 0 where none is decided.';
COMMENT ON COLUMN crm.sales_funnel.average_days IS 'Mean days of a deal on the stage, all its stays together, of those that no longer stand there. Deals that are slow are still there and missing: see open_average_days.';
COMMENT ON COLUMN crm.sales_funnel.median_days IS 'Median of the same days.';
COMMENT ON COLUMN crm.sales_funnel.open_average_days IS 'Mean days, until the work date, of the deals that stand there: their stays are not over.';
COMMENT ON COLUMN crm.sales_funnel.open_median_days IS 'Median of the same days.';

CREATE OR REPLACE VIEW crm.stalled_opportunity WITH (security_invoker = true) AS
	SELECT s.*
	FROM (
		SELECT d.opportunity_no, o.description, o.salesperson_code, o.contact_id, d.sales_cycle_code, d.sales_cycle_stage,
			e.estimated_value, e.estimated_close_date,
			d.days AS days_in_stage, d.usual_days::numeric(12,4) AS usual_days, d.usual_deal_count,
			greatest((SELECT crm.work_date()) - e.estimated_close_date, 0) AS days_overdue,
			d.usual_deal_count >= 5 AND d.days > 1.5 * d.usual_days AS stands_too_long,
			coalesce(e.estimated_close_date < (SELECT crm.work_date()), false) AS closing_date_passed,
			(SELECT max(i.interaction_date) FROM crm_data.interaction AS i
				WHERE i.opportunity_no = d.opportunity_no AND NOT i.canceled AND NOT i.postponed AND NOT i.attempt_failed) AS last_interaction_date
		FROM (
			SELECT t.opportunity_no, t.sales_cycle_code, t.sales_cycle_stage, t.outcome, t.days,
				avg(t.days) FILTER (WHERE t.forward_count > 0 AND t.outcome IS NULL OR t.outcome = 'won') OVER stage AS usual_days,
				count(*) FILTER (WHERE t.forward_count > 0 AND t.outcome IS NULL OR t.outcome = 'won') OVER stage AS usual_deal_count
			FROM crm.opportunity_stage AS t
			WINDOW stage AS (PARTITION BY t.sales_cycle_code, t.sales_cycle_stage)) AS d
		JOIN crm_data.opportunity AS o ON o.opportunity_no = d.opportunity_no
		JOIN crm_data.opportunity_entry AS e ON e.opportunity_no = d.opportunity_no AND e.active
		WHERE d.outcome = 'open') AS s
	WHERE s.stands_too_long OR s.closing_date_passed;
COMMENT ON VIEW crm.stalled_opportunity IS
'Opportunities in progress that have come to a halt: they stand on their stage for more than one and a half times the days usual there, or should be closed by now. Usual is the mean of the deals of the same cycle and stage that went forward from there, or were won, and no longer stand there; it takes at least five of them.';
COMMENT ON COLUMN crm.stalled_opportunity.opportunity_no IS 'Opportunity, see crm.opportunity; key.';
COMMENT ON COLUMN crm.stalled_opportunity.description IS 'Description of the opportunity.';
COMMENT ON COLUMN crm.stalled_opportunity.salesperson_code IS 'Its salesperson, see crm.salesperson.';
COMMENT ON COLUMN crm.stalled_opportunity.contact_id IS 'Its contact, see crm.contact.';
COMMENT ON COLUMN crm.stalled_opportunity.sales_cycle_code IS 'Its sales cycle, see crm.sales_cycle.';
COMMENT ON COLUMN crm.stalled_opportunity.sales_cycle_stage IS 'The stage on which it stands, see crm.sales_cycle_stage.';
COMMENT ON COLUMN crm.stalled_opportunity.estimated_value IS 'Estimated value in local currency.';
COMMENT ON COLUMN crm.stalled_opportunity.estimated_close_date IS 'Day on which it is expected to close.';
COMMENT ON COLUMN crm.stalled_opportunity.days_in_stage IS 'Days on its stage until the work date, former stays there included.';
COMMENT ON COLUMN crm.stalled_opportunity.usual_days IS 'Mean days on that stage of the deals that went on from there; NULL where none has.';
COMMENT ON COLUMN crm.stalled_opportunity.usual_deal_count IS 'How many deals make up usual_days.';
COMMENT ON COLUMN crm.stalled_opportunity.days_overdue IS 'Days from the expected close to the work date, 0 while it is not passed.';
COMMENT ON COLUMN crm.stalled_opportunity.stands_too_long IS 'Whether days_in_stage are more than 1.5 * usual_days, of at least 5 deals.';
COMMENT ON COLUMN crm.stalled_opportunity.closing_date_passed IS 'Whether the expected close is before the work date.';
COMMENT ON COLUMN crm.stalled_opportunity.last_interaction_date IS 'Date of the last interaction about this opportunity that did not fail, without canceled and postponed ones; NULL without any.';

CREATE OR REPLACE VIEW crm.win_loss_reason WITH (security_invoker = true) AS
	SELECT e.close_opportunity_code, r.description, e.action_taken AS outcome, e.sales_cycle_code, s.sales_cycle_stage, e.salesperson_code, e.legal_entity,
		count(*) AS deal_count,
		sum(CASE e.action_taken WHEN 'won' THEN e.calcd_current_value ELSE e.estimated_value END)::numeric(24,6) AS deal_value,
		(100.0 * count(*) / sum(count(*)) OVER deal)::numeric(7,4) AS share_pct,
		avg(e.date_closed - e.creation_date)::numeric(12,4) AS average_days_to_close
	FROM crm_data.opportunity_entry AS e
	LEFT JOIN LATERAL crm_data.last_stage(e.opportunity_no) AS s ON true
	LEFT JOIN crm_data.close_opportunity_code AS r ON r.close_opportunity_code = e.close_opportunity_code
	WHERE e.active AND e.action_taken IN ('won', 'lost')
	GROUP BY 1, 2, 3, 4, 5, 6, 7
	WINDOW deal AS (PARTITION BY e.action_taken, e.sales_cycle_code, e.salesperson_code, e.legal_entity);
COMMENT ON VIEW crm.win_loss_reason IS 'Why deals were won and lost: per reason, outcome, sales cycle, stage from which they were closed, salesperson and legal entity. Won and lost are never in one row.';
COMMENT ON COLUMN crm.win_loss_reason.close_opportunity_code IS 'Reason, see crm.close_opportunity_code; key with the codes that follow.';
COMMENT ON COLUMN crm.win_loss_reason.description IS 'Description of the reason.';
COMMENT ON COLUMN crm.win_loss_reason.outcome IS '''won'' or ''lost''.';
COMMENT ON COLUMN crm.win_loss_reason.sales_cycle_code IS 'Sales cycle, see crm.sales_cycle.';
COMMENT ON COLUMN crm.win_loss_reason.sales_cycle_stage IS 'Stage from which the deals were closed, NULL for those that were never started.';
COMMENT ON COLUMN crm.win_loss_reason.salesperson_code IS 'Salesperson, see crm.salesperson.';
COMMENT ON COLUMN crm.win_loss_reason.legal_entity IS 'Legal entity, '''' for the only one.';
COMMENT ON COLUMN crm.win_loss_reason.deal_count IS 'Number of deals.';
COMMENT ON COLUMN crm.win_loss_reason.deal_value IS 'Their value in local currency: of won deals what they were won for, of lost ones the estimated value that was lost.';
COMMENT ON COLUMN crm.win_loss_reason.share_pct IS 'Percentage of the deals of the same outcome, sales cycle, salesperson and legal entity.';
COMMENT ON COLUMN crm.win_loss_reason.average_days_to_close IS 'Mean days from creation to closing.';
