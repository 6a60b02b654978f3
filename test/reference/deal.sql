-- What tests of opportunities start from and look at. Contacts: companies ALFA and BETA (customers), GAMMA (no customer), persons ANA and DAN of ALFA, ZOE of BETA, SOLO of no company.
-- Salespeople S1 to S3, cycles FOUR (a stage of each kind), MULTIPLY, ADD, CHANCES and COMPLETED (of one stage with completed 50, chances 40).
CREATE SCHEMA deal;

INSERT INTO crm.territory (territory_code) VALUES ('NORTH'), ('SOUTH');
INSERT INTO crm.salesperson (salesperson_code, salesperson_name) VALUES ('S1', 'One'), ('S2', 'Two'), ('S3', 'Three');
INSERT INTO crm.salesperson (salesperson_code, blocked) VALUES ('BLOCKED', true);
INSERT INTO crm.contact (contact_no, contact_type, name, salesperson_code, territory_code) VALUES ('ALFA', 'company', 'Alfa', 'S1', 'NORTH'), ('BETA', 'company', 'Beta', 'S2', 'SOUTH'), ('GAMMA', 'company', 'Gamma', 'S3', NULL);
INSERT INTO crm.contact (contact_no, contact_type, name, salesperson_code) VALUES ('SOLO', 'person', 'Solo', 'S1');
INSERT INTO crm.contact (contact_no, contact_type, name, company_id) SELECT v.no, 'person', v.no, c.contact_id
	FROM (VALUES ('ANA', 'ALFA'), ('DAN', 'ALFA'), ('ZOE', 'BETA')) v (no, company) JOIN crm_data.contact c ON c.contact_no = v.company;
INSERT INTO crm.contact_business_relation (contact_id, business_relation_code, link_type, card_no) SELECT contact_id, 'CUST', 'customer', 'C-' || contact_no FROM crm_data.contact WHERE contact_no IN ('ALFA', 'BETA');

INSERT INTO crm.activity (activity_code, description) VALUES ('STEPS', 'Three steps'), ('BARE', 'Bare activity');
INSERT INTO crm.activity_step (activity_code, step_no, task_type, description, priority, date_formula) VALUES
	('STEPS', 10, 'phone call', 'Call', 'high', '1D'), ('STEPS', 20, 'meeting', 'Meet', 'normal', '1W'), ('STEPS', 30, NULL, 'Write', 'low', 'CM');
INSERT INTO crm.sales_cycle (sales_cycle_code, description, probability_calculation) VALUES ('FOUR', 'Four stages', 'chances of success'), ('MULTIPLY', '', 'multiply'), ('ADD', '', 'add'),
	('CHANCES', '', 'chances of success'), ('COMPLETED', '', 'completed');
INSERT INTO crm.sales_cycle_stage (sales_cycle_code, sales_cycle_stage, description, completed_pct, chances_pct) SELECT code, 1, 'Only', 50, 40 FROM unnest('{MULTIPLY,ADD,CHANCES,COMPLETED}'::text[]) code;
INSERT INTO crm.sales_cycle_stage (sales_cycle_code, sales_cycle_stage, description, completed_pct, chances_pct, date_formula, allow_skip) VALUES
	('FOUR', 1, 'First', 10, 20, '2W', true), ('FOUR', 2, 'Second', 40, 50, '1M', true), ('FOUR', 3, 'Third', 70, 0, NULL, false), ('FOUR', 4, 'Fourth', 90, 80, '5D', false);

CREATE FUNCTION deal.contact_id(no text) RETURNS bigint LANGUAGE sql AS $$ SELECT contact_id FROM crm_data.contact WHERE contact_no = no $$;
CREATE FUNCTION deal.today(day date) RETURNS void LANGUAGE sql AS $$ SELECT set_config('crm.work_date', day::text, true) $$;
-- The domain's entries, and the active one
CREATE VIEW deal.entry AS SELECT * FROM crm.opportunity_entry WHERE NOT revised;
CREATE VIEW deal.active AS SELECT * FROM crm_data.opportunity_entry WHERE active;
-- 'stage action chances completed probability calcd' of the active entry
CREATE FUNCTION deal.stands(no text) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', sales_cycle_stage, coalesce(action_taken, 'first'), trim_scale(chances_pct), trim_scale(completed_pct), trim_scale(probability_pct), trim_scale(calcd_current_value)) FROM deal.active WHERE opportunity_no = no $$;
-- 'stage action days_open' of the domain's entries, in order
CREATE FUNCTION deal.history(no text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', sales_cycle_stage, coalesce(action_taken, 'first'), days_open), ', ' ORDER BY entry_no) FROM deal.entry WHERE opportunity_no = no $$;
-- Open tasks as 'description date', in order
CREATE FUNCTION deal.open_tasks(no text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(concat_ws(' ', description, task_date), ', ' ORDER BY task_date, description), '') FROM crm_data.task WHERE opportunity_no = no AND NOT closed $$;
-- What is available, as 'action stage', in the order of the domain's table; * marks the default
CREATE FUNCTION deal.actions(no text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(concat(action, ' ', sales_cycle_stage, CASE WHEN is_default THEN '*' END), ', ' ORDER BY array_position('{first,next,previous,skip,update,jump}', action), sales_cycle_stage), '')
	FROM crm.opportunity_action(no) WHERE action = ANY ('{first,next,previous,skip,update,jump}') $$;
-- A deal in its first stage
CREATE FUNCTION deal.start(no text, cycle text DEFAULT 'FOUR', value numeric DEFAULT 1000, contact text DEFAULT 'ALFA', salesperson text DEFAULT NULL, campaign text DEFAULT NULL, close_date date DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT crm.create_opportunity(no, contact, cycle, salesperson, campaign, opportunity_no => no);
	SELECT crm.opportunity_first(no, value, estimated_close_date => close_date);
	SELECT no $$;
-- The statement fails with one of the SQLSTATEs
CREATE FUNCTION deal.fails(sql text, states text[], name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
BEGIN
	BEGIN
		EXECUTE sql;
	EXCEPTION WHEN OTHERS THEN
		IF sqlstate = ANY (states) THEN
			RETURN ok(true, name);
		END IF;
		message = sqlstate || ' ' || sqlerrm;
	END;
	RETURN ok(false, name) || E'\n' || diag(coalesce(message, 'no error'), ', expected ', states);
END $$;
