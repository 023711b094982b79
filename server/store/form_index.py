"""Forms and versions as values, and the index of a project: which forms there are, and which versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, select

from forms.evaluation import Scheme
from forms.schema import Schema
from server.store.form_content import FormContent, FormMedia, original_id
from server.store.tables import draft, form, form_media, form_version

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
    notes: str | None = None  # what whoever published it said of it

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

    number: int
    project_id: int
    form_id: str
    state: FormState
    created_at: datetime
    updated_at: datetime | None
    current: FormVersion | None  # None: there is a draft only
    has_draft: bool
    deleted_at: datetime | None = None  # not None: it is in the trash
    created_by: int | None = None

    @property
    def title(self) -> str:
        return self.current.title if self.current else self.form_id


@dataclass(frozen=True, slots=True)
class Entry:
    """A form as the index of a project knows it: the numbers of its versions, oldest first."""

    number: int
    form_id: str
    state: FormState
    created_at: datetime
    updated_at: datetime | None
    deleted_at: datetime | None
    purged_at: datetime | None
    versions: dict[str, int]
    has_draft: bool
    created_by: int | None


def form_index(connection: Connection, project_id: int) -> dict[str, Entry]:
    """Every form by its id, those in the trash too, but for the purged ones whose id is free again.

    One in the trash that gave its id to another is found under the name that set it apart.
    """
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
        row.form_id: Entry(
            row.id,
            original_id(row.form_id),
            row.state,
            row.created_at,
            row.updated_at,
            row.deleted_at,
            row.purged_at,
            versions.get(row.id, {}),
            row.id in drafts,
            row.created_by,
        )
        for row in rows
        if row.purged_at is None or row.form_id == original_id(row.form_id)
    }


def media_of(connection: Connection, version_number: int) -> tuple[FormMedia, ...]:
    rows = connection.execute(
        select(form_media).where(form_media.c.form_version == version_number).order_by(form_media.c.name)
    )
    return tuple(FormMedia(*row[1:]) for row in rows)
