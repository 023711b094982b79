"""Entities and their versions as ODK Central shapes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from server.routes.asking import iso
from server.store.entities import Entity, EntityVersion

Json = dict[str, object]
People = Mapping[int, Json]  # actors by number


def entity_json(
    one: Entity, newest: EntityVersion, people: People | None = None, *, with_data: bool = False
) -> dict[str, object]:
    """An entity with its newest version; a number is never null (pyODK insists). `people`: who made it."""
    current = _version(newest, current=True)
    if with_data:
        current |= {"data": dict(one.data), "dataReceived": dict(newest.received)}
    shown: dict[str, object] = {
        "uuid": one.uuid,
        "creatorId": one.created_by or 0,
        "createdAt": iso(one.created_at),
        "updatedAt": iso(one.updated_at),
        "deletedAt": iso(one.deleted_at),
        "conflict": one.conflict,
        "currentVersion": current,
    }
    if people is not None:
        shown["creator"] = actor_of(one.created_by, people)
        current["creator"] = actor_of(newest.created_by, people)
    return shown


def versions_json(
    versions: Sequence[EntityVersion],
    resolved: int,
    sources: Sequence[Mapping[str, object]],
    people: People | None = None,
) -> list[dict[str, object]]:
    """All versions, oldest first, with what each brought and what that differs in.

    `resolved`: up to which version conflicts were looked at. Those that matter to an open one are marked.
    """
    shown: list[dict[str, object]] = []
    for index, version in enumerate(versions):
        one = _version(version, current=index == len(versions) - 1) | {
            "data": dict(version.data),
            "dataReceived": dict(version.received),
            "conflict": version.conflict,
            "resolved": version.conflict is not None and version.version <= resolved,
            "source": sources[index],
            "baseDiff": _differs(version, _numbered(versions, version.base_version)),
            "serverDiff": _differs(version, versions[index - 1] if index else None),
        }
        if people is not None:
            one["creator"] = actor_of(version.created_by, people)
        shown.append(one)
    open_ones = [version.version for version in versions if version.conflict and version.version > resolved]
    good = max(open_ones[0] - 1, 1) if open_ones else versions[-1].version
    bases = {version.base_version for version in versions if version.version > good}
    for one, version in zip(shown, versions, strict=True):
        one["lastGoodVersion"] = version.version == good
        one["relevantToConflict"] = bool(open_ones) and (version.version >= good or version.version in bases)
    return shown


def diffs_json(versions: Sequence[EntityVersion]) -> list[list[dict[str, str | None]]]:
    """What each version changed of the one before it, label and values alike."""
    texts = [{"label": version.label, **version.data} for version in versions]
    return [
        [
            {"old": before.get(name), "new": after[name], "propertyName": name}
            for name in after
            if after[name] != before.get(name)
        ]
        for before, after in pairwise(texts)
    ]


def actor_of(actor: int | None, people: People) -> Json:
    """Whoever made something; what nobody in particular made has a creator too."""
    return people.get(actor or 0) or {"id": actor or 0, "type": "user", "displayName": ""}


def _version(version: EntityVersion, *, current: bool) -> dict[str, object]:
    return {
        "label": version.label,
        "current": current,
        "createdAt": iso(version.created_at),
        "creatorId": version.created_by or 0,
        "userAgent": version.user_agent or "",
        "version": version.version,
        "baseVersion": version.base_version,
        "branchId": version.branch_id,
        "trunkVersion": version.trunk_version,
        "branchBaseVersion": version.branch_base_version,
        "conflictingProperties": list(version.conflicting) if version.conflict is not None else None,
    }


def _numbered(versions: Sequence[EntityVersion], number: int | None) -> EntityVersion | None:
    return next((version for version in versions if version.version == number), None)


def _differs(version: EntityVersion, other: EntityVersion | None) -> list[str]:
    if other is None:
        return []
    texts = {"label": other.label, **other.data}
    return [name for name, text in version.received.items() if texts.get(name) != text]
