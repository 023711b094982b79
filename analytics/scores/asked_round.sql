-- asked_round: The one round that is being computed, and the ledger record up to which everything counts.
-- grain: round_id
-- project_id: the project (one aimak) it belongs to
-- kind: monitoring_continuous, monitoring_temporary, evaluation_regular or evaluation_one_off
-- as_of: records after this one do not count
-- closed_at: when it closed; absent while it is open
-- day: the day it closed, else the day it is to close
CREATE OR REPLACE TEMP TABLE asked_round AS
SELECT round_id, project_id, kind, getvariable('as_of')::BIGINT AS as_of, closed_at,
       coalesce(local_day(closed_at), closes_on) AS day
FROM round
WHERE round_id = getvariable('asked_round');
