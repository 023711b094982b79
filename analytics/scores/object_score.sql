-- object_score: How one object did in one round.
-- grain: round_id, object_id
-- type: EXEC, MUN, SUP or PSO
-- subtype: decides which criteria and indicators concern it
-- aimak_code: the aimak it lies in
-- form_version: the form version that scores it, as form/version
-- n_citizens: submissions of citizens that count
-- n_observers: people whose observation sheets count
-- status: scored (coverage of at least 0.6), insufficient
-- score: 0 to 100, the weighted mean of its scored criteria; absent unless scored
-- se: standard error of the score, by linearised variance; absent where no answers vary
-- df: degrees of freedom of the interval, rounded down
-- ci_low: lower end of the 95 % interval of the score
-- ci_high: upper end of the 95 % interval of the score
-- coverage: 0 to 1, the scored part of the weight of its applicable criteria
-- band: very_good, good, fair, poor, very_poor, insufficient
-- precision: high, medium, low: half of the width of the interval, not clipped, is at most 5, at most 10, more
-- equal_score: what the score would be if all criteria and all indicators weighed the same
-- mostly_empty: a sheet that counts is mostly empty
-- borderline: the ends of the interval lie in two bands
-- depends_on_weights: with equal weights the band would be another
-- under_review: a contract whose supplier could still reply on the day the round closed
-- under_review_until: the last day on which its supplier may reply
CREATE OR REPLACE TEMP TABLE object_score AS
WITH covered AS (
    SELECT round_id, object_id,
           sum(weight * score) FILTER (WHERE status = 'scored')
               / sum(weight) FILTER (WHERE status = 'scored') AS mean,
           avg(equal_score) FILTER (WHERE status = 'scored') AS equal_mean,
           coalesce(sum(weight * coverage) FILTER (WHERE status = 'scored'), 0)
               / sum(weight) FILTER (WHERE status <> 'not_applicable') AS coverage
    FROM criterion_score
    GROUP BY round_id, object_id
), varied AS (
    SELECT round_id, object_id,
           sum(variance) AS variance,
           sum(variance) ^ 2 / sum(variance ^ 2 / (n - 1)) FILTER (WHERE six(variance) > 0) AS freedom
    FROM stream_variance
    GROUP BY round_id, object_id
), counted AS (
    SELECT object_id, count(*) FILTER (WHERE stream = 'C') AS n_citizens, count(DISTINCT observer) AS n_observers
    FROM selection
    GROUP BY object_id
), emptied AS (
    SELECT object_id, bool_or(mostly_empty) AS mostly_empty FROM sheet_check GROUP BY object_id
), measured AS (
    SELECT evaluated_object.*, coalesce(n_citizens, 0) AS n_citizens, coalesce(n_observers, 0) AS n_observers,
           covered.coverage, coalesce(mostly_empty, false) AS mostly_empty,
           CASE WHEN six(covered.coverage) >= 0.6 THEN 'scored' ELSE 'insufficient' END AS status,
           CASE WHEN status = 'scored' THEN mean END AS score,
           CASE WHEN status = 'scored' THEN equal_mean END AS equal_score,
           CASE WHEN status = 'scored' AND freedom IS NOT NULL THEN sqrt(variance) END AS se,
           CASE WHEN status = 'scored' THEN floor(six(freedom))::BIGINT END AS df,
           t_975(df) * se AS half_width
    FROM evaluated_object
    LEFT JOIN covered USING (round_id, object_id)
    LEFT JOIN varied USING (round_id, object_id)
    LEFT JOIN counted USING (object_id)
    LEFT JOIN emptied USING (object_id)
)
SELECT round_id, object_id, type, subtype, aimak_code, form_version, n_citizens, n_observers, status, score, se, df,
       clipped(score - half_width) AS ci_low,
       clipped(score + half_width) AS ci_high,
       coverage,
       coalesce(band_of(score), 'insufficient') AS band,
       precision_of(half_width) AS precision,
       equal_score, mostly_empty,
       coalesce(band_of(ci_low) <> band_of(ci_high), false) AS borderline,
       coalesce(band_of(score) <> band_of(equal_score), false) AS depends_on_weights,
       under_review, under_review_until
FROM measured;
