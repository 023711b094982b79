-- computed_answer: A value the system gives instead of an observer: recommendations done on time, growth of a
--   contract's sum. It counts as one answer without variance.
-- grain: round_id, object_id, indicator_code
-- stream: that of its indicator
-- answer: 0 to 100; below zero why there is none: -1 (NA) where the system has no value, -5 off the scale
CREATE OR REPLACE TEMP TABLE computed_answer AS
WITH given AS (
    SELECT round_id, object_id, indicator_code, stream, best, worst,
           coalesce(computed_value.value, CASE WHEN computed = 'contract_growth' THEN growth END) AS value
    FROM evaluated_object
    JOIN round_indicator USING (round_id, type)
    LEFT JOIN (SELECT computed_value.* FROM computed_value JOIN asked_round USING (round_id, project_id))
           AS computed_value USING (round_id, object_id, indicator_code)
    WHERE computed IS NOT NULL
)
SELECT round_id, object_id, indicator_code, stream,
       CASE WHEN value IS NULL THEN -1
            WHEN isfinite(value) AND value >= 0 THEN clipped(100 * (value - worst) / (best - worst))
            ELSE -5 END::DOUBLE AS answer
FROM given;
