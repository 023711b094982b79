-- published_supplier_score: Suppliers with several contracts, legal entities only, all of their contracts shown.
-- grain: round_id, supplier_name
-- n_contracts: contracts in the mean
-- score: 0 to 100, the mean of the contracts' scores over C2 to C6
-- band: very_good, good, fair, poor, very_poor
CREATE OR REPLACE VIEW published_supplier_score AS
SELECT round_id, supplier_name, n_contracts, frozen_supplier_score.score, frozen_supplier_score.band
FROM frozen_supplier_score
JOIN (SELECT round_id, supplier_name
      FROM published_object_score
      WHERE type = 'SUP'
      GROUP BY round_id, supplier_name
      HAVING bool_and(NOT coalesce(supplier_is_person, true)) AND bool_and(shown)) USING (round_id, supplier_name);
