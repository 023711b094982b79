"""A filled-in form: who it is, and its answers by path.

Spec: protocol.md 8 and https://docs.getodk.org/openrosa-form-submission/
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

from lxml import etree

from forms.faults.instance import InstanceBroken, InstanceForbidden, InstanceTooLarge, InstanceWithoutForm
from forms.repair import repaired
from forms.xform import Schema
from forms.xml import Refusals, local_name, parse

_REFUSALS = Refusals(InstanceBroken, InstanceForbidden, InstanceTooLarge)
_VERSION_ORX = "{http://openrosa.org/xforms}version"
_NOT_A_FORM_ID = {
    "http://www.w3.org/2002/xforms",
    "http://openrosa.org/xforms",
    "http://openrosa.org/javarosa",
    "http://www.opendatakit.org/xforms/encrypted",
    "http://opendatakit.org/submissions",
}


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
    media: tuple[str, ...] = ()  # of an encrypted instance, which has nothing else to read


def parse_instance(xml: bytes) -> Instance:
    """The instance in these bytes, which stay as they are.

    What genuine clients are known to write wrongly is mended for reading (protocol.md 8); anything
    else that is not well-formed, a document cut off above all, is refused.

    Raises: InstanceInvalid, InstanceTooLarge.
    """
    try:
        root = parse(xml, _REFUSALS)
    except InstanceBroken:
        mended = repaired(xml)
        if mended is None:
            raise
        root = parse(mended, _REFUSALS)
    attributes = root.attrib
    form_id = attributes.get("id")
    if not form_id:
        form_id = str(root.tag)[1:].partition("}")[0] if str(root.tag).startswith("{") else ""
        if not form_id or form_id in _NOT_A_FORM_ID:
            raise InstanceWithoutForm()
    version = attributes.get("version")
    if version is None:
        version = attributes.get(_VERSION_ORX, "")
    instance_id = deprecated_id = instance_name = None
    for meta in root.iterchildren("{*}meta"):
        for child in meta:
            text = child.text
            if text and (text := text.strip()):
                name = local_name(child)
                if name == "instanceID":
                    instance_id = instance_id or text
                elif name == "deprecatedID":
                    deprecated_id = deprecated_id or text
                elif name == "instanceName":
                    instance_name = instance_name or text
    encrypted = attributes.get("encrypted") == "yes"
    return Instance(
        form_id,
        version,
        instance_id or attributes.get("instanceID") or None,
        deprecated_id,
        instance_name,
        encrypted,
        _encrypted_media(root) if encrypted else (),
        root=root,
    )


def read_answers(instance: Instance, schema: Schema) -> Answers:
    """The answers that the schema knows, by path; of an encrypted instance, none."""
    if instance.encrypted:
        return Answers({}, {}, instance.media)
    values: dict[str, str] = {}
    repeats: dict[str, list[RepeatRow]] = {repeat.path: [] for repeat in schema.repeats}
    _read(instance.root, _plan(schema), values, repeats, instance.instance_id or "", {})
    return Answers(values, repeats)


def expected_media(answers: Answers, schema: Schema) -> list[str]:
    """Names of the files that belong to the instance, each once, in document order."""
    if answers.media:
        return list(answers.media)
    names: dict[str, None] = {}
    for path, repeat in _file_questions(schema):
        for values in [row.values for row in answers.repeats.get(repeat, ())] if repeat else [answers.values]:
            name = values.get(path)
            if name and (name := name.strip()):
                names[name] = None
    return list(names)


class _Place:
    """What stands at one path of a form: a question, a group, or a repeat."""

    __slots__ = ("path", "places", "repeat", "step")

    def __init__(self) -> None:
        self.path: str | None = None  # of a question
        self.places: dict[str, _Place] = {}
        self.repeat: str | None = None
        self.step = ""  # of a repeat: its path below the repeat around it


@functools.lru_cache(maxsize=256)
def _plan(schema: Schema) -> _Place:
    """The tree of the form by element name; made once per version."""
    top = _Place()

    def place(path: str) -> _Place:
        here = top
        for name in path[1:].split("/"):
            here = here.places.setdefault(name, _Place())
        return here

    for question in schema.questions:
        place(question.path).path = question.path
    for repeat in schema.repeats:
        here = place(repeat.path)
        here.repeat = repeat.path
        here.step = repeat.path[len(repeat.parent or "") :]
    return top


@functools.lru_cache(maxsize=256)
def _file_questions(schema: Schema) -> tuple[tuple[str, str | None], ...]:
    return tuple(
        (question.path, question.repeat) for question in schema.questions if question.type == "binary"
    )


def _read(
    element: etree._Element,
    here: _Place,
    values: dict[str, str],
    repeats: dict[str, list[RepeatRow]],
    row_key: str,
    counts: dict[str, int],
) -> None:
    """Put the answers below an element where they belong; `row_key` is the row's they stand in."""
    places = here.places
    for child in element:
        tag: str = child.tag
        place = places.get(tag)
        if place is None:
            place = places.get(tag[tag.rfind("}") + 1 :])
            if place is None:
                continue  # a field of another version
        path = place.path
        if path is not None:
            text = child.text
            if text or path not in values:
                values[path] = text or ""
        elif place.repeat is not None:
            position = counts[place.repeat] = counts.get(place.repeat, 0) + 1
            row = RepeatRow(f"{row_key}{place.step}[{position}]", row_key, position, {})
            repeats[place.repeat].append(row)
            _read(child, place, row.values, repeats, row.key, {})
        else:
            _read(child, place, values, repeats, row_key, counts)


def _encrypted_media(root: etree._Element) -> tuple[str, ...]:
    """The files an encrypted manifest names: its media, then the answers themselves."""
    files = [file for media in root.iterchildren("{*}media") for file in media.iterchildren("{*}file")]
    files += root.iterchildren("{*}encryptedXmlFile")
    return tuple(dict.fromkeys(text for file in files if (text := (file.text or "").strip())))
