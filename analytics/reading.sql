-- The reading: what the loader keeps beside the typed tables of every form. All of it is derived
-- from the ledger; deleting the file loses nothing. Keys are the ledger's sequence numbers.

-- how far the ledger is loaded: the last record and its hash (another hash there means another ledger), and
-- whether the file still has, in parts that nothing points to, answers that were erased by law
CREATE TABLE IF NOT EXISTS progress (
    loaded_seq BIGINT NOT NULL, loaded_hash VARCHAR NOT NULL, layout VARCHAR NOT NULL, has_traces BOOLEAN NOT NULL);

-- a record that could not be loaded: it stops nothing, and is shown to coordinators
CREATE TABLE IF NOT EXISTS set_aside (seq BIGINT, kind VARCHAR, subject VARCHAR, reason VARCHAR);

-- one row per published version of a form; table_schema names the DuckDB schema of its typed tables
CREATE TABLE IF NOT EXISTS form_version (
    seq BIGINT, project_id INTEGER, form_id VARCHAR, version VARCHAR, title VARCHAR, object_type VARCHAR,
    table_schema VARCHAR, form_schema VARCHAR, scheme VARCHAR, published_at TIMESTAMP,
    places VARCHAR);  -- JSON: path of a question -> [table, column]
-- the columns of the typed tables. A form's answers lie in "table_schema".submissions, those of a repeat in
-- "table_schema"."<path of the repeat>"; `path` is the question's path in the form (several versions may have
-- it at several paths), `name` its last part. A column is named after its question, and after the path where
-- that name is taken. kind: text choice choices number ... (analytics/columns.py).
-- Beside them every table has _seq (the submission's seq), _empty and _misfit (VARCHAR[] of column names:
-- present but empty, and a text that did not fit the type); submissions has _project_id and _instance_id; a
-- repeat's table has _project_id, _instance_id, _parent_key, _key and _position.
CREATE TABLE IF NOT EXISTS form_column (
    table_schema VARCHAR, table_name VARCHAR, column_name VARCHAR, kind VARCHAR, path VARCHAR, name VARCHAR,
    position INTEGER);

-- the scheme of each form version, flattened
CREATE TABLE IF NOT EXISTS criterion (
    project_id INTEGER, form_id VARCHAR, version VARCHAR, position INTEGER, criterion_code VARCHAR,
    weight DOUBLE, subtypes VARCHAR[], label_ky VARCHAR, label_ru VARCHAR, label_en VARCHAR);
CREATE TABLE IF NOT EXISTS indicator (
    project_id INTEGER, form_id VARCHAR, version VARCHAR, position INTEGER, indicator_code VARCHAR,
    criterion_code VARCHAR, stream VARCHAR, scale VARCHAR, weight DOUBLE, n_min INTEGER, best DOUBLE,
    worst DOUBLE, sensitive BOOLEAN, cumulative BOOLEAN, computed VARCHAR, unit VARCHAR, subtypes VARCHAR[],
    companion VARCHAR, evidence VARCHAR[], label_ky VARCHAR, label_ru VARCHAR, label_en VARCHAR);
-- choices of an indicator, and (of_companion) the non-answers of a number's companion
CREATE TABLE IF NOT EXISTS indicator_choice (
    project_id INTEGER, form_id VARCHAR, version VARCHAR, indicator_code VARCHAR, position INTEGER,
    choice VARCHAR, points DOUBLE, nonresponse VARCHAR, of_companion BOOLEAN,
    label_ky VARCHAR, label_ru VARCHAR, label_en VARCHAR);

-- registry: villages in their latest state; objects one row per record, because scores are computed as of
-- a record, and the view `object` is their latest state
CREATE TABLE IF NOT EXISTS village (project_id INTEGER, name VARCHAR, label_ky VARCHAR, label_ru VARCHAR, label_en VARCHAR);
CREATE TABLE IF NOT EXISTS object_record (
    seq BIGINT, project_id INTEGER, object_id VARCHAR, name VARCHAR, type VARCHAR, subtype VARCHAR, status VARCHAR,
    name_ky VARCHAR, name_ru VARCHAR, name_en VARCHAR, legal_form VARCHAR, aimak_code VARCHAR,
    villages_served VARCHAR[], lat DOUBLE, lon DOUBLE, users_count BIGINT, valid_from DATE, valid_to DATE,
    predecessor_id VARCHAR, contract_no VARCHAR, tender_no VARCHAR, portal_link VARCHAR, method VARCHAR,
    supplier_name VARCHAR, supplier_is_person BOOLEAN, subject_ky VARCHAR, subject_ru VARCHAR, category VARCHAR,
    sum_initial_som DOUBLE, sum_final_som DOUBLE, signed_on DATE, due_on DATE, finished_on DATE,
    warranty_months INTEGER, under_review_until DATE, attributes VARCHAR);
CREATE OR REPLACE VIEW object AS
SELECT * EXCLUDE (seq) FROM object_record
QUALIFY seq = max(seq) OVER (PARTITION BY project_id, object_id);

-- rounds, latest state
CREATE TABLE IF NOT EXISTS round (
    round_id VARCHAR, project_id INTEGER, title_ky VARCHAR, title_ru VARCHAR, title_en VARCHAR, kind VARCHAR,
    state VARCHAR, opens_on DATE, closes_on DATE, opened_seq BIGINT, closed_seq BIGINT, opened_at TIMESTAMP,
    closed_at TIMESTAMP, published_at TIMESTAMP, previous_round_id VARCHAR, resolution_no VARCHAR,
    resolution_link VARCHAR, method_note_ky VARCHAR, method_note_ru VARCHAR, method_note_en VARCHAR,
    frozen_seq BIGINT, method VARCHAR);
