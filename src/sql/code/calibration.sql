/*
 * Win probabilities from closed deals, and how good probabilities were. Statistics, hence
 * double precision.
 */
CREATE OR REPLACE FUNCTION crm.calibrated_probability(won double precision[], lost double precision[], open_deals double precision[] DEFAULT NULL, credibility double precision DEFAULT 0.9)
	RETURNS TABLE (group_no integer, age integer, probability double precision, lower_bound double precision, upper_bound double precision, sample_size double precision)
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10000 SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_calibrated_probability';
COMMENT ON FUNCTION crm.calibrated_probability(double precision[], double precision[], double precision[], double precision) IS
'The probability that open deals of a group, of a stage for example, are won; never 0 or 1. Groups are shrunk towards all groups, those with few deals most, by the beta-binomial model (Griffiths, Biometrics 29, 1973): probabilities of groups are distributed as Beta(a, b), that of a group is the mean of (a + won) / (a + b + won + lost) over all a and b, weighted with how likely they make the deals of all groups; a / (a + b) and 2 / (a + b) are uniform between 0 and 1 beforehand. lower_bound and upper_bound hold the probability with that credibility; they are quantiles of the beta distribution with the mean and the variance that it has. Arrays have one element for each group: how many of its deals were won, were lost and are open; or one row for each group and a column for each age (days open, say, in classes of any width, the youngest first) at which deals were won, were lost or are open now. With ages, there is a row for each group and age, of deals that have reached it, and open deals count: at each age, of the deals that have reached it, those open there for half of it, some are won, some lost, and the others go on (competing risks: Aalen and Johansen, Scandinavian Journal of Statistics 5, 1978; Cutler and Ederer, Journal of Chronic Diseases 8, 1958); past the last age at which deals of the group closed they end as at that age. Without ages, open deals tell nothing. sample_size is how many closed deals without open ones would tell as much, at most those closed at that age or later. null arrays are empty. Errors: 2202E arrays of different length or more than two dimensions; 22023 an element that is null or not between 0 and 1e9, a credibility not between 0 and 1.';

CREATE OR REPLACE FUNCTION crm.brier_score(probability double precision, won boolean) RETURNS double precision
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN won THEN 1 - probability WHEN NOT won THEN probability END ^ 2;
COMMENT ON FUNCTION crm.brier_score(double precision, boolean) IS
'The squared error of a probability of winning a deal that was won (true) or lost: 0 is best, 1 worst, 0.25 what a probability of 0.5 always gets; null if either is. Its average over deals is the Brier score (Brier, Monthly Weather Review 78, 1950).';

CREATE OR REPLACE FUNCTION crm.log_loss(probability double precision, won boolean) RETURNS double precision
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE CASE WHEN won THEN probability WHEN NOT won THEN 1 - probability END WHEN 0 THEN 'Infinity' ELSE -ln(CASE WHEN won THEN probability WHEN NOT won THEN 1 - probability END) END;
COMMENT ON FUNCTION crm.log_loss(double precision, boolean) IS
'Minus the natural logarithm of the probability that was given to what happened: 0 is best, Infinity for what was held impossible, 0.69 what a probability of 0.5 always gets; null if either argument is. Its average over deals is the logarithmic score (Good, Journal of the Royal Statistical Society B 14, 1952). Error: 2201E a probability not between 0 and 1.';

CREATE OR REPLACE FUNCTION crm_data.calibrated_on_entry(won double precision[], lost double precision[], open_deals double precision[], credibility double precision)
	RETURNS TABLE (group_no integer, age integer, probability double precision, lower_bound double precision, upper_bound double precision, sample_size double precision)
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10000 SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_calibrated_on_entry';
COMMENT ON FUNCTION crm_data.calibrated_on_entry(double precision[], double precision[], double precision[], double precision) IS
'The rows of crm.calibrated_probability() with age 1: of deals that have just come.';
