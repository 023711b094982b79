"""App users: phones with a token in their address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from server.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class AppUser:
    """`form_ids` None: it sees every form of its project."""

    actor_id: int
    project_id: int
    display_name: str
    language: str
    generation: int
    revoked_at: datetime | None
    created_at: datetime
    created_by: int | None
    form_ids: frozenset[str] | None = None


def is_token(text: str) -> bool:
    """Does it look like a token at all? (401 when not, 403 when it does and is unknown)"""
    raise NotImplementedError


class AppUsers:
    def all(self, project_id: int) -> tuple[AppUser, ...]:
        """Every app user of a project, revoked ones too, in the order they were added; cached."""
        raise NotImplementedError

    def get(self, project_id: int, actor_id: int) -> AppUser:
        """Raises: AppUserNotFound."""
        raise NotImplementedError

    def by_token(self, token: str) -> AppUser | None:
        """Whose token it is, unless it was revoked; from the cache, so cheap for every request."""
        raise NotImplementedError

    def token(self, app_user: AppUser) -> str:
        """The token of 64 characters, to be shown again. Raises: AppUserRevoked, TokenLost."""
        raise NotImplementedError

    def add(
        self,
        tx: Tx,
        project_id: int,
        display_name: str,
        *,
        now: datetime,
        language: str = "ky",
        created_by: int | None = None,
    ) -> AppUser:
        raise NotImplementedError

    def describe(self, tx: Tx, project_id: int, actor_id: int, *, display_name: str, language: str) -> None:
        raise NotImplementedError

    def limit_to(self, tx: Tx, project_id: int, actor_id: int, form_ids: frozenset[str] | None) -> None:
        """Let it see these forms alone; None: every form of its project."""
        raise NotImplementedError

    def revoke(self, tx: Tx, project_id: int, actor_id: int, *, now: datetime) -> None:
        """Its token is worth nothing from now on."""
        raise NotImplementedError

    def renew(self, tx: Tx, project_id: int, actor_id: int) -> AppUser:
        """A new token in place of the old one, or of a revoked one."""
        raise NotImplementedError
