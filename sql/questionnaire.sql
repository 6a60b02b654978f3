-- Questionnaires: errors of definitions, answers and points, in the user's words
SET client_min_messages = warning;
BEGIN;
CREATE EXTENSION IF NOT EXISTS crm;
\set ON_ERROR_ROLLBACK on
\pset null -
SELECT crm.install_defaults();
SET LOCAL crm.work_date = '2026-03-08';
INSERT INTO crm.contact (contact_id, contact_no, name) VALUES (101, 'ACME', 'Acme');
INSERT INTO crm.contact (contact_id, contact_no, contact_type, name, minor, privacy_blocked) VALUES (102, 'TIM', 'person', 'Tim', true, true);
INSERT INTO crm.questionnaire (questionnaire_code, description) VALUES (' leads ', 'Leads');
INSERT INTO crm.questionnaire_line (questionnaire_code, line_type, description) VALUES
	('leads', 'question', 'Position'), ('leads', 'answer', 'Boss'), ('leads', 'answer', 'Clerk'), ('leads', 'question', 'Turnover'), ('leads', 'answer', 'Big');
UPDATE crm.questionnaire_line SET auto_classification = true, customer_class_field = 'sales', from_value = 0 WHERE line_no = 40000;
UPDATE crm.questionnaire_line SET from_value = 1000.50 WHERE line_no = 50000;
SELECT line_no, line_type, description, customer_class_field, classification_method, from_value, to_value, question_line_no FROM crm.questionnaire_line;
TABLE crm.questionnaire_problem;
CREATE TEMP VIEW answer AS SELECT contact_no, questionnaire_code, line_no, question, answer, last_date_updated = crm_data.today() AS today, valid_from FROM crm.contact_profile_answer;

-- E8 to E10: answers
INSERT INTO crm.contact_profile_answer (contact_id, questionnaire_code, line_no) VALUES (101, 'leads', 20000);
INSERT INTO crm.contact_profile_answer (contact_id, questionnaire_code, line_no) VALUES (101, 'LEADS', 30000);
INSERT INTO crm.contact_profile_answer (contact_id, questionnaire_code, line_no) VALUES (101, 'LEADS', 50000);
INSERT INTO crm.contact_profile_answer (contact_id, questionnaire_code, line_no) VALUES (101, 'LEADS', 10000);
INSERT INTO crm.contact_profile_answer (contact_id, questionnaire_code, line_no) VALUES (102, 'LEADS', 30000);
INSERT INTO crm.contact_profile_answer (contact_id, questionnaire_code, line_no) VALUES (101, 'LEADS', 99);
INSERT INTO crm.contact_profile_answer (contact_id, questionnaire_code, line_no) VALUES (999, 'LEADS', 20000);
UPDATE crm.questionnaire SET contact_type = 'company', business_relation_code = 'press' WHERE questionnaire_code = 'LEADS';
UPDATE crm.questionnaire SET contact_type = 'person' WHERE questionnaire_code = 'LEADS';
INSERT INTO crm.contact (contact_id, contact_no, name) VALUES (103, 'BETA', 'Beta');
INSERT INTO crm.contact_profile_answer (contact_id, questionnaire_code, line_no) VALUES (103, 'LEADS', 20000);
SELECT crm.default_questionnaire('BETA');
SELECT crm.default_questionnaire('NOBODY');
UPDATE crm.contact_profile_answer SET line_no = 30000 WHERE contact_id = 101;
TABLE answer;

-- E7: points
UPDATE crm.questionnaire_line SET contact_class_field = 'rating' WHERE line_no = 40000;
INSERT INTO crm.rating VALUES ('LEADS', 40000, 'LEADS', 50000, 5);
INSERT INTO crm.rating VALUES ('LEADS', 40000, 'LEADS', 10000, 5);
INSERT INTO crm.rating VALUES ('LEADS', 10000, 'LEADS', 30000, 5);
INSERT INTO crm.rating VALUES ('LEADS', 40000, 'LEADS', 30000, 5);
UPDATE crm.questionnaire_line SET customer_class_field = 'sales' WHERE line_no = 40000;
SELECT crm.create_rating('none', 'Lead', 'a/b/c', '[]');
SELECT crm.create_rating('leads', 'Lead', 'abc', '[]');
SELECT crm.create_rating('leads', 'Lead', 'a/b/c', '[{"from": 1}]');
SELECT crm.create_rating('leads', 'Lead', 'custom', '[{"from": 1}]');
SELECT crm.create_rating('leads', 'Lead', 'high/low', '[{"from": 1}, {}]');

-- E11: lines in use
DELETE FROM crm.questionnaire_line WHERE line_no = 20000;
DELETE FROM crm.questionnaire_line WHERE line_no = 30000;
DELETE FROM crm.questionnaire_line WHERE line_no = 40000;
DELETE FROM crm.questionnaire_line WHERE line_no = 10000;
DELETE FROM crm.questionnaire WHERE questionnaire_code = 'LEADS';

-- E12: changes that data forbids
UPDATE crm.questionnaire_line SET line_type = 'answer' WHERE line_no = 40000;
UPDATE crm.questionnaire_line SET line_type = 'question' WHERE line_no = 50000;
UPDATE crm.questionnaire_line SET line_type = 'question' WHERE line_no = 20000;
DELETE FROM crm.rating;
UPDATE crm.questionnaire_line SET customer_class_field = 'sales' WHERE line_no = 40000;
UPDATE crm.questionnaire_line SET auto_classification = false WHERE line_no = 40000;

-- E13: out of range
UPDATE crm.questionnaire_line SET no_of_decimals = 26 WHERE line_no = 40000;
UPDATE crm.questionnaire_line SET contact_class_field = 'rating', min_pct_questions_answered = 101 WHERE line_no = 40000;
UPDATE crm.questionnaire_line SET min_pct_questions_answered = 10 WHERE line_no = 40000;

-- Moving
SELECT crm.move_answer('leads', 30000, 'up');
SELECT crm.move_answer('leads', 20000, 'up');
SELECT crm.move_answer('leads', 10000, 'up');
SELECT crm.move_answer('leads', 20000, 'left');
SELECT crm.move_answer('leads', 99, 'up');
TABLE answer;

-- Taking back
SET LOCAL crm.work_date = '2026-03-15';
DELETE FROM crm.contact_profile_answer;
SELECT contact_id, line_no, valid_from, valid_to FROM crm.contact_profile_answer_history;
DELETE FROM crm.questionnaire;
SELECT crm.default_questionnaire('acme', 'leads');

-- Triggers are triggers
SELECT crm_data.questionnaire_line();
SELECT crm_data.forget();
ROLLBACK;
