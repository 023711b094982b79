-- trend: What changed since the round before, over the indicators that both rounds have scored alike.
-- grain: round_id, object_id
-- before_round_id: the latest published round of the same kind that scored the object, else its predecessor
-- before_object_id: the object itself or its predecessor
-- matched_share: 0 to 1, the part of this round's score that the matched indicators decide
-- score_now: over the matched indicators, with the weights of this round
-- score_before: over the same indicators, with the same weights
-- se_now: standard error of score_now; 0 where no answers vary
-- se_before: standard error of score_before
-- delta: score_now less score_before
-- se_delta: standard error of delta
-- limit_of_change: a smaller change is not told from none: the larger of 5 and 1.96 standard errors
-- trend: improved, worsened, no_change, not_comparable (less than 0.6 matched)
CREATE OR REPLACE TEMP TABLE trend AS
WITH before AS (
    SELECT object_score.round_id, object_score.object_id,
           frozen_object_score.round_id AS before_round_id, frozen_object_score.object_id AS before_object_id
    FROM asked_round
    JOIN object_score USING (round_id)
    JOIN evaluated_object USING (round_id, object_id)
    JOIN round AS earlier ON earlier.project_id = asked_round.project_id AND earlier.kind = asked_round.kind
     AND earlier.round_id <> asked_round.round_id AND earlier.state = 'published'
     AND earlier.frozen_seq < as_of
     AND (asked_round.closed_at IS NULL OR earlier.published_at IS NULL
          OR earlier.published_at <= asked_round.closed_at)
    JOIN frozen_object_score ON frozen_object_score.round_id = earlier.round_id
     AND frozen_object_score.status = 'scored'
     AND frozen_object_score.object_id IN (object_score.object_id, predecessor_id)
    WHERE object_score.status = 'scored'
    QUALIFY row_number() OVER (PARTITION BY object_score.object_id ORDER BY
        frozen_object_score.object_id = object_score.object_id DESC, earlier.closed_seq DESC) = 1
), matched AS (
    SELECT before.*, indicator_code, criterion_code, criterion_weight, effective_weight.weight, omega,
           now.score AS now, old.score AS old
    FROM before
    JOIN effective_weight USING (round_id, object_id)
    JOIN indicator_score AS now USING (round_id, object_id, indicator_code, criterion_code)
    JOIN frozen_indicator_score AS old ON old.round_id = before_round_id AND old.object_id = before_object_id
     AND old.indicator_code = now.indicator_code AND old.stream = now.stream AND old.scale = now.scale
     AND six(old.best) IS NOT DISTINCT FROM six(now.best) AND six(old.worst) IS NOT DISTINCT FROM six(now.worst)
    WHERE old.status = 'scored'
), criterion_part AS (
    SELECT round_id, object_id, criterion_code, any_value(criterion_weight)
           / sum(any_value(criterion_weight)) OVER (PARTITION BY round_id, object_id) AS part
    FROM matched
    GROUP BY round_id, object_id, criterion_code
), weighed AS (  -- the matched indicators alone make the whole
    SELECT matched.*,
           part * weight / sum(weight) OVER (PARTITION BY round_id, object_id, criterion_code) AS matched_omega
    FROM matched JOIN criterion_part USING (round_id, object_id, criterion_code)
), pair AS (
    SELECT one.round_id, one.object_id, one.before_round_id, one.before_object_id,
           least(one.indicator_code, other.indicator_code) AS indicator_code,
           greatest(one.indicator_code, other.indicator_code) AS other_code,
           one.matched_omega * other.matched_omega AS weight
    FROM weighed AS one JOIN weighed AS other USING (round_id, object_id)
), variance AS (
    SELECT round_id, object_id, is_now, sum(variance) AS variance
    FROM (
        SELECT pair.round_id, pair.object_id, true AS is_now, stream,
               CASE WHEN n > 1 THEN n / (n - 1) * sum(weight * covariance) ELSE 0 END AS variance
        FROM pair JOIN covariance USING (round_id, object_id, indicator_code, other_code)
        GROUP BY pair.round_id, pair.object_id, stream, n
        UNION ALL
        SELECT pair.round_id, pair.object_id, false AS is_now, stream,
               CASE WHEN n > 1 THEN n / (n - 1) * sum(weight * covariance) ELSE 0 END AS variance
        FROM pair JOIN frozen_covariance AS old ON old.round_id = before_round_id AND old.object_id = before_object_id
         AND old.indicator_code = pair.indicator_code AND old.other_code = pair.other_code
        GROUP BY pair.round_id, pair.object_id, stream, n
    )
    GROUP BY round_id, object_id, is_now
), error AS (
    SELECT round_id, object_id,
           sqrt(greatest(0, coalesce(sum(variance) FILTER (WHERE is_now), 0))) AS se_now,
           sqrt(greatest(0, coalesce(sum(variance) FILTER (WHERE NOT is_now), 0))) AS se_before
    FROM variance
    GROUP BY round_id, object_id
), total AS (
    SELECT round_id, object_id, sum(omega) AS matched_share, sum(matched_omega * now) AS score_now,
           sum(matched_omega * old) AS score_before
    FROM weighed
    GROUP BY round_id, object_id
), compared AS (
    SELECT before.round_id, before.object_id, before_round_id, before_object_id,
           coalesce(matched_share, 0) AS matched_share, score_now, score_before,
           CASE WHEN score_now IS NOT NULL THEN coalesce(se_now, 0) END AS se_now,
           CASE WHEN score_now IS NOT NULL THEN coalesce(se_before, 0) END AS se_before
    FROM before
    LEFT JOIN total USING (round_id, object_id)
    LEFT JOIN error USING (round_id, object_id)
)
SELECT *,
       score_now - score_before AS delta,
       sqrt(se_now ^ 2 + se_before ^ 2) AS se_delta,
       greatest(5.0::DOUBLE, 1.96 * se_delta) AS limit_of_change,
       CASE WHEN six(matched_share) < 0.6 THEN 'not_comparable'
            WHEN six(delta) >= six(limit_of_change) THEN 'improved'
            WHEN six(delta) <= -six(limit_of_change) THEN 'worsened'
            ELSE 'no_change' END AS trend
FROM compared;
