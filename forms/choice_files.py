"""The labels of choices that lie in a file beside the form: which columns hold them, and what they say.

The words are those that a phone shows: of `label`, of the columns that the form names, of `label::language`
in itemsets.csv. Spec: https://docs.getodk.org/form-datasets/; protocol.md 4 and 12
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec
from lxml import etree

from forms.faults.xform import FormBroken, FormForbidden, FormTooLarge
from forms.xform_model import read_controls
from forms.xform_texts import Texts, child
from forms.xml import Refusals, local_name, parse

_REFUSALS = Refusals(FormBroken, FormForbidden, FormTooLarge)
_SEARCH = re.compile(r"search\(\s*['\"][^'\"]+['\"]")
_INSTANCE = re.compile(r"instance\(\s*['\"]([^'\"]+)['\"]\s*\)")
_ITEXT = re.compile(r"jr:itext\(\s*([\w.-]+)\s*\)")
ITEMSETS = "itemsets.csv"

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ChoiceColumns:
    """Where a question finds its choices in the rows of its file.

    `labels` are by language: the columns whose words stand side by side; `texts` where the column holds the
    name of a text of the form: name -> words by language. `only` is a list of itemsets.csv.
    """

    value: str
    labels: Mapping[str, tuple[str, ...]]
    texts: Texts | None = None
    only: str = ""

    def choice(self, row: Row) -> str:
        """The name of the choice that a row is; empty where it is none of this question's."""
        return row.get(self.value, "") if not self.only or row.get("list_name") == self.only else ""

    def words(self, row: Row) -> dict[str, str]:
        """The label by language."""
        if self.texts is not None:
            return self.texts.by_id(next((row.get(column, "") for column in self.labels[""]), ""))
        told = {
            language: ", ".join(word for column in columns if (word := row.get(column, "")))
            for language, columns in self.labels.items()
        }
        if self.only:  # the converter writes a column for each language
            for column, words in row.items():
                kind, mark, language = column.partition("::")
                if kind == "label" and mark and words:
                    code = re.search(r"\(([^()]+)\)\s*$", language)
                    told[code[1].strip() if code else language.strip()] = words
        return {language: words for language, words in told.items() if words}


def choice_columns(xform: bytes) -> dict[str, ChoiceColumns]:
    """The questions of an XForm that choose by an itemset, a search or a query, by path."""
    texts, controls = read_controls(parse(xform, _REFUSALS))
    found = {}
    for path, control in controls.items():
        if (columns := _columns(control, texts)) is not None:
            found[path] = columns
    return found


def _columns(control: etree._Element, texts: Texts) -> ChoiceColumns | None:
    if query := control.get("query"):
        named = _INSTANCE.search(query)
        return ChoiceColumns("name", {"": ("label",)}, None, named[1] if named else "")
    if _SEARCH.search(control.get("appearance", "")):
        for item in control.iterchildren("{*}item"):
            value = child(item, "value")
            name = (value.text or "").strip() if value is not None else ""
            if name and not name.lstrip("-").isdigit():
                told = texts.of(child(item, "label"))
                labels = {
                    language: tuple(column.strip() for column in columns.split(","))
                    for language, columns in told.items()
                }
                return ChoiceColumns(name, labels)
        return None
    itemset = child(control, "itemset")
    if itemset is None:
        return None
    value, label = child(itemset, "value"), child(itemset, "label")
    value_ref = (value.get("ref", "") if value is not None else "") or "name"
    label_ref = (label.get("ref", "") if label is not None else "") or "label"
    if itext := _ITEXT.search(label_ref):
        return ChoiceColumns(value_ref, {"": (itext[1],)}, texts)
    return ChoiceColumns(value_ref, {"": (label_ref,)})


def rows_of_file(name: str, content: bytes) -> Iterator[Row]:
    """The rows of a CSV, GeoJSON or XML file, as phones read them; none of one that cannot be read."""
    ending = name.rpartition(".")[2].lower()
    try:
        if ending == "geojson":
            yield from _features(content)
        elif ending == "xml":
            yield from _items(content)
        else:
            yield from _lines(content)
    except (
        ValueError,
        csv.Error,
        msgspec.MsgspecError,
        RecursionError,
        FormBroken,
        FormForbidden,
        FormTooLarge,
    ):
        return  # the codes stand then, as on a phone that cannot read it either


def _lines(content: bytes) -> Iterator[Row]:
    text = content.decode("utf-8-sig", "replace")
    head = text.partition("\n")[0]
    mark = ";" if ";" in head and "," not in head else ","
    yield from (
        {str(column): cell or "" for column, cell in row.items() if isinstance(cell, str | None)}
        for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=mark)
    )


def _features(content: bytes) -> Iterator[Row]:
    read = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
    features = read.get("features") if isinstance(read, dict) else None
    for feature in features if isinstance(features, list) else ():
        if not isinstance(feature, dict):
            continue
        told = feature.get("properties")
        row = {str(name): _text(value) for name, value in told.items()} if isinstance(told, dict) else {}
        if "id" in feature and "id" not in row:
            row["id"] = _text(feature["id"])
        yield row


def _items(content: bytes) -> Iterator[Row]:
    for item in parse(content, _REFUSALS):
        yield {local_name(cell): "".join(str(part) for part in cell.itertext()).strip() for cell in item}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
