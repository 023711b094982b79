"""A spreadsheet into an entity list: looked at first, taken whole or not at all, and undone if it was wrong.

Looking counts what would be new, changed and unchanged, and tells every fault with its row; nothing is
written. Taking goes in small transactions, so that phones do not wait for a long file. Undoing deletes what
the file made and puts back what it changed; what somebody has changed since stays, and is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from forms.entity_csv import UploadedRow, read_entity_csv
from forms.errors import N_, BaikooError, Conflict, Fault, NotFound, Sentence
from forms.faults.entities import EntityBatchUndone
from forms.faults.uploads import UploadFaults, UploadNotLast, UploadOvertaken
from forms.registry_lists import CODE, KEYS, LISTS, OBJECTS, VILLAGES, RegistryFacts, read_facts
from server.actions.change_entities import Changing
from server.store import Tx
from server.store.entities import Entity, EntityVersion, NewEntity, Source
from server.store.entities.rows import new_uuid

CHUNK = 500
MOST_FAULTS = 500  # told at once; all of them are counted
CHANGED_SINCE = Sentence(N_("It was changed after the upload."))


@dataclass(frozen=True, slots=True)
class Upload:
    """A file for a list. `match`: the property whose value names the entity, instead of its number."""

    content: bytes
    name: str
    match: str | None = None


@dataclass(slots=True)
class Preview:
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """What an upload did; `batch_id` None: nothing, for there was nothing to do."""

    batch_id: int | None
    new: int
    changed: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What an undo left as it is, and why."""

    uuid: str
    label: str
    reason: Sentence


@dataclass(frozen=True, slots=True)
class Undone:
    count: int
    kept: tuple[Kept, ...]


@dataclass(frozen=True, slots=True)
class _Change:
    """A row whose entity is there already, and differs."""

    before: Entity
    label: str | None
    data: dict[str, str]


@dataclass(slots=True)
class _Plan:
    """What the rows of one chunk come to."""

    new: list[NewEntity] = field(default_factory=list)
    changes: list[_Change] = field(default_factory=list)
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)


def preview_upload(changing: Changing, upload: Upload) -> Preview:
    """What the file would do. Nothing is written."""
    found = Preview()
    for plan in _plans(changing, upload):
        found.new += len(plan.new)
        found.changed += len(plan.changes)
        found.unchanged += plan.unchanged
        found.fault_count += len(plan.faults)
        found.faults += plan.faults[: MOST_FAULTS - len(found.faults)]
    return found


def take_upload(changing: Changing, upload: Upload) -> Taken:
    """All of the file. Raises: UploadFaults, UploadOvertaken."""
    found = preview_upload(changing, upload)
    if found.fault_count:
        raise UploadFaults(found.faults)
    count = found.new + found.changed
    if not count:
        return Taken(None, 0, 0, found.unchanged)
    store, source = changing.store, changing.source

    def begin(tx: Tx) -> int:
        size = len(upload.content)
        begun: int = store.entity_batches.begin(
            tx, changing.known, upload.name, size, count, source, changing.now
        )
        changing.note(tx, "entity.bulk.create", count=count, batch=begun)
        return begun

    batch_id = store.write(begin)
    source = Source(actor=source.actor, user_agent=source.user_agent, batch=batch_id)
    try:
        for plan in _plans(changing, upload):
            if plan.faults:
                raise UploadOvertaken()
            store.write(_taking(changing, plan, source))
    except (Conflict, NotFound) as overtaken:
        undo_upload(changing, batch_id)
        raise UploadOvertaken() from overtaken
    return Taken(batch_id, found.new, found.changed, found.unchanged)


def undo_upload(changing: Changing, batch_id: int) -> Undone:
    """Undo the last upload. Raises: EntityBatchNotFound, EntityBatchUndone, UploadNotLast."""
    store = changing.store
    batch = store.entity_batches.get(changing.known, batch_id)
    if batch.undone_at is not None:
        raise EntityBatchUndone()
    standing = [one for one in store.entity_batches.all(changing.known) if one.undone_at is None]
    if standing and standing[0].batch_id != batch_id:
        raise UploadNotLast()
    count, kept, after = 0, list[Kept](), 0
    while True:
        done, left, next_after = store.write(_undoing(changing, batch_id, after))
        count += done
        kept += left
        if next_after is None:
            break
        after = next_after

    def finish(tx: Tx) -> None:
        store.entity_batches.mark_undone(tx, batch_id, changing.now)
        changing.note(tx, "entity.bulk.undo", count=count, kept=len(kept), batch=batch_id)

    store.write(finish)
    return Undone(count, tuple(kept))


def _taking(changing: Changing, plan: _Plan, source: Source) -> Callable[[Tx], None]:
    def take(tx: Tx) -> None:
        entities = changing.store.entities
        if plan.new:
            entities.create_many(tx, changing.known, plan.new, source, now=changing.now)
        for change in plan.changes:
            entities.update(
                tx, changing.known, change.before.uuid, label=change.label, data=change.data,
                base_version=change.before.version, source=source, now=changing.now,
            )  # fmt: skip

    return take


