-- published_supplier_score: Suppliers with several contracts, legal entities only, all of their contracts shown.
-- grain: round_id, supplier_name
-- n_contracts: contracts in the mean
-- score: 0 to 100, the mean of the contracts' scores over C2 to C6
-- band: very_good, good, fair, poor, very_poor
CREATE OR REPLACE VIEW published_supplier_score AS
WITH contract AS (
    SELECT objects.round_id, supplier_name, coalesce(supplier_is_person, true) AS is_person, shown
    FROM published_object_score AS objects
    JOIN publication USING (round_id, project_id)
    JOIN object_record USING (project_id, object_id)
    WHERE objects.type = 'SUP' AND seq <= as_of
    QUALIFY row_number() OVER (PARTITION BY objects.round_id, object_id ORDER BY seq DESC) = 1
), named AS (
    SELECT round_id, supplier_name FROM contract GROUP BY ALL HAVING bool_and(shown AND NOT is_person)
)
SELECT round_id, supplier_name, n_contracts, score, band
FROM frozen_supplier_score
SEMI JOIN named USING (round_id, supplier_name);
