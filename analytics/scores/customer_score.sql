-- customer_score: How openly a customer procures: the criterion C1 of the contracts it ordered.
-- grain: round_id, customer_id
-- n_contracts: contracts whose C1 is scored, without those under review
-- score: 0 to 100, the mean of their C1
-- band: very_good, good, fair, poor, very_poor
CREATE OR REPLACE TEMP TABLE customer_score AS
SELECT round_id, customer_id, count(*) AS n_contracts, avg(score) AS score, band_of(avg(score)) AS band
FROM evaluated_object
JOIN criterion_score USING (round_id, object_id)
WHERE type = 'SUP' AND customer_id IS NOT NULL AND NOT under_review
  AND criterion_code = 'C1' AND status = 'scored'
GROUP BY round_id, customer_id;
