"""Closing a round: its scores computed as of one record of the ledger, and loaded again from there.

`freeze` computes and stores nothing: it is a function of the reading up to record `as_of`, whatever was
loaded after it. The action that closes a round keeps the bytes as blobs and names their sha256 in the record
`frozen`; the loader hands them to `load_frozen`, so a rebuilt reading shows what was frozen, not what would
be computed today.

While a round is open nobody sees a value with stream C in it (domain 6, rule 12): `open_counts` counts, and
`open_observations` computes indicators of stream O alone.
"""

# ruff: noqa: S608 - names of tables and columns are ours
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version as version_of

from duckdb import DuckDBPyConnection

from analytics.canonical import read_csv, write_csv
from analytics.scoring import RoundUnknown, checked, computed, observed
from analytics.tables import read_sql, read_table

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]

FROZEN = (
    "indicator_score",
    "criterion_score",
    "object_score",
    "type_score",
    "aimak_score",
    "supplier_score",
    "customer_score",
    "covariance",
    "trend",
)
PUBLISHED = (
    "publication",
    "published_object_score",
    "published_rounds",
    "published_objects",
    "published_contracts",
    "published_codebook",
    "published_codebook_choices",
    "published_scores_indicator",
    "published_scores_criterion",
    "published_scores_object",
    "published_scores_type",
    "published_type_weight",
    "published_scores_aimak",
    "published_supplier_score",
    "published_customer_score",
    "published_recommendations",
    "published_evidence_public",
    "published_corrections",
)

INDICATOR_SETTINGS = ("indicator_code", *list(read_table("round_indicator").columns)[2:])

# what scores/*.sql compares with, told in the method of every round
THRESHOLDS = {
    "criterion_coverage": "0.5",
    "object_coverage": "0.6",
    "matched_share": "0.6",
    "smallest_change": "5",
    "z": "1.96",
    "little_information": "0.5",
    "mostly_empty": "1/3",
    "precision_high": "5",
    "precision_medium": "10",
    "band_very_good": "80",
    "band_good": "60",
    "band_fair": "40",
    "band_poor": "20",
    "citizens_shown": "5",
}


@dataclass(frozen=True, slots=True)
class FrozenRound:
    """Result name -> canonical CSV (UTF-8, LF, ordered by key, six decimals), and the method used.

    Tables: those of FROZEN. The method is JSON without fractions (numbers that have them are strings):
    as_of, kind, form versions with their criteria and indicators, type weights, thresholds, software version.
    """

    round_id: str
    as_of: int
    tables: dict[str, bytes]
    method: dict[str, Json]


@dataclass(frozen=True, slots=True)
class OpenCount:
    """How many submissions of one stream one object has in a round, by review state. Only counts."""

    object_id: str
    type: str
    name_ky: str
    name_ru: str
    name_en: str
    stream: str  # O, C
    received: int
    accepted: int
    returned: int
    void: int

    @property
    def sent(self) -> int:
        """All that have come, whatever was decided on them."""
        return self.received + self.accepted + self.returned + self.void


@dataclass(frozen=True, slots=True)
class Observation:
    """An indicator of stream O while its round is open: the mean of the accepted sheets so far."""

    object_id: str
    indicator_code: str
    n_valid: int
    score: float | None
    flags: tuple[str, ...]


def lay_out(db: DuckDBPyConnection) -> None:
    """Make the macros, the tables frozen_<result> and the views of the publication layer.

    The loader calls it once, right after reading.sql, inside the same schema.
    """
    for name in ("measures", "frozen", *PUBLISHED):
        db.execute(read_sql(name))


def freeze(db: DuckDBPyConnection, round_id: str, as_of: int) -> FrozenRound:
    """All scores of a round as of ledger record `as_of`. `db` is a cursor that may make temporary tables.

    Raises: RoundUnknown.
    """
    with computed(db, round_id, as_of):
        return FrozenRound(
            round_id=round_id,
            as_of=as_of,
            tables={name: write_csv(db, f"temp.{name}", read_table(name).grain) for name in FROZEN},
            method=_method(db, as_of),
        )


def load_frozen(db: DuckDBPyConnection, round_id: str, tables: Mapping[str, bytes]) -> None:
    """Fill frozen_<result> with what a record `frozen` names; what was there of this round is replaced.

    Columns are found by name, so that a table frozen by an older version is read too; a table that this
    version does not know is left alone.
    """
    for name in FROZEN:
        db.execute(f"DELETE FROM frozen_{name} WHERE round_id = $1", [round_id])
        if name not in tables:
            continue
        cells = read_csv(tables[name])
        known = db.execute(f"DESCRIBE frozen_{name}").fetchall()
        columns = [(column, kind) for column, kind, *_ in known if column in cells]
        if not columns or not cells[columns[0][0]]:
            continue
        values = (f"unnest(${n}::VARCHAR[])::{kind}" for n, (_, kind) in enumerate(columns, start=1))
        names = ", ".join(column for column, _ in columns)
        db.execute(
            f"INSERT INTO frozen_{name} ({names}) SELECT {', '.join(values)}",
            [cells[column] for column, _ in columns],
        )


