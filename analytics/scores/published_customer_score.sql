-- published_customer_score: How openly a customer procures: the criterion C1 of the contracts it ordered.
-- grain: round_id, customer_id
-- n_contracts: contracts whose C1 is scored
-- score: 0 to 100, the mean of their C1
-- band: very_good, good, fair, poor, very_poor
CREATE OR REPLACE VIEW published_customer_score AS
SELECT round_id, customer_id, n_contracts, score, band
FROM frozen_customer_score
JOIN publication USING (round_id);
