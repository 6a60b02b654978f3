CREATE OR REPLACE VIEW crm.opportunity WITH (security_invoker = true) AS SELECT
	o.opportunity_no,
	o.description,
	o.salesperson_code,
	o.campaign_no,
	o.contact_id,
	o.company_id,
	o.sales_cycle_code,
	o.status,
	o.priority,
	o.creation_date,
	o.date_closed,
	o.segment_no,
	o.lead_source,
	o.currency_code,
	o.forecast_category,
	o.sales_document_type,
	o.sales_document_no,
	o.source_id,
	o.document_key,
	o.legal_entity,
	o.last_modified_at,
	(SELECT c.contact_no FROM crm_data.contact AS c WHERE c.contact_id = o.contact_id) AS contact_no
FROM crm_data.opportunity AS o;
COMMENT ON VIEW crm.opportunity IS 'Opportunities. Inserting fills blanks; salesperson, campaign, contact and priority change while one is open, which revises its active entry; where the deal stands is changed by functions only. Deleting one takes its entries and comments along. Errors: 42704 unknown salesperson, sales cycle, campaign or contact; 23502 description, contact, salesperson or sales cycle missing; 55000 something blocked, a campaign that does not fit, a column that cannot be changed (any more), deleting one in progress, no number series; 428C9 a number that the series does not allow; 23514 another priority or forecast category.';
COMMENT ON COLUMN crm.opportunity.opportunity_no IS 'Number, key. Blank on insert: the next free one of the number series in crm.setup. It stays.';
COMMENT ON COLUMN crm.opportunity.description IS 'Description.';
COMMENT ON COLUMN crm.opportunity.salesperson_code IS 'Salesperson in charge, key of crm.salesperson. Blank on insert: that of the contact, else of the user. A blocked one is refused.';
COMMENT ON COLUMN crm.opportunity.campaign_no IS 'Campaign that it comes from, key of crm.campaign: activated, and running on creation_date.';
COMMENT ON COLUMN crm.opportunity.contact_id IS 'The contact, key of crm.contact. Once started, only another one of the same company can take its place.';
COMMENT ON COLUMN crm.opportunity.company_id IS 'Company of the contact, key of crm.contact; it follows the contact.';
COMMENT ON COLUMN crm.opportunity.sales_cycle_code IS 'Sales cycle, key of crm.sales_cycle, until it is started. Blank on insert: that of crm.setup. A blocked one is refused.';
COMMENT ON COLUMN crm.opportunity.status IS '''not started'', ''in progress'', ''won'' or ''lost''; changed by crm.opportunity_first(), crm.opportunity_won() and crm.opportunity_lost() only.';
COMMENT ON COLUMN crm.opportunity.priority IS '''low'', ''normal'' or ''high''.';
COMMENT ON COLUMN crm.opportunity.creation_date IS 'Business date on which it was created, whatever was given.';
COMMENT ON COLUMN crm.opportunity.date_closed IS 'Date on which it was won or lost.';
COMMENT ON COLUMN crm.opportunity.segment_no IS 'Segment that it comes from.';
COMMENT ON COLUMN crm.opportunity.lead_source IS 'Where the lead came from, in words of the user''s own.';
COMMENT ON COLUMN crm.opportunity.currency_code IS 'Currency of the values that are given for it, until it is started; NULL for the local currency.';
COMMENT ON COLUMN crm.opportunity.forecast_category IS 'What the salesperson forecasts: ''commit'', ''best case'', ''pipeline'' or ''omitted''; NULL for nothing.';
COMMENT ON COLUMN crm.opportunity.sales_document_type IS 'Type of the document that stands for it: ''quote'', ''order'' or ''posted invoice''; see crm.link_document().';
COMMENT ON COLUMN crm.opportunity.sales_document_no IS 'Number of that document.';
COMMENT ON COLUMN crm.opportunity.source_id IS 'Source of that document, see crm.source.';
COMMENT ON COLUMN crm.opportunity.document_key IS 'Key of that document in the table of its source.';
COMMENT ON COLUMN crm.opportunity.legal_entity IS 'Legal entity, '''' for the only one. Blank on insert: that of the contact.';
COMMENT ON COLUMN crm.opportunity.last_modified_at IS 'Instant of the last change. A row that is inserted with one is taken as it is.';
COMMENT ON COLUMN crm.opportunity.contact_no IS 'Number of the contact.';

CREATE OR REPLACE VIEW crm.opportunity_entry WITH (security_invoker = true) AS SELECT
	e.opportunity_entry_id,
	e.entry_no,
	e.revised,
	e.opportunity_no,
	e.sales_cycle_code,
	e.sales_cycle_stage,
	CASE WHEN e.entry_no = e.opportunity_entry_id THEN e.previous_sales_cycle_stage ELSE
		(SELECT f.previous_sales_cycle_stage FROM crm_data.opportunity_entry AS f WHERE f.opportunity_entry_id = e.entry_no) END AS previous_sales_cycle_stage,
	e.contact_id,
	e.company_id,
	e.salesperson_code,
	e.campaign_no,
	e.date_of_change,
	e.active,
	e.date_closed,
	e.days_open,
	e.action_taken,
	e.estimated_value,
	e.calcd_current_value,
	e.completed_pct,
	e.chances_pct,
	e.probability_pct,
	e.close_opportunity_code,
	e.estimated_close_date,
	e.expected_month,
	e.territory_code,
	e.legal_entity,
	e.creation_date,
	e.currency_code,
	e.currency_rate,
	e.document_value,
	e.calibrated_pct,
	e.weighted_value,
	e.previous_company_id,
	e.previous_salesperson_code,
	e.previous_campaign_no,
	e.previous_territory_code,
	e.previous_estimated_value,
	e.previous_weighted_value,
	e.previous_estimated_close_date,
	e.valid_from,
	e.valid_to,
	e.effective_date,
	e.user_name,
	e.recorded_at
FROM crm_data.opportunity_entry AS e;
COMMENT ON VIEW crm.opportunity_entry IS 'What opportunities went through, written by functions such as crm.opportunity_first(). Where the original rewrites an entry, this appends one that revises it. Error: 42501 written by anybody but an admin.';
COMMENT ON COLUMN crm.opportunity_entry.opportunity_entry_id IS 'Key; later entries have larger ones.';
COMMENT ON COLUMN crm.opportunity_entry.entry_no IS 'Number of the entry; a revision has that of the entry whose place it takes.';
COMMENT ON COLUMN crm.opportunity_entry.revised IS 'Whether another one has taken its place because salesperson, campaign, contact, territory, probability or value changed. Those that are not revised are the steps that the deal went.';
COMMENT ON COLUMN crm.opportunity_entry.opportunity_no IS 'The opportunity, key of crm.opportunity.';
COMMENT ON COLUMN crm.opportunity_entry.sales_cycle_code IS 'Sales cycle, key of crm.sales_cycle.';
COMMENT ON COLUMN crm.opportunity_entry.sales_cycle_stage IS 'Stage entered, see crm.sales_cycle_stage; 0 for entries that close.';
COMMENT ON COLUMN crm.opportunity_entry.previous_sales_cycle_stage IS 'Stage left, NULL for none.';
COMMENT ON COLUMN crm.opportunity_entry.contact_id IS 'Contact, key of crm.contact.';
COMMENT ON COLUMN crm.opportunity_entry.company_id IS 'Company of the contact.';
COMMENT ON COLUMN crm.opportunity_entry.salesperson_code IS 'Salesperson, key of crm.salesperson.';
COMMENT ON COLUMN crm.opportunity_entry.campaign_no IS 'Campaign, key of crm.campaign.';
COMMENT ON COLUMN crm.opportunity_entry.date_of_change IS 'Date of the change.';
COMMENT ON COLUMN crm.opportunity_entry.active IS 'Whether the opportunity stands at this entry; one of an opportunity, which a closed one keeps.';
COMMENT ON COLUMN crm.opportunity_entry.date_closed IS 'Date of closing, of entries that close.';
COMMENT ON COLUMN crm.opportunity_entry.days_open IS 'Days from this entry to the next; 0 for the active one.';
COMMENT ON COLUMN crm.opportunity_entry.action_taken IS '''next'', ''previous'', ''updated'', ''jumped'', ''won'', ''lost'', or NULL for the first.';
COMMENT ON COLUMN crm.opportunity_entry.estimated_value IS 'Estimated value, in local currency.';
COMMENT ON COLUMN crm.opportunity_entry.calcd_current_value IS 'Estimated value times probability, not rounded; of won ones the sales value, of lost ones 0. In local currency.';
COMMENT ON COLUMN crm.opportunity_entry.completed_pct IS 'Part completed, in percent.';
COMMENT ON COLUMN crm.opportunity_entry.chances_pct IS 'Chances of success, in percent.';
COMMENT ON COLUMN crm.opportunity_entry.probability_pct IS 'Probability, in percent, not rounded: made of the two as the sales cycle says.';
COMMENT ON COLUMN crm.opportunity_entry.close_opportunity_code IS 'Why it was won or lost, key of crm.close_opportunity_code.';
COMMENT ON COLUMN crm.opportunity_entry.estimated_close_date IS 'Date of closing: expected, or the real one of won and lost opportunities.';
COMMENT ON COLUMN crm.opportunity_entry.expected_month IS 'First day of the month of closing.';
COMMENT ON COLUMN crm.opportunity_entry.territory_code IS 'Territory of the contact, key of crm.territory.';
COMMENT ON COLUMN crm.opportunity_entry.legal_entity IS 'Legal entity, '''' for the only one.';
COMMENT ON COLUMN crm.opportunity_entry.creation_date IS 'Creation date of the opportunity.';
COMMENT ON COLUMN crm.opportunity_entry.currency_code IS 'Currency of the opportunity; NULL for the local one.';
COMMENT ON COLUMN crm.opportunity_entry.currency_rate IS 'What one unit of that currency is in local currency.';
COMMENT ON COLUMN crm.opportunity_entry.document_value IS 'Estimated value in that currency.';
COMMENT ON COLUMN crm.opportunity_entry.calibrated_pct IS 'Probability calibrated on closed deals, in percent; NULL where there is none.';
COMMENT ON COLUMN crm.opportunity_entry.weighted_value IS 'What it weighs in the pipeline: estimated value times calibrated probability where the sales cycle rolls up by it, else calcd_current_value; 0 for entries that close.';
COMMENT ON COLUMN crm.opportunity_entry.previous_company_id IS 'Company before this entry; like all of previous_..., NULL where the deal was not open before.';
COMMENT ON COLUMN crm.opportunity_entry.previous_salesperson_code IS 'Salesperson before this entry.';
COMMENT ON COLUMN crm.opportunity_entry.previous_campaign_no IS 'Campaign before this entry.';
COMMENT ON COLUMN crm.opportunity_entry.previous_territory_code IS 'Territory before this entry.';
COMMENT ON COLUMN crm.opportunity_entry.previous_estimated_value IS 'Estimated value before this entry.';
COMMENT ON COLUMN crm.opportunity_entry.previous_weighted_value IS 'Weighted value before this entry.';
COMMENT ON COLUMN crm.opportunity_entry.previous_estimated_close_date IS 'Date of closing before this entry.';
COMMENT ON COLUMN crm.opportunity_entry.valid_from IS 'Instant from which on the deal stood as the entry says.';
COMMENT ON COLUMN crm.opportunity_entry.valid_to IS 'Instant until before which it did; infinity for the active entry.';
COMMENT ON COLUMN crm.opportunity_entry.effective_date IS 'Date of valid_from in the time zone of crm.setup.';
COMMENT ON COLUMN crm.opportunity_entry.user_name IS 'User who wrote it.';
COMMENT ON COLUMN crm.opportunity_entry.recorded_at IS 'Instant at which it was written.';

CREATE OR REPLACE VIEW crm.opportunity_card WITH (security_invoker = true) AS SELECT
	o.opportunity_no,
	o.description,
	o.status,
	o.priority,
	o.creation_date,
	o.date_closed,
	o.contact_id,
	c.contact_no,
	c.name AS contact_name,
	o.company_id,
	y.name AS company_name,
	o.salesperson_code,
	s.salesperson_name,
	o.campaign_no,
	o.sales_cycle_code,
	e.sales_cycle_stage,
	st.description AS stage_description,
	e.action_taken,
	e.date_of_change,
	coalesce(e.estimated_value, 0)::numeric(24,6) AS estimated_value,
	o.currency_code,
	e.document_value,
	coalesce(e.chances_pct, 0)::numeric(7,4) AS chances_pct,
	coalesce(e.completed_pct, 0)::numeric(7,4) AS completed_pct,
	round(coalesce(e.probability_pct, 0), 2)::numeric(5,2) AS probability_pct,
	round(coalesce(e.calcd_current_value, 0), 2)::numeric(24,2) AS calcd_current_value,
	round(coalesce(e.weighted_value, 0), 2)::numeric(24,2) AS weighted_value,
	e.estimated_close_date,
	e.close_opportunity_code,
	o.sales_document_type,
	o.sales_document_no,
	crm_data.quote_value(o.opportunity_no)::numeric(24,6) AS quote_value,
	crm_data.invoiced_value(o.opportunity_no)::numeric(24,6) AS invoiced_value,
	(SELECT count(*) FROM crm_data.task AS t WHERE t.opportunity_no = o.opportunity_no AND NOT t.closed) AS open_task_count,
	(SELECT count(*) FROM crm_data.interaction AS i WHERE i.opportunity_no = o.opportunity_no AND NOT i.canceled AND NOT i.postponed) AS interaction_count,
	(SELECT count(*) > 0 FROM crm_data.comment_line AS l WHERE l.opportunity_no = o.opportunity_no) AS has_comment,
	o.legal_entity
FROM crm_data.opportunity AS o
	LEFT JOIN crm_data.opportunity_entry AS e ON e.opportunity_no = o.opportunity_no AND e.active
	LEFT JOIN crm_data.sales_cycle_stage AS st ON st.sales_cycle_code = e.sales_cycle_code AND st.sales_cycle_stage = e.sales_cycle_stage
	LEFT JOIN crm_data.contact AS c ON c.contact_id = o.contact_id
	LEFT JOIN crm_data.contact AS y ON y.contact_id = o.company_id
	LEFT JOIN crm_data.salesperson AS s ON s.salesperson_code = o.salesperson_code;
COMMENT ON VIEW crm.opportunity_card IS 'Opportunities at a glance: the card with the figures of the active entry, which are rounded here.';
COMMENT ON COLUMN crm.opportunity_card.opportunity_no IS 'Number, key.';
COMMENT ON COLUMN crm.opportunity_card.description IS 'Description.';
COMMENT ON COLUMN crm.opportunity_card.status IS '''not started'', ''in progress'', ''won'' or ''lost''.';
COMMENT ON COLUMN crm.opportunity_card.priority IS '''low'', ''normal'' or ''high''.';
COMMENT ON COLUMN crm.opportunity_card.creation_date IS 'Creation date.';
COMMENT ON COLUMN crm.opportunity_card.date_closed IS 'Date on which it was won or lost.';
COMMENT ON COLUMN crm.opportunity_card.contact_id IS 'The contact, key of crm.contact.';
COMMENT ON COLUMN crm.opportunity_card.contact_no IS 'Number of the contact.';
COMMENT ON COLUMN crm.opportunity_card.contact_name IS 'Name of the contact.';
COMMENT ON COLUMN crm.opportunity_card.company_id IS 'Company of the contact.';
COMMENT ON COLUMN crm.opportunity_card.company_name IS 'Name of the company.';
COMMENT ON COLUMN crm.opportunity_card.salesperson_code IS 'Salesperson in charge.';
COMMENT ON COLUMN crm.opportunity_card.salesperson_name IS 'Name of the salesperson.';
COMMENT ON COLUMN crm.opportunity_card.campaign_no IS 'Campaign, see crm.campaign.';
COMMENT ON COLUMN crm.opportunity_card.sales_cycle_code IS 'Sales cycle, see crm.sales_cycle.';
COMMENT ON COLUMN crm.opportunity_card.sales_cycle_stage IS 'Stage where it stands; NULL before it is started, 0 when it is closed.';
COMMENT ON COLUMN crm.opportunity_card.stage_description IS 'Description of the stage.';
COMMENT ON COLUMN crm.opportunity_card.action_taken IS 'How it came there.';
COMMENT ON COLUMN crm.opportunity_card.date_of_change IS 'Date on which it last changed.';
COMMENT ON COLUMN crm.opportunity_card.estimated_value IS 'Estimated value, in local currency.';
COMMENT ON COLUMN crm.opportunity_card.currency_code IS 'Currency of the opportunity; NULL for the local one.';
COMMENT ON COLUMN crm.opportunity_card.document_value IS 'Estimated value in that currency.';
COMMENT ON COLUMN crm.opportunity_card.chances_pct IS 'Chances of success, in percent.';
COMMENT ON COLUMN crm.opportunity_card.completed_pct IS 'Part completed, in percent.';
COMMENT ON COLUMN crm.opportunity_card.probability_pct IS 'Probability, in percent, rounded.';
COMMENT ON COLUMN crm.opportunity_card.calcd_current_value IS 'Estimated value times probability, rounded; of won ones the sales value. In local currency.';
COMMENT ON COLUMN crm.opportunity_card.weighted_value IS 'What it weighs in the pipeline, rounded, in local currency.';
COMMENT ON COLUMN crm.opportunity_card.estimated_close_date IS 'Date of closing, expected or real.';
COMMENT ON COLUMN crm.opportunity_card.close_opportunity_code IS 'Why it was won or lost.';
COMMENT ON COLUMN crm.opportunity_card.sales_document_type IS 'Type of the document that stands for it: ''quote'', ''order'' or ''posted invoice''.';
COMMENT ON COLUMN crm.opportunity_card.sales_document_no IS 'Number of that document.';
COMMENT ON COLUMN crm.opportunity_card.quote_value IS 'Total of the linked quote, net of tax in local currency; NULL without a quote.';
COMMENT ON COLUMN crm.opportunity_card.invoiced_value IS 'What has been invoiced of it, net of tax in local currency.';
COMMENT ON COLUMN crm.opportunity_card.open_task_count IS 'Tasks that are open.';
COMMENT ON COLUMN crm.opportunity_card.interaction_count IS 'Interactions, neither canceled nor postponed.';
COMMENT ON COLUMN crm.opportunity_card.has_comment IS 'Whether there are comments, see crm.comment_line.';
COMMENT ON COLUMN crm.opportunity_card.legal_entity IS 'Legal entity, '''' for the only one.';

