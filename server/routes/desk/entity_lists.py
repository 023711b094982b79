"""Entity lists at the desk: which there are, what is in one, its properties, and spreadsheets into it."""

from __future__ import annotations

import asyncio
import hashlib
import re
from pathlib import Path
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from forms.errors import N_, BaikooError, NameMissing, RegistryFaults
from forms.registry_lists import KEYS, LISTS
from server.actions.change_entities import Changing, list_of, require_writing
from server.actions.upload_entities import Kept, Upload, preview_upload, take_upload, undo_upload
from server.actions.using_lists import forms_using, remove_list
from server.pages.words import translate
from server.permissions import Deed
from server.routes.asking import header_text, name_in_path, now, number
from server.routes.desk.forms import FileNotChosen
from server.routes.desk.room import Visitor, at, desk_page, go
from server.store import Tx
from server.store.entities import EntitiesWanted, EntityList
from server.store.senders import names_of

PAGE = 50
COLUMNS = 6  # of an entity in the list; its page shows all
_SHA256 = re.compile(r"[0-9a-f]{64}")
GONE = N_("The file is not here any more. Choose it again.")


class UploadGone(FileNotChosen):
    text = GONE


async def get_lists(request: Request, visitor: Visitor) -> Response:
    return await lists_page(request, visitor)


async def lists_page(request: Request, visitor: Visitor, problem: BaikooError | None = None) -> Response:
    store = visitor.context.store

    def read() -> list[tuple[EntityList, int, int]]:
        return [
            (one, store.entities.count(one), store.entities.count_conflicts(one))
            for one in store.entity_lists.all(visitor.project_id)
        ]

    values = {
        "lists": await asyncio.to_thread(read),
        "trashed": await asyncio.to_thread(store.entity_list_trash.all, visitor.project_id),
        "given": visitor.posted.given(),
        "registry": LISTS,
    }
    told = problem.sentence if problem is not None else None
    return await desk_page(request, visitor, "entity_lists.html", values, problem=told)


async def post_list(request: Request, visitor: Visitor) -> Response:
    store, name, moment = visitor.context.store, visitor.posted.text("name"), now()

    def create(tx: Tx) -> None:
        store.entity_lists.create(tx, visitor.project_id, name, now=moment, actor=visitor.person.actor)
        subject = f"{visitor.project_id}/{name}"
        store.audit.add(tx, "dataset.create", subject, now=moment, actor=visitor.person.actor)

    try:
        if not name:
            raise NameMissing()
        await store.change(create)
    except BaikooError as refused:
        return await lists_page(request, visitor, refused)
    return go(visitor, "lists", name, done="added")


def list_at(request: Request, visitor: Visitor) -> EntityList:
    """Raises: EntityListNotFound."""
    return list_of(visitor.context.store, visitor.project_id, name_in_path(request, "dataset"), now())


async def get_list(request: Request, visitor: Visitor) -> Response:
    return await list_page(request, visitor)


async def list_page(
    request: Request, visitor: Visitor, problem: BaikooError | None = None, kept: tuple[Kept, ...] = ()
) -> Response:
    """A page of entities, found by words; deleted ones and conflicts by themselves."""
    store, query = visitor.context.store, request.query_params
    known = await asyncio.to_thread(list_at, request, visitor)
    search, show = query.get("search", "").strip()[:200], query.get("show", "")
    wanted = EntitiesWanted(
        known, now(), search=search, deleted=show == "deleted", conflicts=show == "conflicts"
    )
    before = number(query.get("before", ""))

    def read() -> dict[str, object]:
        page = store.entity_pages.page(wanted, limit=PAGE + 1, before=before)
        batches = store.entity_batches.all(known, limit=5)
        actors = [one.created_by for one in batches if one.created_by is not None]
        return {
            "entities": page[:PAGE],
            "older": page[PAGE - 1].entity_id if len(page) > PAGE else None,
            "total": store.entity_pages.count(wanted),
            "conflict_count": store.entities.count_conflicts(known),
            "batches": batches,
            "undoable": next((one.batch_id for one in batches if one.undone_at is None), None),
            "names": names_of(store.database, actors),
            "using": forms_using(store, known),
        }

    title = set(KEYS.values()) | {"geometry"}
    values = {
        **await asyncio.to_thread(read),
        "known": known,
        "columns": known.property_names[:COLUMNS],
        "search": search,
        "show": show,
        "query": urlencode({"search": search, "show": show}),
        "in_registry": known.name in LISTS,
        "may_write": may_write(visitor, known),
        "key": KEYS.get(known.name, ""),
        "faults": problem.faults if isinstance(problem, RegistryFaults) else (),
        "kept": [(one, translate(one.reason, visitor.language)) for one in kept],
        "matchable": [name for name in known.property_names if name not in title],
    }
    told = problem.sentence if problem is not None else None
    return await desk_page(request, visitor, "entity_list.html", values, problem=told)


def may_write(visitor: Visitor, known: EntityList) -> bool:
    return visitor.may(Deed.WRITE_ENTITIES) and (known.name not in LISTS or visitor.may(Deed.WRITE_REGISTRY))


