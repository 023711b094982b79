"""Showing a page to a person: its language, what stands around it, its tag; and the files it needs.

A page is for everyone (`show`) or for somebody signed in (server/routes/desk). Its language is the one asked
for in the address, the one clicked before, the person's own, the browser's, Kyrgyz.
"""

from __future__ import annotations

import asyncio
import gzip
import mimetypes
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from forms.errors import N_, NotFound, Sentence
from server.errors import language_of
from server.pages.frame import Frame
from server.pages.render import STATIC, fingerprint, render
from server.pages.words import LANGUAGE_COOKIE, LANGUAGES, translate
from server.routes.asking import context_of, etag_of, is_fresh
from server.routes.looks import look_of
from server.store import Head

A_YEAR_S = 31_536_000
HEADINGS = {
    401: N_("Sign in"),
    403: N_("Not allowed"),
    404: N_("Not found"),
    500: N_("Something went wrong"),
}
OTHER_HEADING = N_("This did not work")
PACKED = {".js", ".css", ".svg"}
WORTH_PACKING = 1000  # bytes; below that a packet of the network holds it anyway


class StaticNotFound(NotFound):
    text = N_("There is no such file here.")


def page_language(request: Request) -> str:
    """The language of this page; what was clicked outranks what stands at the account."""
    clicked = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    if clicked in LANGUAGES:
        request.state.language = clicked
    return language_of(request) or LANGUAGES[0]


def language_links(request: Request) -> dict[str, str]:
    """The same page in each language."""
    rest = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    # without the path: a browser would take one that begins with two slashes for another host
    page = "" if request.method in ("GET", "HEAD") else page_before(request)
    return {code: f"{page}?{urlencode([*rest, ('lang', code)])}" for code in LANGUAGES}


def page_before(request: Request) -> str:
    """The page of the desk whose form was posted; an address that only takes forms cannot be looked at."""
    path = urlsplit(request.headers.get("referer", "")).path
    return path if path.startswith("/desk/") else "/desk"


async def head_of_ledger(request: Request) -> Head:
    return await asyncio.to_thread(context_of(request).store.ledger.head)


def respond(request: Request, html: str, language: str, status: int = 200) -> Response:
    """The reply that carries a page; remembers a language that was clicked."""
    response = HTMLResponse(html, status)
    response.headers["Content-Language"] = language
    response.headers["Vary"] = "Accept-Language, Cookie"
    if request.query_params.get("lang") == language:
        secure = request.scope["scheme"] == "https"
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=A_YEAR_S, samesite="lax", secure=secure)
    return response


async def show(
    request: Request,
    template: str,
    section: str,
    values: Mapping[str, object],
    *,
    project_id: int | None = None,
) -> Response:
    """A public page. It may be kept, and asked for again with its tag.

    It comes packed: a villager pays for every byte. A page of the desk never does, because a secret stands in
    it beside what an address brought along, and the length of the two packed together would tell of it.
    """
    language = page_language(request)
    frame = Frame(
        aimak=aimak_name(request, project_id),
        section=section,
        language_links=language_links(request),
        head=await head_of_ledger(request),
        look=look_of(request),
    )
    html = await asyncio.to_thread(render, template, language, {**values, "frame": frame})
    tag = etag_of(html.encode())
    if is_fresh(request, tag) and "lang" not in request.query_params:
        return Response(None, 304, {"ETag": tag, "Vary": "Accept-Language, Cookie, Accept-Encoding"})
    response = respond(request, html, language)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["ETag"] = tag
    response.headers["Vary"] = "Accept-Language, Cookie, Accept-Encoding"
    if takes_gzip(request) and len(html) >= WORTH_PACKING:
        response.body = await asyncio.to_thread(gzip.compress, bytes(response.body), 6, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Length"] = str(len(response.body))
        response.headers["ETag"] = f"W/{tag}"  # the same page in other bytes
    return response


def takes_gzip(request: Request) -> bool:
    """Does this browser unpack what is sent? One that says `gzip;q=0` does not."""
    for part in request.headers.get("accept-encoding", "").lower().split(","):
        coding, _, quality = part.replace(" ", "").partition(";")
        if coding == "gzip":
            return quality.removeprefix("q=").strip("0.") != "" or quality == ""
    return False


def aimak_name(request: Request, project_id: int | None) -> str:
    projects = context_of(request).store.projects
    if project_id is not None:
        return projects.get(project_id).name
    known = projects.all()
    return known[0].name if known else "Baikoo"


def page_voice(request: Request, status: int, message: str, language: str) -> Response:
    """A refusal as a page. Asks nothing of the truth, so that it works when the truth does not."""
    heading = translate(Sentence(HEADINGS.get(status, OTHER_HEADING)), language)
    section = "/desk" if request.url.path.startswith("/desk") else ""
    frame = Frame(aimak="Baikoo", section=section, language_links=language_links(request))
    values = {"frame": frame, "heading": heading, "message": message, "status": status}
    return respond(request, render("refusal.html", language, values), language, status)


async def get_static(request: Request) -> Response:
    """A style sheet, script or picture; packed for browsers that take it so."""
    name = request.path_params["name"]
    try:
        file = (STATIC / name).resolve()
        known = file.is_file() and STATIC in file.parents and not file.name.startswith(".")
    except (OSError, ValueError):  # a name that the file system does not take
        known = False
    if not known:
        raise StaticNotFound()
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    current = request.path_params["fingerprint"] == fingerprint()
    headers = {"Cache-Control": f"public, max-age={A_YEAR_S}, immutable" if current else "no-cache"}
    if file.suffix not in PACKED:
        return FileResponse(file, headers=headers, media_type=kind)
    headers["Vary"] = "Accept-Encoding"
    if not takes_gzip(request):
        return FileResponse(file, headers=headers, media_type=kind)
    headers["Content-Encoding"] = "gzip"
    twin = file.with_name(f"{file.name}.gz")
    if twin.is_file():
        return FileResponse(twin, headers=headers, media_type=kind)
    return Response(await asyncio.to_thread(_packed, file, fingerprint()), headers=headers, media_type=kind)


@lru_cache(maxsize=64)
def _packed(file: Path, state: str) -> bytes:
    """One of our own files, packed once for each `state` of them all."""
    return gzip.compress(file.read_bytes(), 9, mtime=0)


routes = [Route("/static/{fingerprint}/{name:path}", get_static)]
