-- sheet: What every selected submission of one stream of one form says on every indicator, a column for each;
--   one table for each form and stream of the round (analytics/sheet_sql.py fills the slots).
-- grain: round_id, submission_seq
-- object_id: the object it is about
-- visit: of an observation sheet, the day of the visit
-- mostly_empty: fewer than a third of its applicable items are answered; DK and REF are answers here, and what
--   does not concern the object's subtype is not applicable
-- answer_1: the points of a valid answer, 0 to 100; below zero why there is none: -1 NA, -2 DK, -3 REF,
--   -4 missing, -5 off the scale; absent where it does not count: a cumulative fact at a visit that is not the last
-- value_1: of an observed number, as answered
-- bare_1: of an observed indicator that has evidence questions: all of them are empty
CREATE OR REPLACE TEMP TABLE {sheet} AS
SELECT * EXCLUDE (subtype), 3 * ({answered}) < ({applicable}) AS mostly_empty
FROM (
    SELECT selection.round_id, selection.submission_seq, selection.object_id, selection.visit,
           evaluated_object.subtype,
           {answers}
    FROM selection
    JOIN evaluated_object USING (object_id)
    {typed_table}
    WHERE selection.form_id = {form_id} AND selection.stream = {stream}
);
