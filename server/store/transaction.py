"""Tx: one change of the truth, as the family modules see it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection


class Tx:
    """A transaction that holds the write lock; only the writer thread makes one.

    Read functions of the families do not see what this transaction has written so far.
    """

    conn: Connection

    def append(
        self,
        kind: str,
        subject: str,
        payload: bytes,
        *,
        at: datetime,
        actor: int | None = None,
        round_id: str | None = None,
    ) -> int:
        """Append a record to the ledger; its seq."""
        raise NotImplementedError

    def touch(self, family: str) -> None:
        """Say that what is cached of this family is old, in every process."""
        raise NotImplementedError
