"""Forms and their published versions, which never change; they can be read of a form in the trash too."""

from __future__ import annotations

import functools
from datetime import datetime

from sqlalchemy import Connection, select

from forms.errors import FormClosed, FormNotFound, FormVersionNotFound, VersionTaken
from forms.faults.forms import FormIdInTrash
from server.store import chain
from server.store.entities.lists import EntityLists
from server.store.form_content import (
    FormContent,
    FormMedia,
    content_of,
    content_row,
    derived_hashes,
    media_rows,
    notes_hash,
    original_id,
    set_apart,
)
from server.store.form_index import Entry, Form, FormState, FormVersion, form_index, media_of
from server.store.foundation import Foundation
from server.store.generations import Cached
from server.store.ledger import subject_of
from server.store.projects import Projects
from server.store.tables import form, form_media, form_version
from server.store.transaction import Tx

__all__ = ["Form", "FormContent", "FormMedia", "FormState", "FormVersion", "Forms"]


class Forms:
    """Read from a cache that is at most a second behind another process."""

    def __init__(self, foundation: Foundation, projects: Projects) -> None:
        self._foundation = foundation
        self._projects = projects
        self._entity_lists = EntityLists(foundation)
        self._indexes: Cached[int, dict[str, Entry]] = Cached(foundation.generations, "forms", form_index)
        self._offered: Cached[int, tuple[FormVersion, ...]] = Cached(
            foundation.generations, "forms", self._load_offered
        )
        # versions never change, so they outlive every change of the index
        self._version = functools.lru_cache(maxsize=2048)(self._load_version)
        self._xform = functools.lru_cache(maxsize=32)(foundation.blobs.read)

    def all(self, project_id: int) -> tuple[Form, ...]:
        """The forms of a project by form_id."""
        entries = self._indexes.get(project_id).values()
        return tuple(self._form(project_id, entry) for entry in entries if entry.deleted_at is None)

    def trashed(self, project_id: int) -> tuple[Form, ...]:
        """The forms in the trash by form_id; those purged are gone from there too."""
        entries = self._indexes.get(project_id).values()
        return tuple(
            self._form(project_id, entry)
            for entry in entries
            if entry.deleted_at is not None and entry.purged_at is None
        )

    def get(self, project_id: int, form_id: str) -> Form:
        """Raises: FormNotFound."""
        return self._form(project_id, self._entry(project_id, form_id))

    def offered(self, project_id: int) -> tuple[FormVersion, ...]:
        """What formList shows: the current version of every open form."""
        return self._offered.get(project_id)

    def version(self, project_id: int, form_id: str, version: str) -> FormVersion:
        """A version, also of a form in the trash: rounds that used it go on naming it.

        Raises: FormNotFound, FormVersionNotFound.
        """
        entry = self._indexes.get(project_id).get(form_id)
        if entry is None:
            raise FormNotFound(form_id=form_id)
        number = entry.versions.get(version)
        if number is None:
            raise FormVersionNotFound(form_id=form_id, version=version)
        return self._version(number)

    def of_record(self, seq: int) -> FormVersion | None:
        """The version that this record of the ledger published, whatever became of its form."""
        with self._foundation.database.read() as connection:
            number = connection.scalar(select(form_version.c.id).where(form_version.c.seq == seq))
        return self._version(number) if number is not None else None

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
        if entry is None or entry.deleted_at is not None or version not in entry.versions:
            return None
        return entry.number, entry.versions[version]

    def publish(
        self,
        tx: Tx,
        project_id: int,
        content: FormContent,
        *,
        now: datetime,
        actor: int | None,
        notes: str | None = None,
    ) -> FormVersion:
        """A new version, and a new form where there was none; the same content again changes nothing.

        The lists and properties that it writes into are there from then on.

        Raises: ProjectNotFound, FormIdInTrash, VersionTaken (the version exists with other content),
        EntityListCaseClash, EntityPropertyCaseClash.
        """
        schema = content.schema
        row = content_row(content)
        form_number = self.ensure(tx, project_id, schema.form_id, now=now, actor=actor)
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
        if self.had_version(tx, project_id, schema.form_id, schema.version):
            raise VersionTaken(form_id=schema.form_id, version=schema.version)
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
            **notes_hash(notes),
            "media": {media.name: media.sha256 for media in content.media if media.sha256 is not None},
        }
        self._entity_lists.declare(tx, project_id, schema, now=now, actor=actor)
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
                form=form_number, published_at=now, published_by=actor, seq=seq, notes=notes, **row
            )
        )
        number = int(added.inserted_primary_key[0])  # type: ignore[index]  # one row, one key
        if content.media:
            tx.conn.execute(form_media.insert(), media_rows(content, "form_version", number))
        older = (form.c.id == form_number) & (form.c.created_at != now)
        tx.conn.execute(form.update().where(older).values(updated_at=now))
        named = (project_id, schema.form_id, schema.version, schema.title)
        return FormVersion(*named, content, now, actor, seq, notes)

    def has_version(self, tx: Tx, project_id: int, form_id: str, version: str) -> bool:
        """Is there a published version of this name?"""
        named = (form.c.project_id == project_id) & (form.c.form_id == form_id)
        question = select(form_version.c.id).join(form, form.c.id == form_version.c.form)
        return tx.conn.scalar(question.where(named, form_version.c.version == version)) is not None

    def past_versions(self, project_id: int, form_id: str) -> frozenset[str]:
        """What forms of this id in the trash had published: phones may hold it still."""
        entries = self._indexes.get(project_id).values()
        return frozenset(
            version
            for entry in entries
            if entry.form_id == form_id and entry.deleted_at is not None and entry.purged_at is None
            for version in entry.versions
        )

    def newer_in_trash(self, project_id: int, form_id: str, seq: int) -> bool:
        """Has a form that had this id meanwhile, purged or not, published anything after this record?"""
        question = select(form_version.c.id).join(form, form.c.id == form_version.c.form)
        apart = form.c.form_id.startswith(set_apart(form_id, ""), autoescape=True)
        where = form.c.project_id == project_id, apart, form_version.c.seq > seq
        with self._foundation.database.read() as connection:
            return connection.scalar(question.where(*where).limit(1)) is not None

    def had_version(self, tx: Tx, project_id: int, form_id: str, version: str) -> bool:
        """The same asked in a transaction, of those that gave their id away."""
        question = select(form_version.c.id).join(form, form.c.id == form_version.c.form)
        apart = form.c.form_id.startswith(set_apart(form_id, ""), autoescape=True)
        where = form.c.project_id == project_id, apart, form.c.purged_at.is_(None)
        return tx.conn.scalar(question.where(*where, form_version.c.version == version).limit(1)) is not None

    def set_state(self, tx: Tx, project_id: int, form_id: str, state: FormState, *, now: datetime) -> None:
        """Raises: FormNotFound."""
        tx.touch("forms")
        changed = tx.conn.execute(
            form.update()
            .where(form.c.project_id == project_id, form.c.form_id == form_id, form.c.deleted_at.is_(None))
            .values(state=state, updated_at=now)
        )
        if changed.rowcount == 0:
            raise FormNotFound(form_id=form_id)

    def ensure(self, tx: Tx, project_id: int, form_id: str, *, now: datetime, actor: int | None) -> int:
        """The number of a form, made open where there was none. Raises: ProjectNotFound, FormIdInTrash."""
        self._projects.get(project_id)
        row = tx.conn.execute(
            select(form.c.id, form.c.deleted_at).where(
                form.c.project_id == project_id, form.c.form_id == form_id
            )
        ).one_or_none()
        if row is not None and row.deleted_at is not None:
            raise FormIdInTrash(form_id=form_id)
        if row is not None:
            return int(row.id)
        tx.touch("forms")
        added = tx.conn.execute(
            form.insert().values(
                project_id=project_id, form_id=form_id, state="open", created_at=now, created_by=actor
            )
        )
        return int(added.inserted_primary_key[0])  # type: ignore[index]  # one row, one key

    def _entry(self, project_id: int, form_id: str) -> Entry:
        entry = self._indexes.get(project_id).get(form_id)
        if entry is None or entry.deleted_at is not None:
            raise FormNotFound(form_id=form_id)
        return entry

    def _form(self, project_id: int, entry: Entry) -> Form:
        newest = list(entry.versions.values())[-1:]
        return Form(
            entry.number,
            project_id,
            entry.form_id,
            entry.state,
            entry.created_at,
            entry.updated_at,
            self._version(newest[0]) if newest else None,
            entry.has_draft,
            entry.deleted_at,
            entry.created_by,
        )

    def _load_offered(self, connection: Connection, project_id: int) -> tuple[FormVersion, ...]:
        entries = form_index(connection, project_id).values()
        forms = [
            self._form(project_id, entry)
            for entry in entries
            if entry.state == "open" and entry.deleted_at is None
        ]
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
            original_id(row.form_id),
            row.version,
            row.title,
            content_of(row, media),
            row.published_at,
            row.published_by,
            row.seq,
            row.notes,
        )
