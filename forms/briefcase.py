"""What ODK Briefcase and other clients of ODK Aggregate read: a list of instances, and one with its files.

Spec: https://docs.getodk.org/briefcase-api/ and protocol.md 17
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from forms.instance import parse_instance
from forms.openrosa import ListedMedia, clean

SUBMISSIONS = "http://opendatakit.org/submissions"
CURSOR = "http://www.opendatakit.org/cursor"
# the stubs know no default namespace
_IN_SUBMISSIONS: dict[str, str] = {None: SUBMISSIONS}  # type: ignore[dict-item]
_IN_CURSOR: dict[str, str] = {None: CURSOR}  # type: ignore[dict-item]
_HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_KEY = re.compile(r"@key\s*=\s*['\"]?(?P<key>[^\]'\"]+)")


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a client has come: the time of the last instance it was told of, and its instanceID."""

    at: str
    instance_id: str
    seq: int


def submission_list(instance_ids: Iterable[str], cursor: Cursor | str) -> bytes:
    """One chunk of the list. A client asks on until the cursor stays the same: at the end, its own."""
    chunk = etree.Element(f"{{{SUBMISSIONS}}}idChunk", nsmap=_IN_SUBMISSIONS)
    ids = etree.SubElement(chunk, f"{{{SUBMISSIONS}}}idList")
    for instance_id in instance_ids:
        etree.SubElement(ids, f"{{{SUBMISSIONS}}}id").text = clean(instance_id)
    told = etree.SubElement(chunk, f"{{{SUBMISSIONS}}}resumptionCursor")
    told.text = written(cursor) if isinstance(cursor, Cursor) else clean(cursor)
    return _HEAD + etree.tostring(chunk, encoding="utf-8")


def written(cursor: Cursor) -> str:
    """The cursor as Aggregate writes it: clients look into it for the time of the last update."""
    root = etree.Element(f"{{{CURSOR}}}cursor", nsmap=_IN_CURSOR)
    for name, text in (
        ("attributeName", "_LAST_UPDATE_DATE"),
        ("attributeValue", cursor.at),
        ("uriLastReturnedValue", f"{cursor.instance_id} {cursor.seq}"),
        ("isForwardCursor", "true"),
    ):
        etree.SubElement(root, f"{{{CURSOR}}}{name}").text = clean(text)
    return etree.tostring(root, encoding="unicode")


def seq_of(cursor: str) -> int:
    """Where a client goes on, by the cursor it was given; 0 for none, and for one that is not ours."""
    found = re.search(r" (\d{1,15})\s*</(?:\w+:)?uriLastReturnedValue>", cursor)
    return int(found[1]) if found else 0


def day_of(cursor: str) -> datetime | None:
    """Since when a client wants to be told, where its cursor names no instance: "start from date"."""
    found = re.search(r"<(?:\w+:)?attributeValue>\s*([^<]{1,40}?)\s*<", cursor)
    try:
        moment = datetime.fromisoformat(found[1]) if found else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def wanted_instance(key: str) -> tuple[str, str]:
    """(form id, instanceID) of a key like well[@version=null and @uiVersion=null]/data[@key=uuid:1].

    Read leniently: current clients print Optional[2020] for a version, and name the top element `data` where
    the instance is encrypted. Empty texts where there is nothing of the kind.
    """
    found = _KEY.search(key.rpartition("/")[2])
    return key.partition("[")[0].partition("/")[0].strip(), found["key"].strip() if found else ""


def downloaded(
    xml: bytes, *, instance_id: str, received_at: str, complete: bool, media: Iterable[ListedMedia]
) -> bytes:
    """One instance with the dates of its arrival, and where its files are.

    Raises: InstanceInvalid.
    """
    root = parse_instance(xml).root
    for name, value in (
        ("instanceID", instance_id),
        ("submissionDate", received_at),
        ("isComplete", "true" if complete else "false"),
        ("markedAsCompleteDate", received_at),
    ):
        root.set(name, clean(value))
    orx = "http://openrosa.org/xforms"
    submission = etree.Element(f"{{{SUBMISSIONS}}}submission", nsmap={**_IN_SUBMISSIONS, "orx": orx})
    etree.SubElement(submission, f"{{{SUBMISSIONS}}}data").append(root)
    for file in media:
        entry = etree.SubElement(submission, f"{{{SUBMISSIONS}}}mediaFile")
        for name, text in (
            ("filename", file.name),
            ("hash", f"md5:{file.md5}"),
            ("downloadUrl", file.download_url),
        ):
            etree.SubElement(entry, f"{{{SUBMISSIONS}}}{name}").text = clean(text)
    return _HEAD + etree.tostring(submission, encoding="utf-8")
