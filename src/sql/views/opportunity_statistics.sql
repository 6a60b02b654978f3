CREATE OR REPLACE VIEW crm.opportunity_statistics WITH (security_invoker = true) AS
	SELECT s.dimension, s.sales_cycle_code, s.sales_cycle_stage, s.contact_id, s.salesperson_code, s.campaign_no, s.close_opportunity_code, s.legal_entity,
		s.mixed_count, s.mixed_estimated_value::numeric(30,6) AS mixed_estimated_value,
		s.mixed_calcd_current_value::numeric(30,6) AS mixed_calcd_current_value,
		s.mixed_average_estimated_value::numeric(30,6) AS mixed_average_estimated_value,
		s.mixed_average_calcd_current_value::numeric(30,6) AS mixed_average_calcd_current_value,
		s.open_count, s.open_estimated_value::numeric(30,6) AS open_estimated_value,
		s.open_calcd_current_value::numeric(30,6) AS open_calcd_current_value, s.open_weighted_value::numeric(30,6) AS open_weighted_value,
		s.won_count, s.won_value::numeric(30,6) AS won_value, s.lost_count, s.success_pct::numeric(7,4) AS success_pct,
		s.entry_count, s.average_days::numeric(12,4) AS average_days
	FROM crm.opportunity_statistics_between(NULL, NULL) AS s;
COMMENT ON VIEW crm.opportunity_statistics IS
'Opportunities by their active entries, per sales cycle, stage, contact, salesperson, campaign and close code: columns mixed_... count what the original program shows, which in some dimensions adds open, won and lost ones together; open_..., won_... and lost_... never mix. Keys without entries have no row; nor has what has no key. Choose one dimension, or opportunities are counted several times. Money in local currency at the rate of its entry. For a period see crm.opportunity_statistics_between().';
COMMENT ON COLUMN crm.opportunity_statistics.dimension IS '''sales cycle'', ''stage'', ''contact'', ''salesperson'', ''campaign'' or ''close code''; key with the columns that it fills, and legal_entity.';
COMMENT ON COLUMN crm.opportunity_statistics.sales_cycle_code IS 'Of ''sales cycle'' and ''stage'': the cycle, see crm.sales_cycle.';
COMMENT ON COLUMN crm.opportunity_statistics.sales_cycle_stage IS 'Of ''stage'': the stage, see crm.sales_cycle_stage. Won and lost opportunities count where they were closed from; one that was never started counts in no stage.';
COMMENT ON COLUMN crm.opportunity_statistics.contact_id IS 'Of ''contact'': the contact, see crm.contact. A company counts all that is logged under it, so companies must not be added to their persons; a person counts what is under its present company.';
COMMENT ON COLUMN crm.opportunity_statistics.salesperson_code IS 'Of ''salesperson'': the salesperson, see crm.salesperson.';
COMMENT ON COLUMN crm.opportunity_statistics.campaign_no IS 'Of ''campaign'': the campaign, see crm.campaign.';
COMMENT ON COLUMN crm.opportunity_statistics.close_opportunity_code IS 'Of ''close code'': the reason, see crm.close_opportunity_code.';
COMMENT ON COLUMN crm.opportunity_statistics.legal_entity IS 'Legal entity, '''' for the only one.';
COMMENT ON COLUMN crm.opportunity_statistics.mixed_count IS 'Number of entries that the original counts: of ''sales cycle'' and ''stage'' the open ones; of ''contact'', ''salesperson'' and ''campaign'' the active ones, open, won and lost together; of ''close code'' all that have it.';
COMMENT ON COLUMN crm.opportunity_statistics.mixed_estimated_value IS 'Their estimated value, of open, won and lost together as in mixed_count.';
COMMENT ON COLUMN crm.opportunity_statistics.mixed_calcd_current_value IS 'Their estimated value times probability, each by its own; of won ones what they were won for, of lost ones 0.';
COMMENT ON COLUMN crm.opportunity_statistics.mixed_average_estimated_value IS 'mixed_estimated_value per entry, 0 where there is none.';
COMMENT ON COLUMN crm.opportunity_statistics.mixed_average_calcd_current_value IS 'mixed_calcd_current_value per entry, 0 where there is none.';
COMMENT ON COLUMN crm.opportunity_statistics.open_count IS 'Opportunities that stand on a stage.';
COMMENT ON COLUMN crm.opportunity_statistics.open_estimated_value IS 'Their estimated value.';
COMMENT ON COLUMN crm.opportunity_statistics.open_calcd_current_value IS 'Their estimated value times the typed probability, each by its own.';
COMMENT ON COLUMN crm.opportunity_statistics.open_weighted_value IS 'Their estimated value times the probability that rolls up, see rolls_up of crm.sales_cycle.';
COMMENT ON COLUMN crm.opportunity_statistics.won_count IS 'Opportunities that are won.';
COMMENT ON COLUMN crm.opportunity_statistics.won_value IS 'What they were won for: the value of the document, or else the sales value that was entered.';
COMMENT ON COLUMN crm.opportunity_statistics.lost_count IS 'Opportunities that are lost.';
COMMENT ON COLUMN crm.opportunity_statistics.success_pct IS '100 * won_count / (won_count + lost_count), 0 where none is closed.';
COMMENT ON COLUMN crm.opportunity_statistics.entry_count IS 'Of ''stage'': all entries that stand or stood on it, several for an opportunity that was updated or came back. Of ''close code'': all entries that have it. NULL otherwise.';
COMMENT ON COLUMN crm.opportunity_statistics.average_days IS 'Of ''stage'': mean days of the entries that stood on it and no longer do, each update counting as an entry, which lowers the mean; per opportunity see crm.sales_funnel. NULL otherwise.';

