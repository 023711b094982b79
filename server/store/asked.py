"""What a request has of its own in the audit log: its note, and whether any change of it stands there yet.

The router sets it, the writer carries it to the transaction: a change is made in another thread, and often
by a room that knows no request.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Asked:
    """`changes` counts what it changed in the truth, `entries` what of that stands in the audit log."""

    notes: str | None = None
    changes: int = 0
    entries: int = 0


asked: ContextVar[Asked | None] = ContextVar("asked", default=None)
