"""Fill a form the way a person would: questions in order, skips and calculations applied.

For the demonstration and for tests. It knows the part of XForms that questionnaires use: relevant,
calculate, choice filters over the form's own lists and over CSV files, number constraints. It is not
a second form engine: what the real one accepts is tested with the real one (tests/engine).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from forms.errors import FormInvalid
from forms.xml import Refusals, parse
from forms.xpath import LISTS, functions, is_true, text_of

XF = "{http://www.w3.org/2002/xforms}"
H = "{http://www.w3.org/1999/xhtml}"
JR = "{http://openrosa.org/javarosa}"


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as it is put: `choices` are the names that its filter leaves."""

    name: str
    path: str
    type: str
    control: str
    choices: tuple[str, ...]
    required: bool


Answer = Callable[[Asked], str | None]
"""What a person answers; None leaves the question empty."""


@dataclass(frozen=True, slots=True)
class _Bind:
    path: str
    type: str
    relevant: str | None
    calculate: str | None
    constraint: str | None
    required: bool
    readonly: bool  # a note: read, not answered
    preload: tuple[str, str]


class Blank:
    """A form ready to be filled in any number of times: parse once, `fill` often."""

    def __init__(self, xform: bytes, media: Mapping[str, bytes]) -> None:
        root = parse(xform, Refusals(FormInvalid, FormInvalid, FormInvalid))
        model = root.find(f"{H}head/{XF}model")
        instances = [] if model is None else model.findall(f"{XF}instance")
        if model is None or not instances:
            raise ValueError("not an XForm")
        self._primary = etree.tostring(_plain(instances[0][0]))
        others = (instance for instance in instances[1:] if instance.get("id"))
        self._lists = {str(instance.get("id")): _list_of(instance, media) for instance in others}
        self._binds = {bind.path: bind for bind in map(_bind, model.findall(f"{XF}bind"))}
        body = root.find(f"{H}body")
        self._controls = [] if body is None else _controls(body)

    def fill(self, answer: Answer, *, instance_id: str, started: datetime, ended: datetime) -> bytes:
        """One instance. `answer` is asked for every question that is shown; times are the phone's."""
        return _Filling(self, answer, instance_id, started, ended).finish()

    def tree(self) -> etree._Element:
        root = etree.fromstring(self._primary)
        for template in _elements(root.xpath("//*[@template]")):
            _remove(template)
        shelf = etree.SubElement(root, LISTS)
        for name, items in self._lists.items():
            shelf.append(etree.fromstring(items))
            shelf[-1].set("id", name)
        return root


class _Filling:
    def __init__(
        self, blank: Blank, answer: Answer, instance_id: str, started: datetime, ended: datetime
    ) -> None:
        self.binds, self.answer, self.today = blank._binds, answer, ended.date()
        self.controls = blank._controls
        self.root = blank.tree()
        self.functions = functions(self.root, self.today)
        preloads = {
            ("timestamp", "start"): _phone_time(started),
            ("timestamp", "end"): _phone_time(ended),
            ("date", "today"): started.date().isoformat(),
            ("property", "deviceid"): "collect:demonstration",
            ("uid", ""): instance_id,
        }
        for bind in self.binds.values():
            node = self.node(bind.path)
            value = preloads.get(bind.preload)
            if node is not None and value is not None:
                node.text = value

    def node(self, path: str) -> etree._Element | None:
        found = _elements(self.root.xpath(path))
        return found[0] if found else None

    def evaluate(self, expression: str, node: etree._Element) -> object:
        return node.xpath(expression, extensions=self.functions)

    def shown(self, node: etree._Element) -> bool:
        """Whether no `relevant`, its own or an ancestor's, hides this node."""
        at: etree._Element | None = node
        while at is not None:
            bind = self.binds.get(_path(at))
            if bind and bind.relevant and not is_true(self.evaluate(bind.relevant, at)):
                return False
            at = at.getparent()
        return True

    def finish(self) -> bytes:
        self.calculate()
        for path, control, itemset in self.controls:
            bind, node = self.binds.get(path), self.node(path)
            if bind is None or node is None or bind.readonly or control == "trigger" or not self.shown(node):
                continue
            names: tuple[str, ...] = ()
            if itemset is not None:
                nodeset, value_name, fixed = itemset
                items = _elements(self.evaluate(nodeset, node)) if nodeset else []
                names = fixed or tuple(item.findtext(value_name) or "" for item in items)
            asked = Asked(path.rpartition("/")[2], path, bind.type, control, names, bind.required)
            for _attempt in range(20):
                node.text = self.answer(asked)
                if not node.text or bind.type not in ("int", "decimal") or not bind.constraint:
                    break
                if is_true(self.evaluate(bind.constraint, node)):
                    break
            self.calculate()
        self.prune()
        return etree.tostring(self.root, xml_declaration=True, encoding="UTF-8")

    def calculate(self) -> None:
        for bind in self.binds.values():
            node = self.node(bind.path)
            if bind.calculate is None or node is None:
                continue
            node.text = text_of(self.evaluate(bind.calculate, node)) if self.shown(node) else None

    def prune(self) -> None:
        """Drop what is hidden, as the phone does when it sends; hidden answers hide others in turn."""
        for _round in range(10):
            nodes = [node for bind in self.binds.values() if (node := self.node(bind.path)) is not None]
            hidden = [node for node in nodes if not len(node) and node.text and not self.shown(node)]
            for node in hidden:
                node.text = None
            self.calculate()
            if not hidden:
                break
        for bind in self.binds.values():
            node = self.node(bind.path)
            if node is not None and not self.shown(node):
                _remove(node)
        for shelf in self.root.findall(LISTS):
            _remove(shelf)


