"""Forms and filled-in forms, written as Markdown and as plain values."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

from lxml import etree

from forms.schema import Schema
from forms.worker import work
from forms.xform import XForm
from forms.xlsform import Conversion, Order, conversion_of

Values = Mapping[str, object]  # name or path -> text, None, or the rows of a repeat


@functools.cache
def a_form(markdown: str) -> Conversion:
    """The form of an XLSForm in Markdown, converted in this process, once per text and test run."""
    lines = "\n".join(line.strip() for line in markdown.splitlines())
    return conversion_of(work(Order(lines.encode(), ".md", "form")))


def an_instance(
    form: Conversion | XForm | Schema,
    values: Values | None = None,
    *,
    instance_id: str | None = "uuid:0a000000-0000-4000-8000-000000000001",
    deprecated_id: str | None = None,
    version: str | None = None,
) -> bytes:
    """A filled-in form as Collect writes it.

    `values` is name or path -> text, and repeat name or path -> a list of such mappings. A question
    without a value is written empty; one with None is absent, and a group with nothing in it too.
    A name that the form does not have is a KeyError.
    """
    xform = form.xform if isinstance(form, Conversion) else form
    schema = xform.schema if isinstance(xform, XForm) else xform
    root = etree.Element(
        "data", {"id": schema.form_id, "version": schema.version if version is None else version}
    )
    _fill(root, _tree(schema), "", values or {}, {repeat.path for repeat in schema.repeats})
    meta = root.find("meta")
    if meta is None:
        meta = etree.SubElement(root, "meta")
    for name, text in (("instanceID", instance_id), ("deprecatedID", deprecated_id)):
        element = meta.find(name)
        if text is not None:
            element = etree.SubElement(meta, name) if element is None else element
            element.text = text
        elif element is not None:
            meta.remove(element)
    return b"<?xml version='1.0' ?>" + etree.tostring(root, encoding="utf-8")


_Tree = dict[str, "_Tree"]


def _tree(schema: Schema) -> _Tree:
    """The names of a form, nested as in its instances."""
    top: _Tree = {}
    for question in schema.questions:
        here = top
        for name in question.path[1:].split("/"):
            here = here.setdefault(name, {})
    return top


def _fill(parent: etree._Element, tree: _Tree, path: str, values: Values, repeats: set[str]) -> None:
    unused = set(values)
    for name, inner in tree.items():
        here = f"{path}/{name}"
        given = next((key for key in (here, name) if key in values), None)
        unused.discard(given or "")
        if here in repeats:
            rows = values[given] if given else ()
            assert isinstance(rows, Sequence), f"{here} is a repeat: give it a list of rows"
            for row in rows:
                _fill(etree.SubElement(parent, name), inner, here, row, repeats)
        elif inner:
            below = {key: value for key, value in values.items() if _is_below(key, inner, here)}
            unused -= set(below)
            group = etree.SubElement(parent, name)
            _fill(group, inner, here, below, repeats)
            if not len(group) and name != "meta":
                parent.remove(group)
        elif given is None or values[given] is not None:
            etree.SubElement(parent, name).text = str(values[given]) if given else None
    if unused:
        raise KeyError(f"the form has no {', '.join(sorted(unused))} at {path or 'its top'}")


def _is_below(key: str, tree: _Tree, path: str) -> bool:
    if key.startswith("/"):
        return key.startswith(f"{path}/")
    return key in tree or any(_is_below(key, inner, f"{path}/{name}") for name, inner in tree.items())
