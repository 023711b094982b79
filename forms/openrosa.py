"""The XML that Collect reads: formList, manifest, response, entity integrity.

Bytes as protocol.md 1.2, 3, 4 and 5 lay down; Content-Type and X-OpenRosa-Version are the route's.
Spec: https://docs.getodk.org/openrosa/
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


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
    raise NotImplementedError


def manifest(entries: Iterable[ListedMedia]) -> bytes:
    raise NotImplementedError


def response(message: str, nature: str = "") -> bytes:
    """What Collect shows after sending; nature: "", "error" or "submit_success"."""
    raise NotImplementedError


def integrity(entities: Iterable[tuple[str, bool]]) -> bytes:
    """Which of a phone's entities (UUID, deleted?) are gone here; leave unknown ones out."""
    raise NotImplementedError
