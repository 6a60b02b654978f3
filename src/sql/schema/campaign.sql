/* What opportunities refer to. Prices, targets and statistics of campaigns are a room to come. */
CREATE TABLE crm_data.campaign (
	campaign_no			text PRIMARY KEY,
	description			text NOT NULL DEFAULT '',
	salesperson_code	text,
	starting_date		date,
	ending_date			date,
	activated			boolean NOT NULL DEFAULT false,
	legal_entity		text NOT NULL DEFAULT '',
	CONSTRAINT campaign_salesperson_fk FOREIGN KEY (salesperson_code)
		REFERENCES crm_data.salesperson ON UPDATE CASCADE,
	CONSTRAINT campaign_ending_date_check CHECK (ending_date >= starting_date)
);
CREATE INDEX campaign_salesperson_idx ON crm_data.campaign (salesperson_code) WHERE salesperson_code IS NOT NULL;
