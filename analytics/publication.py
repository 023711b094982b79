"""The rounds that are published, and how rows of the publication layer become values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from duckdb import DuckDBPyConnection

from analytics.published import RoundSummary
from forms.decoding import convert
from forms.errors import N_, NotFound

TYPES = ["EXEC", "MUN", "SUP", "PSO"]  # in this order everywhere

Value = TypeVar("Value")
Cell = str | int | list[str] | None


class ResultNotFound(NotFound):
    text = N_("There is no published result under this address. Look for it in the list of published rounds.")


def published_rounds(db: DuckDBPyConnection) -> tuple[RoundSummary, ...]:
    """Every published round, the latest first."""
    return _rounds(db, None)


def require_round(db: DuckDBPyConnection, round_id: str) -> RoundSummary:
    """A published round. Raises: ResultNotFound."""
    found = _rounds(db, round_id)
    if not found:
        raise ResultNotFound
    return found[0]


def read(
    db: DuckDBPyConnection, kind: type[Value], sql: str, parameters: Mapping[str, Cell]
) -> tuple[Value, ...]:
    """One value per row; the columns are named like the fields of `kind`."""
    found = db.execute(sql, dict(parameters))
    names = [column[0] for column in found.description]
    rows = (dict(zip(names, row, strict=True)) for row in found.fetchall())
    return tuple(convert(row, kind) for row in rows)


@dataclass(frozen=True, slots=True)
class Resolution:
    """The kenesh's decision to publish."""

    number: str = ""
    link: str = ""


@contextmanager
def publishing(
    db: DuckDBPyConnection, round_id: str, published_on: date, resolution: Resolution | None = None
) -> Iterator[None]:
    """Let the publication layer show this frozen round as it will stand once it is published on that day.

    Without a resolution it shows the one that the plan of the round names.
    """
    given: dict[str, str | date | None] = {
        "publishing_round": round_id,
        "publishing_on": published_on,
        "publishing_resolution_no": resolution.number if resolution is not None else None,
        "publishing_resolution_link": resolution.link if resolution is not None else None,
    }
    for name, value in given.items():
        db.execute(f"SET VARIABLE {name} = $1", [value])
    try:
        yield
    finally:
        for name in given:
            db.execute(f"RESET VARIABLE {name}")


def _rounds(db: DuckDBPyConnection, round_id: str | None) -> tuple[RoundSummary, ...]:
    return read(
        db,
        RoundSummary,
        """
        SELECT rounds.round_id, project_id, coalesce(any_value(rounds.aimak_code), '') AS aimak_code,
               texts_of(any_value(title_ky), any_value(title_ru), any_value(title_en)) AS titles,
               any_value(kind) AS kind, any_value(opened_on) AS opened_on, any_value(closed_on) AS closed_on,
               any_value(rounds.published_on) AS published_on,
               coalesce(any_value(kenesh_resolution_no), '') AS resolution_no,
               coalesce(any_value(kenesh_resolution_link), '') AS resolution_link,
               texts_of(any_value(method_note_ky), any_value(method_note_ru), any_value(method_note_en))
                   AS method_note,
               count(object_id) AS n_objects, coalesce(sum(n_citizens), 0)::BIGINT AS n_citizens,
               coalesce(sum(n_observers), 0)::BIGINT AS n_observers
        FROM published_rounds AS rounds
        JOIN (SELECT round_id, project_id FROM publication) USING (round_id)
        LEFT JOIN (SELECT round_id, object_id, n_citizens, n_observers FROM published_object_score)
            USING (round_id)
        WHERE $round_id IS NULL OR rounds.round_id = $round_id
        GROUP BY rounds.round_id, project_id
        ORDER BY published_on DESC, closed_on DESC, rounds.round_id DESC
        """,
        {"round_id": round_id},
    )
