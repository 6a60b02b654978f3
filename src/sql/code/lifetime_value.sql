/*
 * Customer lifetime value: expected purchases times expected mean value. Statistics, hence
 * double precision.
 */
CREATE OR REPLACE FUNCTION crm.bg_nbd_fit(frequency double precision[], recency double precision[], age double precision[],
	OUT r double precision, OUT alpha double precision, OUT a double precision, OUT b double precision, OUT log_likelihood double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_bg_nbd_fit';
COMMENT ON FUNCTION crm.bg_nbd_fit(double precision[], double precision[], double precision[]) IS
'Fits the BG/NBD model of repeat purchases by maximum likelihood (Fader, Hardie and Lee, Marketing Science 24, 2005). One element for each customer: frequency, the number of purchases after the first; recency, the time from the first purchase to the last; age, the time from the first purchase to now; in any one unit of time. While active, customers buy at rates distributed as Gamma(r, alpha) and leave after a purchase with a probability distributed as Beta(a, b). Parameters are looked for between 1/22000 and 22000, alpha in units of the mean age. Where nobody bought again, or there is nobody, r = 0, alpha = a = b = 1: nobody is expected to. Errors: 2202E arrays of different length; 22023 an element that is null, negative, not finite or, of frequency, not whole, or a recency greater than the age.';

CREATE OR REPLACE FUNCTION crm.bg_nbd_expected(t double precision, r double precision, alpha double precision, a double precision, b double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_bg_nbd_expected';
COMMENT ON FUNCTION crm.bg_nbd_expected(double precision, double precision, double precision, double precision, double precision) IS
'How many purchases a new customer is expected to make within a time t after the first, by the BG/NBD model with these parameters (equation 9 of Fader, Hardie and Lee, 2005); the hundred-thousandth is the last one counted. Error: 22023 a parameter that is not positive (r may be 0) or not finite.';

CREATE OR REPLACE FUNCTION crm.bg_nbd_expected_given(t double precision, frequency double precision, recency double precision, age double precision,
	r double precision, alpha double precision, a double precision, b double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_bg_nbd_expected_given';
COMMENT ON FUNCTION crm.bg_nbd_expected_given(double precision, double precision, double precision, double precision, double precision, double precision, double precision, double precision) IS
'How many purchases a customer of this frequency, recency and age is expected to make within the time t to come, by the BG/NBD model with these parameters (equation 10 of Fader, Hardie and Lee, 2005); the hundred-thousandth is the last one counted. Error: 22023 as crm.bg_nbd_fit() and crm.bg_nbd_expected().';

CREATE OR REPLACE FUNCTION crm.gamma_gamma_fit(frequency double precision[], mean_value double precision[],
	OUT p double precision, OUT q double precision, OUT v double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_gamma_gamma_fit';
COMMENT ON FUNCTION crm.gamma_gamma_fit(double precision[], double precision[]) IS
'Fits the Gamma-Gamma model of the value of purchases by maximum likelihood (Fader and Hardie, The Gamma-Gamma Model of Monetary Value, 2013). One element for each customer: frequency, the number of purchases; mean_value, their mean. Customers for whom one of them is 0 are left out. The value of a purchase is distributed as Gamma(p, nu), nu among customers as Gamma(q, v). Parameters are looked for between 1/22000 and 22000, v in units of the mean of mean_value, q from 1.01 so that there is a mean. Where no customer is left, p = 1, q = 2, v = 0: the expected value is 0. Errors: 2202E arrays of different length; 22023 an element that is null, negative, not finite or, of frequency, not whole.';

CREATE OR REPLACE FUNCTION crm.gamma_gamma_mean(frequency double precision, mean_value double precision, p double precision, q double precision, v double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'crm_gamma_gamma_mean';
COMMENT ON FUNCTION crm.gamma_gamma_mean(double precision, double precision, double precision, double precision, double precision) IS
'The value expected of a purchase of a customer with so many purchases of this mean value, by the Gamma-Gamma model with these parameters: p (v + frequency * mean_value) / (p * frequency + q - 1). Where frequency or mean_value is 0, the mean of all customers, p v / (q - 1). Error: 22023 a parameter that is not positive (v may be 0) or not finite, q not greater than 1.';
