-- published_object_score: Every object of a published round, whether it may be shown or is under review.
-- grain: round_id, object_id
-- shown: false while the supplier of a contract may still reply: then nothing but its name is published
-- n_citizens: submissions of citizens that count; absent for 1 to 4
-- score: absent unless the object is scored and shown; and so are se, df, interval, precision, delta and trend
CREATE OR REPLACE VIEW published_object_score AS
WITH registered AS (
    SELECT publication.round_id, object_record.*
    FROM object_record
    JOIN publication ON object_record.project_id = publication.project_id AND seq <= as_of
    QUALIFY row_number() OVER (PARTITION BY publication.round_id, object_id ORDER BY seq DESC) = 1
)
SELECT round_id, object_id, project_id, frozen.type, frozen.subtype, frozen.aimak_code, form_version, supplier_name,
       supplier_is_person, coalesce(under_review_until < published_on, true) AS shown,
       frozen.status, frozen.status = 'scored' AND shown AS scored,
       CASE WHEN shown AND NOT frozen.n_citizens BETWEEN 1 AND 4 THEN frozen.n_citizens END AS n_citizens,
       CASE WHEN shown THEN frozen.n_observers END AS n_observers,
       CASE WHEN scored THEN frozen.score END AS score,
       CASE WHEN scored THEN frozen.se END AS se,
       CASE WHEN scored THEN frozen.df END AS df,
       CASE WHEN scored THEN frozen.ci_low END AS ci_low,
       CASE WHEN scored THEN frozen.ci_high END AS ci_high,
       CASE WHEN shown THEN frozen.coverage END AS coverage,
       CASE WHEN shown THEN frozen.band END AS band,
       CASE WHEN scored THEN frozen.precision END AS precision,
       CASE WHEN scored AND change.trend <> 'not_comparable' THEN change.delta END AS delta,
       CASE WHEN scored THEN change.trend END AS trend,
       array_to_string(list_filter([
           CASE WHEN shown AND frozen.mostly_empty THEN 'mostly_empty' END,
           CASE WHEN scored AND frozen.borderline THEN 'borderline' END,
           CASE WHEN scored AND frozen.depends_on_weights THEN 'depends_on_weights' END,
           CASE WHEN NOT shown THEN 'under_review' END], lambda flag: flag IS NOT NULL), ';') AS flags
FROM frozen_object_score AS frozen
JOIN publication USING (round_id)
LEFT JOIN registered USING (round_id, project_id, object_id)
LEFT JOIN frozen_trend AS change USING (round_id, object_id);
