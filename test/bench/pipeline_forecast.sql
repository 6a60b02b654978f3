/* Open deals and the peers of crm.forecast(). Arrays of deals as crm.revenue_distribution() has them */
CREATE VIEW bench.open_deal AS
SELECT estimated_value AS value, probability_pct / 100 AS probability, estimated_close_date
FROM crm_data.opportunity_entry WHERE active AND sales_cycle_stage > 0;

CREATE FUNCTION bench.deals(from_date date, to_date date, OUT deal_values numeric[], OUT probabilities numeric[]) LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT array_agg(value), array_agg(probability) FROM bench.open_deal WHERE estimated_close_date BETWEEN from_date AND to_date;
END;

CREATE FUNCTION bench.distribution(from_date date, to_date date, grid numeric DEFAULT NULL) RETURNS TABLE (percentile numeric, revenue numeric) LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT r.* FROM bench.deals(from_date, to_date) AS d, crm.revenue_distribution(d.deal_values, d.probabilities, grid) AS r;
END;

/* As many worlds as there are draws, in each of them every deal is won or lost; in double precision */
CREATE FUNCTION bench.simulate(from_date date, to_date date, draws integer) RETURNS TABLE (percentile numeric, revenue numeric) LANGUAGE sql VOLATILE
BEGIN ATOMIC
	SELECT p.percentile, p.revenue::numeric
	FROM (
		SELECT percentile_cont('{0.05,0.1,0.15,0.2,0.25,0.3,0.35,0.4,0.45,0.5,0.55,0.6,0.65,0.7,0.75,0.8,0.85,0.9,0.95}'::double precision[]) WITHIN GROUP (ORDER BY revenue) AS revenues
		FROM (
			SELECT draw, sum(CASE WHEN random() < probability THEN value ELSE 0 END) AS revenue
			FROM generate_series(1, draws) AS draw,
				(SELECT value::double precision AS value, probability::double precision AS probability FROM bench.open_deal WHERE estimated_close_date BETWEEN from_date AND to_date OFFSET 0) AS d
			GROUP BY draw) AS world) AS r
	CROSS JOIN LATERAL unnest('{5,10,15,20,25,30,35,40,45,50,55,60,65,70,75,80,85,90,95}'::numeric[], r.revenues) AS p (percentile, revenue);
END;

/* One deal after the other, on a grid */
CREATE FUNCTION bench.convolve(from_date date, to_date date, grid numeric) RETURNS TABLE (percentile numeric, revenue numeric) LANGUAGE plpgsql AS $$
DECLARE
	cells double precision[];
	top integer := 0;
	deal record;
	cumulative double precision := 0;
BEGIN
	SELECT array_fill(0.0::double precision, ARRAY[sum(round(value / grid))::integer + 1]) INTO cells FROM bench.open_deal WHERE estimated_close_date BETWEEN from_date AND to_date;
	cells[1] := 1;
	FOR deal IN SELECT round(value / grid)::integer AS size, probability::double precision AS won, 1 - probability::double precision AS lost
		FROM bench.open_deal WHERE estimated_close_date BETWEEN from_date AND to_date ORDER BY value
	LOOP
		FOR i IN REVERSE top + 1 .. 1 LOOP
			IF cells[i] > 1e-100 THEN
				cells[i + deal.size] := cells[i + deal.size] + deal.won * cells[i];
				cells[i] := deal.lost * cells[i];
			END IF;
		END LOOP;
		top := top + deal.size;
	END LOOP;
	percentile := 5;
	FOR i IN 1 .. top + 1 LOOP
		cumulative := cumulative + cells[i];
		WHILE percentile < 100 AND cumulative >= percentile / 100 LOOP
			revenue := (i - 1) * grid;
			RETURN NEXT;
			percentile := percentile + 5;
		END LOOP;
	END LOOP;
END $$;
