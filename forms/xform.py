"""An XForm, read once: its name, version and hash, and the Schema of its questions.

Spec: https://getodk.github.io/xforms-spec/ and protocol.md 4 and 12.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from forms.entities_in_xform import check_declared
from forms.faults.xform import (
    FormAddressInvalid,
    FormBroken,
    FormForbidden,
    FormIdInvalid,
    FormTooLarge,
    FormVersionInvalid,
    FormWithoutTitle,
)
from forms.schema import Choice, EntityList, MediaSlot, Question, Repeat, Schema
from forms.xform_model import read_schema
from forms.xml import Refusals, parse

__all__ = [
    "Choice",
    "EntityList",
    "MediaSlot",
    "Question",
    "Repeat",
    "Schema",
    "XForm",
    "check_names",
    "parse_xform",
]

_REFUSALS = Refusals(FormBroken, FormForbidden, FormTooLarge)
MAX_NAME = 249  # of a form_id and of a version; longer ones do not fit into the clients' tables


@dataclass(frozen=True, slots=True)
class XForm:
    """The XML a phone downloads, byte for byte, and what it says. `md5` is hex, of those bytes."""

    xml: bytes
    form_id: str
    version: str
    title: str
    md5: str
    schema: Schema


def parse_xform(xml: bytes) -> XForm:
    """What an XForm says. Raises: FormInvalid, FormTooLarge."""
    schema = read_schema(parse(xml, _REFUSALS))
    check_names(schema)
    md5 = hashlib.md5(xml, usedforsecurity=False).hexdigest()
    return XForm(xml, schema.form_id, schema.version, schema.title, md5, schema)


def check_names(schema: Schema) -> None:
    """Refuse what phones or addresses cannot carry."""
    form_id = schema.form_id
    if (
        len(form_id) > MAX_NAME
        or form_id != form_id.strip()
        or form_id in (".", "..")
        or re.search(r"[\x00-\x1f\x7f\u2028\u2029]", form_id)
        or form_id.lower().endswith((".xml", ".xls", ".xlsx"))
    ):
        raise FormIdInvalid(form_id=form_id if len(form_id) <= 60 else form_id[:60] + "…")
    if len(schema.version) > MAX_NAME or re.search(r"[\x00-\x1f\x7f]", schema.version):
        raise FormVersionInvalid()
    if not schema.title:
        raise FormWithoutTitle()
    if schema.submission_url:
        try:
            address = urlsplit(schema.submission_url)
        except ValueError as error:
            raise FormAddressInvalid(address=schema.submission_url[:200]) from error
        if address.scheme not in ("http", "https") or not address.netloc:
            raise FormAddressInvalid(address=schema.submission_url[:200])
    check_declared(schema)
