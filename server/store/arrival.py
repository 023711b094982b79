"""One instance as it reached the server, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class ArrivedFile:
    """A file that came with an instance; its bytes are a durable blob already."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One POST of one instance: the very bytes, who sent them, when, and the files beside them.

    `expected` are the media names the instance itself mentions (forms.instance.expected_media). `round_id` is
    what `rounds.round_for` said; the writer drops it when that round has closed meanwhile.
    """

    project_id: int
    form_id: str
    version: str
    instance_id: str
    xml: bytes
    at: datetime
    deprecated_id: str | None = None
    files: tuple[ArrivedFile, ...] = ()
    expected: tuple[str, ...] = ()
    round_id: str | None = None
    actor: int | None = None
    instance_name: str | None = None
    device_id: str | None = None
    user_agent: str | None = None
    link_token: str | None = None  # the one-time token of the public link it came through
    knows_corrections: bool = False  # an edit made on what counts: where it says what was sent, it means so
    encrypted: bool = False  # each version has keys of its own: no file of the one before belongs to it


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an arrival; it is on disk.

    `seq` is the submission's own record (the earlier one when it came again), `root_seq` the record of its
    first version; `missing` are the expected files that have not arrived yet.
    """

    seq: int
    kind: Literal["new", "again", "edited"]
    root_seq: int
    missing: tuple[str, ...] = ()
