-- published_type_weight: The weight of each type of objects in the score of the aimak.
-- grain: round_id, type
-- weight: V, a setting of the round
CREATE OR REPLACE VIEW published_type_weight AS
SELECT round_id, type, coalesce(type_weight.weight, usual.weight)::DOUBLE AS weight
FROM publication
CROSS JOIN (VALUES ('EXEC', 35), ('MUN', 25), ('PSO', 25), ('SUP', 15)) AS usual (type, weight)
LEFT JOIN type_weight USING (round_id, project_id, type);
