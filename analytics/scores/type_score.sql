-- type_score: How the objects of one type did together in one round: each counts the same.
-- grain: round_id, type
-- aimak_code: the aimak
-- n_objects: objects in the mean: those that are scored, without contracts under review
-- score: 0 to 100, the mean of their scores
-- se: standard error of the score; an object without one counts as 0
-- band: very_good, good, fair, poor, very_poor
-- status: scored, insufficient
CREATE OR REPLACE TEMP TABLE type_score AS
WITH counted AS (
    SELECT *, status = 'scored' AND NOT under_review AS counts,
           coalesce(min(aimak_code) FILTER (WHERE type = 'EXEC') OVER (PARTITION BY round_id),
                    min(aimak_code) OVER (PARTITION BY round_id)) AS aimak
    FROM object_score
)
SELECT round_id, type, aimak AS aimak_code, count(*) FILTER (WHERE counts) AS n_objects,
       avg(counted.score) FILTER (WHERE counts) AS score,
       sqrt(sum(coalesce(counted.se, 0) ^ 2) FILTER (WHERE counts)) / n_objects AS se,
       band_of(avg(counted.score) FILTER (WHERE counts)) AS band,
       CASE WHEN n_objects > 0 THEN 'scored' ELSE 'insufficient' END AS status
FROM counted
GROUP BY round_id, type, aimak;