def _undoing(
    changing: Changing, batch_id: int, after: int
) -> Callable[[Tx], tuple[int, list[Kept], int | None]]:
    def undo(tx: Tx) -> tuple[int, list[Kept], int | None]:
        count, kept = 0, []
        part = changing.store.entity_batches.part(tx, batch_id, after, CHUNK)
        for now, written, earlier in part:
            reason = _undo_one(changing, tx, now, written, earlier)
            if reason is None:
                count += 1
            else:
                kept.append(Kept(now.uuid, now.label, reason))
        return count, kept, part[-1][0].entity_id if len(part) == CHUNK else None

    return undo


def _undo_one(
    changing: Changing, tx: Tx, now: Entity, written: EntityVersion, earlier: EntityVersion | None
) -> Sentence | None:
    """Why it has to stay as it is; None where it was undone."""
    entities, known, source, at = changing.store.entities, changing.known, changing.source, changing.now
    if now.version != written.version or now.deleted_at is not None:
        return CHANGED_SINCE
    try:
        with tx.part():
            if earlier is None:
                entities.delete(tx, known, now.uuid, source=source, now=at)
            else:
                data = dict.fromkeys(now.data, "") | dict(earlier.data)
                entities.update(tx, known, now.uuid, label=earlier.label, data=data, source=source, now=at)
    except BaikooError as refused:  # an object that a round uses by now
        return refused.sentence
    return None


def _plans(changing: Changing, upload: Upload) -> Iterator[_Plan]:
    """Chunk by chunk what the rows come to; the faults of the file itself come last."""
    known, in_registry = changing.known, changing.known.name in LISTS
    content, match = upload.content, upload.match
    if (
        in_registry
        and match is None
        and not content[:4000].lower().lstrip(b"\xef\xbb\xbf").startswith(b"__id")
    ):
        match = KEYS[known.name]
    renamed = {"name": CODE} if known.name == VILLAGES else {}
    listed = read_entity_csv(
        content,
        known.property_names,
        match=match,
        most_bytes=len(content),
        by_hand=in_registry,
        renamed=renamed,
    )
    told = 0
    villages = [one.name for one in changing.store.registry.villages(known.project_id)] if in_registry else []
    while rows := list(islice(listed.rows, CHUNK)):
        plan = _plan(changing, rows, match, villages)
        plan.faults = [*listed.faults[told:], *plan.faults]
        told = len(listed.faults)
        yield plan
    if len(listed.faults) > told:
        yield _Plan(faults=listed.faults[told:])


def _plan(
    changing: Changing, rows: Sequence[UploadedRow], match: str | None, villages: Sequence[str]
) -> _Plan:
    pages, known = changing.store.entity_pages, changing.known
    by_value = pages.matching(known, match, [row.data[match].strip() for row in rows]) if match else {}
    by_uuid = pages.by_uuid([row.uuid for row in rows if row.uuid is not None and match is None])
    plan = _Plan()
    for row in rows:
        if match is not None:
            fitting = by_value.get(row.data[match].strip(), [])
            if len(fitting) > 1:
                told = Sentence("Several entities have {value} here.", value=row.data[match][:80])
                plan.faults.append(Fault("", row.number, match, told))
                continue
            before = fitting[0] if fitting else None
        else:
            before = by_uuid.get(row.uuid or "")
            if before is not None and (before.list_id != known.list_id or before.deleted_at is not None):
                told = Sentence("This number is taken, by a deleted entity or in another list.")
                plan.faults.append(Fault("", row.number, "__id", told))
                continue
        _plan_row(known.name, row, before, villages, plan)
    return plan


def _plan_row(
    name: str, row: UploadedRow, before: Entity | None, villages: Sequence[str], plan: _Plan
) -> None:
    label, data = row.label, row.data
    if name in LISTS:
        said = {**(before.data if before is not None else {}), **data}
        facts = read_facts(
            name, label, said, villages if name == OBJECTS else None, row=row.number, by_hand=True
        )
        if not isinstance(facts, RegistryFacts):
            plan.faults += facts
            return
        if before is not None and before.data[KEYS[name]] != facts.key:
            told = Sentence("A code never changes: delete this one and make another.")
            plan.faults.append(Fault("", row.number, KEYS[name], told))
            return
        label, data = facts.label, dict.fromkeys(before.data if before else (), "") | dict(facts.data)
    if before is None:
        if not (label or "").strip():
            plan.faults.append(Fault("", row.number, "label", Sentence("This cell cannot be empty.")))
            return
        filled = {column: text for column, text in data.items() if text}
        plan.new.append(NewEntity(row.uuid or new_uuid(), label or "", filled))
    elif label in (None, before.label) and all(
        before.data.get(key, "") == text for key, text in data.items()
    ):
        plan.unchanged += 1
    else:
        plan.changes.append(_Change(before, label, data))
