"""The XML that Collect reads: formList, manifest, response, entity integrity.

Bytes as protocol.md 1.2, 3, 4 and 5 lay down; Content-Type and X-OpenRosa-Version are the route's.
One incomplete entry spoils a whole list on the phone, so each is written whole or not at all.
Spec: https://docs.getodk.org/openrosa/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
PIECE = 1000  # entities that are written at once
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class ListedForm:
    """One form in a formList. `md5` is hex, of the bytes behind download_url."""

    form_id: str
    name: str
    version: str
    md5: str
    download_url: str
    manifest_url: str | None = None  # only where the form has media slots


@dataclass(frozen=True, slots=True)
class ListedMedia:
    """One file in a manifest. Of an entity list, `integrity_url` is where a phone asks after rows."""

    name: str
    md5: str
    download_url: str
    type: str = ""  # entityList, approvalEntityList; anything else is a plain file
    integrity_url: str | None = None


def form_list(entries: Iterable[ListedForm]) -> bytes:
    """The list of forms. An empty one wipes the phones that match it exactly: never send it by mistake."""
    return _document("xforms", "http://openrosa.org/xforms/xformsList", map(_form, entries))


def manifest(entries: Iterable[ListedMedia]) -> bytes:
    """The files of one form, in the order given."""
    return _document("manifest", "http://openrosa.org/xforms/xformsManifest", map(_media, entries))


def response(message: str, nature: str = "") -> bytes:
    """What Collect shows after sending; nature: "", "error" or "submit_success"."""
    return (
        f'<OpenRosaResponse xmlns="http://openrosa.org/http/response" items="0">\n'
        f'    <message nature="{_escaped(nature)}">{_escaped(message)}</message>\n'
        f"</OpenRosaResponse>\n"
    ).encode()


def integrity(entities: Iterable[tuple[str, bool]]) -> Iterator[bytes]:
    """Which of a phone's entities (UUID, deleted?) are gone here, in pieces; leave unknown ones out."""
    yield f"{_HEAD}<data>\n  <entities>\n".encode()
    rows: list[str] = []
    for uuid, deleted in entities:
        told = "true" if deleted else "false"
        rows.append(f'    <entity id="{_escaped(uuid)}"><deleted>{told}</deleted></entity>\n')
        if len(rows) == PIECE:
            yield "".join(rows).encode()
            rows.clear()
    yield f"{''.join(rows)}  </entities>\n</data>\n".encode()


def _document(name: str, namespace: str, entries: Iterable[str]) -> bytes:
    return f'{_HEAD}<{name} xmlns="{namespace}">\n{"".join(entries)}</{name}>\n'.encode()


def _form(entry: ListedForm) -> str:
    return _entry("xform", _form_elements(entry))


def _form_elements(entry: ListedForm) -> Iterator[tuple[str, str]]:
    yield "formID", _told("form_id", entry.form_id)
    yield "name", entry.name or entry.form_id
    yield "version", entry.version
    yield "hash", f"md5:{_told('md5', entry.md5)}"
    yield "downloadUrl", _told("download_url", entry.download_url)
    if entry.manifest_url is not None:
        yield "manifestUrl", _told("manifest_url", entry.manifest_url)


def _media(entry: ListedMedia) -> str:
    return _entry(
        "mediaFile", _media_elements(entry), f' type="{_escaped(entry.type)}"' if entry.type else ""
    )


def _media_elements(entry: ListedMedia) -> Iterator[tuple[str, str]]:
    yield "filename", _told("name", entry.name)
    yield "hash", f"md5:{_told('md5', entry.md5)}"
    yield "downloadUrl", _told("download_url", entry.download_url)
    if entry.integrity_url is not None:
        yield "integrityUrl", _told("integrity_url", entry.integrity_url)


def _entry(name: str, elements: Iterable[tuple[str, str]], attributes: str = "") -> str:
    lines = "".join(f"    <{element}>{_escaped(text)}</{element}>\n" for element, text in elements)
    return f"  <{name}{attributes}>\n{lines}  </{name}>\n"


def _told(what: str, value: str) -> str:
    """A value that a phone cannot do without: an empty hash crashes it (protocol.md 3)."""
    if not value.strip():
        raise ValueError(f"a list for phones needs {what}")
    return value


def clean(text: str) -> str:
    """The text without characters that no XML may hold."""
    return _NOT_XML.sub("\ufffd", text)


def _escaped(text: str) -> str:
    text = clean(text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
