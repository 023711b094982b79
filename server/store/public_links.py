"""Public links: whoever holds one may send answers to one form, many times or once, and nothing else.

The token of a link is made from the secret key and its number, so it can be shown again while the database
keeps only its sha256. A link for once admits one instance per token: its own, and those of the slips that
are made for it. The same instance sent again is not a second one.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, Select, func, select

from forms.faults.people import PublicLinkNotFound
from server.store.accounts import add_actor
from server.store.app_users import is_token, sha256_of
from server.store.columns import AnyRow
from server.store.form_roles import form_number
from server.store.foundation import Foundation
from server.store.generations import Cached
from server.store.tables import actor, form, link_token, project, public_link
from server.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class PublicLink:
    actor_id: int
    project_id: int
    form_id: str
    display_name: str
    once: bool
    created_at: datetime
    created_by: int | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class LinkKey:
    """A token of a link, as somebody holds it; `admits_one`: its sha256, where it is good for one."""

    link: PublicLink
    admits_one: str | None


@dataclass(frozen=True, slots=True)
class Slips:
    """How many tokens of a link for once there are, its own included, and how many were used."""

    made: int
    used: int


def _rows() -> Select[tuple[object, ...]]:
    return (
        select(public_link, actor.c.display_name, actor.c.created_at, form.c.project_id, form.c.form_id)
        .join(actor, actor.c.id == public_link.c.actor_id)
        .join(form, form.c.id == public_link.c.form)
    )


def _link(row: AnyRow) -> PublicLink:
    return PublicLink(
        row.actor_id,
        row.project_id,
        row.form_id,
        row.display_name,
        row.once,
        row.created_at,
        row.created_by,
        row.revoked_at,
    )


def _by_token(connection: Connection, token_sha256: str) -> LinkKey | None:
    works = (
        _rows()
        .join(project, project.c.id == form.c.project_id)
        .where(
            public_link.c.revoked_at.is_(None),
            public_link.c.deleted_at.is_(None),
            project.c.deleted_at.is_(None),
        )
    )
    slip = link_token.c.token_sha256 == token_sha256
    row = connection.execute(
        works.join(link_token, link_token.c.link == public_link.c.actor_id).where(slip)
    ).one_or_none()
    if row is not None:
        return LinkKey(_link(row), token_sha256)
    row = connection.execute(works.where(public_link.c.token_sha256 == token_sha256)).one_or_none()
    return LinkKey(_link(row), None) if row is not None else None


class PublicLinks:
    def __init__(self, foundation: Foundation) -> None:
        self._database = foundation.database
        self._secret = foundation.secret
        self._by_token: Cached[str, LinkKey | None] = Cached(foundation.generations, "app_users", _by_token)

    def of_form(self, project_id: int, form_id: str) -> tuple[PublicLink, ...]:
        """The links of a form: those that work first, newest first; deleted ones are left out."""
        return self._listed(form.c.project_id == project_id, form.c.form_id == form_id)

    def of_project(self, project_id: int) -> tuple[PublicLink, ...]:
        """The links to all forms of a project, in the same order."""
        return self._listed(form.c.project_id == project_id)

    def find(self, project_id: int, actor_id: int) -> PublicLink:
        """Raises: PublicLinkNotFound."""
        for link in self._listed(form.c.project_id == project_id, public_link.c.actor_id == actor_id):
            return link
        raise PublicLinkNotFound(actor_id=actor_id)

    def get(self, project_id: int, form_id: str, actor_id: int) -> PublicLink:
        """Raises: PublicLinkNotFound."""
        for link in self.of_form(project_id, form_id):
            if link.actor_id == actor_id:
                return link
        raise PublicLinkNotFound(actor_id=actor_id)

    def by_token(self, token: str) -> LinkKey | None:
        """Whose token it is, unless it was revoked; from the cache."""
        return self._by_token.get(sha256_of(token)) if is_token(token) else None

    def token(self, link: PublicLink) -> str | None:
        """The token of 64 characters; None for a revoked link, or where secret.key is another one now."""
        token = self._make_token(link.actor_id)
        holder = self._by_token.get(sha256_of(token))
        return token if holder is not None and holder.link.actor_id == link.actor_id else None

    def slips(self, actor_id: int) -> Slips:
        question = select(func.count(), func.count(link_token.c.used_at)).where(link_token.c.link == actor_id)
        with self._database.read() as connection:
            made, used = connection.execute(question).one()
        return Slips(made, used)

    def add(
        self,
        tx: Tx,
        project_id: int,
        form_id: str,
        display_name: str,
        *,
        once: bool,
        now: datetime,
        created_by: int | None = None,
    ) -> PublicLink:
        """Raises: FormNotFound."""
        number = form_number(tx, project_id, form_id)
        tx.touch("app_users")
        actor_id = add_actor(tx, "public_link", display_name, now)
        digest = sha256_of(self._make_token(actor_id))
        tx.conn.execute(
            public_link.insert().values(
                actor_id=actor_id, form=number, token_sha256=digest, once=once, created_by=created_by
            )
        )
        if once:
            tx.conn.execute(link_token.insert().values(token_sha256=digest, link=actor_id))
        return PublicLink(actor_id, project_id, form_id, display_name, once, now, created_by, None)

    def add_slips(self, tx: Tx, actor_id: int, count: int) -> list[str]:
        """So many more tokens of a link for once; shown this once."""
        tokens = [secrets.token_urlsafe(48) for _ in range(count)]
        rows = [{"token_sha256": sha256_of(token), "link": actor_id} for token in tokens]
        tx.conn.execute(link_token.insert(), rows)
        return tokens

    def claim(
        self, tx: Tx, token_sha256: str, instance_id: str, *, now: datetime
    ) -> Literal["new", "again", "taken"]:
        """Take this token for an instance; `taken`: another instance has it."""
        used_for = tx.conn.scalar(
            select(link_token.c.used_for).where(link_token.c.token_sha256 == token_sha256)
        )
        if used_for is not None:
            return "again" if used_for == instance_id else "taken"
        tx.conn.execute(
            link_token.update()
            .where(link_token.c.token_sha256 == token_sha256)
            .values(used_at=now, used_for=instance_id)
        )
        return "new"

    def release(self, tx: Tx, token_sha256: str, instance_id: str) -> None:
        """Its instance was not taken: the token is as good as before."""
        tx.conn.execute(
            link_token.update()
            .where(link_token.c.token_sha256 == token_sha256, link_token.c.used_for == instance_id)
            .values(used_at=None, used_for=None)
        )

    def revoke(self, tx: Tx, actor_id: int, *, now: datetime) -> None:
        """Its tokens are worth nothing from now on; it stays in the list."""
        tx.touch("app_users")
        tx.conn.execute(
            public_link.update()
            .where(public_link.c.actor_id == actor_id, public_link.c.revoked_at.is_(None))
            .values(revoked_at=now)
        )

    def delete(self, tx: Tx, actor_id: int, *, now: datetime) -> None:
        """Revoke it and leave it out of the list; what came through it keeps its name."""
        self.revoke(tx, actor_id, now=now)
        tx.conn.execute(public_link.update().where(public_link.c.actor_id == actor_id).values(deleted_at=now))

    def _listed(self, *where: ColumnElement[bool]) -> tuple[PublicLink, ...]:
        question = (
            _rows().where(*where, public_link.c.deleted_at.is_(None)).order_by(public_link.c.actor_id.desc())
        )
        with self._database.read() as connection:
            links = [_link(row) for row in connection.execute(question)]
        return tuple(sorted(links, key=lambda link: link.revoked_at is not None))

    def _make_token(self, actor_id: int) -> str:
        """48 bytes are 64 characters without padding."""
        digest = hmac.digest(self._secret, f"public-link:{actor_id}".encode(), "sha384")
        return base64.urlsafe_b64encode(digest).decode("ascii")
