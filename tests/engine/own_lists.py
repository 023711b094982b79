"""The entity lists on a phone, as ODK Collect keeps them: changed by filled-in forms, merged with the served.

Rules: protocol.md 4.2 (merging), 13.2 (what the phone itself does when a form is finalised).
"""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

ENTITIES = "{http://www.opendatakit.org/xforms/entities}"
XF = "{http://www.w3.org/2002/xforms}"
OWN_COLUMNS = ("name", "label", "__version", "__trunkVersion", "__branchId")


@dataclass(slots=True)
class OwnEntity:
    """One entity on the phone. `trunk` is the last version seen on the server; None: never there."""

    label: str
    version: int
    trunk: int | None
    branch: str
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class OwnLists:
    """All lists of one phone, by name and id."""

    lists: dict[str, dict[str, OwnEntity]] = field(default_factory=dict)

    def finalise(self, xform: bytes, instance: bytes) -> int:
        """Do to the phone's own lists what a finalised form says; how many entities it touched."""
        saved = saved_to(xform)
        touched = 0
        for entity, values in entities_of(instance, saved):
            known = self.lists.setdefault(entity.get("dataset", ""), {})
            key = entity.get("id", "").removeprefix("uuid:")
            label = next((child.text or "" for child in entity if local(child) == "label"), "")
            if entity.get("update") in ("1", "true") and key in known:
                own = known[key]
                own.version += 1
                own.label = label or own.label
                own.properties |= values
                touched += 1
            elif entity.get("create") in ("1", "true") and key not in known and label:
                known[key] = OwnEntity(label, 1, None, str(uuid.uuid4()), values)
                touched += 1
        return touched

    def merge(self, name: str, served: bytes) -> None:
        """Take in the list that the server serves."""
        known = self.lists.setdefault(name, {})
        rows = list(csv.DictReader(io.StringIO(served.decode("utf-8"))))
        for row in rows:
            version = int(row["__version"])
            own = known.get(row["name"])
            if own is not None and own.version > version:
                own.trunk = version
                continue
            properties = {key: text for key, text in row.items() if key not in OWN_COLUMNS}
            branch = own.branch if own is not None and own.version < version else str(uuid.uuid4())
            known[row["name"]] = OwnEntity(row["label"], version, version, branch, properties)
        served_ids = {row["name"] for row in rows}
        for key in [key for key, own in known.items() if own.trunk is not None and key not in served_ids]:
            del known[key]

    def as_csv(self, name: str) -> bytes:
        """A list as a form on the phone sees it."""
        known = self.lists.get(name, {})
        properties = sorted({each for own in known.values() for each in own.properties})
        written = io.StringIO()
        rows = csv.writer(written, lineterminator="\n")
        rows.writerow([*OWN_COLUMNS, *properties])
        for key, own in known.items():
            trunk = "" if own.trunk is None else own.trunk
            told = [own.properties.get(each, "") for each in properties]
            rows.writerow([key, own.label, own.version, trunk, own.branch, *told])
        return written.getvalue().encode()


def saved_to(xform: bytes) -> dict[str, str]:
    """Path of a question, without the root -> the property that its answer is saved to."""
    root = ElementTree.fromstring(xform)
    found = {}
    for bind in root.iter(f"{XF}bind"):
        if (wanted := bind.get(f"{ENTITIES}saveto")) is not None:
            found["/" + bind.get("nodeset", "").split("/", 2)[2]] = wanted
    return found


def entities_of(
    instance: bytes, saved: dict[str, str]
) -> Iterator[tuple[ElementTree.Element, dict[str, str]]]:
    """Every entity element of an instance, with the answers around it that are saved to its properties."""

    def walk(element: ElementTree.Element, path: str) -> Iterator[tuple[ElementTree.Element, dict[str, str]]]:
        for child in element:
            if local(child) == "meta":
                for entity in child:
                    if local(entity) == "entity":
                        yield entity, dict(answers(element, path))
            else:
                yield from walk(child, f"{path}/{local(child)}")

    def answers(element: ElementTree.Element, path: str) -> Iterator[tuple[str, str]]:
        for child in element:
            here = f"{path}/{local(child)}"
            if here in saved and not len(child):
                yield saved[here], child.text or ""
            if not any(
                local(inner) == "meta" for inner in child
            ):  # what has an entity of its own keeps its answers
                yield from answers(child, here)

    yield from walk(ElementTree.fromstring(instance), "")


def local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