async def post_options(request: Request, visitor: Visitor) -> Response:
    known = await asyncio.to_thread(list_at, request, visitor)
    store, moment = visitor.context.store, now()
    approval = visitor.posted.text("approval") == "yes"

    def change(tx: Tx) -> None:
        store.entity_lists.set_approval(tx, known, approval_required=approval, now=moment)
        details = {"approval": int(approval)}
        subject = f"{known.project_id}/{known.name}"
        store.audit.add(
            tx, "dataset.update", subject, now=moment, actor=visitor.person.actor, details=details
        )

    await store.change(change)
    return go(visitor, "lists", known.name, done="changed")


async def post_property(request: Request, visitor: Visitor) -> Response:
    known = await asyncio.to_thread(list_at, request, visitor)
    store, name, moment = visitor.context.store, visitor.posted.text("name"), now()

    def add(tx: Tx) -> None:
        store.entity_lists.add_property(tx, known, name, now=moment)
        subject = f"{known.project_id}/{known.name}"
        store.audit.add(
            tx, "dataset.update", subject, now=moment, actor=visitor.person.actor, details={"property": name}
        )

    try:
        await store.change(add)
    except BaikooError as refused:
        return await list_page(request, visitor, refused)
    return go(visitor, "lists", known.name, done="added")


async def post_remove(request: Request, visitor: Visitor) -> Response:
    known = await asyncio.to_thread(list_at, request, visitor)
    store, moment = visitor.context.store, now()
    try:
        await store.change(lambda tx: remove_list(store, tx, known, now=moment, actor=visitor.person.actor))
    except BaikooError as refused:
        return await list_page(request, visitor, refused)
    return go(visitor, "lists", done="list_removed")


def changing_at(request: Request, visitor: Visitor) -> Changing:
    """Raises: EntityListNotFound, NotAllowed."""
    known = list_at(request, visitor)
    require_writing(visitor.person, known)
    return Changing(visitor.context.store, known, visitor.person, header_text(request, "user-agent"), now())


async def post_upload(request: Request, visitor: Visitor) -> Response:
    """Look at a spreadsheet; it is kept aside until somebody says that it shall be taken."""
    changing = await asyncio.to_thread(changing_at, request, visitor)
    file = visitor.posted.file("list")
    try:
        if file is None:
            raise FileNotChosen()
        content = await file.read()
        upload = Upload(content, file.filename or "", visitor.posted.text("match") or None)
        found = await asyncio.to_thread(preview_upload, changing, upload)
    except BaikooError as refused:
        return await list_page(request, visitor, refused)
    sha256 = hashlib.sha256(content).hexdigest()
    await asyncio.to_thread(_aside(visitor, sha256).write_bytes, content)
    values = {
        "known": changing.known,
        "found": found,
        "faults": found.faults,
        "file": sha256,
        "name": upload.name,
        "match": upload.match or "",
    }
    return await desk_page(request, visitor, "entity_upload.html", values)


async def post_take(request: Request, visitor: Visitor) -> Response:
    """Take the spreadsheet that was looked at."""
    changing = await asyncio.to_thread(changing_at, request, visitor)
    sha256, match = visitor.posted.text("file"), visitor.posted.text("match") or None
    try:
        if not _SHA256.fullmatch(sha256):
            raise UploadGone()
        path = _aside(visitor, sha256)
        try:
            content = await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError:
            raise UploadGone() from None
        upload = Upload(content, visitor.posted.text("name") or f"{changing.known.name}.csv", match)
        taken = await asyncio.to_thread(take_upload, changing, upload)
    except BaikooError as refused:
        return await list_page(request, visitor, refused)
    path.unlink(missing_ok=True)
    return go(
        visitor, "lists", changing.known.name, done="imported", added=taken.new, changed=taken.changed,
        unchanged=taken.unchanged,
    )  # fmt: skip


def _aside(visitor: Visitor, sha256: str) -> Path:
    """Where a spreadsheet waits: what nobody takes is cleared away at the next start."""
    return visitor.context.settings.tmp / f"posted-list-{visitor.person.actor}-{sha256}"


async def post_undo(request: Request, visitor: Visitor) -> Response:
    changing = await asyncio.to_thread(changing_at, request, visitor)
    try:
        undone = await asyncio.to_thread(undo_upload, changing, int(request.path_params["batch"]))
    except BaikooError as refused:
        return await list_page(request, visitor, refused)
    if undone.kept:
        return await list_page(request, visitor, kept=undone.kept)
    return go(visitor, "lists", changing.known.name, done="undone", n=undone.count)


READ, WRITE, MANAGE, POST = Deed.READ_LISTS, Deed.WRITE_ENTITIES, Deed.MANAGE_LISTS, ("POST",)
LIST = "/lists/{dataset}"
routes = [
    at("/lists", get_lists, READ),
    at("/lists", post_list, MANAGE, methods=POST),
    at(LIST, get_list, READ),
    at(f"{LIST}/options", post_options, MANAGE, methods=POST),
    at(f"{LIST}/properties", post_property, MANAGE, methods=POST),
    at(f"{LIST}/remove", post_remove, MANAGE, methods=POST),
    at(f"{LIST}/upload", post_upload, WRITE, methods=POST),
    at(f"{LIST}/take", post_take, WRITE, methods=POST),
    at(f"{LIST}/uploads/{{batch:number}}/undo", post_undo, WRITE, methods=POST),
]
