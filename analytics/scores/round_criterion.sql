-- round_criterion: The criteria by which a round evaluates a type of objects.
-- grain: round_id, type, criterion_code
-- position: its place in the questionnaire
-- weight: W, its weight among the criteria of the type
-- subtypes: the subtypes it concerns; empty: all
CREATE OR REPLACE TEMP TABLE round_criterion AS
SELECT asked_round.round_id, round_form.object_type AS type, criterion.criterion_code, criterion.position,
       criterion.weight, criterion.subtypes
FROM asked_round
JOIN round_form USING (round_id, project_id)
JOIN criterion USING (project_id, form_id, version)
QUALIFY row_number() OVER (PARTITION BY round_form.object_type, criterion_code ORDER BY form_id) = 1;
