-- What a closed round froze into the ledger, loaded from its canonical CSV: the tables of the results that
-- bear the same names, with all their columns in the same order.

CREATE TABLE IF NOT EXISTS frozen_indicator_score (
    round_id VARCHAR, object_id VARCHAR, indicator_code VARCHAR, criterion_code VARCHAR, position BIGINT,
    stream VARCHAR, scale VARCHAR, best DOUBLE, worst DOUBLE, weight DOUBLE, n_min BIGINT, sensitive BOOLEAN,
    n_asked BIGINT, n_valid BIGINT, n_na BIGINT, n_dk BIGINT, n_ref BIGINT, n_missing BIGINT,
    score DOUBLE, se DOUBLE, ci_low DOUBLE, ci_high DOUBLE, share_positive DOUBLE, share_low DOUBLE,
    share_high DOUBLE, status VARCHAR, little_information BOOLEAN, disagreement BOOLEAN, unverified BOOLEAN,
    off_scale BOOLEAN);
CREATE TABLE IF NOT EXISTS frozen_criterion_score (
    round_id VARCHAR, object_id VARCHAR, criterion_code VARCHAR, weight DOUBLE, score DOUBLE, coverage DOUBLE,
    status VARCHAR, equal_score DOUBLE);
CREATE TABLE IF NOT EXISTS frozen_object_score (
    round_id VARCHAR, object_id VARCHAR, type VARCHAR, subtype VARCHAR, aimak_code VARCHAR, form_version VARCHAR,
    n_citizens BIGINT, n_observers BIGINT, status VARCHAR, score DOUBLE, se DOUBLE, df BIGINT, ci_low DOUBLE,
    ci_high DOUBLE, coverage DOUBLE, band VARCHAR, precision VARCHAR, equal_score DOUBLE, mostly_empty BOOLEAN,
    borderline BOOLEAN, depends_on_weights BOOLEAN, under_review BOOLEAN,
    under_review_until DATE);
CREATE TABLE IF NOT EXISTS frozen_type_score (
    round_id VARCHAR, type VARCHAR, aimak_code VARCHAR, n_objects BIGINT, score DOUBLE, se DOUBLE, band VARCHAR,
    status VARCHAR);
CREATE TABLE IF NOT EXISTS frozen_aimak_score (
    round_id VARCHAR, aimak_code VARCHAR, n_objects BIGINT, score DOUBLE, se DOUBLE, band VARCHAR, status VARCHAR);
CREATE TABLE IF NOT EXISTS frozen_supplier_score (
    round_id VARCHAR, supplier_name VARCHAR, n_contracts BIGINT, score DOUBLE, band VARCHAR);
CREATE TABLE IF NOT EXISTS frozen_customer_score (
    round_id VARCHAR, customer_id VARCHAR, n_contracts BIGINT, score DOUBLE, band VARCHAR);
CREATE TABLE IF NOT EXISTS frozen_covariance (
    round_id VARCHAR, object_id VARCHAR, stream VARCHAR, indicator_code VARCHAR, other_code VARCHAR, n BIGINT,
    covariance DOUBLE);
CREATE TABLE IF NOT EXISTS frozen_trend (
    round_id VARCHAR, object_id VARCHAR, before_round_id VARCHAR, before_object_id VARCHAR, matched_share DOUBLE,
    score_now DOUBLE, score_before DOUBLE, se_now DOUBLE, se_before DOUBLE, delta DOUBLE, se_delta DOUBLE,
    limit_of_change DOUBLE, trend VARCHAR);