CREATE TABLE IF NOT EXISTS round_form (round_id VARCHAR, project_id INTEGER, form_id VARCHAR, version VARCHAR, object_type VARCHAR);
CREATE TABLE IF NOT EXISTS round_object (round_id VARCHAR, project_id INTEGER, object_id VARCHAR);
CREATE TABLE IF NOT EXISTS type_weight (round_id VARCHAR, project_id INTEGER, type VARCHAR, weight DOUBLE);
-- values the system computes: recommendations done on time, growth of a contract
CREATE TABLE IF NOT EXISTS computed_value (round_id VARCHAR, project_id INTEGER, object_id VARCHAR, indicator_code VARCHAR, value DOUBLE);

-- one row per submission record; round_id is the one of its ledger header (a decision may assign another)
CREATE TABLE IF NOT EXISTS submission (
    submission_seq BIGINT, project_id INTEGER, form_id VARCHAR, version VARCHAR, instance_id VARCHAR,
    root_seq BIGINT, round_id VARCHAR, object_id VARCHAR, stream VARCHAR, token VARCHAR, visit DATE,
    is_focus_group BOOLEAN, village VARCHAR, sex VARCHAR, age VARCHAR, filled_on DATE,
    received_at TIMESTAMP, submitter_id BIGINT, instance_name VARCHAR, encrypted BOOLEAN,
    media VARCHAR[],  -- the files that belong to it, whether they arrived or not
    variant VARCHAR);  -- of one taken from the quarantine under an instanceID that was taken: its record's mark
-- accepted, returned, void, received, edited; assigned; corrected, kept, superseded; deleted, restored: the
-- latest of each kind counts
CREATE TABLE IF NOT EXISTS decision (
    seq BIGINT, submission_seq BIGINT, action VARCHAR, round_id VARCHAR, decided_at TIMESTAMP,
    actor_id BIGINT);
-- a corrected value (domain 2): the typed tables hold the latest, the XML keeps what was sent; scores take
-- the latest as of their record. Of a citizen's answers none is ever taken. `question` is its name, in a
-- repeat the way to it (forms/places.py); what an edit left standing is a correction of the new version.
CREATE TABLE IF NOT EXISTS correction (
    seq BIGINT, submission_seq BIGINT, question VARCHAR, old VARCHAR, new VARCHAR);
CREATE TABLE IF NOT EXISTS attachment (seq BIGINT, submission_seq BIGINT, name VARCHAR, sha256 VARCHAR, size BIGINT);

-- the tables a closed round froze into the ledger, one reading table per result, named frozen_<result>, and
-- the views published_<table> over them: made by analytics.rounds.lay_out(db), right after this file.

-- submission_state: Where each submission stands now: the latest decision of each kind wins.
-- grain: submission_seq
-- root_seq: the first version of it, itself unless it is an edit
-- round_id: the round it belongs to: a decision on it, else that of the first version; absent when it waits
-- state: received, accepted, returned, void, or edited (an edit nobody has decided on yet)
-- is_latest: there is no later version
-- is_current: there is no later version, and it is not in the trash
-- deleted_at: since when it is in the trash; absent for all others
-- edits: how many versions came after the first
-- decided_seq, decided_at: the record and the time of the decision behind its state
CREATE OR REPLACE VIEW submission_state AS
WITH decided AS (
    SELECT submission_seq,
           arg_max(action, seq) FILTER (action <> 'assigned') AS state,
           max(seq) FILTER (action <> 'assigned') AS decided_seq,
           arg_max(decided_at, seq) FILTER (action <> 'assigned') AS decided_at,
           arg_max(round_id, seq) FILTER (action = 'assigned') AS assigned_round
    FROM decision
    WHERE action IN ('received', 'accepted', 'returned', 'void', 'edited', 'assigned')
    GROUP BY submission_seq
), trashed AS (  -- deleted and restored with all its versions
    SELECT submission.root_seq,
           CASE WHEN arg_max(action, seq) = 'deleted' THEN arg_max(decided_at, seq) END AS deleted_at
    FROM decision JOIN submission USING (submission_seq)
    WHERE action IN ('deleted', 'restored')
    GROUP BY submission.root_seq
), version AS (
    SELECT root_seq, max(submission_seq) AS latest_seq, count(*) - 1 AS edits FROM submission GROUP BY root_seq
)
SELECT submission.submission_seq, submission.project_id, submission.form_id, submission.root_seq,
       coalesce(decided.assigned_round, of_root.assigned_round, root.round_id, submission.round_id) AS round_id,
       CASE WHEN decided.state IS NOT NULL THEN decided.state
            WHEN submission.root_seq < submission.submission_seq THEN 'edited'
            ELSE 'received' END AS state,
       version.latest_seq = submission.submission_seq AS is_latest,
       version.latest_seq = submission.submission_seq AND trashed.deleted_at IS NULL AS is_current,
       trashed.deleted_at,
       version.edits, decided.decided_seq, decided.decided_at
FROM submission
JOIN version ON version.root_seq = submission.root_seq
LEFT JOIN trashed ON trashed.root_seq = submission.root_seq
LEFT JOIN submission AS root ON root.submission_seq = submission.root_seq
LEFT JOIN decided ON decided.submission_seq = submission.submission_seq
LEFT JOIN decided AS of_root ON of_root.submission_seq = submission.root_seq;
