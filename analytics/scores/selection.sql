-- selection: The submissions that count in a round: accepted ones, one per token and object.
-- grain: round_id, submission_seq
-- form_id: the form it fills in
-- version: the version it was filled in with; answers are matched by the name of the question
-- object_id: the object it is about
-- stream: O an observation sheet, C a citizen
-- visit: of an observation sheet, the day of the visit; sheets without one belong to one visit
-- observer: of an observation sheet, who sent it; a sheet without a token stands for itself
CREATE OR REPLACE TEMP TABLE selection AS
WITH decided AS (  -- the last word on every submission, as of the record asked for
    SELECT submission_seq,
           arg_max(action, seq) FILTER (
               WHERE action IN ('received', 'accepted', 'returned', 'void', 'edited')) AS state,
           arg_max(decision.round_id, seq) FILTER (WHERE action = 'assigned') AS assigned_round
    FROM decision
    JOIN asked_round ON seq <= as_of
    GROUP BY submission_seq
), trashed AS (  -- in the trash then, with all versions
    SELECT submission.root_seq
    FROM decision
    JOIN asked_round ON seq <= as_of
    JOIN submission USING (submission_seq)
    WHERE action IN ('deleted', 'restored')
    GROUP BY submission.root_seq
    HAVING arg_max(action, seq) = 'deleted'
), edit AS (  -- an edit has round, token and visit of its original, and a review state of its own
    SELECT edit.submission_seq, coalesce(decided.assigned_round, original.round_id) AS round_id,
           original.token, original.visit
    FROM submission AS edit
    JOIN submission AS original ON original.submission_seq = edit.root_seq
    LEFT JOIN decided ON decided.submission_seq = original.submission_seq
    WHERE edit.root_seq <> edit.submission_seq
), accepted AS (
    SELECT asked_round.round_id, submission.submission_seq, coalesce(root_seq, submission.submission_seq) AS root_seq,
           submission.form_id, submission.version, submission.object_id, submission.stream,
           nullif(CASE WHEN edit.submission_seq IS NULL THEN submission.token ELSE edit.token END, '') AS token,
           CASE WHEN submission.stream = 'O' AND edit.submission_seq IS NULL THEN submission.visit
                WHEN submission.stream = 'O' THEN edit.visit END AS visit
    FROM submission
    JOIN asked_round ON submission.project_id = asked_round.project_id AND submission.submission_seq <= as_of
    JOIN decided ON decided.submission_seq = submission.submission_seq AND decided.state = 'accepted'
    LEFT JOIN edit ON edit.submission_seq = submission.submission_seq
    JOIN evaluated_object ON evaluated_object.object_id = submission.object_id
    JOIN round_form ON round_form.round_id = asked_round.round_id AND round_form.project_id = asked_round.project_id
     AND round_form.form_id = submission.form_id AND round_form.object_type = evaluated_object.type
    WHERE coalesce(decided.assigned_round, edit.round_id, submission.round_id) = asked_round.round_id
      AND submission.stream IN ('O', 'C')
      AND NOT EXISTS (FROM trashed WHERE trashed.root_seq = submission.root_seq)
      AND NOT coalesce(submission.is_focus_group, false)  -- focus groups give recommendations, not answers
), latest_version AS (  -- of an original and its edits, the latest accepted one
    SELECT max(submission_seq) AS submission_seq FROM accepted GROUP BY root_seq
), latest AS (  -- and of those with one token; submissions without a token never replace each other
    SELECT max(submission_seq) AS submission_seq
    FROM accepted
    SEMI JOIN latest_version USING (submission_seq)
    GROUP BY object_id, stream, visit, token, CASE WHEN token IS NULL THEN root_seq END
)
SELECT round_id, submission_seq, form_id, version, object_id, stream, visit,
       CASE WHEN stream = 'O' THEN coalesce(token, 'sheet ' || root_seq) END AS observer
FROM accepted
SEMI JOIN latest USING (submission_seq);
