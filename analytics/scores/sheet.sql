-- sheet: What every selected submission of one stream of one form says on every indicator, a group of columns
--   per indicator; one table for each form and stream of the round (analytics/sheets.py fills the slots).
-- grain: round_id, submission_seq
-- object_id: the object it is about
-- visit: of an observation sheet, the day of the visit
-- mostly_empty: fewer than a third of its applicable items are answered; DK and REF are answers here
-- class_1: valid, NA, DK, REF, missing or off_scale, of the first indicator, and so on; absent where the answer
--   does not count: a cumulative fact at a visit that is not the last
-- y_1: 0 to 100, of a valid answer
-- value_1: of a number, as answered
-- unverified_1: of an observed indicator that has evidence questions: it needed evidence and has none
CREATE OR REPLACE TEMP TABLE {sheet} AS
WITH given AS (  -- the answers as they stand in the typed table
    SELECT selection.round_id, selection.submission_seq, selection.object_id, selection.visit, selection.version,
           {given}
    FROM selection
    {typed_table}
    WHERE selection.form_id = {form_id} AND selection.stream = {stream}
), judged AS (  -- what each of them is
    SELECT *,
           {judged}
    FROM given
)
SELECT round_id, submission_seq, object_id, visit,
       3 * ({answered}) < ({applicable}) AS mostly_empty,
       {kept}
FROM judged;
