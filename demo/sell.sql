-- A year of selling, which the public data do not have: 240 opportunities with customers, made up, but the same ones every time
SELECT crm.install_sales_cycles();
INSERT INTO crm.team (team_code, team_name) VALUES ('EUROPE', 'Europe'), ('WORLD', 'Overseas');
INSERT INTO crm.team_salesperson (team_code, salesperson_code) VALUES ('EUROPE', 'HOME'), ('EUROPE', 'NORTH'), ('EUROPE', 'SOUTH'), ('WORLD', 'OVERSEAS');
INSERT INTO crm.campaign (campaign_no, description, starting_date, ending_date, activated) VALUES ('XMAS', 'Christmas 2011', '2011-08-01', '2011-12-24', true);

-- Numbers drawn from the name: from 0 to below the limit
CREATE FUNCTION pg_temp.draw(name text, what text, below integer) RETURNS integer LANGUAGE sql AS $$
	SELECT ('x' || left(md5(name || what), 7))::bit(28)::integer % below $$;

CREATE TEMP TABLE deal AS
SELECT c.*, d.*, d.first_day + (last_stage - 1) * pace AS last_day
FROM (SELECT contact_no, name, CASE pg_temp.draw(name, 'cycle', 3) WHEN 0 THEN 'EXISTING' ELSE 'NEW' END AS cycle
	FROM crm.contact WHERE contact_type = 'company' ORDER BY md5(name) LIMIT 240) AS c
CROSS JOIN LATERAL (SELECT date '2010-12-01' + pg_temp.draw(name, 'day', 360) AS first_day, 8 + pg_temp.draw(name, 'pace', 18) AS pace, 500 + 100 * pg_temp.draw(name, 'value', 90) AS value,
	1 + pg_temp.draw(name, 'stage', CASE cycle WHEN 'NEW' THEN 5 ELSE 2 END) AS last_stage) AS d;

-- From first contact through the stages; half the deals get another value and date on the way, some another salesperson; five of six are closed
CREATE TEMP TABLE deal_event AS
SELECT event.*, deal.* FROM deal CROSS JOIN LATERAL (
	SELECT first_day, 'first' UNION ALL
	SELECT first_day + s * pace, 'next' FROM generate_series(1, last_stage - 1) AS s UNION ALL
	SELECT last_day + 3, 'update' WHERE pg_temp.draw(name, 'update', 2) = 0 UNION ALL
	SELECT last_day + 5, 'change' WHERE pg_temp.draw(name, 'change', 20) = 0 UNION ALL
	SELECT last_day + 6 + pg_temp.draw(name, 'close', 25), CASE WHEN last_stage >= CASE cycle WHEN 'NEW' THEN 4 ELSE 2 END AND pg_temp.draw(name, 'won', 10) < 7 THEN 'won' ELSE 'lost' END
	WHERE pg_temp.draw(name, 'open', 6) > 0) AS event (happens_on, action)
WHERE happens_on <= '2011-12-09';

-- The tables are new and not analyzed yet, so that planning for every single value would take most of the time
SET plan_cache_mode = force_generic_plan;
DO $$
DECLARE
	event deal_event;
	no text;
BEGIN
	FOR event IN SELECT * FROM deal_event ORDER BY happens_on, name, action LOOP
		PERFORM set_config('crm.work_date', event.happens_on::text, false);
		SELECT opportunity_no INTO no FROM crm.opportunity WHERE description = 'Range for ' || event.name;
		CASE event.action
		WHEN 'first' THEN
			PERFORM crm.create_opportunity('Range for ' || event.name, event.contact_no, event.cycle, campaign_no => CASE WHEN event.happens_on >= '2011-08-01' THEN 'XMAS' END,
				activate_first_stage => true, estimated_value => event.value);
		WHEN 'next' THEN
			PERFORM crm.opportunity_next(no);
		WHEN 'update' THEN
			PERFORM crm.opportunity_update(no, event.value * (70 + pg_temp.draw(event.name, 'revalue', 70)) / 100, estimated_close_date => event.happens_on + 10 + pg_temp.draw(event.name, 'date', 60));
		WHEN 'change' THEN
			PERFORM crm.change_opportunity(no, 'OVERSEAS');
		WHEN 'won' THEN
			PERFORM crm.opportunity_won(no, (ARRAY['W-PRICE', 'W-PRODUCT', 'W-SERVICE'])[1 + pg_temp.draw(event.name, 'why', 3)]);
		WHEN 'lost' THEN
			PERFORM crm.opportunity_lost(no, (ARRAY['L-BUDGET', 'L-PRICE', 'L-SILENCE'])[1 + pg_temp.draw(event.name, 'why', 3)]);
		END CASE;
	END LOOP;
END $$;
