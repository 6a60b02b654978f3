SELECT crm_data.revoke_public();
/* Whoever owns a table of the ERP may add partitions to it, which copies the triggers */
GRANT EXECUTE ON FUNCTION crm_data.log_posting() TO PUBLIC;
