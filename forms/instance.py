"""A filled-in form: who it is, and its answers by path.

Spec: protocol.md 8 and https://docs.getodk.org/openrosa-form-submission/
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from forms.xform import Schema


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance as it names itself. `version` is "" where it has none: that is a version too."""

    form_id: str
    version: str
    instance_id: str | None
    deprecated_id: str | None = None
    instance_name: str | None = None
    encrypted: bool = False
    media: tuple[str, ...] = ()  # an encrypted one names all its files itself; else see expected_media
    root: etree._Element = field(kw_only=True, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class RepeatRow:
    """One answer to a repeat. Keys as in ODK Central's CSV: uuid:x/children/child[1]."""

    key: str
    parent_key: str  # of a repeat at the top: the instanceID
    position: int  # from 1, within its parent
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Answers:
    """The texts of an instance by path: absent has no key, present and empty is ""."""

    values: dict[str, str]
    repeats: dict[str, list[RepeatRow]]
    media: tuple[str, ...] = ()


def parse_instance(xml: bytes) -> Instance:
    """The instance in these bytes, which stay as they are. Raises: InstanceInvalid."""
    raise NotImplementedError


def read_answers(instance: Instance, schema: Schema) -> Answers:
    """The answers that the schema knows, by path; of an encrypted instance, none."""
    raise NotImplementedError


def expected_media(answers: Answers, schema: Schema) -> list[str]:
    """Names of the files that belong to the instance, each once, in document order."""
    raise NotImplementedError
