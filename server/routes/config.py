"""How the site shows itself, for programs, as ODK Central has it; what is public is read without signing in.

Central's usage reports are not here: nothing is sent to anybody. A backup is made beside the server.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.errors import NotAllowed
from forms.faults.appearance import ConfigNotSet, ConfigUnknown, NoBackupHere, NoUsageReports
from server.actions.appearance import KEYS, MOST_BYTES, PICTURES, set_picture, set_words, unset
from server.context import Context
from server.errors import json_response
from server.permissions import Deed
from server.routes.asking import (
    attachment,
    context_of,
    etag_of,
    iso,
    name_in_path,
    now,
    read_body,
    read_json,
    tagged,
)
from server.routes.identity import known
from server.store.appearance import Shown

ANALYTICS = "analytics"
A_YEAR = "max-age=31536000"


async def get_public(request: Request) -> Response:
    """Everything that is set and that anybody may read; of a picture only that it is there."""
    shown = context_of(request).store.appearance.all()
    return json_response({key: config_json(key, each) for key, each in shown.items()})


async def get_public_one(request: Request) -> Response:
    """One of them; of a picture its bytes. With ?ts= in its address it may be kept for a year."""
    key = name_in_path(request, "key")
    if key not in KEYS:
        raise NotAllowed()
    return await _one(request, key)


async def get_config(request: Request) -> Response:
    """The same for whoever keeps the server."""
    await known(request, Deed.OPERATE, None)
    return await _one(request, name_in_path(request, "key"))


async def post_config(request: Request) -> Response:
    """Set a picture (its bytes), or the title and description above the sign-in (JSON)."""
    context = context_of(request)
    person = await known(request, Deed.OPERATE, None)
    key = _settable(request)
    if key in PICTURES:
        content = await read_body(request, MOST_BYTES + 1)
        await asyncio.to_thread(set_picture, context.store, key, content, now=now(), actor=person.actor)
    else:
        given = await read_json(request, Any)
        words = given if isinstance(given, dict) else {}
        await asyncio.to_thread(set_words, context.store, words, now=now(), actor=person.actor)
    return json_response(config_json(key, context.store.appearance.all()[key]))


async def delete_config(request: Request) -> Response:
    """Show what stood there before anything was set; it may be that nothing was."""
    person = await known(request, Deed.OPERATE, None)
    if name_in_path(request, "key") != ANALYTICS:
        key, store = _settable(request), context_of(request).store
        await asyncio.to_thread(unset, store, key, now=now(), actor=person.actor)
    return json_response({"success": True})


async def get_usage(request: Request) -> Response:
    """Central shows here what it would report of its use; nothing is reported here."""
    await known(request, Deed.OPERATE, None)
    raise NoUsageReports()


async def post_backup(request: Request) -> Response:
    """Central sends a copy of its database here; here it is made beside the server, by `baikoo backup`."""
    await known(request, Deed.OPERATE, None)
    raise NoBackupHere()


def config_json(key: str, shown: Shown) -> dict[str, object]:
    told: dict[str, object] = {"key": key, "setAt": iso(shown.set_at)}
    if shown.is_picture:
        return told | {"blobExists": True}
    return told | {"value": msgspec.Raw(shown.value.encode())}


def _settable(request: Request) -> str:
    """Raises: ConfigUnknown, NoUsageReports."""
    key = name_in_path(request, "key")
    if key == ANALYTICS:
        raise NoUsageReports()
    if key not in KEYS:
        raise ConfigUnknown(field="key", value=key[:100])
    return key


async def _one(request: Request, key: str) -> Response:
    """Raises: ConfigNotSet."""
    context: Context = context_of(request)
    shown = context.store.appearance.all().get(key)
    if shown is None:
        raise ConfigNotSet(key=key[:100])
    if not shown.is_picture:
        return json_response(config_json(key, shown))
    content = await asyncio.to_thread(context.store.appearance.picture, key)
    if content is None:  # it was taken away a moment ago
        raise ConfigNotSet(key=key)
    headers = {
        "Content-Disposition": attachment(f"{key}.{shown.value.partition('/')[2]}"),
        "Cache-Control": A_YEAR if request.query_params.get("ts") else "no-cache",
    }
    return tagged(request, content, shown.value, etag_of(content), headers)


routes = [
    Route("/v1/config/public", get_public),
    Route("/v1/config/public/{key}", get_public_one),
    Route("/v1/config/{key}", get_config, methods=["GET"]),
    Route("/v1/config/{key}", post_config, methods=["POST"]),
    Route("/v1/config/{key}", delete_config, methods=["DELETE"]),
    Route("/v1/analytics/preview", get_usage),
    Route("/v1/backup", post_backup, methods=["POST"]),
]
