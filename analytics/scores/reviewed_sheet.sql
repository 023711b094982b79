-- reviewed_sheet: For the reviewer, in the place of the selection: all submissions of a round, whatever was decided.
-- grain: round_id, submission_seq
-- form_id: the form it fills in
-- version: the version it was filled in with
-- object_id: the object it is about
-- stream: O an observation sheet, C a citizen
-- visit: of an observation sheet, the day of the visit
-- observer: not needed here
CREATE OR REPLACE TEMP TABLE selection AS
SELECT asked_round.round_id, submission_seq, submission.form_id, submission.version, object_id, stream, visit,
       NULL::VARCHAR AS observer
FROM submission
JOIN asked_round USING (project_id)
JOIN submission_state USING (submission_seq)
JOIN evaluated_object USING (object_id)
WHERE submission_state.round_id = asked_round.round_id AND submission_seq <= as_of
  AND submission_state.deleted_at IS NULL;
