"""Follows the ledger into the reading: one thread, small batches, each record once.

A reader who must see what was just sent waits for `caught_up`. Nothing that happens here stops the server:
a record that cannot be loaded is set aside, a damaged reading is made anew, a full disk is waited out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Progress = Callable[[int, int], None]
"""Called with (records loaded, records there are)."""


@dataclass(frozen=True, slots=True)
class LoaderStatus:
    """How far the reading is: `lag` is the number of records not yet loaded."""

    loaded_seq: int
    head_seq: int
    lag: int
    set_aside: int
    being_made: bool
    trouble: str | None  # what keeps it from loading just now, if anything does
