"""Drafts of forms, one per form: what is written there is tried, and then published or discarded.

Test submissions of a draft are in store/draft_submissions.py, and go with it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, select

from forms.errors import MediaNotFound
from server.store.columns import AnyRow
from server.store.form_content import FormContent, FormMedia, content_of, content_row, media_rows
from server.store.forms import Forms
from server.store.foundation import Foundation
from server.store.refusals import DraftNotFound
from server.store.tables import draft, draft_media, draft_submission, form
from server.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class Draft:
    """`token` opens /v1/test/{token}/…; `warnings` is JSON as the action wrote it."""

    project_id: int
    form_id: str
    version: str
    title: str
    token: str
    content: FormContent
    warnings: str
    saved_at: datetime
    saved_by: int | None


class Drafts:
    def __init__(self, foundation: Foundation, forms: Forms) -> None:
        self._database = foundation.database
        self._forms = forms

    def get(self, project_id: int, form_id: str) -> Draft:
        """Raises: DraftNotFound."""
        known = self.find(project_id, form_id)
        if known is None:
            raise DraftNotFound(form_id=form_id)
        return known

    def find(self, project_id: int, form_id: str) -> Draft | None:
        found = self._where((form.c.project_id == project_id) & (form.c.form_id == form_id))
        return found[0] if found else None

    def all(self, project_id: int) -> tuple[Draft, ...]:
        return self._where(form.c.project_id == project_id)

    def by_token(self, token: str) -> Draft | None:
        found = self._where(draft.c.token == token)
        return found[0] if found else None

    def save(
        self,
        tx: Tx,
        project_id: int,
        content: FormContent,
        *,
        now: datetime,
        actor: int | None,
        warnings: str = "[]",
    ) -> None:
        """Make or replace the draft of the form that the content names.

        Its address stays; test submissions of the old one go. Raises: ProjectNotFound.
        """
        number = self._forms.ensure(tx, project_id, content.schema.form_id, now=now, actor=actor)
        token = tx.conn.scalar(select(draft.c.token).where(draft.c.form == number)) or _new_token()
        self._remove(tx, number)
        tx.conn.execute(
            draft.insert().values(
                form=number,
                token=token,
                warnings=warnings,
                saved_at=now,
                saved_by=actor,
                **content_row(content),
            )
        )
        if content.media:
            tx.conn.execute(draft_media.insert(), media_rows(content, "form", number))

    def set_media(
        self,
        tx: Tx,
        project_id: int,
        form_id: str,
        name: str,
        *,
        sha256: str,
        md5: str,
        size: int,
        now: datetime,
    ) -> None:
        """Put a file into its slot. Raises: DraftNotFound, MediaNotFound (there is no slot of this name)."""
        self._fill(tx, project_id, form_id, FormMedia(name, "", sha256, md5, size, now))

    def link_media(
        self, tx: Tx, project_id: int, form_id: str, name: str, entity_list: str, *, now: datetime
    ) -> None:
        """Let a slot hold the rows of an entity list. Raises: DraftNotFound, MediaNotFound."""
        self._fill(tx, project_id, form_id, FormMedia(name, "", None, None, None, now, entity_list))

    def clear_media(self, tx: Tx, project_id: int, form_id: str, name: str, *, now: datetime) -> None:
        """Empty a slot. Raises: DraftNotFound, MediaNotFound."""
        self._fill(tx, project_id, form_id, FormMedia(name, "", None, None, None, now))

    def discard(self, tx: Tx, project_id: int, form_id: str) -> None:
        """Raises: DraftNotFound."""
        self._remove(tx, self._number(tx, project_id, form_id))

    def renew_token(self, tx: Tx, project_id: int, form_id: str) -> str:
        """A new address for tests; the old one opens nothing from now on. Raises: DraftNotFound."""
        number = self._number(tx, project_id, form_id)
        token = _new_token()
        tx.touch("forms")
        tx.conn.execute(draft.update().where(draft.c.form == number).values(token=token))
        return token

    def _where(self, condition: ColumnElement[bool]) -> tuple[Draft, ...]:
        with self._database.read() as connection:
            rows = connection.execute(
                select(draft, form.c.project_id, form.c.form_id)
                .join(form, form.c.id == draft.c.form)
                .where(condition, form.c.deleted_at.is_(None))
                .order_by(form.c.form_id)
            ).all()
            return tuple(_draft(connection, row) for row in rows)

    def _fill(self, tx: Tx, project_id: int, form_id: str, media: FormMedia) -> None:
        number = self._number(tx, project_id, form_id)
        tx.touch("forms")
        changed = tx.conn.execute(
            draft_media.update()
            .where(draft_media.c.form == number, draft_media.c.name == media.name)
            .values(
                sha256=media.sha256,
                md5=media.md5,
                size=media.size,
                updated_at=media.updated_at,
                entity_list=media.entity_list,
            )
        )
        if changed.rowcount == 0:
            raise MediaNotFound(name=media.name)

    def _number(self, tx: Tx, project_id: int, form_id: str) -> int:
        number = tx.conn.scalar(
            select(draft.c.form)
            .join(form, form.c.id == draft.c.form)
            .where(form.c.project_id == project_id, form.c.form_id == form_id, form.c.deleted_at.is_(None))
        )
        if number is None:
            raise DraftNotFound(form_id=form_id)
        return int(number)

    def _remove(self, tx: Tx, number: int) -> None:
        tx.touch("forms")
        for table in (draft_media, draft_submission, draft):
            tx.conn.execute(delete(table).where(table.c.form == number))


def _new_token() -> str:
    return secrets.token_urlsafe(48)  # 64 characters


def _draft(connection: Connection, row: AnyRow) -> Draft:
    media = connection.execute(
        select(draft_media).where(draft_media.c.form == row.form).order_by(draft_media.c.name)
    )
    return Draft(
        row.project_id,
        row.form_id,
        row.version,
        row.title,
        row.token,
        content_of(row, tuple(FormMedia(*slot[1:]) for slot in media)),
        row.warnings,
        row.saved_at,
        row.saved_by,
    )
