"""A published dataset: CSV files and a datapackage.json, and nothing that names a respondent.

Everything is read from the publication layer (analytics/scores/published_*.sql), so the files say what the
pages say. The bytes depend on the round alone: made twice, they are the same.
Spec: https://specs.frictionlessdata.io/data-package/ and domain.md 6 for tables and columns.
"""

# ruff: noqa: S608 - names of ours, and texts quoted
from __future__ import annotations

from datetime import date

from duckdb import DuckDBPyConnection

from analytics.canonical import write_csv
from analytics.datapackage import Resource, describe
from analytics.publication import Resolution, publishing, read, require_round
from analytics.published import Texts
from analytics.sheet_sql import text
from analytics.tables import read_table

# file -> its columns, in the order of domain.md 6; a star marks its key
LAYOUTS = {
    "rounds": "*round_id aimak_code title_ky title_ru title_en kind method_note_ky method_note_ru "
    "method_note_en form_versions opened_on closed_on published_on kenesh_resolution_no "
    "kenesh_resolution_link",
    "objects": "*object_id type subtype name_ky name_ru name_en legal_form aimak_code "
    "villages_served lat lon users_count status valid_from valid_to predecessor_id",
    "contracts": "*object_id contract_no tender_no portal_link method supplier_name subject_ky "
    "subject_ru category sum_initial_som sum_final_som signed_on due_on finished_on "
    "warranty_months",
    "codebook": "*form_version type criterion_code criterion_weight *indicator_code stream scale unit "
    "best worst w n_min sensitive text_ky text_ru text_en",
    "codebook_choices": "*form_version *indicator_code *choice points nonresponse text_ky text_ru text_en",
    "scores_indicator": "*round_id *object_id *indicator_code n_asked n_valid n_na n_dk n_ref n_missing "
    "n_no_answer score se ci_low ci_high share_positive share_low share_high status flags",
    "scores_criterion": "*round_id *object_id *criterion_code score coverage status",
    "scores_object": "*round_id *object_id form_version n_citizens n_observers score se df ci_low ci_high "
    "coverage band precision delta trend flags",
    "scores_type": "*round_id *aimak_code *type n_objects score se band status",
    "scores_aimak": "*round_id *aimak_code type n_objects score se band status",
    "recommendations": "*rec_id round_id object_id indicator_code text_ky text_ru text_en responsible_post "
    "due_on status status_on object_reply_ky object_reply_ru kenesh_decision proof_link",
    "evidence_public": "*evidence_id object_id round_id indicator_code kind taken_on file_link lat lon "
    "caption_ky caption_ru caption_en",
    "corrections": "*changed_on *table *row_key *column old_value new_value reason",
}


def release(
    db: DuckDBPyConnection, round_id: str, *, published_on: date, resolution: Resolution | None = None
) -> dict[str, bytes]:
    """File name -> bytes: one CSV for every table of LAYOUTS, and datapackage.json.

    Works from the moment a round is frozen, so that the action which publishes it can keep the files as
    blobs before it appends the record `published`; `published_on` is the day of that record, `resolution`
    the one that it will name (None: the one of the plan).
    Raises: ResultNotFound when the round is unknown or not frozen.
    """
    with publishing(db, round_id, published_on, resolution):
        summary = require_round(db, round_id)
        files: dict[str, bytes] = {}
        resources: list[Resource] = []
        for name, layout in LAYOUTS.items():
            columns = [column.lstrip("*") for column in layout.split()]
            key = [column.lstrip("*") for column in layout.split() if column.startswith("*")]
            chosen = ", ".join(f'"{column}"' for column in columns)
            ours = f" WHERE round_id = {text(round_id)}" if name != "corrections" else ""
            rows = f"(SELECT {chosen} FROM published_{name}{ours}) AS {name}"
            files[f"{name}.csv"] = write_csv(db, rows, key, guarded=True)
            table = read_table(f"published_{name}")
            kinds = db.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()
            resources.append(
                Resource(
                    name,
                    table.about,
                    tuple((column, kind, table.described[column]) for column, kind, *_ in kinds),
                    tuple(key),
                    len(files[f"{name}.csv"]),
                )
            )
        # the aimak by its name; where the registry has none, by that of its executive body
        aimak = read(
            db,
            Texts,
            """
            SELECT coalesce(nullif(aimak_ky, ''), name_ky, '') AS ky,
                   coalesce(nullif(aimak_ru, ''), name_ru, '') AS ru,
                   coalesce(nullif(aimak_en, ''), name_en, '') AS en
            FROM published_objects WHERE round_id = $round_id
            ORDER BY type = 'EXEC' DESC, object_id LIMIT 1
            """,
            {"round_id": round_id},
        )
        files["datapackage.json"] = describe(summary, aimak[0] if aimak else Texts(), resources)
        return files
