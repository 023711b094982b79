"""Who changed what outside the ledger: accounts, tokens, settings. Never answers, tokens or passwords."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

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
    def page(self, *, limit: int = 100, before: int | None = None) -> tuple[Deed, ...]:
        """Newest first."""
        raise NotImplementedError

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
        raise NotImplementedError