def _bind(element: etree._Element) -> _Bind:
    return _Bind(
        path=str(element.get("nodeset")),
        type=str(element.get("type") or "string"),
        relevant=element.get("relevant"),
        calculate=element.get("calculate"),
        constraint=element.get("constraint"),
        required=element.get("required") == "true()",
        readonly=element.get("readonly") == "true()",
        preload=(str(element.get(f"{JR}preload") or ""), str(element.get(f"{JR}preloadParams") or "")),
    )


_Itemset = tuple[str, str, tuple[str, ...]]  # XPath of the rows, name of their value, or fixed names


def _controls(body: etree._Element) -> list[tuple[str, str, _Itemset | None]]:
    """(path, kind, itemset) of every control in order."""
    kinds = ("input", "select", "select1", "upload", "range", "trigger", "rank")
    found: list[tuple[str, str, _Itemset | None]] = []
    for element in body.iter():
        kind = etree.QName(element).localname if isinstance(element.tag, str) else ""
        if kind not in kinds or not element.get("ref"):
            continue
        itemset = element.find(f"{XF}itemset")
        items: _Itemset | None = None
        if itemset is not None:
            value = itemset.find(f"{XF}value")
            nodeset = re.sub(r"^randomize\((.*?)(?:,[^,()]*)?\)$", r"\1", str(itemset.get("nodeset")))
            items = (nodeset, str(value.get("ref")) if value is not None else "name", ())
        elif kind in ("select", "select1"):
            fixed = tuple(str(item.findtext(f"{XF}value")) for item in element.findall(f"{XF}item"))
            items = ("", "", fixed)
        found.append((str(element.get("ref")), kind, items))
    return found


def _elements(found: object) -> list[etree._Element]:
    return [item for item in found if isinstance(item, etree._Element)] if isinstance(found, list) else []


def _remove(node: etree._Element) -> None:
    parent = node.getparent()
    if parent is not None:
        parent.remove(node)


def _plain(element: etree._Element) -> etree._Element:
    """The element without namespaces, so that the form's own paths find it."""
    plain = etree.Element(etree.QName(element).localname)
    plain.text = element.text
    for name, value in element.attrib.items():
        plain.set(etree.QName(name).localname, value)
    plain.extend(_plain(child) for child in element if isinstance(child.tag, str))
    return plain


def _list_of(instance: etree._Element, media: Mapping[str, bytes]) -> bytes:
    source = instance.get("src")
    if source is None:
        return etree.tostring(_plain(instance))
    shelf = etree.Element("instance")
    root = etree.SubElement(shelf, "root")
    content = media.get(source.rpartition("/")[2], b"").decode("utf-8-sig")
    for row in csv.DictReader(io.StringIO(content)):
        item = etree.SubElement(root, "item")
        for name, value in row.items():
            etree.SubElement(item, name).text = value
    return etree.tostring(shelf)


def _path(node: etree._Element) -> str:
    parts = []
    at: etree._Element | None = node
    while at is not None:
        parts.append(str(at.tag))
        at = at.getparent()
    return "/" + "/".join(reversed(parts))


def _phone_time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
