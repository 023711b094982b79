-- evaluated_object: The objects of a round, as the registry had them at the record up to which everything counts.
-- grain: round_id, object_id
-- type: EXEC, MUN, SUP or PSO
-- subtype: decides which criteria and indicators concern it
-- aimak_code: the aimak it lies in
-- predecessor_id: the object whose history it continues
-- form_version: the form version that scores it, as form/version
-- supplier_name: of a contract
-- customer_id: the object that ordered the contract
-- growth: of a contract, by what per cent its sum grew from the initial one; absent when a sum is not known
-- under_review_until: of a contract, the last day on which its supplier may reply
-- under_review: a contract whose supplier could still reply on the day the round closed
CREATE OR REPLACE TEMP TABLE evaluated_object AS
WITH registered AS (
    SELECT object_record.*
    FROM object_record
    JOIN asked_round ON object_record.project_id = asked_round.project_id AND seq <= as_of
    QUALIFY row_number() OVER (PARTITION BY object_id ORDER BY seq DESC) = 1
), fixed_form AS (
    SELECT object_type, string_agg(form_id || '/' || version, ' ' ORDER BY form_id) AS form_version
    FROM round_form JOIN asked_round USING (round_id, project_id)
    GROUP BY object_type
)
SELECT asked_round.round_id, object_id, registered.type, nullif(registered.subtype, '') AS subtype,
       nullif(aimak_code, '') AS aimak_code, nullif(predecessor_id, '') AS predecessor_id, form_version,
       nullif(supplier_name, '') AS supplier_name,
       nullif(TRY_CAST(attributes AS JSON) ->> 'customer_id', '') AS customer_id,
       CASE WHEN sum_initial_som > 0 AND sum_final_som >= 0
            THEN greatest(0.0::DOUBLE, (sum_final_som - sum_initial_som) / sum_initial_som * 100) END AS growth,
       under_review_until, coalesce(under_review_until >= asked_round.day, false) AS under_review
FROM asked_round
JOIN round_object USING (round_id, project_id)
JOIN registered USING (object_id)
LEFT JOIN fixed_form ON fixed_form.object_type = registered.type;
