CREATE OR REPLACE VIEW crm.campaign WITH (security_invoker = true) AS SELECT
	c.campaign_no,
	c.description,
	c.salesperson_code,
	c.starting_date,
	c.ending_date,
	c.activated,
	c.legal_entity
FROM crm_data.campaign AS c;
COMMENT ON VIEW crm.campaign IS 'Campaigns. Errors: 23514 a campaign ends before it starts; 23503 on delete, or when its number changes: it has opportunities.';
COMMENT ON COLUMN crm.campaign.campaign_no IS 'Number of the campaign; key. Stored in upper case.';
COMMENT ON COLUMN crm.campaign.description IS 'Description.';
COMMENT ON COLUMN crm.campaign.salesperson_code IS 'Salesperson responsible, see crm.salesperson.';
COMMENT ON COLUMN crm.campaign.starting_date IS 'First day, NULL for no bound.';
COMMENT ON COLUMN crm.campaign.ending_date IS 'Last day, NULL for no bound.';
COMMENT ON COLUMN crm.campaign.activated IS 'Whether the campaign runs: only then opportunities may refer to it, when they are created on one of its days.';
COMMENT ON COLUMN crm.campaign.legal_entity IS 'Legal entity, '''' for the only one.';
