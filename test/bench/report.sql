SELECT test, variant, round(percentile_cont(0.5) WITHIN GROUP (ORDER BY value)::numeric,2) med, round(min(value),2), round(max(value),2) FROM bench.result GROUP BY 1,2 ORDER BY 1,2;
