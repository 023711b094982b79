"""The Schema of a form: its questions, repeats, choices and files, as values.

Tables, exports, labels, metadata and codebook read it; msgspec writes it as JSON and reads it back.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer a list offers; labels by language code."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """One leaf of the primary instance, in the words of the form.

    `path` leaves out the root: "/group/age". `type` is one of string int decimal boolean date time
    dateTime geopoint geotrace geoshape binary barcode intent; a select has the type string and is told
    by `control`: select1, select (several answers), rank, input, upload, range, trigger, note, or "" for
    a field that is never shown (calculate, metadata, meta).
    """

    name: str
    path: str
    type: str
    control: str
    repeat: str | None = None  # path of the innermost repeat it stands in
    choices: tuple[Choice, ...] = ()  # choices of the form itself; see external
    labels: Mapping[str, str] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    guidance: Mapping[str, str] = field(default_factory=dict)  # longer hints, for training and on paper
    conditional: bool = False  # it or a group around it has a relevant: absent then means hidden
    required: bool = False
    appearance: str = ""
    mediatype: str = ""
    external: str = ""  # the file whose rows are the choices: "objects.csv"
    calculated: bool = False


@dataclass(frozen=True, slots=True)
class Repeat:
    """A group that may be answered several times; `parent` is the repeat around it."""

    path: str
    parent: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MediaSlot:
    """A file the form needs beside it; kind: image, audio, video or file."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class EntityList:
    """What a form writes into an entity list; `saves` is path of the question -> property."""

    name: str
    path: str  # of the group or repeat whose meta holds the entity; "" at the root
    creates: bool
    updates: bool
    saves: Mapping[str, str] = field(default_factory=dict)
    repeat: str | None = None  # path of the innermost repeat it stands in: there are several then


@dataclass(frozen=True, slots=True)
class Schema:
    """The questions of one version of a form, in document order.

    `languages` are codes ("ky"), `language_names` the full names the phone shows. A form without
    translations has one language, the empty string.
    """

    form_id: str
    version: str
    title: str
    languages: tuple[str, ...]
    default_language: str
    questions: tuple[Question, ...]
    repeats: tuple[Repeat, ...] = ()
    media: tuple[MediaSlot, ...] = ()
    entity_lists: tuple[EntityList, ...] = ()
    entities_version: str = ""
    public_key: str = ""  # not empty: instances arrive encrypted
    client_editable: bool = False
    submission_url: str = ""  # outranks the server's address on the phone
    language_names: Mapping[str, str] = field(default_factory=dict)

    def __hash__(self) -> int:  # labels are mappings; the name of the version is hash enough
        return hash((self.form_id, self.version, len(self.questions)))

    @property
    def encrypted(self) -> bool:
        return self.public_key != ""

    def question(self, name: str) -> Question | None:
        """The question of this name; one of the form itself before one of its meta block."""
        return _by_name(self).get(name)

    def at(self, path: str) -> Question | None:
        """The question at this path."""
        return _by_path(self).get(path)


@functools.lru_cache(maxsize=256)
def _by_name(schema: Schema) -> dict[str, Question]:
    own = [question for question in schema.questions if "/meta/" not in question.path]
    meta = [question for question in schema.questions if "/meta/" in question.path]
    return {question.name: question for question in reversed([*own, *meta])}


@functools.lru_cache(maxsize=256)
def _by_path(schema: Schema) -> dict[str, Question]:
    return {question.path: question for question in schema.questions}