CREATE OR REPLACE VIEW crm.task WITH (security_invoker = true) AS SELECT
	t.task_id,
	t.task_type,
	t.description,
	t.priority,
	t.status,
	t.task_date,
	t.duration_minutes,
	t.closed,
	t.canceled,
	t.date_closed,
	t.recurring,
	t.recurring_date_interval,
	t.calc_due_date_from,
	t.salesperson_code,
	t.contact_id,
	t.company_id,
	t.campaign_no,
	t.segment_no,
	t.opportunity_no,
	t.opportunity_entry_no,
	t.legal_entity
FROM crm_data.task AS t;
COMMENT ON VIEW crm.task IS 'Tasks, as the stages of sales cycles make them. Errors: 23503 unknown salesperson, contact, campaign or opportunity; 23514 a value that its column does not take, date out of 1900 to 2999, duration out of one minute to 3650 days, closed without date or status completed.';
COMMENT ON COLUMN crm.task.task_id IS 'Key.';
COMMENT ON COLUMN crm.task.task_type IS '''meeting'', ''phone call'', or NULL for any other task.';
COMMENT ON COLUMN crm.task.description IS 'Description.';
COMMENT ON COLUMN crm.task.priority IS '''low'', ''normal'' or ''high''.';
COMMENT ON COLUMN crm.task.status IS '''not started'', ''in progress'', ''completed'', ''waiting'' or ''postponed''.';
COMMENT ON COLUMN crm.task.task_date IS 'Date.';
COMMENT ON COLUMN crm.task.duration_minutes IS 'Duration in minutes, one to 3650 days.';
COMMENT ON COLUMN crm.task.closed IS 'Whether it is closed: completed or canceled.';
COMMENT ON COLUMN crm.task.canceled IS 'Whether it is canceled.';
COMMENT ON COLUMN crm.task.date_closed IS 'Date on which it was closed.';
COMMENT ON COLUMN crm.task.recurring IS 'Whether it comes again.';
COMMENT ON COLUMN crm.task.recurring_date_interval IS 'Date formula that leads to the next one.';
COMMENT ON COLUMN crm.task.calc_due_date_from IS 'What that starts from: ''due date'' or ''closing date''.';
COMMENT ON COLUMN crm.task.salesperson_code IS 'Whose task it is, key of crm.salesperson.';
COMMENT ON COLUMN crm.task.contact_id IS 'Contact that it is about, key of crm.contact.';
COMMENT ON COLUMN crm.task.company_id IS 'Company of the contact.';
COMMENT ON COLUMN crm.task.campaign_no IS 'Campaign, key of crm.campaign.';
COMMENT ON COLUMN crm.task.segment_no IS 'Segment.';
COMMENT ON COLUMN crm.task.opportunity_no IS 'Opportunity, key of crm.opportunity.';
COMMENT ON COLUMN crm.task.opportunity_entry_no IS 'Entry of the opportunity that made it, entry_no of crm.opportunity_entry.';
COMMENT ON COLUMN crm.task.legal_entity IS 'Legal entity, '''' for the only one.';
