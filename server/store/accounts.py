"""Accounts of people and their roles; passwords only as argon2id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from server.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class Assignment:
    """A role, in one project or (project_id None) in all of them."""

    role: str
    project_id: int | None


@dataclass(frozen=True, slots=True)
class Account:
    actor_id: int
    email: str
    display_name: str
    language: str | None
    must_change_password: bool
    disabled_at: datetime | None
    created_at: datetime
    assignments: tuple[Assignment, ...]


def hash_password(password: str) -> str:
    """argon2id; takes a tenth of a second on purpose: never inside a transaction. Raises: PasswordTooShort."""
    raise NotImplementedError


def one_time_password() -> str:
    """Letters and digits that cannot be taken for one another, in groups."""
    raise NotImplementedError


class Accounts:
    def all(self) -> tuple[Account, ...]:
        """Every account, by e-mail; cached."""
        raise NotImplementedError

    def get(self, actor_id: int) -> Account:
        """Raises: AccountNotFound."""
        raise NotImplementedError

    def find(self, email: str) -> Account | None:
        """By e-mail, whatever the case of its letters."""
        raise NotImplementedError

    def check_password(self, email: str, password: str) -> Account | None:
        """The account whose password this is. Takes as long when there is no such account."""
        raise NotImplementedError

    def create(
        self,
        tx: Tx,
        *,
        email: str,
        password_hash: str,
        now: datetime,
        display_name: str = "",
        language: str | None = None,
        must_change_password: bool = False,
    ) -> int:
        """A new account; its actor number. Raises: EmailInvalid, EmailTaken."""
        raise NotImplementedError

    def set_password(
        self, tx: Tx, actor_id: int, password_hash: str, *, now: datetime, must_change_password: bool = False
    ) -> None:
        """Also ends every session of the account. Raises: AccountNotFound."""
        raise NotImplementedError

    def describe(self, tx: Tx, actor_id: int, *, display_name: str, language: str | None) -> None:
        raise NotImplementedError

    def assign(self, tx: Tx, actor_id: int, role: str, project_id: int | None, *, now: datetime) -> None:
        """Give a role; giving it twice is giving it once."""
        raise NotImplementedError

    def unassign(self, tx: Tx, actor_id: int, role: str, project_id: int | None) -> None:
        raise NotImplementedError

    def disable(self, tx: Tx, actor_id: int, *, now: datetime) -> None:
        """Nobody signs in with it any more; what it did keeps its number."""
        raise NotImplementedError
