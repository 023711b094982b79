"""Who changed what outside the ledger: accounts, tokens, settings. Never answers, tokens or passwords."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import select

from server.store.foundation import Foundation
from server.store.tables import audit
from server.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class Deed:
    audit_id: int
    at: datetime
    actor: int | None
    action: str  # account.create, app_user.revoke, form.state ...
    subject: str
    details: Mapping[str, str | int]


class Audit:
    def __init__(self, foundation: Foundation) -> None:
        self._database = foundation.database

    def page(self, *, limit: int = 100, before: int | None = None) -> tuple[Deed, ...]:
        """Newest first."""
        question = select(audit).order_by(audit.c.id.desc()).limit(limit)
        if before is not None:
            question = question.where(audit.c.id < before)
        with self._database.read() as connection:
            rows = connection.execute(question).all()
        return tuple(
            Deed(
                row.id,
                row.at,
                row.actor_id,
                row.action,
                row.subject,
                msgspec.json.decode(row.details, type=dict[str, str | int]),
            )
            for row in rows
        )

    def add(
        self,
        tx: Tx,
        action: str,
        subject: str,
        *,
        now: datetime,
        actor: int | None,
        details: Mapping[str, str | int] | None = None,
    ) -> None:
        tx.conn.execute(
            audit.insert().values(
                at=now,
                actor_id=actor,
                action=action,
                subject=subject,
                details=msgspec.json.encode(dict(details or {})).decode(),
            )
        )
