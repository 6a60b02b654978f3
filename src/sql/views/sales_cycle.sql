CREATE OR REPLACE VIEW crm.sales_cycle WITH (security_invoker = true) AS SELECT
	c.sales_cycle_code,
	c.description,
	c.probability_calculation,
	c.rolls_up,
	c.blocked
FROM crm_data.sales_cycle AS c;
COMMENT ON VIEW crm.sales_cycle IS 'Sales cycles: the ways in which deals go through stages. Deleting one deletes its stages; error on delete, or when its code changes: 23503 it has opportunities.';
COMMENT ON COLUMN crm.sales_cycle.sales_cycle_code IS 'Code of the cycle; key. Stored in upper case.';
COMMENT ON COLUMN crm.sales_cycle.description IS 'Description.';
COMMENT ON COLUMN crm.sales_cycle.probability_calculation IS 'What makes the probability of a deal, in percent: ''multiply'' (default), chances of success times part completed; ''add'', the mean of the two; ''chances of success''; ''completed''.';
COMMENT ON COLUMN crm.sales_cycle.rolls_up IS 'Which probability weighs its deals in crm.pipeline: ''typed'' (default), the one that probability_calculation makes; ''calibrated'', the one learned from closed deals.';
COMMENT ON COLUMN crm.sales_cycle.blocked IS 'Whether no new opportunity may choose it. Opportunities that have it go on.';

CREATE OR REPLACE VIEW crm.sales_cycle_stage WITH (security_invoker = true) AS SELECT
	s.sales_cycle_code,
	s.sales_cycle_stage,
	s.description,
	s.completed_pct,
	s.chances_pct,
	s.activity_code,
	s.quote_required,
	s.allow_skip,
	s.tasks_closed_required,
	s.date_formula
FROM crm_data.sales_cycle_stage AS s;
COMMENT ON VIEW crm.sales_cycle_stage IS 'Stages of sales cycles. Errors: 23514 a percentage outside 0 to 100, a stage below 1; 22007 an invalid date formula; 23503 on delete, or when the key changes: open opportunities stand on the stage.';
COMMENT ON COLUMN crm.sales_cycle_stage.sales_cycle_code IS 'Cycle, see crm.sales_cycle; key with sales_cycle_stage.';
COMMENT ON COLUMN crm.sales_cycle_stage.sales_cycle_stage IS 'Number, 1 or more, that orders the stages of the cycle. Numbers may be left out.';
COMMENT ON COLUMN crm.sales_cycle_stage.description IS 'Description.';
COMMENT ON COLUMN crm.sales_cycle_stage.completed_pct IS 'Part of the cycle that is completed in this stage, in percent.';
COMMENT ON COLUMN crm.sales_cycle_stage.chances_pct IS 'Chances of success that deals of this stage have by default, in percent; 0 keeps a deal''s own.';
COMMENT ON COLUMN crm.sales_cycle_stage.activity_code IS 'Activity whose tasks a deal gets when it enters the stage, see crm.activity.';
COMMENT ON COLUMN crm.sales_cycle_stage.quote_required IS 'Whether a deal may go forward to this stage only with a quote.';
COMMENT ON COLUMN crm.sales_cycle_stage.allow_skip IS 'Whether a deal may pass this stage over.';
COMMENT ON COLUMN crm.sales_cycle_stage.tasks_closed_required IS 'Whether a deal leaves this stage forward, or is won, only when no task of it is open.';
COMMENT ON COLUMN crm.sales_cycle_stage.date_formula IS 'Date formula that leads from entering the stage to the estimated closing date; also from the planned start of the stage before to that of this one.';

CREATE OR REPLACE VIEW crm.close_opportunity_code WITH (security_invoker = true) AS SELECT
	c.close_opportunity_code,
	c.description,
	c.close_type,
	(SELECT count(*) FROM crm_data.opportunity_entry AS e
		WHERE e.close_opportunity_code = c.close_opportunity_code AND NOT e.revised) AS entry_count
FROM crm_data.close_opportunity_code AS c;
COMMENT ON VIEW crm.close_opportunity_code IS 'Reasons for which deals are won and lost; crm.win_loss_reason counts them. Errors: 23514 an unknown type; 23503 on delete, or when the code changes: opportunities were closed with it.';
COMMENT ON COLUMN crm.close_opportunity_code.close_opportunity_code IS 'Code; key. Stored in upper case.';
COMMENT ON COLUMN crm.close_opportunity_code.description IS 'Description.';
COMMENT ON COLUMN crm.close_opportunity_code.close_type IS '''won'' or ''lost''.';
COMMENT ON COLUMN crm.close_opportunity_code.entry_count IS 'Entries of opportunities that have it.';

CREATE OR REPLACE VIEW crm.activity WITH (security_invoker = true) AS SELECT
	a.activity_code,
	a.description
FROM crm_data.activity AS a;
COMMENT ON VIEW crm.activity IS 'Activities: lists of tasks that are given together, see crm.activity_step. Deleting one deletes its steps; error: 23503 a stage of a sales cycle gives it.';
COMMENT ON COLUMN crm.activity.activity_code IS 'Code; key. Stored in upper case.';
COMMENT ON COLUMN crm.activity.description IS 'Description.';

CREATE OR REPLACE VIEW crm.activity_step WITH (security_invoker = true) AS SELECT
	s.activity_code,
	s.step_no,
	s.task_type,
	s.description,
	s.priority,
	s.date_formula
FROM crm_data.activity_step AS s;
COMMENT ON VIEW crm.activity_step IS 'Steps of activities; each gives one task. Errors: 23514 an unknown type or priority; 22007 an invalid date formula.';
COMMENT ON COLUMN crm.activity_step.activity_code IS 'Activity, see crm.activity; key with step_no.';
COMMENT ON COLUMN crm.activity_step.step_no IS 'Number that orders the steps.';
COMMENT ON COLUMN crm.activity_step.task_type IS '''meeting'', ''phone call'', or NULL for any other task.';
COMMENT ON COLUMN crm.activity_step.description IS 'Description of the task.';
COMMENT ON COLUMN crm.activity_step.priority IS '''low'' (default), ''normal'' or ''high''.';
COMMENT ON COLUMN crm.activity_step.date_formula IS 'Date formula that leads from the start of the activity, the same for all steps, to the date of the task; NULL for the start.';
