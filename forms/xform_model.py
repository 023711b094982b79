"""Read the model and the body of an XForm into a Schema. Spec: protocol.md 4, 12 and 13."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from forms.entities_in_xform import EntityElement, declared_lists
from forms.faults.xform import FormWithoutInstance
from forms.schema import Choice, MediaSlot, Question, Repeat, Schema
from forms.xform_texts import ChoiceLists, Texts, child
from forms.xml import local_name

_ORX = "{http://openrosa.org/xforms}"
_ODK = "{http://www.opendatakit.org/xforms}"
_ENTITIES = "{http://www.opendatakit.org/xforms/entities}"
_CONTROLS = {"input", "secret", "upload", "select", "select1", "rank", "range", "trigger"}
_TYPES = {
    **{name: name for name in ("string", "int", "decimal", "boolean", "date", "time", "dateTime")},
    **{name: name for name in ("geopoint", "geotrace", "geoshape", "binary", "barcode", "intent")},
    **{"integer": "int", "long": "int", "float": "decimal", "double": "decimal", "base64Binary": "binary"},
}
_SELECT_TYPES = {
    "select": "select",
    "select1": "select1",
    "listItem": "select1",
    "listItems": "select",
    "rank": "rank",
}
_MEDIA = re.compile(r"jr://(images|audio|video|file-csv|file)/([^/]+)")
_MEDIA_KINDS = {"images": "image", "audio": "audio", "video": "video", "file": "file", "file-csv": "file"}


@dataclass(slots=True)
class _Bind:
    type: str = ""
    conditional: bool = False
    required: bool = False
    calculated: bool = False
    readonly: bool = False
    saveto: str = ""


@dataclass(slots=True)
class _Control:
    kind: str
    labels: dict[str, str]
    hints: dict[str, str]
    guidance: dict[str, str]
    choices: tuple[Choice, ...]
    external: str
    appearance: str
    mediatype: str
    element: etree._Element


@dataclass(slots=True)
class _Reading:
    root_name: str
    texts: Texts
    lists: ChoiceLists
    binds: dict[str, _Bind] = field(default_factory=dict)
    bind_ids: dict[str, str] = field(default_factory=dict)
    controls: dict[str, _Control] = field(default_factory=dict)
    groups: dict[str, dict[str, str]] = field(default_factory=dict)  # path -> labels
    repeat_paths: dict[str, dict[str, str]] = field(default_factory=dict)
    media: dict[str, str] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    repeats: list[Repeat] = field(default_factory=list)
    entities: list[EntityElement] = field(default_factory=list)

    def resolve(self, ref: str, context: str) -> str:
        """A nodeset as a path without the root, prefixes and conditions: "/group/age", the root is ""."""
        ref = re.sub(r"\[[^\[\]]*\]", "", ref).strip()
        ref = re.sub(r"^current\(\)/?", "./", ref)
        steps = [] if ref.startswith("/") else context[1:].split("/")
        for step in ref.split("/"):
            name = step.strip()
            if name == "..":
                del steps[-1:]
            elif name not in ("", "."):
                steps.append(name.rpartition(":")[2])
        steps = [step for step in steps if step]
        if ref.startswith("/") and steps and steps[0] == self.root_name:
            steps = steps[1:]
        return "".join(f"/{step}" for step in steps)

    def add_media(self, address: str, kind: str | None = None) -> None:
        match = _MEDIA.fullmatch(address.strip())
        if match:
            self.media.setdefault(match[2], kind or _MEDIA_KINDS[match[1]])


def read_schema(html: etree._Element) -> Schema:
    """The Schema of an XForm. Raises: FormWithoutInstance."""
    head, model, root, reading = _begun(html)
    texts = reading.texts
    for instance in model.iterchildren("{*}instance"):
        reading.add_media(instance.get("src", ""))
    for address, kind in texts.media:
        reading.add_media(address, kind)
    _read_fields(reading, [root], "", None, False)
    title = child(head, "title")
    submission = child(model, "submission")
    sent: dict[str, str] = (
        {str(key): str(value) for key, value in submission.attrib.items()} if submission is not None else {}
    )
    return Schema(
        form_id=root.get("id", ""),
        version=root.get("version") or root.get(f"{_ORX}version") or "",
        title=" ".join((title.text or "").split()) if title is not None else "",
        languages=tuple(texts.languages),
        default_language=texts.default_language,
        questions=tuple(reading.questions),
        repeats=tuple(reading.repeats),
        media=tuple(MediaSlot(name, kind) for name, kind in reading.media.items()),
        entity_lists=declared_lists(
            reading.entities, {path: bind.saveto for path, bind in reading.binds.items()}, reading.questions
        ),
        entities_version=model.get(f"{_ENTITIES}entities-version", ""),
        public_key=sent.get("base64RsaPublicKey", "").strip(),
        client_editable=sent.get(f"{_ODK}client-editable", "") in ("true", "true()", "1"),
        submission_url=sent.get("action", "").strip(),
        language_names=texts.language_names,
    )


def read_controls(html: etree._Element) -> tuple[Texts, dict[str, etree._Element]]:
    """The texts of an XForm, and by path the control of each question. Raises: FormWithoutInstance."""
    *_, reading = _begun(html)
    return reading.texts, {path: control.element for path, control in reading.controls.items()}


def _begun(html: etree._Element) -> tuple[etree._Element, etree._Element, etree._Element, _Reading]:
    """Head, model and root of the primary instance, with the binds and controls read."""
    head = child(html, "head")
    model = child(head, "model") if head is not None else None
    primary = child(model, "instance") if model is not None else None
    root = next(iter(primary), None) if primary is not None else None
    if head is None or model is None or root is None or not root.get("id"):
        raise FormWithoutInstance()
    texts = Texts(model)
    reading = _Reading(local_name(root), texts, ChoiceLists(model, texts))
    _read_binds(reading, model)
    body = child(html, "body")
    if body is not None:
        _read_body(reading, body, "")
    return head, model, root, reading


def _read_binds(reading: _Reading, model: etree._Element) -> None:
    for element in model.iterchildren("{*}bind"):
        path = reading.resolve(element.get("nodeset") or element.get("ref") or "", "")
        if name := element.get("id"):
            reading.bind_ids[name] = path
        reading.binds[path] = _Bind(
            type=(element.get("type") or "").strip().rpartition(":")[2],
            conditional=(element.get("relevant") or "true()").strip() not in ("true()", ""),
            required=(element.get("required") or "false()").strip() != "false()",
            calculated=bool((element.get("calculate") or "").strip()),
            readonly=(element.get("readonly") or "").strip() == "true()",
            saveto=element.get(f"{_ENTITIES}saveto", ""),
        )


def _read_body(reading: _Reading, parent: etree._Element, context: str) -> None:
    for element in parent:
        kind = local_name(element)
        ref = element.get("ref") or element.get("nodeset")
        bound = reading.bind_ids.get(element.get("bind", ""))
        path = reading.resolve(ref, context) if ref else bound if bound is not None else context
        if kind in ("group", "repeat"):
            if path != context or kind == "repeat":
                labels = reading.texts.of(child(element, "label"))
                if kind == "group":
                    reading.groups.setdefault(path, labels)
                else:
                    reading.repeat_paths.setdefault(path, labels or reading.groups.get(path, {}))
            _read_body(reading, element, path)
        elif kind in _CONTROLS and path != context:
            known = reading.controls.get(path)
            if known is None or (known.kind == "input" and kind in ("select", "select1", "rank")):
                reading.controls[path] = _read_control(reading, element, kind)


def _read_control(reading: _Reading, element: etree._Element, kind: str) -> _Control:
    choices, external = reading.lists.of(element)
    if element.get("query"):
        kind, external = "select1", "itemsets.csv"
    if external:
        reading.media.setdefault(external, "file")
    hint = child(element, "hint")
    return _Control(
        "input" if kind == "secret" else kind,
        reading.texts.of(child(element, "label")),
        reading.texts.of(hint),
        reading.texts.guidance_of(hint),
        choices,
        external,
        element.get("appearance", "").strip(),
        element.get("mediatype", "").strip(),
        element,
    )


def _read_fields(
    reading: _Reading, copies: list[etree._Element], path: str, repeat: str | None, conditional: bool
) -> None:
    """Walk the primary instance; a repeat's template and its first copy are read as one."""
    places: dict[str, list[etree._Element]] = {}
    for copy in copies:
        for element in copy:
            places.setdefault(local_name(element), []).append(element)
    for name, elements in places.items():
        here = f"{path}/{name}"
        bind = reading.binds.get(here) or _Bind()
        hidden = conditional or bind.conditional
        if name == "entity" and path.endswith("/meta"):
            _read_entity(reading, elements, path.removesuffix("/meta"), repeat)
            _read_fields(reading, elements, here, repeat, hidden)
        elif here in reading.repeat_paths:
            reading.repeats.append(Repeat(here, repeat, reading.repeat_paths[here]))
            _read_fields(reading, elements, here, here, hidden)
        elif any(len(element) for element in elements) or (
            here in reading.groups and here not in reading.controls
        ):
            _read_fields(reading, elements, here, repeat, hidden)
        else:
            reading.questions.append(_question(reading, name, here, repeat, bind, hidden))
            for element in elements:
                if (text := (element.text or "").strip()).startswith("jr://images/"):
                    reading.add_media(text)


