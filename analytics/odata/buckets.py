"""How many rows of a list every 8192 records of the ledger have: where a page far from both ends is found."""

from __future__ import annotations

from dataclasses import dataclass

BITS = 13  # a row group of the reading has as many rows


@dataclass(frozen=True, slots=True)
class Span:
    """Records that a page can lie in, and how many rows of the list come before the first of them."""

    oldest: int
    newest: int
    before: int


@dataclass(frozen=True, slots=True)
class Buckets:
    """(bucket, rows) of every bucket that has rows, the newest first."""

    rows: tuple[tuple[int, int], ...]

    @property
    def total(self) -> int:
        return sum(rows for _, rows in self.rows)

    def of_page(self, skip: int, limit: int) -> Span:
        """Where the rows of a page lie."""
        passed, before, newest = 0, 0, None
        oldest = 0
        for bucket, rows in self.rows:
            if passed + rows > skip:
                if newest is None:
                    newest, before = bucket, passed
                oldest = bucket
                if passed + rows >= skip + limit:
                    break
            passed += rows
        if newest is None:
            return Span(0, -1, 0)
        return Span(oldest << BITS, ((newest + 1) << BITS) - 1, before)

    def of_record(self, seq: int) -> Span:
        """The bucket of one record."""
        own = seq >> BITS
        before = sum(rows for bucket, rows in self.rows if bucket > own)
        return Span(own << BITS, ((own + 1) << BITS) - 1, before)
