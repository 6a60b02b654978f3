CREATE SCHEMA crm;
COMMENT ON SCHEMA crm IS 'Customer relationship management: the views and functions that people and tools use.';

CREATE SCHEMA crm_data;
COMMENT ON SCHEMA crm_data IS 'Tables of the crm extension. Use the views of schema crm; bulk loads may COPY into these tables, which carry every constraint.';
