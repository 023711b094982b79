"""Accounts of people and their roles; passwords only as argon2id."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from server.store.foundation import Foundation
from server.store.generations import Cached
from server.store.passwords import hash_password, is_password, one_time_password
from server.store.refusals import AccountNotFound, EmailInvalid, EmailTaken
from server.store.tables import account, actor, assignment, form, form_role, session
from server.store.transaction import Tx

__all__ = ["Account", "Accounts", "Assignment", "hash_password", "one_time_password"]

_EMAIL = re.compile(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+")
EVERYWHERE = 0  # in the table: the project of a role that holds in all of them


@dataclass(frozen=True, slots=True)
class Assignment:
    """A role: in one form, in one project, or (project_id None) in all of them."""

    role: str
    project_id: int | None
    form_id: str | None = None


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
    may_use_digest: bool = False
    last_login_at: datetime | None = None
    updated_at: datetime | None = None


def _load(connection: Connection, _: None) -> dict[int, Account]:
    roles: dict[int, list[Assignment]] = {}
    for row in connection.execute(select(assignment).order_by(assignment.c.id)):
        roles.setdefault(row.actor_id, []).append(Assignment(row.role, row.project or None))
    in_forms = (
        select(form_role.c.actor_id, form_role.c.role, form.c.project_id, form.c.form_id)
        .join(form, form.c.id == form_role.c.form)
        .join(account, account.c.actor_id == form_role.c.actor_id)
        .order_by(form_role.c.id)
    )
    for row in connection.execute(in_forms):
        roles.setdefault(row.actor_id, []).append(Assignment(row.role, row.project_id, row.form_id))
    rows = connection.execute(
        select(account, actor.c.display_name, actor.c.created_at)
        .join(actor, actor.c.id == account.c.actor_id)
        .order_by(account.c.email)
    )
    return {
        row.actor_id: Account(
            row.actor_id,
            row.email,
            row.display_name,
            row.language,
            row.must_change_password,
            row.disabled_at,
            row.created_at,
            tuple(roles.get(row.actor_id, ())),
            row.may_use_digest,
            row.last_login_at,
            row.updated_at,
        )
        for row in rows
    }


class Accounts:
    def __init__(self, foundation: Foundation) -> None:
        self._database = foundation.database
        self._cached: Cached[None, dict[int, Account]] = Cached(foundation.generations, "accounts", _load)

    def all(self) -> tuple[Account, ...]:
        """Every account, by e-mail; cached."""
        return tuple(self._cached.get(None).values())

    def get(self, actor_id: int) -> Account:
        """Raises: AccountNotFound."""
        known = self._cached.get(None).get(actor_id)
        if known is None:
            raise AccountNotFound(name=actor_id)
        return known

    def find_number(self, actor_id: int) -> Account | None:
        """By number; from the cache."""
        return self._cached.get(None).get(actor_id)

    def find(self, email: str) -> Account | None:
        """By e-mail, whatever the case of its letters."""
        wanted = email.strip().lower()
        return next((known for known in self.all() if known.email == wanted), None)

    def check_password(self, email: str, password: str) -> Account | None:
        """The account whose password this is. Takes as long when there is no such account."""
        with self._database.read() as connection:
            row = connection.execute(
                select(account.c.actor_id, account.c.password_hash).where(
                    account.c.email == email.strip().lower(), account.c.disabled_at.is_(None)
                )
            ).one_or_none()
        if not is_password(row.password_hash if row is not None else None, password) or row is None:
            return None
        return self._cached.get(None).get(row.actor_id)

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
        email = email.strip().lower()
        if not _EMAIL.fullmatch(email) or len(email) > 320:
            raise EmailInvalid(email=email[:100])
        if tx.conn.scalar(select(account.c.actor_id).where(account.c.email == email)) is not None:
            raise EmailTaken(email=email)
        tx.touch("accounts")
        actor_id = add_actor(tx, "account", display_name or email, now)
        tx.conn.execute(
            account.insert().values(
                actor_id=actor_id,
                email=email,
                password_hash=password_hash,
                language=language,
                must_change_password=must_change_password,
            )
        )
        return actor_id

    def set_password(
        self,
        tx: Tx,
        actor_id: int,
        password_hash: str,
        *,
        now: datetime,
        must_change_password: bool = False,
        keep: str | None = None,
    ) -> None:
        """Also ends every session of the account but the one to `keep` (its sha256).

        Raises: AccountNotFound.
        """
        self._change(
            tx,
            actor_id,
            password_hash=password_hash,
            digest_ha1=None,  # of the password before
            must_change_password=must_change_password,
            updated_at=now,
        )
        others = session.c.actor_id == actor_id, session.c.token_sha256 != (keep or "")
        tx.conn.execute(delete(session).where(*others))

    def rename(self, tx: Tx, actor_id: int, email: str, *, now: datetime) -> None:
        """Another e-mail to sign in with; Digest needs a new password after it.

        Raises: EmailInvalid, EmailTaken, AccountNotFound.
        """
        email = email.strip().lower()
        if not _EMAIL.fullmatch(email) or len(email) > 320:
            raise EmailInvalid(email=email[:100])
        holder = tx.conn.scalar(select(account.c.actor_id).where(account.c.email == email))
        if holder not in (None, actor_id):
            raise EmailTaken(email=email)
        if holder is None:
            self._change(tx, actor_id, email=email, digest_ha1=None, updated_at=now)

    def signed_in(self, tx: Tx, actor_id: int, *, now: datetime) -> None:
        """Note the time."""
        tx.touch("accounts")
        tx.conn.execute(account.update().where(account.c.actor_id == actor_id).values(last_login_at=now))

    def describe(
        self, tx: Tx, actor_id: int, *, display_name: str, language: str | None, now: datetime
    ) -> None:
        """Raises: AccountNotFound."""
        self._change(tx, actor_id, language=language, updated_at=now)
        tx.conn.execute(actor.update().where(actor.c.id == actor_id).values(display_name=display_name))

    def assign(self, tx: Tx, actor_id: int, role: str, project_id: int | None, *, now: datetime) -> bool:
        """Give a role; giving it twice is giving it once: False then."""
        where = (
            assignment.c.actor_id == actor_id,
            assignment.c.role == role,
            assignment.c.project == (project_id or EVERYWHERE),
        )
        if tx.conn.scalar(select(assignment.c.id).where(*where)) is not None:
            return False
        _touch(tx)
        tx.conn.execute(
            assignment.insert().values(
                actor_id=actor_id, role=role, project=project_id or EVERYWHERE, assigned_at=now
            )
        )
        return True

    def unassign(self, tx: Tx, actor_id: int, role: str, project_id: int | None) -> bool:
        """Take it again; False when it was not there."""
        _touch(tx)
        taken = tx.conn.execute(
            delete(assignment).where(
                assignment.c.actor_id == actor_id,
                assignment.c.role == role,
                assignment.c.project == (project_id or EVERYWHERE),
            )
        )
        return taken.rowcount > 0

    def disable(self, tx: Tx, actor_id: int, *, now: datetime) -> None:
        """Nobody signs in with it any more; what it did keeps its number. Raises: AccountNotFound."""
        self._change(tx, actor_id, disabled_at=now)
        tx.conn.execute(delete(session).where(session.c.actor_id == actor_id))

    def _change(self, tx: Tx, actor_id: int, **values: str | bool | datetime | None) -> None:
        tx.touch("accounts")
        changed = tx.conn.execute(account.update().where(account.c.actor_id == actor_id).values(**values))
        if changed.rowcount == 0:
            raise AccountNotFound(name=actor_id)


def add_actor(tx: Tx, kind: str, display_name: str, now: datetime) -> int:
    """A new number for whoever acts: it stands in the ledger for ever."""
    added = tx.conn.execute(actor.insert().values(kind=kind, display_name=display_name, created_at=now))
    return int(added.inserted_primary_key[0])  # type: ignore[index]  # one row, one key


def _touch(tx: Tx) -> None:
    """Of a role: a phone may have one too."""
    tx.touch("accounts")
    tx.touch("app_users")