def _read_entity(reading: _Reading, elements: list[etree._Element], path: str, repeat: str | None) -> None:
    """The entity of a group or repeat; of a repeat, the template and the first copy have one each."""
    attributes: dict[str, str] = {}
    for element in elements:
        attributes |= {str(key).rpartition("}")[2]: str(value) for key, value in element.attrib.items()}
    copies = [element.getparent() for element in elements]
    for _ in range(max(copies.count(copy) for copy in copies)):
        reading.entities.append(EntityElement(path, repeat, attributes))


def _question(
    reading: _Reading, name: str, path: str, repeat: str | None, bind: _Bind, conditional: bool
) -> Question:
    shown = reading.controls.get(path)
    kind = shown.kind if shown else ""
    data_type = _TYPES.get(bind.type, "string")
    if bind.type in _SELECT_TYPES and kind in ("", "input"):
        kind = _SELECT_TYPES[bind.type]
    if kind == "upload" and data_type == "string":
        data_type = "binary"
    if kind == "input" and bind.readonly and not bind.calculated and data_type == "string":
        kind = "note"
    return Question(
        name=name,
        path=path,
        type=data_type,
        control=kind,
        repeat=repeat,
        choices=shown.choices if shown else (),
        labels=shown.labels if shown else {},
        hints=shown.hints if shown else {},
        guidance=shown.guidance if shown else {},
        conditional=conditional,
        required=bind.required,
        appearance=shown.appearance if shown else "",
        mediatype=shown.mediatype if shown else "",
        external=shown.external if shown else "",
        calculated=bind.calculated,
    )
