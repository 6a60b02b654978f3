-- Nothing has been classified yet
SET session_replication_role = replica;
TRUNCATE crm_data.contact_profile_answer, crm_data.contact_profile_answer_history, crm_data.question_classification,
	crm_data.classification_state, crm_data.classification_state_chunk, crm_data.contact_change;
