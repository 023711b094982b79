"""create_app: the one file that sees all. Routes, error handlers, what opens and closes with the server."""

from __future__ import annotations

import asyncio
import importlib
import logging
import socket
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import TypedDict

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute

from forms.errors import BaikooError
from server import errors
from server.actions.close_round import freeze_what_was_closed
from server.actions.trash_submission import purge_by_and_by
from server.connections import Connection, PlainConnection, protocol
from server.context import Context, open_context
from server.middleware import Forwarded, Guard, Headers
from server.packed_bodies import Unpacked
from server.routes import (
    actor_properties,
    api_tokens,
    app_users,
    assignments,
    attachments,
    audits,
    briefcase,
    comments,
    config,
    corrections,
    data,
    datasets,
    draft_exports,
    draft_files,
    draft_submission_files,
    draft_submissions,
    drafts,
    entities,
    entity_history,
    entity_tables,
    entity_uploads,
    exports,
    fields,
    form_trash,
    health,
    integrity,
    internal,
    key_prefix,
    keys,
    odata,
    openapi,
    openrosa,
    projects,
    public_links,
    questionnaires,
    registry,
    results,
    reviews,
    rounds,
    sessions,
    showing,
    submissions,
    testing,
    trash,
    user_preferences,
    users,
    versions,
)
from server.routes.recording import recorded
from server.running import RunningServer, announce, withdraw
from server.settings import Settings

log = logging.getLogger("baikoo")

# A thread that computes keeps the interpreter for 5 ms by default, while each phone's request gives it away
# twice (parsing, hashing): with 1 ms a third more submissions are acknowledged while the loader works.
SWITCH_S = 0.001

PAGES = ("server.routes.showing", "server.routes.public", "server.routes.desk")


class State(TypedDict):
    """What every request finds as `request.state`."""

    context: Context


def create_app(settings: Settings, opened: Context | None = None) -> Starlette:
    """The whole server, except for the socket. `opened`: its data folder, where that is open already."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[State]:
        context = opened if opened is not None else await asyncio.to_thread(open_context, settings)
        app.state.context = context
        freezing = asyncio.create_task(asyncio.to_thread(freeze_what_was_closed, context))
        purging = asyncio.create_task(purge_by_and_by(context))
        try:
            yield {"context": context}
        finally:
            context.stopping.set()
            purging.cancel()
            await freezing
            await asyncio.to_thread(context.close)

    # python-multipart and uvicorn would quote what was sent
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)
    app = Starlette(
        routes=recorded(all_routes()),
        lifespan=lifespan,
        middleware=[
            Middleware(Forwarded, settings=settings),
            Middleware(Headers, settings=settings),
            Middleware(Guard, on_bug=errors.on_bug, on_disconnect=errors.on_disconnect),
            Middleware(Unpacked),
        ],
        exception_handlers={
            BaikooError: errors.on_baikoo_error,
            HTTPException: errors.on_http_exception,
            ClientDisconnect: errors.on_disconnect,
        },
    )
    app.router.redirect_slashes = False  # a redirected POST loses its body
    app.state.page_voice = showing.page_voice
    return app


def all_routes() -> Iterable[BaseRoute]:
    """Those that phones ask all day come first: routes are tried in order."""
    for module in (
        openrosa,
        integrity,
        health,
        sessions,
        users,
        user_preferences,
        api_tokens,
        actor_properties,
        config,
        projects,
        registry,
        odata,
        testing,
        draft_exports,
        draft_submission_files,
        draft_submissions,
        draft_files,
        fields,
        form_trash,
        drafts,
        questionnaires,
        exports,
        keys,
        reviews,
        comments,
        corrections,
        versions,
        attachments,
        trash,
        submissions,
        app_users,
        assignments,
        public_links,
        rounds,
        results,
        data,
        audits,
        openapi,
        briefcase,
        entity_tables,
        datasets,
        entity_uploads,
        entity_history,
        entities,
        internal,
        key_prefix,
    ):
        yield from module.routes
    for name in PAGES:
        yield from getattr(importlib.import_module(name), "routes", ())


class Server(uvicorn.Server):
    """The server of one data folder: says in server.json where it listens, as long as it does."""

    def __init__(
        self, settings: Settings, opened: Context | None = None, *, access_log: bool = False
    ) -> None:
        self.settings = settings
        self.app = create_app(settings, opened)
        self.running: RunningServer | None = None
        sys.setswitchinterval(SWITCH_S)
        logging.getLogger("baikoo.access").setLevel(logging.INFO if access_log else logging.WARNING)
        super().__init__(
            uvicorn.Config(
                self.app,
                host=settings.host,
                port=settings.port,
                access_log=False,  # it would write tokens; ours does not
                proxy_headers=False,  # Forwarded believes trusted addresses only
                server_header=False,
                timeout_keep_alive=75,
                http=protocol(),
                ws="none",
                timeout_graceful_shutdown=20,
                log_level="warning",
            )
        )

    @property
    def address(self) -> str:
        """Where it listens, as this machine reaches it; to be asked once it has started."""
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        if host in ("0.0.0.0", "::"):  # noqa: S104 - every address of this machine
            host = "127.0.0.1"
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def on_tick(self, counter: int) -> bool:
        if counter % 10 == 0:  # each second
            for connection in list(self.server_state.connections):
                if isinstance(connection, PlainConnection | Connection):
                    connection.close_if_silent(self.settings.patience_s)
        return await super().on_tick(counter)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self.servers:
            self.running = announce(self.settings.server_file, self.address)
            self.app.state.context.internal_token = self.running.token

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self.running is not None:
            withdraw(self.settings.server_file, self.running)
        await super().shutdown(sockets)
