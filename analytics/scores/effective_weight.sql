-- effective_weight: The part of an object's score that one scored indicator decides; they sum to 1 per object.
-- grain: round_id, object_id, indicator_code
-- criterion_code: the criterion it belongs to
-- criterion_weight: W of that criterion
-- weight: w of the indicator
-- omega: (W / sum of W over scored criteria) times (w / sum of w over scored indicators of the criterion)
CREATE OR REPLACE TEMP TABLE effective_weight AS
WITH criterion_part AS (
    SELECT round_id, object_id, criterion_code, weight,
           weight / sum(weight) OVER (PARTITION BY round_id, object_id) AS part
    FROM criterion_score
    WHERE status = 'scored'
)
SELECT round_id, object_id, indicator_code, criterion_code, criterion_part.weight AS criterion_weight,
       indicator_score.weight,
       part * indicator_score.weight
           / sum(indicator_score.weight) OVER (PARTITION BY round_id, object_id, criterion_code) AS omega
FROM indicator_score
JOIN criterion_part USING (round_id, object_id, criterion_code)
WHERE indicator_score.status = 'scored';