def open_counts(db: DuckDBPyConnection, round_id: str) -> tuple[OpenCount, ...]:
    """Every object of a round with its counts, for both streams, zeros included; ordered by type and id.

    An edit counts instead of what it edits. Raises: RoundUnknown.
    """
    if not db.execute("SELECT 1 FROM round WHERE round_id = $1", [round_id]).fetchall():
        raise RoundUnknown(round_id=round_id)
    rows = db.execute(
        """
        WITH counted AS (
            SELECT submission.object_id, submission.stream,
                   count(*) FILTER (WHERE state IN ('received', 'edited')) AS received,
                   count(*) FILTER (WHERE state = 'accepted') AS accepted,
                   count(*) FILTER (WHERE state = 'returned') AS returned,
                   count(*) FILTER (WHERE state = 'void') AS void
            FROM submission_state JOIN submission USING (submission_seq)
            WHERE submission_state.round_id = $round_id AND is_current
            GROUP BY submission.object_id, submission.stream
        )
        SELECT object_id, object.type, name_ky, coalesce(name_ru, ''), coalesce(name_en, ''), stream,
               coalesce(received, 0), coalesce(accepted, 0), coalesce(returned, 0), coalesce(void, 0)
        FROM round_object
        JOIN object USING (project_id, object_id)
        CROSS JOIN (VALUES ('C'), ('O')) AS streams (stream)
        LEFT JOIN counted USING (object_id, stream)
        WHERE round_object.round_id = $round_id
        ORDER BY object.type, object_id, stream
        """,
        {"round_id": round_id},
    ).fetchall()
    return tuple(OpenCount(*row) for row in rows)


def open_observations(db: DuckDBPyConnection, round_id: str) -> tuple[Observation, ...]:
    """Indicators of stream O alone, for the desk while the round is open; nothing with stream C in it.

    Raises: RoundUnknown.
    """
    with observed(db, round_id, _latest(db)):
        rows = db.execute(
            """
            SELECT object_id, indicator_code, n_valid, score,
                   list_filter([CASE WHEN little_information THEN 'little_information' END,
                                CASE WHEN disagreement THEN 'disagreement' END,
                                CASE WHEN unverified THEN 'unverified' END,
                                CASE WHEN off_scale THEN 'off_scale' END], lambda flag: flag IS NOT NULL)
            FROM temp.indicator_score
            WHERE stream = 'O' AND status <> 'not_applicable'
            ORDER BY object_id, position
            """
        ).fetchall()
    return tuple(Observation(o, i, n, score, tuple(flags)) for o, i, n, score, flags in rows)


def mostly_empty_sheets(db: DuckDBPyConnection, round_id: str) -> frozenset[int]:
    """Submissions (their seq) with less than a third of their applicable items answered, for the reviewer.

    Of every review state: it says how much was answered, never what. Raises: RoundUnknown.
    """
    with checked(db, round_id, _latest(db)):
        found = db.execute("SELECT submission_seq FROM temp.sheet_check WHERE mostly_empty").fetchall()
    return frozenset(seq for (seq,) in found)


def _latest(db: DuckDBPyConnection) -> int:
    """The last record that is loaded."""
    return int(db.execute("SELECT coalesce(max(loaded_seq), 0) FROM progress").fetchall()[0][0])


def _method(db: DuckDBPyConnection, as_of: int) -> dict[str, Json]:
    forms: list[Json] = [
        {
            "form_id": form_id,
            "version": version,
            "object_type": kind,
            "criteria": _rows(db, "round_criterion", kind, ("criterion_code", "weight", "subtypes")),
            "indicators": _rows(db, "round_indicator", kind, INDICATOR_SETTINGS),
        }
        for form_id, version, kind in db.execute(
            "SELECT form_id, version, object_type"
            " FROM round_form JOIN asked_round USING (round_id, project_id) ORDER BY object_type, form_id"
        ).fetchall()
    ]
    weights = db.execute("SELECT type, weight FROM temp.round_type_weight ORDER BY type").fetchall()
    return {
        "as_of": as_of,
        "forms": forms,
        "type_weights": {kind: _plain(weight) for kind, weight in weights},
        "thresholds": dict(THRESHOLDS),
        "software": f"baikoo {version_of('baikoo')}",
    }


def _rows(db: DuckDBPyConnection, table: str, kind: str, columns: tuple[str, ...]) -> list[Json]:
    found = db.execute(
        f"SELECT {', '.join(columns)} FROM temp.{table} WHERE type = $1 ORDER BY position", [kind]
    ).fetchall()
    return [
        {name: _plain(value) for name, value in zip(columns, row, strict=True) if value is not None}
        for row in found
    ]


def _plain(value: str | int | float | bool | list[str]) -> Json:
    """As the ledger's canonical JSON has it: a number with a fraction becomes text."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else repr(value)
    return [*value] if isinstance(value, list) else value
