/*
 * The distribution of the revenue of deals that may be won or lost. Money is numeric,
 * statistics are double precision.
 */
CREATE OR REPLACE FUNCTION crm.revenue_distribution(deal_values numeric[], probabilities numeric[], grid numeric DEFAULT NULL, correlation double precision DEFAULT 0,
	percentiles numeric[] DEFAULT '{5,10,15,20,25,30,35,40,45,50,55,60,65,70,75,80,85,90,95}')
	RETURNS TABLE (percentile numeric, revenue numeric)
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100000 ROWS 19 SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_revenue_distribution';
COMMENT ON FUNCTION crm.revenue_distribution(numeric[], numeric[], numeric, double precision, numeric[]) IS
'Percentiles of the revenue of deals, one element for each deal: its value, 0 or from 1e-100 to 1e100, and its probability of being won, from 0 to 1. Percentile p is the least revenue that is not exceeded with a probability of p / 100. The distribution is exact on a money grid, computed from its characteristic function (Zhang, Hong and Balakrishnan, Journal of Statistical Computation and Simulation 88, 2018): values are rounded to whole numbers of grids so that their errors balance, and probabilities are right to 1e-7. Without a grid, it is the coarsest of 1, 1.5, 2, 3, 5, 7, 10, 15, ... that changes the revenue by no more than a thousandth of its mean, as long as two million cells suffice, with a correlation 200,000; crm.revenue_summary() tells. Without a correlation, deals are independent; with one, from 0 to 0.99, their outcomes depend on a common factor of the market (one-factor Gaussian copula: Vasicek, Risk 15, 2002), which takes a hundred times as long. null arrays are no deals. Errors: 2202E arrays of different length or more than one dimension; 22023 an element that is null or out of range, a grid or correlation out of range; 54000 a grid so fine that there are more than four million cells.';

CREATE OR REPLACE FUNCTION crm.revenue_summary(deal_values numeric[], probabilities numeric[], grid numeric DEFAULT NULL, correlation double precision DEFAULT 0,
	OUT mean double precision, OUT standard_deviation double precision, OUT grid_unit numeric, OUT grid_error double precision, OUT tail_probability double precision)
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100000 SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_revenue_summary';
COMMENT ON FUNCTION crm.revenue_summary(numeric[], numeric[], numeric, double precision) IS
'Mean, the sum of value * probability, and standard deviation of the revenue of deals, of the values as they are; and how right crm.revenue_distribution() and crm.revenue_probability() are: grid_unit, the grid; grid_error, by how much rounding to it changes the revenue at most, except with a probability of 2e-9 (Bernstein''s inequality), 0 if all values are whole numbers of grids; tail_probability, a bound (Chernoff''s) on the probability of revenues that are left out at both ends. Arguments and errors: as crm.revenue_distribution().';

CREATE OR REPLACE FUNCTION crm.revenue_probability(target numeric, deal_values numeric[], probabilities numeric[], grid numeric DEFAULT NULL, correlation double precision DEFAULT 0) RETURNS double precision
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100000 SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_revenue_probability';
COMMENT ON FUNCTION crm.revenue_probability(numeric, numeric[], numeric[], numeric, double precision) IS
'The probability that the revenue of deals, their values rounded to the grid, is at least the target; null without a target. The unrounded revenue reaches some target that is no more than the grid error away with that probability. Arguments and errors: as crm.revenue_distribution(); 22023 a target that is not finite.';

CREATE OR REPLACE FUNCTION crm.revenue_risk_share(deal_values numeric[], probabilities numeric[], correlation double precision DEFAULT 0) RETURNS double precision[]
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10000 SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_revenue_risk_share';
COMMENT ON FUNCTION crm.revenue_risk_share(numeric[], numeric[], double precision) IS
'Each deal''s share of the risk, in the order of the deals: its covariance with the revenue divided by the variance of the revenue, value^2 p (1 - p) / sum of the same where deals are independent. The shares add up to 1; where nothing is uncertain, all are 0. Arguments and errors: as crm.revenue_distribution().';

CREATE OR REPLACE FUNCTION crm_data.revenue_forecast(deal_values double precision[], probabilities double precision[], grid numeric, correlation double precision, target numeric,
	OUT standard_deviation double precision, OUT p5 numeric, OUT p10 numeric, OUT p25 numeric, OUT p50 numeric, OUT p75 numeric, OUT p90 numeric, OUT p95 numeric,
	OUT interval_probability double precision, OUT probability_of_target double precision, OUT grid_unit numeric, OUT grid_error double precision)
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100000 SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_revenue_forecast';
COMMENT ON FUNCTION crm_data.revenue_forecast(double precision[], double precision[], numeric, double precision, numeric) IS
'What crm.revenue_summary(), crm.revenue_distribution() and crm.revenue_probability() tell, of one computation; interval_probability is the probability of a revenue from p10 to p90, both included, which is more than 0.8 where few deals make revenue jump.';
