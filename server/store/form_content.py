"""What a version or a draft of a form consists of, and how it lies in a row."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from forms.decoding import decode
from forms.evaluation import Scheme
from forms.schema import Schema
from server.store import chain
from server.store.columns import AnyRow


@dataclass(frozen=True, slots=True)
class FormMedia:
    """A file a form version needs beside it.

    `sha256` None: nobody has uploaded it (villages.csv and objects.csv are made from the registry).
    `entity_list`: it holds the rows of this list, made for whoever asks.
    """

    name: str
    kind: str
    sha256: str | None
    md5: str | None
    size: int | None
    updated_at: datetime | None
    entity_list: str | None = None


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


def content_row(content: FormContent) -> dict[str, str | None]:
    """The columns that versions and drafts have in common."""
    return {
        "version": content.schema.version,
        "title": content.schema.title,
        "xform_sha256": content.xform_sha256,
        "xform_md5": content.xform_md5,
        "workbook_sha256": content.workbook_sha256,
        "workbook_name": content.workbook_name,
        "schema_json": _json(content.schema),
        "scheme_json": None if content.scheme is None else _json(content.scheme),
        "privacy_json": _json(dict(sorted(content.privacy.items()))),
    }


def derived_hashes(row: Mapping[str, object]) -> dict[str, str | None]:
    """What proves the JSON that is kept beside a version: questions, weights and privacy decide on scores."""
    columns = {
        "schema_sha256": "schema_json",
        "scheme_sha256": "scheme_json",
        "privacy_sha256": "privacy_json",
    }
    texts = {name: row[column] for name, column in columns.items()}
    return {name: chain.sha256(str(t).encode()) if t is not None else None for name, t in texts.items()}


def notes_hash(notes: str | None) -> dict[str, str | None]:
    """What proves the notes that were written to a version; they themselves may name people."""
    return {"notes_sha256": chain.sha256(notes.encode()) if notes is not None else None}


def media_rows(content: FormContent, owner: str, number: int) -> list[dict[str, object]]:
    return [
        {
            owner: number,
            "name": media.name,
            "kind": media.kind,
            "sha256": media.sha256,
            "md5": media.md5,
            "size": media.size,
            "updated_at": media.updated_at,
            "entity_list": media.entity_list,
        }
        for media in content.media
    ]


def content_of(row: AnyRow, media: tuple[FormMedia, ...]) -> FormContent:
    return FormContent(
        row.xform_sha256,
        row.xform_md5,
        row.workbook_sha256,
        row.workbook_name,
        decoded_schema(row.schema_json),
        None if row.scheme_json is None else decode(row.scheme_json, Scheme),
        decode(row.privacy_json, dict[str, str]),
        media,
    )


def set_apart(form_id: str, number: int | str) -> str:
    """The name of a form that left its id to others: no form can have one with a line break."""
    return f"{form_id}\n{number}"


def original_id(form_id: str) -> str:
    """The id a form had before it was set apart."""
    return form_id.partition("\n")[0]


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


_schemas: OrderedDict[str, Schema] = OrderedDict()
_lock = threading.Lock()


def decoded_schema(text: str) -> Schema:
    """The same text gives the same Schema, so that several projects with one form hold it once."""
    with _lock:
        known = _schemas.get(text)
        if known is not None:
            _schemas.move_to_end(text)
            return known
    schema = decode(text, Schema)
    with _lock:
        _schemas[text] = schema
        while len(_schemas) > 64:
            _schemas.popitem(last=False)
    return schema
