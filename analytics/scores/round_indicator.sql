-- round_indicator: The indicators by which a round evaluates a type of objects, from the form version fixed at
--   its opening.
-- grain: round_id, type, indicator_code
-- form_id: the form whose question it is
-- position: its place in the questionnaire
-- criterion_code: the criterion it belongs to
-- stream: O observation sheets, C citizens
-- scale: S5, F5+, F5-, Y3, Y2, Y2-, T3, NUM, own
-- weight: w, its weight within the criterion
-- n_min: with fewer valid answers it is not scored
-- best: the number that earns 100, of scale NUM
-- worst: the number that earns 0, of scale NUM
-- sensitive: a question people may fear to answer
-- cumulative: a fact that grows from visit to visit, so that the latest counts
-- computed: where the system gives the value, how
-- subtypes: the subtypes it concerns; empty: all
CREATE OR REPLACE TEMP TABLE round_indicator AS
SELECT asked_round.round_id, round_form.object_type AS type, indicator.indicator_code, form_id,
       indicator.position, indicator.criterion_code, indicator.stream, indicator.scale, indicator.weight,
       indicator.n_min, indicator.best, indicator.worst, coalesce(indicator.sensitive, false) AS sensitive,
       coalesce(indicator.cumulative, false) AS cumulative, nullif(indicator.computed, '') AS computed,
       indicator.subtypes
FROM asked_round
JOIN round_form USING (round_id, project_id)
JOIN indicator USING (project_id, form_id, version)
QUALIFY row_number() OVER (PARTITION BY round_form.object_type, indicator_code ORDER BY form_id) = 1;
