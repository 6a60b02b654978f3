CREATE OR REPLACE VIEW crm.pipeline WITH (security_invoker = true) AS
	SELECT p.dimension, p.dimension_key, p.legal_entity, g.sales_cycle_code, nullif(p.sales_cycle_stage, 0) AS sales_cycle_stage, g.salesperson_code, g.team_code,
		g.campaign_no, g.company_id, g.territory_code, g.expected_month, p.opportunity_count,
		p.estimated_value::numeric(30,6) AS estimated_value,
		p.weighted_value::numeric(30,6) AS weighted_value,
		(p.estimated_value / p.opportunity_count)::numeric(30,6) AS average_estimated_value,
		(p.weighted_value / p.opportunity_count)::numeric(30,6) AS average_weighted_value,
		p.oldest_creation_date
	FROM (
		SELECT d.dimension, n.* FROM crm_data.pipeline_dimension() AS d (dimension) CROSS JOIN LATERAL crm_data.pipeline_now(d.dimension) AS n
		UNION ALL
		SELECT 'company', e.legal_entity, coalesce(e.company_id::text, ''), 0, count(*), sum(e.estimated_value), sum(e.weighted_value), min(e.creation_date)
		FROM crm_data.opportunity_entry AS e
		WHERE e.active AND e.sales_cycle_stage > 0
		GROUP BY e.legal_entity, e.company_id
		UNION ALL
		SELECT 'team', n.legal_entity, coalesce(t.team_code, ''), 0, sum(n.opportunity_count)::bigint, sum(n.estimated_value), sum(n.weighted_value),
			min(n.oldest_creation_date)
		FROM crm_data.pipeline_now('salesperson') AS n LEFT JOIN crm_data.team_salesperson AS t ON t.salesperson_code = n.dimension_key
		GROUP BY n.legal_entity, t.team_code) AS p
	CROSS JOIN LATERAL crm_data.pipeline_group(p.dimension, p.dimension_key) AS g;
COMMENT ON VIEW crm.pipeline IS
'The open pipeline - opportunities in progress, no won, lost or not started ones - as of now, by each dimension: select the one that you need with dimension = ''...''. Groups without open deals have no row. Always right, in the transaction that changes it too. For the past see crm.pipeline_asof(), for what changed crm.pipeline_movement().';
COMMENT ON COLUMN crm.pipeline.dimension IS 'total, sales cycle, stage, salesperson, team, campaign, company, territory or month; with dimension_key, sales_cycle_stage and legal_entity the key. Do not add up over dimensions: each holds the whole pipeline; teams count a deal for each team of its salesperson.';
COMMENT ON COLUMN crm.pipeline.dimension_key IS 'The group as text, for all dimensions: code of the cycle, salesperson, team, campaign or territory, id of the company, month as YYYY-MM; blank for deals that have none, and for total.';
COMMENT ON COLUMN crm.pipeline.legal_entity IS 'Company of the group that the opportunities belong to.';
COMMENT ON COLUMN crm.pipeline.sales_cycle_code IS 'Dimensions sales cycle and stage: the sales cycle.';
COMMENT ON COLUMN crm.pipeline.sales_cycle_stage IS 'Dimension stage: number of the stage in its cycle.';
COMMENT ON COLUMN crm.pipeline.salesperson_code IS 'Dimension salesperson: who has the opportunities now.';
COMMENT ON COLUMN crm.pipeline.team_code IS 'Dimension team: team of the salesperson.';
COMMENT ON COLUMN crm.pipeline.campaign_no IS 'Dimension campaign: campaign of the opportunities.';
COMMENT ON COLUMN crm.pipeline.company_id IS 'Dimension company: company of the contact, see crm.contact; null for persons without one.';
COMMENT ON COLUMN crm.pipeline.territory_code IS 'Dimension territory: territory of the contact.';
COMMENT ON COLUMN crm.pipeline.expected_month IS 'Dimension month: first day of the month in which the deals are expected to close.';
COMMENT ON COLUMN crm.pipeline.opportunity_count IS 'Number of opportunities.';
COMMENT ON COLUMN crm.pipeline.estimated_value IS 'Sum of their estimated values in local currency, at the rates of the events.';
COMMENT ON COLUMN crm.pipeline.weighted_value IS 'Sum of estimated value * probability / 100 of each, by the probability that rolls up in its cycle (rolls_up of crm.sales_cycle), in local currency; rounded to six decimals, unrounded in crm.pipeline_asof().';
COMMENT ON COLUMN crm.pipeline.average_estimated_value IS 'estimated_value / opportunity_count.';
COMMENT ON COLUMN crm.pipeline.average_weighted_value IS 'weighted_value / opportunity_count.';
COMMENT ON COLUMN crm.pipeline.oldest_creation_date IS 'Creation date of the oldest of them.';
