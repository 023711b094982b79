"""Forms and their published versions. A version never changes."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, select

from forms.errors import FormClosed, FormNotFound, FormVersionNotFound, VersionTaken
from forms.evaluation import Scheme
from forms.schema import Schema
from server.store import chain
from server.store.form_content import (
    FormContent,
    FormMedia,
    content_of,
    content_row,
    derived_hashes,
    media_rows,
)
from server.store.foundation import Foundation
from server.store.generations import Cached
from server.store.ledger import subject_of
from server.store.projects import Projects
from server.store.tables import draft, form, form_media, form_version
from server.store.transaction import Tx

__all__ = ["Form", "FormContent", "FormMedia", "FormState", "FormVersion", "Forms"]

FormState = Literal["open", "closing", "closed"]


@dataclass(frozen=True, slots=True)
class FormVersion:
    """One published version, with what was read from it."""

    project_id: int
    form_id: str
    version: str
    title: str
    content: FormContent
    published_at: datetime
    published_by: int | None
    seq: int  # its record in the ledger

    @property
    def schema(self) -> Schema:
        return self.content.schema

    @property
    def scheme(self) -> Scheme | None:
        return self.content.scheme

    @property
    def object_type(self) -> str | None:
        return self.content.scheme.object_type if self.content.scheme else None


@dataclass(frozen=True, slots=True)
class Form:
    """A form; `current` is the version phones are offered, the newest one."""

    project_id: int
    form_id: str
    state: FormState
    created_at: datetime
    updated_at: datetime | None
    current: FormVersion | None  # None: there is a draft only
    has_draft: bool

    @property
    def title(self) -> str:
        return self.current.title if self.current else self.form_id


@dataclass(frozen=True, slots=True)
class _Entry:
    """A form as the index of a project knows it: the numbers of its versions, oldest first."""

    number: int
    form_id: str
    state: FormState
    created_at: datetime
    updated_at: datetime | None
    versions: dict[str, int]
    has_draft: bool


def _index(connection: Connection, project_id: int) -> dict[str, _Entry]:
    versions: dict[int, dict[str, int]] = {}
    of_project = select(form.c.id).where(form.c.project_id == project_id)
    for number, form_number, version in connection.execute(
        select(form_version.c.id, form_version.c.form, form_version.c.version)
        .where(form_version.c.form.in_(of_project))
        .order_by(form_version.c.seq)
    ):
        versions.setdefault(form_number, {})[version] = number
    drafts = set(connection.scalars(select(draft.c.form).where(draft.c.form.in_(of_project))))
    rows = connection.execute(select(form).where(form.c.project_id == project_id).order_by(form.c.form_id))
    return {
        row.form_id: _Entry(
            row.id,
            row.form_id,
            row.state,
            row.created_at,
            row.updated_at,
            versions.get(row.id, {}),
            row.id in drafts,
        )
        for row in rows
    }


def media_of(connection: Connection, version_number: int) -> tuple[FormMedia, ...]:
    rows = connection.execute(
        select(form_media).where(form_media.c.form_version == version_number).order_by(form_media.c.name)
    )
    return tuple(FormMedia(*row[1:]) for row in rows)


class Forms:
    """Read from a cache that is at most a second behind another process."""

    def __init__(self, foundation: Foundation, projects: Projects) -> None:
        self._foundation = foundation
        self._projects = projects
        self._indexes: Cached[int, dict[str, _Entry]] = Cached(foundation.generations, "forms", _index)
        self._offered: Cached[int, tuple[FormVersion, ...]] = Cached(
            foundation.generations, "forms", self._load_offered
        )
        # versions never change, so they outlive every change of the index
        self._version = functools.lru_cache(maxsize=2048)(self._load_version)
        self._xform = functools.lru_cache(maxsize=32)(foundation.blobs.read)

    def all(self, project_id: int) -> tuple[Form, ...]:
        """The forms of a project by form_id."""
        return tuple(self._form(project_id, entry) for entry in self._indexes.get(project_id).values())

    def get(self, project_id: int, form_id: str) -> Form:
        """Raises: FormNotFound."""
        return self._form(project_id, self._entry(project_id, form_id))

    def offered(self, project_id: int) -> tuple[FormVersion, ...]:
        """What formList shows: the current version of every open form."""
        return self._offered.get(project_id)

    def version(self, project_id: int, form_id: str, version: str) -> FormVersion:
        """Raises: FormNotFound, FormVersionNotFound."""
        entry = self._entry(project_id, form_id)
        number = entry.versions.get(version)
        if number is None:
            raise FormVersionNotFound(form_id=form_id, version=version)
        return self._version(number)

    def versions(self, project_id: int, form_id: str) -> tuple[FormVersion, ...]:
        """Every published version, newest first. Raises: FormNotFound."""
        numbers = self._entry(project_id, form_id).versions.values()
        return tuple(self._version(number) for number in reversed(numbers))

    def require_open(self, project_id: int, form_id: str, version: str) -> FormVersion:
        """The version an instance names, when the form takes answers (open or closing).

        Raises: FormNotFound, FormVersionNotFound, FormClosed.
        """
        known = self.version(project_id, form_id, version)
        if self._entry(project_id, form_id).state == "closed":
            raise FormClosed(form_id=form_id)
        return known

    def xform(self, version: FormVersion) -> bytes:
        """The XML a phone downloads; the last used ones are kept in memory. Raises: BlobMissing."""
        return self._xform(version.content.xform_sha256)

    def numbers(self, project_id: int, form_id: str, version: str) -> tuple[int, int] | None:
        """The numbers of form and version in the tables, for the writer."""
        entry = self._indexes.get(project_id).get(form_id)
        number = entry.versions.get(version) if entry is not None else None
        return None if entry is None or number is None else (entry.number, number)

    def publish(
        self, tx: Tx, project_id: int, content: FormContent, *, now: datetime, actor: int | None
    ) -> FormVersion:
        """A new version, and a new form where there was none; the same content again changes nothing.

        Raises: ProjectNotFound, VersionTaken (the version exists with other content).
        """
        schema = content.schema
        row = content_row(content)
        form_number = self.ensure(tx, project_id, schema.form_id, now=now)
        known = tx.conn.execute(
            select(form_version).where(
                form_version.c.form == form_number, form_version.c.version == schema.version
            )
        ).one_or_none()
        if known is not None:
            told = ("xform_sha256", "scheme_json", "privacy_json")
            if any(getattr(known, name) != row[name] for name in told):
                raise VersionTaken(form_id=schema.form_id, version=schema.version)
            return self._version(known.id)
        payload: dict[str, chain.Json] = {
            "project_id": project_id,
            "form_id": schema.form_id,
            "version": schema.version,
            "title": schema.title,
            "xform_sha256": content.xform_sha256,
            "xform_md5": content.xform_md5,
            "workbook_sha256": content.workbook_sha256,
            "published_by": actor,
            **derived_hashes(row),
            "media": {media.name: media.sha256 for media in content.media if media.sha256 is not None},
        }
        seq = tx.append(
            "form",
            subject_of(project_id, schema.form_id, schema.version),
            chain.canonical(payload),
            at=now,
            actor=actor,
        )
        tx.touch("forms")
        added = tx.conn.execute(
            form_version.insert().values(
                form=form_number, published_at=now, published_by=actor, seq=seq, **row
            )
        )
        number = int(added.inserted_primary_key[0])  # type: ignore[index]  # one row, one key
        if content.media:
            tx.conn.execute(form_media.insert(), media_rows(content, "form_version", number))
        tx.conn.execute(form.update().where(form.c.id == form_number).values(updated_at=now))
        return FormVersion(project_id, schema.form_id, schema.version, schema.title, content, now, actor, seq)

    def set_state(self, tx: Tx, project_id: int, form_id: str, state: FormState, *, now: datetime) -> None:
        """Raises: FormNotFound."""
        tx.touch("forms")
        changed = tx.conn.execute(
            form.update()
            .where(form.c.project_id == project_id, form.c.form_id == form_id)
            .values(state=state, updated_at=now)
        )
        if changed.rowcount == 0:
            raise FormNotFound(form_id=form_id)

    def ensure(self, tx: Tx, project_id: int, form_id: str, *, now: datetime) -> int:
        """The number of a form, made open where there was none. Raises: ProjectNotFound."""
        self._projects.get(project_id)
        number = tx.conn.scalar(
            select(form.c.id).where(form.c.project_id == project_id, form.c.form_id == form_id)
        )
        if number is not None:
            return int(number)
        tx.touch("forms")
        added = tx.conn.execute(
            form.insert().values(project_id=project_id, form_id=form_id, state="open", created_at=now)
        )
        return int(added.inserted_primary_key[0])  # type: ignore[index]  # one row, one key

    def _entry(self, project_id: int, form_id: str) -> _Entry:
        entry = self._indexes.get(project_id).get(form_id)
        if entry is None:
            raise FormNotFound(form_id=form_id)
        return entry

    def _form(self, project_id: int, entry: _Entry) -> Form:
        newest = list(entry.versions.values())[-1:]
        return Form(
            project_id,
            entry.form_id,
            entry.state,
            entry.created_at,
            entry.updated_at,
            self._version(newest[0]) if newest else None,
            entry.has_draft,
        )

    def _load_offered(self, connection: Connection, project_id: int) -> tuple[FormVersion, ...]:
        entries = _index(connection, project_id).values()
        forms = [self._form(project_id, entry) for entry in entries if entry.state == "open"]
        return tuple(known.current for known in forms if known.current is not None)

    def _load_version(self, number: int) -> FormVersion:
        with self._foundation.database.read() as connection:
            row = connection.execute(
                select(form_version, form.c.project_id, form.c.form_id)
                .join(form, form.c.id == form_version.c.form)
                .where(form_version.c.id == number)
            ).one()
            media = media_of(connection, number)
        return FormVersion(
            row.project_id,
            row.form_id,
            row.version,
            row.title,
            content_of(row, media),
            row.published_at,
            row.published_by,
            row.seq,
        )
