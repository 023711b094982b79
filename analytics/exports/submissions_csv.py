"""Submissions of a form as CSV, in ODK Central's layout (protocol.md 16)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvWanted:
    """What an export holds and how it is written; the names of the options are Central's.

    `labels` is a language: headers and choices then in words instead of codes. `hidden` are names of
    questions that the reader may not see.
    """

    project_id: int
    form_id: str
    split_select_multiples: bool = False
    group_paths: bool = True
    deleted_fields: bool = False
    labels: str | None = None
    hidden: frozenset[str] = frozenset()
    round_id: str | None = None
    states: tuple[str, ...] | None = None
    received_from: datetime | None = None
    received_before: datetime | None = None
    not_object_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Senders:
    """What stands outside the ledger: names of senders by actor id, device ids by submission seq."""

    names: Iterable[tuple[int, str]] = ()
    devices: Iterable[tuple[int, str]] = ()


def submissions_csv(
    db: DuckDBPyConnection, wanted: CsvWanted, tmp: Path, senders: Senders | None = None
) -> Iterator[bytes]:
    """The CSV of the submissions, newest first, in pieces. Raises: FormNotFound."""
    raise NotImplementedError
