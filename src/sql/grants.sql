SELECT crm_data.revoke_public();
