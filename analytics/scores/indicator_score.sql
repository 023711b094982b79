-- indicator_score: How one object did on one indicator in one round.
-- grain: round_id, object_id, indicator_code
-- criterion_code: the criterion it belongs to
-- position: its place in the questionnaire
-- stream: O observation sheets, C citizens
-- scale: S5, F5+, F5-, Y3, Y2, Y2-, T3, NUM, own
-- best: the number that earns 100, of scale NUM
-- worst: the number that earns 0, of scale NUM
-- weight: w, its weight within the criterion
-- n_min: with fewer valid answers it is not scored
-- sensitive: a question people may fear to answer
-- n_asked: valid, DK, REF and missing answers; who was not concerned was not asked
-- n_valid: answers that have points
-- n_na: not applicable
-- n_dk: does not know
-- n_ref: prefers not to say
-- n_missing: empty, absent without a condition, or off the scale
-- score: 0 to 100, the mean of the valid answers; absent unless scored
-- se: standard error of the score; absent for one answer
-- ci_low: lower end of the 95 % interval of the score
-- ci_high: upper end of the 95 % interval of the score
-- share_positive: per cent of good answers (S5: 4 and 5; Y2, Y2-: the good one)
-- share_low: lower end of Wilson's interval of the share
-- share_high: upper end of Wilson's interval of the share
-- status: scored, not_scored (fewer than n_min), not_applicable
-- little_information: more than half of those asked gave no valid answer
-- disagreement: a fact on which sheets of one visit differ
-- unverified: an answer needed evidence and has none
-- off_scale: an answer was not on the scale
CREATE OR REPLACE TEMP TABLE indicator_score AS
WITH counted AS (
    SELECT object_id, indicator_code,
           count(y) AS valid,
           count(*) FILTER (WHERE answer = -1) AS na,
           count(*) FILTER (WHERE answer = -2) AS dk,
           count(*) FILTER (WHERE answer = -3) AS ref,
           count(*) FILTER (WHERE answer = -4) AS empty,
           count(*) FILTER (WHERE answer = -5) AS off_the_scale,
           count(*) FILTER (WHERE answer >= 75) AS good,
           avg(y) AS mean,
           stddev_samp(y) AS spread,
           bool_or(unverified) AS without_evidence
    FROM indicator_answer
    GROUP BY object_id, indicator_code
), disagreed AS (
    SELECT DISTINCT object_id, indicator_code, true AS differs
    FROM (SELECT object_id, indicator_code
          FROM observed_fact
          GROUP BY object_id, indicator_code, visit
          HAVING min(value) <> max(value))
), considered AS (  -- what a subtype is not concerned with is not looked at, whatever was answered
    SELECT round_id, object_id, indicator_code, round_indicator.* EXCLUDE (round_id, type, indicator_code),
           concerns(round_indicator.subtypes, subtype) AND concerns(round_criterion.subtypes, subtype) AS concerned,
           counted.* EXCLUDE (object_id, indicator_code), differs
    FROM evaluated_object
    JOIN round_indicator USING (round_id, type)
    JOIN round_criterion USING (round_id, type, criterion_code)
    LEFT JOIN counted USING (object_id, indicator_code)
    LEFT JOIN disagreed USING (object_id, indicator_code)
), numbered AS (
    SELECT *,
           CASE WHEN concerned THEN coalesce(valid, 0) ELSE 0 END AS n_valid,
           CASE WHEN concerned THEN coalesce(na, 0) ELSE 0 END AS n_na,
           CASE WHEN concerned THEN coalesce(dk, 0) ELSE 0 END AS n_dk,
           CASE WHEN concerned THEN coalesce(ref, 0) ELSE 0 END AS n_ref,
           CASE WHEN concerned THEN coalesce(empty + off_the_scale, 0) ELSE 0 END AS n_missing
    FROM considered
), asked AS (
    SELECT *, n_valid + n_dk + n_ref + n_missing AS n_asked FROM numbered
), judged AS (
    SELECT *,
           -- nobody asked, and somebody said NA: the question does not concern this object; a stream without
           -- any submission, though, leaves its indicators not scored
           CASE WHEN NOT concerned OR (n_asked = 0 AND n_na > 0) THEN 'not_applicable'
                WHEN n_valid >= n_min THEN 'scored'
                ELSE 'not_scored' END AS status
    FROM asked
), scored AS (
    SELECT *, CASE WHEN status = 'scored' THEN mean END AS score,
           CASE WHEN status = 'scored' THEN spread / sqrt(n_valid) END AS se,
           CASE WHEN status = 'scored' AND scale IN ('S5', 'Y2', 'Y2-') THEN good::DOUBLE END AS n_positive
    FROM judged
), surrounded AS (
    SELECT *, t_975(n_valid - 1) * se AS half_width,
           wilson_middle(n_positive, n_valid) AS share_middle, wilson_half(n_positive, n_valid) AS share_half
    FROM scored
)
SELECT round_id, object_id, indicator_code, criterion_code, position, stream, scale, best, worst, weight, n_min,
       sensitive, n_asked, n_valid, n_na, n_dk, n_ref, n_missing, score, se,
       clipped(score - half_width) AS ci_low,
       clipped(score + half_width) AS ci_high,
       100 * n_positive / n_valid AS share_positive,
       clipped(100 * (share_middle - share_half)) AS share_low,
       clipped(100 * (share_middle + share_half)) AS share_high,
       status,
       n_asked > 0 AND six((n_asked - n_valid) / n_asked) > 0.5 AS little_information,
       concerned AND coalesce(differs, false) AS disagreement,
       concerned AND coalesce(without_evidence, false) AS unverified,
       concerned AND coalesce(off_the_scale > 0, false) AS off_scale
FROM surrounded;
