"""Forms and their published versions. A version never changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from forms.evaluation import Scheme
from forms.schema import Schema
from server.store.transaction import Tx

FormState = Literal["open", "closing", "closed"]


@dataclass(frozen=True, slots=True)
class FormMedia:
    """A file a form version needs beside it. `sha256` None: not uploaded (villages.csv comes from the registry)."""

    name: str
    kind: str
    sha256: str | None
    md5: str | None
    size: int | None
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class FormContent:
    """What a version, or a draft, consists of. The blobs it names are durable."""

    xform_sha256: str
    xform_md5: str
    workbook_sha256: str | None
    workbook_name: str | None
    schema: Schema
    scheme: Scheme | None
    privacy: Mapping[str, str]
    media: tuple[FormMedia, ...] = ()


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


class Forms:
    """Read from a cache that is at most a second behind another process."""

    def all(self, project_id: int) -> tuple[Form, ...]:
        """The forms of a project by form_id."""
        raise NotImplementedError

    def get(self, project_id: int, form_id: str) -> Form:
        """Raises: FormNotFound."""
        raise NotImplementedError

    def offered(self, project_id: int) -> tuple[FormVersion, ...]:
        """What formList shows: the current version of every open form."""
        raise NotImplementedError

    def version(self, project_id: int, form_id: str, version: str) -> FormVersion:
        """Raises: FormNotFound, FormVersionNotFound."""
        raise NotImplementedError

    def versions(self, project_id: int, form_id: str) -> tuple[FormVersion, ...]:
        """Every published version, newest first. Raises: FormNotFound."""
        raise NotImplementedError

    def require_open(self, project_id: int, form_id: str, version: str) -> FormVersion:
        """The version an instance names, when the form takes answers (open or closing).

        Raises: FormNotFound, FormVersionNotFound, FormClosed.
        """
        raise NotImplementedError

    def xform(self, version: FormVersion) -> bytes:
        """The XML a phone downloads; the last used ones are kept in memory."""
        raise NotImplementedError

    def publish(
        self, tx: Tx, project_id: int, content: FormContent, *, now: datetime, actor: int | None
    ) -> FormVersion:
        """A new version, and a new form where there was none; the same content again changes nothing.

        Raises: ProjectNotFound, VersionTaken (the version exists with other content).
        """
        raise NotImplementedError

    def set_state(self, tx: Tx, project_id: int, form_id: str, state: FormState, *, now: datetime) -> None:
        """Raises: FormNotFound."""
        raise NotImplementedError
