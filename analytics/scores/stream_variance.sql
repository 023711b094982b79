-- stream_variance: What the answers of one stream add to the variance of an object's score.
-- grain: round_id, object_id, stream
-- n: submissions of the stream with at least one valid answer to an indicator that decides a part of the score
-- variance: n/(n-1) times the sum over submissions of u squared, u = sum of omega (y - mean) / n_valid over the
--   submission's valid answers; 0 for one submission
CREATE OR REPLACE TEMP TABLE stream_variance AS
SELECT round_id, object_id, stream, n,
       -- the sum of u squared is the sum over pairs of indicators of omega times omega times their covariance
       CASE WHEN n > 1 THEN n / (n - 1) * greatest(0.0::DOUBLE, sum(
           CASE WHEN indicator_code = other_code THEN 1 ELSE 2 END * one.omega * other.omega * covariance))
            ELSE 0.0 END AS variance
FROM covariance
JOIN effective_weight AS one USING (round_id, object_id, indicator_code)
JOIN effective_weight AS other ON other.round_id = covariance.round_id AND other.object_id = covariance.object_id
 AND other.indicator_code = covariance.other_code
GROUP BY round_id, object_id, stream, n;
