/* Activities: lists of tasks that are given together (domain/2 section 8.1) */
CREATE TABLE crm_data.activity (
	activity_code		text PRIMARY KEY,
	description			text NOT NULL DEFAULT ''
);

CREATE TABLE crm_data.activity_step (
	activity_code		text NOT NULL,
	step_no				integer NOT NULL,
	task_type			text,
	description			text NOT NULL DEFAULT '',
	priority			text NOT NULL DEFAULT 'low',
	date_formula		text,
	PRIMARY KEY (activity_code, step_no),
	CONSTRAINT activity_step_activity_fk FOREIGN KEY (activity_code)
		REFERENCES crm_data.activity ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT activity_step_task_type_check CHECK (task_type IN ('meeting', 'phone call')),
	CONSTRAINT activity_step_priority_check CHECK (priority IN ('low', 'normal', 'high')),
	CONSTRAINT activity_step_date_formula_check CHECK (crm_data.check_date_formula(date_formula))
);

/*
 * Sales cycles (domain/2 section 6.1). Stages go by order; their numbers need not be contiguous. rolls_up says which probability
 * weighs the pipeline: the one that probability_calculation makes of typed percentages, or the one calibrated on closed deals.
 */
CREATE TABLE crm_data.sales_cycle (
	sales_cycle_code		text PRIMARY KEY,
	description				text NOT NULL DEFAULT '',
	probability_calculation	text NOT NULL DEFAULT 'multiply',
	rolls_up				text NOT NULL DEFAULT 'typed',
	blocked					boolean NOT NULL DEFAULT false,
	CONSTRAINT sales_cycle_probability_calculation_check
		CHECK (probability_calculation IN ('multiply', 'add', 'chances of success', 'completed')),
	CONSTRAINT sales_cycle_rolls_up_check CHECK (rolls_up IN ('typed', 'calibrated'))
);

CREATE TABLE crm_data.sales_cycle_stage (
	sales_cycle_code		text NOT NULL,
	sales_cycle_stage		integer NOT NULL,
	description				text NOT NULL DEFAULT '',
	completed_pct			numeric(7,4) NOT NULL DEFAULT 0,
	chances_pct				numeric(7,4) NOT NULL DEFAULT 0,
	activity_code			text,
	quote_required			boolean NOT NULL DEFAULT false,
	allow_skip				boolean NOT NULL DEFAULT false,
	tasks_closed_required	boolean NOT NULL DEFAULT false,
	date_formula			text,
	PRIMARY KEY (sales_cycle_code, sales_cycle_stage),
	CONSTRAINT sales_cycle_stage_sales_cycle_fk FOREIGN KEY (sales_cycle_code)
		REFERENCES crm_data.sales_cycle ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT sales_cycle_stage_activity_fk FOREIGN KEY (activity_code)
		REFERENCES crm_data.activity ON UPDATE CASCADE,
	CONSTRAINT sales_cycle_stage_check CHECK (sales_cycle_stage >= 1),
	CONSTRAINT sales_cycle_stage_completed_pct_check CHECK (completed_pct BETWEEN 0 AND 100),
	CONSTRAINT sales_cycle_stage_chances_pct_check CHECK (chances_pct BETWEEN 0 AND 100),
	CONSTRAINT sales_cycle_stage_date_formula_check CHECK (crm_data.check_date_formula(date_formula))
);
CREATE INDEX sales_cycle_stage_activity_idx ON crm_data.sales_cycle_stage (activity_code) WHERE activity_code IS NOT NULL;

/* Why deals are won and lost (domain/2 section 6.9) */
CREATE TABLE crm_data.close_opportunity_code (
	close_opportunity_code	text PRIMARY KEY,
	description				text NOT NULL DEFAULT '',
	close_type				text NOT NULL,
	CONSTRAINT close_opportunity_code_close_type_check CHECK (close_type IN ('won', 'lost'))
);
