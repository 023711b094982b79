"""Closing a round: its scores computed as of one record of the ledger, and loaded again from there.

`freeze` computes and stores nothing: it is a function of the reading up to record `as_of`, whatever was
loaded after it. The action that closes a round keeps the bytes as blobs and names their sha256 in the record
`frozen`; the loader hands them to `load_frozen`, so a rebuilt reading shows what was frozen, not what would
be computed today.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class FrozenRound:
    """Result name -> canonical CSV (UTF-8, LF, ordered by key, six decimals), and the method used.

    Tables: indicator_score, criterion_score, object_score, type_score, aimak_score, supplier_score,
    covariance, trend. The method is JSON-able: as_of, form versions, weights, thresholds, software version.
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


@dataclass(frozen=True, slots=True)
class Observation:
    """A fact of stream O while its round is open: the mean of the accepted sheets so far."""

    object_id: str
    indicator_code: str
    n_valid: int
    score: float | None
    flags: tuple[str, ...]


def lay_out(db: DuckDBPyConnection) -> None:
    """Make the tables frozen_<result> and the views of the publication layer.

    The loader calls it once, right after reading.sql, inside the same schema.
    """
    raise NotImplementedError


def freeze(db: DuckDBPyConnection, round_id: str, as_of: int) -> FrozenRound:
    """All scores of a round as of ledger record `as_of`. `db` is a cursor that may make temporary tables."""
    raise NotImplementedError


def load_frozen(db: DuckDBPyConnection, round_id: str, tables: Mapping[str, bytes]) -> None:
    """Fill frozen_<result> with what a record `frozen` names; what was there of this round is replaced."""
    raise NotImplementedError


def open_counts(db: DuckDBPyConnection, round_id: str) -> tuple[OpenCount, ...]:
    """Every object of a round with its counts, for both streams, zeros included."""
    raise NotImplementedError


def open_observations(db: DuckDBPyConnection, round_id: str) -> tuple[Observation, ...]:
    """Indicators of stream O alone, for the desk while the round is open; nothing with stream C in it."""
    raise NotImplementedError
