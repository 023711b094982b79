"""Compute the scores of one round into temporary tables of a cursor: the files of scores/, in order.

Every result can then be read under its own name (`FROM temp.object_score`). Nothing is stored, and nothing
that was loaded after record `as_of` counts. The tables go at the end of the block.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from duckdb import DuckDBPyConnection

from analytics.sheet_sql import (
    answers_view,
    checks_view,
    covariance_statement,
    facts_view,
    sheet_statements,
)
from analytics.sheets import Sheet, sheets_of_round
from analytics.tables import read_sql
from forms.errors import N_, NotFound

BEFORE_ANSWERS = (
    "asked_round",
    "round_type_weight",
    "round_criterion",
    "round_indicator",
    "evaluated_object",
    "selection",
    "computed_answer",
)
FROM_ANSWERS = ("indicator_score", "criterion_score", "effective_weight")
FROM_COVARIANCE = (
    "stream_variance",
    "object_score",
    "type_score",
    "aimak_score",
    "supplier_score",
    "customer_score",
    "trend",
)

_COVARIANCE = """
CREATE OR REPLACE TEMP TABLE covariance (
    round_id VARCHAR, object_id VARCHAR, stream VARCHAR, indicator_code VARCHAR, other_code VARCHAR, n BIGINT,
    covariance DOUBLE)
"""


class RoundUnknown(NotFound):
    text = N_("There is no round {round_id}. See the list of rounds for its right name.")


@contextmanager
def computed(db: DuckDBPyConnection, round_id: str, as_of: int) -> Iterator[None]:
    """All results of a round, as of a record of the ledger, while the block runs. Raises: RoundUnknown."""
    with _answers(db, round_id, as_of) as sheets:
        for name in FROM_ANSWERS:
            db.execute(read_sql(name))
        db.execute(_COVARIANCE)
        for sheet in sheets:
            db.execute(covariance_statement(sheet))
        for name in FROM_COVARIANCE:
            db.execute(read_sql(name))
        yield


@contextmanager
def observed(db: DuckDBPyConnection, round_id: str, as_of: int) -> Iterator[None]:
    """indicator_score of the indicators of stream O alone: what may be seen while a round is open."""
    with _answers(db, round_id, as_of, only_stream="O"):
        db.execute(read_sql("indicator_score"))
        yield


@contextmanager
def checked(db: DuckDBPyConnection, round_id: str, as_of: int) -> Iterator[None]:
    """sheet_check of every submission of a round, whatever its review state: what a reviewer may look at."""
    with _answers(db, round_id, as_of, selection="reviewed_sheet"):
        yield


@contextmanager
def _answers(
    db: DuckDBPyConnection,
    round_id: str,
    as_of: int,
    *,
    only_stream: str | None = None,
    selection: str = "selection",
) -> Iterator[tuple[Sheet, ...]]:
    db.execute("SET VARIABLE asked_round = $1", [round_id])
    db.execute("SET VARIABLE as_of = $1", [as_of])
    db.begin()  # one picture of the reading for all statements, whatever is loaded meanwhile
    try:
        for name in BEFORE_ANSWERS:
            db.execute(read_sql(selection if name == "selection" else name))
            if name == "asked_round" and not db.execute("SELECT count(*) FROM asked_round").fetchall()[0][0]:
                raise RoundUnknown(round_id=round_id)
            if name == "round_indicator" and only_stream is not None:
                db.execute("DELETE FROM round_indicator WHERE stream <> $1", [only_stream])
        sheets = sheets_of_round(db)
        for sheet in sheets:
            for statement in sheet_statements(sheet):
                db.execute(statement)
        db.execute(answers_view(sheets))
        db.execute(facts_view(sheets))
        db.execute(checks_view(sheets))
        yield sheets
    finally:
        db.rollback()  # the temporary tables go with it: of a million submissions they take half a gigabyte
        for variable in ("asked_round", "as_of"):
            db.execute(f"RESET VARIABLE {variable}")
