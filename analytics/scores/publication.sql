-- publication: The rounds that may be shown: published ones, and the one that is being published just now, as it
--   will stand once it is.
-- grain: round_id
-- project_id: the project (one aimak)
-- published_on: the day of publication
-- as_of: the ledger record up to which everything counts
-- given_resolution_no: the kenesh's resolution that comes with the publication; absent once it is published
-- given_resolution_link: its address
CREATE OR REPLACE VIEW publication AS
SELECT round_id, project_id, closed_seq AS as_of,
       coalesce(local_day(published_at), getvariable('publishing_on')::DATE) AS published_on,
       CASE WHEN state <> 'published' THEN getvariable('publishing_resolution_no')::VARCHAR END AS given_resolution_no,
       CASE WHEN state <> 'published' THEN getvariable('publishing_resolution_link')::VARCHAR END
           AS given_resolution_link
FROM round
WHERE frozen_seq IS NOT NULL
  AND (state = 'published' OR coalesce(round_id = getvariable('publishing_round')::VARCHAR, false));
