-- criterion_score: How one object did on one criterion in one round.
-- grain: round_id, object_id, criterion_code
-- weight: W, its weight among the criteria of the type
-- score: 0 to 100, the weighted mean of its scored indicators; absent unless scored
-- coverage: 0 to 1, the scored part of the weight of its applicable indicators
-- status: scored (coverage of at least one half), insufficient, not_applicable
-- equal_score: what the score would be if all its indicators weighed the same
CREATE OR REPLACE TEMP TABLE criterion_score AS
WITH covered AS (
    SELECT round_id, object_id, criterion_code,
           -- an indicator that is not scored is left out of the mean, never counted as zero
           sum(weight * score) FILTER (WHERE status = 'scored')
               / sum(weight) FILTER (WHERE status = 'scored') AS mean,
           avg(score) FILTER (WHERE status = 'scored') AS equal_mean,
           coalesce(sum(weight) FILTER (WHERE status = 'scored'), 0)
               / sum(weight) FILTER (WHERE status <> 'not_applicable') AS coverage
    FROM indicator_score
    GROUP BY round_id, object_id, criterion_code
), judged AS (
    SELECT *, CASE WHEN coverage IS NULL THEN 'not_applicable'
                   WHEN six(coverage) >= 0.5 THEN 'scored'
                   ELSE 'insufficient' END AS status
    FROM covered
)
SELECT round_id, object_id, criterion_code, round_criterion.weight,
       CASE WHEN status = 'scored' THEN mean END AS score,
       coverage, status,
       CASE WHEN status = 'scored' THEN equal_mean END AS equal_score
FROM judged
JOIN evaluated_object USING (round_id, object_id)
JOIN round_criterion USING (round_id, type, criterion_code);
