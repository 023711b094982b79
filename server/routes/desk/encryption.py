"""Encryption of a project's forms, turned on at the desk: what it means, and the passphrase, twice."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from forms.errors import N_, BaikooError, Invalid, Sentence
from server.actions.encrypt_project import SHORTEST_PASSPHRASE, encrypt_project, encryptable
from server.permissions import Deed
from server.routes.asking import now
from server.routes.desk.room import Visitor, at, desk_page, go


class PassphrasesDiffer(Invalid):
    text = N_("The two passphrases are not the same. Type them once more.")


async def get_encryption(request: Request, visitor: Visitor) -> Response:
    return await encryption_page(request, visitor)


async def post_encryption(request: Request, visitor: Visitor) -> Response:
    """Turn it on; a passphrase that was typed is not shown again."""
    given = visitor.posted.given()
    try:
        if given.get("passphrase", "") != given.get("again", ""):
            raise PassphrasesDiffer()
        await asyncio.to_thread(
            encrypt_project,
            visitor.context.store,
            visitor.project_id,
            given.get("passphrase", ""),
            visitor.posted.text("hint"),
            now=now(),
            actor=visitor.person.actor,
        )
    except BaikooError as refused:
        return await encryption_page(request, visitor, refused.sentence)
    return go(visitor, "encryption", done="encrypted")


async def encryption_page(request: Request, visitor: Visitor, problem: Sentence | None = None) -> Response:
    store = visitor.context.store
    forms = await asyncio.to_thread(store.forms.all, visitor.project_id)
    published = [form.current for form in forms if form.current is not None]
    values = {
        "key": store.keys.of_project(visitor.project_id),
        "encrypted": [version for version in published if version.schema.public_key],
        "will_be": [version for version in published if encryptable(version.schema, version.scheme)],
        "stay": [
            version
            for version in published
            if not version.schema.public_key and not encryptable(version.schema, version.scheme)
        ],
        "hint": visitor.posted.text("hint"),
        "shortest": SHORTEST_PASSPHRASE,
    }
    return await desk_page(request, visitor, "encryption.html", values, problem=problem)


routes = [
    at("/encryption", get_encryption, Deed.MANAGE_KEYS),
    at("/encryption", post_encryption, Deed.MANAGE_KEYS, methods=("POST",)),
]
