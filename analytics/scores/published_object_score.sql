-- published_object_score: Every object of a published round, whether it may be shown or is under review.
-- grain: round_id, object_id
-- project_id: the project (one aimak)
-- type: EXEC, MUN, SUP or PSO
-- subtype: kind within the type
-- aimak_code: the aimak it lies in
-- form_version: the form version that scores it, as form/version
-- shown: false while the supplier of a contract may still reply: then nothing but its name is published
-- status: scored, insufficient
-- scored: it is, and is shown: it has a score to see
-- n_citizens: submissions of citizens that count; absent for 1 to 4
-- n_observers: people whose observation sheets count
-- score: absent unless scored; and so are se, df, interval, precision, delta and trend
-- se: standard error of the score
-- df: degrees of freedom of the interval
-- ci_low: lower end of the 95 % interval
-- ci_high: upper end of the 95 % interval
-- coverage: 0 to 1
-- band: absent under review
-- precision: high, medium, low
-- delta: change since the round before; absent where it cannot be compared
-- trend: improved, worsened, no_change, not_comparable
-- flags: joined by ;
CREATE OR REPLACE VIEW published_object_score AS
WITH judged AS (
    SELECT frozen_object_score.*, project_id,
           coalesce(under_review_until < published_on, true) AS shown,
           status = 'scored' AND coalesce(under_review_until < published_on, true) AS scored
    FROM frozen_object_score
    JOIN publication USING (round_id)
)
SELECT round_id, object_id, project_id, type, subtype, aimak_code, form_version, shown, status, scored,
       CASE WHEN shown AND NOT judged.n_citizens BETWEEN 1 AND 4 THEN judged.n_citizens END AS n_citizens,
       CASE WHEN shown THEN judged.n_observers END AS n_observers,
       CASE WHEN scored THEN judged.score END AS score,
       CASE WHEN scored THEN judged.se END AS se,
       CASE WHEN scored THEN judged.df END AS df,
       CASE WHEN scored THEN judged.ci_low END AS ci_low,
       CASE WHEN scored THEN judged.ci_high END AS ci_high,
       CASE WHEN shown THEN judged.coverage END AS coverage,
       CASE WHEN shown THEN judged.band END AS band,
       CASE WHEN scored THEN judged.precision END AS precision,
       CASE WHEN scored AND change.trend <> 'not_comparable' THEN change.delta END AS delta,
       CASE WHEN scored THEN change.trend END AS trend,
       concat_ws(';', CASE WHEN shown AND mostly_empty THEN 'mostly_empty' END,
                      CASE WHEN scored AND borderline THEN 'borderline' END,
                      CASE WHEN scored AND depends_on_weights THEN 'depends_on_weights' END,
                      CASE WHEN NOT shown THEN 'under_review' END) AS flags
FROM judged
LEFT JOIN frozen_trend AS change USING (round_id, object_id);
