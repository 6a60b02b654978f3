/*
 * How the open pipeline moved, appended with the entry that moved it and never updated, so nobody waits. sign is -1 where
 * an entry is taken back; previous_... is the position left, NULL where the deal was in no pipeline before; stage 0 is none after.
 * crm.compact_pipeline() adds the rows up into pipeline_balance and removes them. Not dumped: restoring the entries makes it anew.
 */
CREATE TABLE crm_data.pipeline_change (
	sign					integer NOT NULL,
	effective_date			date NOT NULL,
	legal_entity			text NOT NULL,
	action_taken			text,
	sales_cycle_code		text NOT NULL,
	sales_cycle_stage		integer NOT NULL,
	company_id				bigint,
	salesperson_code		text,
	campaign_no				text,
	territory_code			text,
	estimated_close_date	date,
	estimated_value			numeric NOT NULL,
	weighted_value			numeric NOT NULL,
	previous_sales_cycle_stage	integer,
	previous_company_id		bigint,
	previous_salesperson_code	text,
	previous_campaign_no	text,
	previous_territory_code	text,
	previous_estimated_close_date	date,
	previous_estimated_value	numeric,
	previous_weighted_value	numeric
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

/*
 * The pipeline as an account: for each group of a dimension what was open at the end of a day on which something moved, and
 * at 'infinity', the present. movements has for each kind of movement, in the order of src/pipeline_sum.c, how often it happened, the value that it
 * moved, and how it changed count, estimated and weighted value, all since the beginning. dimension_key is '' and
 * sales_cycle_stage 0 where a dimension has none. Not dumped.
 */
CREATE TABLE crm_data.pipeline_balance (
	dimension				text NOT NULL,
	legal_entity			text NOT NULL,
	dimension_key			text NOT NULL,
	sales_cycle_stage		integer NOT NULL,
	balance_date			date NOT NULL,
	opportunity_count		bigint NOT NULL,
	estimated_value			numeric NOT NULL,
	weighted_value			numeric NOT NULL,
	movements				numeric[] NOT NULL,
	PRIMARY KEY (dimension, legal_entity, dimension_key, sales_cycle_stage, balance_date)
) WITH (fillfactor = 80);
CREATE INDEX pipeline_balance_present_idx ON crm_data.pipeline_balance (dimension) WHERE balance_date = 'infinity';
