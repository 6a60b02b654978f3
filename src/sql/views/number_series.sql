CREATE OR REPLACE VIEW crm.number_series WITH (security_invoker = true) AS SELECT
	n.number_series_code,
	n.description,
	n.prefix,
	n.digits,
	n.manual_numbers,
	n.number_sequence::text AS number_sequence
FROM crm_data.number_series AS n;
COMMENT ON VIEW crm.number_series IS 'Number series. Make them with crm.create_number_series().';
COMMENT ON COLUMN crm.number_series.number_series_code IS 'Key.';
COMMENT ON COLUMN crm.number_series.description IS 'What the series is for.';
COMMENT ON COLUMN crm.number_series.prefix IS 'What stands before the running number.';
COMMENT ON COLUMN crm.number_series.digits IS 'Digits of the running number, filled with zeros; larger numbers get longer.';
COMMENT ON COLUMN crm.number_series.manual_numbers IS 'May users give numbers of their own?';
COMMENT ON COLUMN crm.number_series.number_sequence IS 'The sequence that counts, as text.';
