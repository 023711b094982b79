"""A new version of an instance: the same document with other answers, under a new instanceID.

What it replaces stands in deprecatedID, as phones write it: without namespace, the last child of meta.
Spec: protocol.md 7.7
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy

from lxml import etree

from forms.instance import parse_instance
from forms.schema import Schema
from forms.xml import local_name

_STEP = re.compile(r"(?P<name>[^\[\]]+)(\[(?P<position>\d+)\])?")
# what XML 1.0 cannot hold
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def edited_instance(
    xml: bytes, changes: Mapping[str, str], *, schema: Schema, instance_id: str, deprecated_id: str
) -> bytes:
    """The document with these answers changed; a key is a path, with positions: "/child[2]/age".

    A question that was not there is put in; a repeat that was not there is left alone.
    Raises: InstanceInvalid.
    """
    root = deepcopy(parse_instance(xml).root)
    repeats = {repeat.path for repeat in schema.repeats}
    for key, value in changes.items():
        element = _element_at(root, key, repeats)
        if element is not None:
            for child in list(element):
                element.remove(child)
            element.text = _UNWRITABLE.sub("\ufffd", value)
    _rename(root, instance_id, deprecated_id)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def answer_keys(xml: bytes, schema: Schema) -> Iterator[tuple[str, str, str]]:
    """(key, path, text) of every answer that the document could hold, in the order of the form.

    Outside of repeats every question has one, whether it stands there or not; inside, each row has its own.
    """
    root = parse_instance(xml).root
    repeats = {repeat.path for repeat in schema.repeats}
    for question in schema.questions:
        for key, holder in _holders(root, question.path, repeats):
            element = next(iter(_children(holder, question.name)), None) if holder is not None else None
            yield key, question.path, (element.text or "") if element is not None else ""


def _holders(
    root: etree._Element, path: str, repeats: set[str]
) -> Iterator[tuple[str, etree._Element | None]]:
    """The elements around the places of a question, each with the key of that place."""
    *around, name = path[1:].split("/")
    places: list[tuple[str, etree._Element | None]] = [("", root)]
    walked = ""
    for step in around:
        walked = f"{walked}/{step}"
        inner: list[tuple[str, etree._Element | None]] = []
        for key, element in places:
            found = _children(element, step) if element is not None else []
            if walked in repeats:
                inner += [(f"{key}/{step}[{n}]", child) for n, child in enumerate(found, start=1)]
            else:
                inner.append((f"{key}/{step}", found[0] if found else None))
        places = inner
    yield from ((f"{key}/{name}", element) for key, element in places)


def _element_at(root: etree._Element, key: str, repeats: set[str]) -> etree._Element | None:
    """The element of a key; made where it is missing, except for the row of a repeat."""
    here, walked = root, ""
    for step in key[1:].split("/"):
        match = _STEP.fullmatch(step)
        if match is None:
            return None
        name, position = match["name"], match["position"]
        walked = f"{walked}/{name}"
        found = _children(here, name)
        number = int(position) if position else 1
        if walked in repeats:
            if number > len(found):
                return None
        elif not found:
            found = [_made(here, name)]
        here = found[number - 1] if number <= len(found) else found[0]
    return here


def _made(parent: etree._Element, name: str) -> etree._Element:
    """A new child in the namespace of the document, before meta where that stands last."""
    namespace = etree.QName(parent).namespace
    child = etree.Element(f"{{{namespace}}}{name}" if namespace else name)
    last = parent[-1] if len(parent) else None
    if last is not None and local_name(last) == "meta":
        last.addprevious(child)
    else:
        parent.append(child)
    return child


def _rename(root: etree._Element, instance_id: str, deprecated_id: str) -> None:
    metas = _children(root, "meta")
    meta = metas[0] if metas else _made(root, "meta")
    for one in metas or [meta]:
        for old in _children(one, "deprecatedID"):
            one.remove(old)
    ids = [element for one in metas for element in _children(one, "instanceID")]
    (ids[0] if ids else _made(meta, "instanceID")).text = instance_id
    if "instanceID" in root.attrib:
        root.attrib["instanceID"] = instance_id
    etree.SubElement(meta, "deprecatedID").text = deprecated_id


def _children(parent: etree._Element, name: str) -> list[etree._Element]:
    return [child for child in parent if isinstance(child.tag, str) and local_name(child) == name]
