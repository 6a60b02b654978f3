/*
 * Six questions: all measures of customers, all methods, two periods.
 */
INSERT INTO crm_data.questionnaire (questionnaire_code, description, contact_type) VALUES ('BENCH', 'Benchmark', 'company');
INSERT INTO crm_data.questionnaire_line (questionnaire_code, line_no, line_type, description, auto_classification, customer_class_field,
	starting_date_formula, ending_date_formula, classification_method, sorting_method, no_of_decimals)
SELECT 'BENCH', line_no, 'question', field, true, field, CASE period WHEN 'year' THEN 'CY-1Y+1D' ELSE 'CD-3Y+1D' END, 'CD', method, sorting, decimals
FROM (VALUES
	(10000, 'sales', 'year', 'defined value', NULL, 0),
	(20000, 'profit', 'all', 'percentage of value', 'descending', 4),
	(30000, 'sales frequency', 'all', 'percentage of contacts', 'descending', 0),
	(40000, 'average invoice amount', 'year', 'cumulative percentage of value', 'descending', 0),
	(50000, 'discount percentage', 'all', 'quantile', 'descending', 1),
	(60000, 'average overdue days', 'year', 'defined value', NULL, 0)) AS q (line_no, field, period, method, sorting, decimals);
INSERT INTO crm_data.questionnaire_line (questionnaire_code, line_no, line_type, description, from_value, to_value)
SELECT 'BENCH', line_no, 'answer', description, lower, upper
FROM (VALUES
	(11000, 'A', 20000, 0), (12000, 'B', 5000, 19999), (13000, 'C', 0, 4999),
	(21000, 'big', 0.001, 0), (22000, 'middle', 0.0002, 0.0009), (23000, 'small', 0, 0.0001),
	(31000, 'often', 0, 20), (32000, 'regular', 21, 50), (33000, 'now and then', 51, 80), (34000, 'rare', 81, 0),
	(41000, 'A', 0, 80), (42000, 'B', 81, 95), (43000, 'C', 96, 0),
	(51000, 'high', 0, 10), (52000, 'medium', 10.1, 50), (53000, 'low', 50.1, 0),
	(61000, 'prompt', 0, 2), (62000, 'slow', 3, 14), (63000, 'late', 15, 0)) AS a (line_no, description, lower, upper);
ANALYZE crm_data.questionnaire, crm_data.questionnaire_line;
