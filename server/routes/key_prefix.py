"""Every address of a program with a token before it: /v1/key/{token}/… stands for /v1/….

ODK Central's programs write the token of an app user or of a public link there, so that a map or a table can
show the pictures of submissions without signing in. What phones ask with it has routes of its own, which come
first; the rest is taken off here and asked for as if the token had come otherwise.
"""

from __future__ import annotations

from typing import cast

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from server.errors import BY_KEY

PREFIX = "/v1/key/"


class KeyPrefix(BaseRoute):
    """Takes the token off the address, once, and asks the same application for what is left."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        path: str = scope["path"]
        if scope["type"] != "http" or BY_KEY in scope or not path.startswith(PREFIX):
            return Match.NONE, {}
        token, slash, rest = path.removeprefix(PREFIX).partition("/")
        if not token or not slash or not rest or rest.startswith(("key/", "test/")):
            return Match.NONE, {}
        return Match.FULL, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        token, _, rest = cast(str, scope["path"]).removeprefix(PREFIX).partition("/")
        # in the scope itself: whoever answers a refusal speaks as to a program, and a log shows no token
        scope[BY_KEY] = token
        scope["path"] = f"/v1/{rest}"
        scope.pop("path_params", None)
        await cast(Starlette, scope["app"]).router.app(scope, receive, send)


routes: list[BaseRoute] = [KeyPrefix()]
