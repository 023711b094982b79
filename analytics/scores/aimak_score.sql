-- aimak_score: How the aimak did in one round: the weighted mean of its scored types.
-- grain: round_id
-- aimak_code: the aimak
-- n_objects: objects in the mean
-- score: 0 to 100; absent unless the executive body and at least one other type are scored
-- se: standard error of the score
-- band: very_good, good, fair, poor, very_poor
-- status: scored, insufficient
CREATE OR REPLACE TEMP TABLE aimak_score AS
WITH weighed AS (
    SELECT round_id, sum(n_objects) AS objects,
           count(*) FILTER (WHERE type = 'EXEC') = 1 AND count(*) > 1 AS enough,
           sum(weight * score) / sum(weight) AS mean,
           sqrt(sum((weight * se) ^ 2)) / sum(weight) AS error
    FROM type_score
    JOIN round_type_weight USING (round_id, type)
    WHERE status = 'scored'
    GROUP BY round_id
)
SELECT round_id, aimak_code,
       CASE WHEN enough THEN objects ELSE 0 END::BIGINT AS n_objects,
       CASE WHEN enough THEN mean END AS score,
       CASE WHEN enough THEN error END AS se,
       band_of(CASE WHEN enough THEN mean END) AS band,
       CASE WHEN enough THEN 'scored' ELSE 'insufficient' END AS status
FROM (SELECT DISTINCT round_id, aimak_code FROM type_score)
LEFT JOIN weighed USING (round_id);
