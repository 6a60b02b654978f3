CREATE OR REPLACE FUNCTION crm.alt_address_on(contact_no text, on_date date) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT r.alt_address_code
	FROM crm_data.contact AS c JOIN crm_data.contact_alt_address_date_range AS r ON r.contact_id = c.contact_id
	WHERE c.contact_no = alt_address_on.contact_no
	AND r.starting_date <= on_date AND (r.ending_date IS NULL OR r.ending_date >= on_date)
	ORDER BY r.starting_date DESC LIMIT 1;
END;
COMMENT ON FUNCTION crm.alt_address_on(text, date) IS
'The code of the alternative address that applies on a date: of the date ranges that hold it, the one that starts latest. NULL when none does.';
