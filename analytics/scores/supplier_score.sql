-- supplier_score: How a supplier with several contracts did on average. The criterion C1, openness of the
--   procurement, depends mostly on the customer and is left out (domain 4.3).
-- grain: round_id, supplier_name
-- n_contracts: contracts in the mean: scored without C1, and not under review
-- score: 0 to 100, the mean of the contracts' scores over C2 to C6
-- band: very_good, good, fair, poor, very_poor
CREATE OR REPLACE TEMP TABLE supplier_score AS
WITH contract AS (
    SELECT round_id, object_id,
           sum(weight * score) FILTER (WHERE status = 'scored')
               / sum(weight) FILTER (WHERE status = 'scored') AS score,
           coalesce(sum(weight * coverage) FILTER (WHERE status = 'scored'), 0)
               / sum(weight) FILTER (WHERE status <> 'not_applicable') AS coverage
    FROM criterion_score
    WHERE criterion_code <> 'C1'
    GROUP BY round_id, object_id
)
SELECT round_id, supplier_name, count(*) AS n_contracts, avg(score) AS score, band_of(avg(score)) AS band
FROM evaluated_object
JOIN contract USING (round_id, object_id)
WHERE type = 'SUP' AND supplier_name IS NOT NULL AND NOT under_review AND six(coverage) >= 0.6
GROUP BY round_id, supplier_name
HAVING count(*) > 1;