CREATE OR REPLACE VIEW crm.opportunity_cue WITH (security_invoker = true) AS
	SELECT o.salesperson_code, o.legal_entity,
		count(*) FILTER (WHERE o.status IN ('not started', 'in progress')) AS open_count,
		count(*) FILTER (WHERE o.status IN ('won', 'lost')) AS closed_count,
		count(*) FILTER (WHERE e.estimated_close_date BETWEEN w.work_date AND w.work_date + 7) AS due_within_week_count,
		count(*) FILTER (WHERE e.estimated_close_date < w.work_date) AS overdue_count
	FROM crm_data.opportunity AS o
	LEFT JOIN crm_data.opportunity_entry AS e ON e.opportunity_no = o.opportunity_no AND e.active AND e.date_closed IS NULL
	CROSS JOIN (SELECT crm.work_date() AS work_date) AS w
	GROUP BY 1, 2;
COMMENT ON VIEW crm.opportunity_cue IS 'How many opportunities need attention, per salesperson. Add the rows up for the total.';
COMMENT ON COLUMN crm.opportunity_cue.salesperson_code IS 'Salesperson, see crm.salesperson; key with legal_entity. NULL for opportunities of nobody.';
COMMENT ON COLUMN crm.opportunity_cue.legal_entity IS 'Legal entity, '''' for the only one.';
COMMENT ON COLUMN crm.opportunity_cue.open_count IS 'Opportunities not started or in progress.';
COMMENT ON COLUMN crm.opportunity_cue.closed_count IS 'Opportunities won or lost.';
COMMENT ON COLUMN crm.opportunity_cue.due_within_week_count IS 'Opportunities in progress that are expected to close between the work date and seven days later, both included.';
COMMENT ON COLUMN crm.opportunity_cue.overdue_count IS 'Opportunities in progress that were expected to close before the work date.';

CREATE OR REPLACE VIEW crm.campaign_statistics WITH (security_invoker = true) AS
	SELECT c.campaign_no, c.description,
		coalesce(i.interaction_count, 0) AS interaction_count,
		coalesce(i.target_count, 0) AS target_count, coalesce(i.response_count, 0) AS response_count,
		coalesce(i.target_contact_count, 0) AS target_contact_count, coalesce(i.response_contact_count, 0) AS response_contact_count,
		coalesce(i.cost, 0)::numeric(24,4) AS cost, coalesce(i.duration_minutes, 0)::numeric(24,4) AS duration_minutes,
		coalesce(round(100.0 * i.response_count / nullif(i.target_count, 0), 1), 0)::numeric(24,1) AS response_pct,
		coalesce(round(i.cost / nullif(i.response_count, 0), 2), 0)::numeric(24,2) AS average_cost_per_response,
		coalesce(round(i.duration_minutes / nullif(i.response_count, 0), 2), 0)::numeric(24,2) AS average_duration_per_response,
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
	FROM crm_data.campaign AS c
	LEFT JOIN (
		SELECT l.campaign_no, count(*) AS interaction_count,
			count(*) FILTER (WHERE l.campaign_target) AS target_count,
			count(*) FILTER (WHERE l.campaign_response) AS response_count,
			count(DISTINCT l.contact_id) FILTER (WHERE l.campaign_target) AS target_contact_count,
			count(DISTINCT l.contact_id) FILTER (WHERE l.campaign_response) AS response_contact_count,
			sum(l.cost) AS cost, sum(l.duration_minutes) AS duration_minutes
		FROM crm_data.interaction AS l
		WHERE l.campaign_no IS NOT NULL AND NOT l.canceled AND NOT l.postponed
		GROUP BY l.campaign_no) AS i ON i.campaign_no = c.campaign_no
	LEFT JOIN crm_data.opportunity_totals('campaign') AS o ON o.campaign_no = c.campaign_no;
COMMENT ON VIEW crm.campaign_statistics IS 'What campaigns cost and brought: interactions without canceled and postponed ones, and opportunities by their active entries. Money in local currency.';
COMMENT ON COLUMN crm.campaign_statistics.campaign_no IS 'Campaign, see crm.campaign; key.';
COMMENT ON COLUMN crm.campaign_statistics.description IS 'Description of the campaign.';
COMMENT ON COLUMN crm.campaign_statistics.interaction_count IS 'Interactions of the campaign.';
COMMENT ON COLUMN crm.campaign_statistics.target_count IS 'Interactions that are marked as a contact to a target: several for a contact reached several times.';
COMMENT ON COLUMN crm.campaign_statistics.response_count IS 'Interactions that are marked as a response.';
COMMENT ON COLUMN crm.campaign_statistics.target_contact_count IS 'Different contacts among the targets.';
COMMENT ON COLUMN crm.campaign_statistics.response_contact_count IS 'Different contacts that responded.';
COMMENT ON COLUMN crm.campaign_statistics.cost IS 'Cost of the interactions.';
COMMENT ON COLUMN crm.campaign_statistics.duration_minutes IS 'Their duration in minutes.';
COMMENT ON COLUMN crm.campaign_statistics.response_pct IS '100 * response_count / target_count, to a tenth; 0 without targets. More than 100 where contacts respond several times.';
COMMENT ON COLUMN crm.campaign_statistics.average_cost_per_response IS 'cost / response_count, to a hundredth; 0 without responses.';
COMMENT ON COLUMN crm.campaign_statistics.average_duration_per_response IS 'duration_minutes / response_count, to a hundredth; 0 without responses.';
COMMENT ON COLUMN crm.campaign_statistics.mixed_opportunity_count IS 'Opportunities, open, won and lost together.';
COMMENT ON COLUMN crm.campaign_statistics.mixed_estimated_value IS 'Their estimated value, open, won and lost together.';
COMMENT ON COLUMN crm.campaign_statistics.mixed_calcd_current_value IS 'Their estimated value times probability; of won ones what they were won for, of lost ones 0.';
COMMENT ON COLUMN crm.campaign_statistics.mixed_average_estimated_value IS 'mixed_estimated_value per opportunity, 0 without any.';
COMMENT ON COLUMN crm.campaign_statistics.mixed_average_calcd_current_value IS 'mixed_calcd_current_value per opportunity, 0 without any.';
COMMENT ON COLUMN crm.campaign_statistics.open_opportunity_count IS 'Opportunities that stand on a stage.';
COMMENT ON COLUMN crm.campaign_statistics.open_estimated_value IS 'Their estimated value.';
COMMENT ON COLUMN crm.campaign_statistics.open_weighted_value IS 'Their estimated value times the probability that rolls up.';
COMMENT ON COLUMN crm.campaign_statistics.won_opportunity_count IS 'Opportunities that are won.';
COMMENT ON COLUMN crm.campaign_statistics.won_value IS 'What they were won for.';
COMMENT ON COLUMN crm.campaign_statistics.lost_opportunity_count IS 'Opportunities that are lost.';
COMMENT ON COLUMN crm.campaign_statistics.success_pct IS '100 * won / (won + lost) opportunities, 0 where none is closed.';
