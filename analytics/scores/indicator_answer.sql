-- indicator_answer: One answer that counts: what one selected submission says on one indicator of its stream.
-- grain: round_id, submission_seq, indicator_code
-- object_id: the object it is about
-- stream: O an observation sheet, C a citizen
-- visit: of an observation sheet, the day of the visit
-- answer: the points of a valid answer, 0 to 100; below zero why there is none, see class_of in measures.sql
-- y: 0 to 100, of a valid answer
-- class: valid, NA (not applicable), DK (does not know), REF (prefers not to say), missing, or off_scale (an
--   answer that is not on the scale: counted as missing)
-- unverified: it needed evidence and has none
CREATE OR REPLACE TEMP VIEW indicator_answer AS
SELECT round_id, submission_seq, indicator_code, object_id, stream, visit, answer, points_of(answer) AS y,
       class_of(answer) AS class, unverified
FROM (
{answers}
UNION ALL
SELECT round_id, NULL AS submission_seq, indicator_code, object_id, stream, NULL AS visit, answer,
       false AS unverified
FROM computed_answer
);
