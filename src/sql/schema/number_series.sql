/*
 * A number is a prefix and a running number taken from a sequence, so that two
 * transactions never wait for each other; gaps are allowed (domain/1 section 1).
 * The sequence is made by crm.create_number_series() in schema crm_data and is
 * no member of the extension: pg_dump keeps it like any sequence of the user's.
 */
CREATE TABLE crm_data.number_series (
	number_series_code	text PRIMARY KEY,
	description			text,
	prefix				text NOT NULL DEFAULT '',
	digits				integer NOT NULL DEFAULT 1,
	manual_numbers		boolean NOT NULL DEFAULT true,
	number_sequence		regclass NOT NULL,
	CONSTRAINT number_series_digits_check CHECK (digits BETWEEN 1 AND 18)
);
