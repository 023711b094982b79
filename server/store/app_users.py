"""App users: phones with a token in their address.

A token is made from the secret key, the number of the app user and its generation, so it can be shown again
while the database keeps only its sha256; revoking raises the generation.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, delete, select

from server.store.accounts import add_actor
from server.store.columns import AnyRow
from server.store.form_roles import form_number
from server.store.foundation import Foundation
from server.store.generations import Cached
from server.store.refusals import AppUserNotFound, AppUserRevoked, TokenLost
from server.store.tables import actor, app_user, assignment, form, form_role, project
from server.store.transaction import Tx

_TOKEN = re.compile(r"[A-Za-z0-9_-]{64}")


@dataclass(frozen=True, slots=True)
class AppUser:
    """`form_ids` None: it sees every form of its project. `reads`: the forms of which it was also let read
    the answers, None among them: of the whole project."""

    actor_id: int
    project_id: int
    display_name: str
    language: str
    generation: int
    revoked_at: datetime | None
    created_at: datetime
    created_by: int | None
    form_ids: frozenset[str] | None = None
    reads: tuple[str | None, ...] = ()


ROLE = "app_user"  # in a form, where it does not have every form
READER = "viewer"  # the one role of accounts that a token in an address may have too
NOTED_EVERY = timedelta(hours=1)


def is_token(text: str) -> bool:
    """Does it look like a token at all? (401 when not, 403 when it does and is unknown)"""
    return _TOKEN.fullmatch(text) is not None


def sha256_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _rows() -> Select[tuple[object, ...]]:
    return select(app_user, actor.c.display_name, actor.c.created_at).join(
        actor, actor.c.id == app_user.c.actor_id
    )


def _app_user(connection: Connection, row: AnyRow) -> AppUser:
    form_ids = None
    if not row.every_form:
        form_ids = frozenset(
            connection.scalars(
                select(form.c.form_id)
                .join(form_role, form_role.c.form == form.c.id)
                .where(form_role.c.actor_id == row.actor_id, form_role.c.role == ROLE)
            )
        )
    return AppUser(
        row.actor_id,
        row.project_id,
        row.display_name,
        row.language,
        row.generation,
        row.revoked_at,
        row.created_at,
        row.created_by,
        form_ids,
        _reads(connection, row),
    )


def _reads(connection: Connection, row: AnyRow) -> tuple[str | None, ...]:
    everywhere = select(assignment.c.id).where(
        assignment.c.actor_id == row.actor_id,
        assignment.c.role == READER,
        assignment.c.project == row.project_id,
    )
    somewhere = (
        select(form.c.form_id)
        .join(form_role, form_role.c.form == form.c.id)
        .where(form_role.c.actor_id == row.actor_id, form_role.c.role == READER)
        .order_by(form.c.form_id)
    )
    whole = (None,) if connection.scalar(everywhere) is not None else ()
    return (*whole, *connection.scalars(somewhere))


def _of_project(connection: Connection, project_id: int) -> tuple[AppUser, ...]:
    rows = connection.execute(
        _rows()
        .where(app_user.c.project_id == project_id, app_user.c.deleted_at.is_(None))
        .order_by(app_user.c.actor_id)
    ).all()
    return tuple(_app_user(connection, row) for row in rows)


def _by_token(connection: Connection, token_sha256: str) -> AppUser | None:
    row = connection.execute(
        _rows()
        .join(project, project.c.id == app_user.c.project_id)
        .where(
            app_user.c.token_sha256 == token_sha256,
            app_user.c.revoked_at.is_(None),
            project.c.deleted_at.is_(None),
        )
    ).one_or_none()
    return _app_user(connection, row) if row is not None else None


class AppUsers:
    def __init__(self, foundation: Foundation) -> None:
        self._secret = foundation.secret
        self._database = foundation.database
        self._noted: dict[int, datetime] = {}
        generations = foundation.generations
        self._of_project: Cached[int, tuple[AppUser, ...]] = Cached(generations, "app_users", _of_project)
        self._by_token: Cached[str, AppUser | None] = Cached(generations, "app_users", _by_token)

    def all(self, project_id: int) -> tuple[AppUser, ...]:
        """The app users of a project, revoked ones too, deleted ones not, in the order they were added."""
        return self._of_project.get(project_id)

    def get(self, project_id: int, actor_id: int) -> AppUser:
        """Raises: AppUserNotFound."""
        for known in self.all(project_id):
            if known.actor_id == actor_id:
                return known
        raise AppUserNotFound(actor_id=actor_id)

    def by_token(self, token: str) -> AppUser | None:
        """Whose token it is, unless it was revoked; from the cache, so cheap for every request."""
        return self._by_token.get(sha256_of(token)) if is_token(token) else None

    def token(self, known: AppUser) -> str:
        """The token of 64 characters, to be shown again. Raises: AppUserRevoked, TokenLost."""
        if known.revoked_at is not None:
            raise AppUserRevoked(name=known.display_name)
        token = self._make_token(known.actor_id, known.generation)
        holder = self._by_token.get(sha256_of(token))
        if holder is None or holder.actor_id != known.actor_id:
            raise TokenLost(name=known.display_name)
        return token

    def add(
        self,
        tx: Tx,
        project_id: int,
        display_name: str,
        *,
        now: datetime,
        language: str = "ky",
        created_by: int | None = None,
        every_form: bool = True,
    ) -> AppUser:
        """`every_form` False: it sees none, until it is given some."""
        tx.touch("app_users")
        actor_id = add_actor(tx, "app_user", display_name, now)
        tx.conn.execute(
            app_user.insert().values(
                actor_id=actor_id,
                project_id=project_id,
                token_sha256=sha256_of(self._make_token(actor_id, 1)),
                generation=1,
                language=language,
                every_form=every_form,
                created_by=created_by,
            )
        )
        form_ids = None if every_form else frozenset[str]()
        return AppUser(actor_id, project_id, display_name, language, 1, None, now, created_by, form_ids)

    def describe(self, tx: Tx, project_id: int, actor_id: int, *, display_name: str, language: str) -> None:
        """Raises: AppUserNotFound."""
        self._require(tx, project_id, actor_id)
        tx.conn.execute(app_user.update().where(app_user.c.actor_id == actor_id).values(language=language))
        tx.conn.execute(actor.update().where(actor.c.id == actor_id).values(display_name=display_name))

    def limit_to(
        self, tx: Tx, project_id: int, actor_id: int, form_ids: frozenset[str] | None, *, now: datetime
    ) -> None:
        """Let it see these forms alone; None: every form of its project.

        Raises: AppUserNotFound, FormNotFound.
        """
        self._require(tx, project_id, actor_id)
        tx.conn.execute(delete(form_role).where(form_role.c.actor_id == actor_id, form_role.c.role == ROLE))
        for form_id in sorted(form_ids or ()):
            number = form_number(tx, project_id, form_id)
            tx.conn.execute(
                form_role.insert().values(actor_id=actor_id, form=number, role=ROLE, assigned_at=now)
            )
        every = form_ids is None
        tx.conn.execute(app_user.update().where(app_user.c.actor_id == actor_id).values(every_form=every))

    def delete(self, tx: Tx, project_id: int, actor_id: int, *, now: datetime) -> None:
        """Revoke it and leave it out of the list; what it sent keeps its name. Raises: AppUserNotFound."""
        self.revoke(tx, project_id, actor_id, now=now)
        tx.conn.execute(app_user.update().where(app_user.c.actor_id == actor_id).values(deleted_at=now))

    def is_to_note(self, known: AppUser, now: datetime) -> bool:
        """Should its use be written down? Once an hour: the list says about when, not how often."""
        noted = self._noted.get(known.actor_id)
        if noted is not None and now - noted < NOTED_EVERY:
            return False
        self._noted[known.actor_id] = now
        return True

    def note_use(self, tx: Tx, actor_id: int, now: datetime) -> None:
        """What is cached of its token stays as it is: nobody decides by it."""
        tx.conn.execute(app_user.update().where(app_user.c.actor_id == actor_id).values(last_used_at=now))

    def last_used(self, project_id: int) -> dict[int, datetime]:
        """When phones were last used for sending, within an hour; those never used are left out."""
        question = select(app_user.c.actor_id, app_user.c.last_used_at).where(
            app_user.c.project_id == project_id, app_user.c.last_used_at.is_not(None)
        )
        with self._database.read() as connection:
            return {row.actor_id: row.last_used_at for row in connection.execute(question)}

    def revoke(self, tx: Tx, project_id: int, actor_id: int, *, now: datetime) -> None:
        """Its token is worth nothing from now on. Raises: AppUserNotFound."""
        self._next_generation(tx, project_id, actor_id, now)

    def renew(self, tx: Tx, project_id: int, actor_id: int) -> AppUser:
        """A new token in place of the old one, or of a revoked one. Raises: AppUserNotFound."""
        return self._next_generation(tx, project_id, actor_id, None)

    def _next_generation(
        self, tx: Tx, project_id: int, actor_id: int, revoked_at: datetime | None
    ) -> AppUser:
        generation = self._require(tx, project_id, actor_id).generation + 1
        tx.conn.execute(
            app_user.update()
            .where(app_user.c.actor_id == actor_id)
            .values(
                generation=generation,
                token_sha256=sha256_of(self._make_token(actor_id, generation)),
                revoked_at=revoked_at,
            )
        )
        return self._require(tx, project_id, actor_id)

    def _require(self, tx: Tx, project_id: int, actor_id: int) -> AppUser:
        row = tx.conn.execute(
            _rows().where(app_user.c.actor_id == actor_id, app_user.c.project_id == project_id)
        ).one_or_none()
        if row is None:
            raise AppUserNotFound(actor_id=actor_id)
        tx.touch("app_users")
        return _app_user(tx.conn, row)

    def _make_token(self, actor_id: int, generation: int) -> str:
        """48 bytes are 64 characters without padding."""
        digest = hmac.digest(self._secret, f"app-user:{actor_id}:{generation}".encode(), "sha384")
        return base64.urlsafe_b64encode(digest).decode("ascii")
