-- last_visit: A cumulative fact counts only at the last visit that has a valid answer to it.
-- grain: round_id, submission_seq
-- visit: every other visit loses its answer; sheets without a day belong to one visit, before all others
UPDATE {sheet} AS sheet
SET {answer} = NULL
FROM (
    SELECT object_id, max(coalesce(visit, DATE '0001-01-01')) AS visit
    FROM {sheet}
    WHERE {answer} >= 0
    GROUP BY object_id
) AS last_visit
WHERE sheet.object_id = last_visit.object_id
  AND coalesce(sheet.visit, DATE '0001-01-01') <> last_visit.visit;
