"""A published dataset: CSV files and a datapackage.json, and nothing that names a respondent.

Everything is read from the publication layer (analytics/scores/published_*.sql), so the files say what the
pages say. The bytes depend on the round alone: made twice, they are the same.
Spec: https://specs.frictionlessdata.io/data-package/
"""

from __future__ import annotations

from datetime import date

from duckdb import DuckDBPyConnection


def release(db: DuckDBPyConnection, round_id: str, *, published_on: date) -> dict[str, bytes]:
    """File name -> bytes: rounds.csv, objects.csv, contracts.csv, codebook.csv, codebook_choices.csv,
    scores_indicator.csv, scores_criterion.csv, scores_object.csv, scores_type.csv, scores_aimak.csv,
    recommendations.csv, evidence_public.csv, corrections.csv and datapackage.json.

    Works from the moment a round is frozen, so that the action which publishes it can keep the files as
    blobs before it appends the record `published`; `published_on` is the day of that record.
    Raises: ResultNotFound when the round is unknown or not frozen.
    """
    raise NotImplementedError
