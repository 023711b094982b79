-- covariance: How the means of two indicators of one stream vary together in one object; kept, never published,
--   so that a later round can compute the error of a mean over fewer indicators.
-- grain: round_id, object_id, stream, indicator_code, other_code
-- other_code: the second indicator; each pair stands once, and an indicator with itself
-- n: submissions of the stream with at least one valid answer to an indicator that decides a part of the score
-- covariance: sum over submissions of (y - mean)(other y - other mean), divided by both numbers of valid answers
INSERT INTO covariance
WITH mean AS (
    SELECT object_id,
           {means}
    FROM indicator_score
    LEFT JOIN effective_weight USING (object_id, indicator_code)
    WHERE status = 'scored'
    GROUP BY object_id
), product AS (
    SELECT object_id,
           count(*) FILTER (WHERE {decides}) AS n,
           {products}
    FROM (SELECT object_id,
                 {deviations}
          FROM {sheet} AS sheet JOIN mean USING (object_id))
    GROUP BY object_id
), pair AS (
    SELECT object_id, n,
           unnest([{indicators}]) AS indicator_code,
           unnest([{others}]) AS other_code,
           unnest([{sums}]) AS product
    FROM product
)
SELECT one.round_id, object_id, one.stream, pair.indicator_code, pair.other_code, n,
       product / (one.n_valid * other.n_valid) AS covariance
FROM pair
JOIN indicator_score AS one USING (object_id, indicator_code)
JOIN indicator_score AS other ON other.object_id = pair.object_id AND other.indicator_code = pair.other_code
WHERE product IS NOT NULL;
