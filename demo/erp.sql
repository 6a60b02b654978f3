-- A small ERP: what crm attaches to. It knows nothing of crm.
CREATE SCHEMA erp;
SET search_path = erp;

CREATE TABLE salesperson (
	salesperson_code	text PRIMARY KEY,
	name				text NOT NULL
);

CREATE TABLE country (
	country_code		text PRIMARY KEY,
	name				text NOT NULL UNIQUE,
	salesperson_code	text NOT NULL REFERENCES salesperson
);

CREATE TABLE customer (
	customer_no			integer PRIMARY KEY,
	name				text NOT NULL,
	country_code		text NOT NULL REFERENCES country,
	salesperson_code	text REFERENCES salesperson,
	currency_code		text NOT NULL DEFAULT 'GBP',
	phone_no			text,
	email				text
);

CREATE TABLE item (
	item_no				text PRIMARY KEY,
	description			text
);

-- A document is written as a draft; posting fixes its date, due date and amount
CREATE TABLE sales_document (
	document_id			bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	document_no			text NOT NULL UNIQUE,
	document_type		text NOT NULL CHECK (document_type IN ('invoice', 'credit memo')),
	state				text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'posted')),
	customer_no			integer REFERENCES customer,
	country_code		text NOT NULL REFERENCES country,
	salesperson_code	text REFERENCES salesperson,
	document_at			timestamp NOT NULL,
	currency_code		text NOT NULL DEFAULT 'GBP',
	posting_date		date,
	due_date			date,
	net_amount			numeric,
	CHECK (state = 'draft' OR num_nulls(posting_date, due_date, net_amount) = 0)
);
CREATE INDEX ON sales_document (customer_no);

CREATE TABLE sales_document_line (
	document_id			bigint NOT NULL REFERENCES sales_document ON DELETE CASCADE,
	line_no				integer NOT NULL,
	item_no				text NOT NULL REFERENCES item,
	description			text,
	quantity			integer NOT NULL,
	unit_price			numeric NOT NULL,
	entered_at			timestamp NOT NULL,
	PRIMARY KEY (document_id, line_no)
);

CREATE FUNCTION post(document_id bigint) RETURNS void BEGIN ATOMIC
	UPDATE sales_document d
	SET state = 'posted', posting_date = d.document_at::date, due_date = d.document_at::date + 30,
		net_amount = (SELECT sum(l.quantity * l.unit_price) FROM sales_document_line l WHERE l.document_id = d.document_id)
	WHERE d.document_id = post.document_id AND d.state = 'draft';
END;

INSERT INTO salesperson VALUES
	('HOME', 'Desk British Isles'), ('NORTH', 'Desk Northern Europe'),
	('SOUTH', 'Desk Southern Europe'), ('OVERSEAS', 'Desk Overseas');

-- ISO 3166 where it has a code; XC and XX are user-assigned
INSERT INTO country VALUES
	('GB', 'United Kingdom', 'HOME'), ('IE', 'EIRE', 'HOME'), ('XC', 'Channel Islands', 'HOME'),
	('AT', 'Austria', 'NORTH'), ('BE', 'Belgium', 'NORTH'), ('CH', 'Switzerland', 'NORTH'), ('CZ', 'Czech Republic', 'NORTH'),
	('DE', 'Germany', 'NORTH'), ('DK', 'Denmark', 'NORTH'), ('FI', 'Finland', 'NORTH'), ('IS', 'Iceland', 'NORTH'),
	('LT', 'Lithuania', 'NORTH'), ('NL', 'Netherlands', 'NORTH'), ('NO', 'Norway', 'NORTH'), ('PL', 'Poland', 'NORTH'),
	('SE', 'Sweden', 'NORTH'), ('EU', 'European Community', 'NORTH'),
	('CY', 'Cyprus', 'SOUTH'), ('ES', 'Spain', 'SOUTH'), ('FR', 'France', 'SOUTH'), ('GR', 'Greece', 'SOUTH'),
	('IT', 'Italy', 'SOUTH'), ('MT', 'Malta', 'SOUTH'), ('PT', 'Portugal', 'SOUTH'),
	('AE', 'United Arab Emirates', 'OVERSEAS'), ('AU', 'Australia', 'OVERSEAS'), ('BH', 'Bahrain', 'OVERSEAS'),
	('BR', 'Brazil', 'OVERSEAS'), ('CA', 'Canada', 'OVERSEAS'), ('HK', 'Hong Kong', 'OVERSEAS'), ('IL', 'Israel', 'OVERSEAS'),
	('JP', 'Japan', 'OVERSEAS'), ('LB', 'Lebanon', 'OVERSEAS'), ('SA', 'Saudi Arabia', 'OVERSEAS'),
	('SG', 'Singapore', 'OVERSEAS'), ('US', 'USA', 'OVERSEAS'), ('ZA', 'RSA', 'OVERSEAS'), ('XX', 'Unspecified', 'OVERSEAS');

-- The public data as it comes
CREATE TABLE retail (
	retail_id			integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	document_no			text NOT NULL,
	entered_at			timestamp NOT NULL,
	customer_no			integer,
	country				text NOT NULL,
	item_no				text NOT NULL,
	unit_price			numeric NOT NULL,
	quantity			integer NOT NULL,
	description			text
);
\copy retail (document_no, entered_at, customer_no, country, item_no, unit_price, quantity, description) FROM PROGRAM 'demo/data/expand' WITH (NULL '')
CREATE INDEX ON retail (entered_at);
ANALYZE retail;

-- An item is called what most lines call it
INSERT INTO item
SELECT DISTINCT ON (item_no) item_no, description
FROM (SELECT item_no, description, count(*) AS lines FROM retail GROUP BY item_no, description) named
ORDER BY item_no, description IS NULL, lines DESC, description;
