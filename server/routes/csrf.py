"""The proof that a change asked with a cookie comes from our own page: in a header, or a field `__csrf`.

ODK Central's pages and Enketo write it into the body. A short body is read here and kept on the request, so
that the route reads the same once more; parts are proved by the route itself, when they have come and before
anything is changed.
"""

from __future__ import annotations

import hmac
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request

from forms.decoding import decode
from forms.faults.people import CsrfMissing
from server.multipart import CSRF_PART, Posted

LONGEST = 1_000_000  # as long as most JSON here may be
MOST_FIELDS = 1000


class _Proof(msgspec.Struct):
    csrf: str = msgspec.field(default="", name=CSRF_PART)


def require_csrf(request: Request, csrf: str, given: str | None) -> None:
    """A change asked with a cookie must come from our own page. `given`: the form's field __csrf, if any.

    Raises: CsrfMissing.
    """
    if request.headers.get("x-requested-with"):
        return  # another site's page cannot send it without asking us first, and we never agree
    given = given or request.headers.get("x-csrf-token") or ""
    if not csrf or not hmac.compare_digest(given.encode("utf-8", "replace"), csrf.encode()):
        raise CsrfMissing()


async def require_csrf_or_parts(request: Request, csrf: str) -> None:
    """The same, wherever the proof stands. Raises: CsrfMissing, unless parts are still to prove it."""
    if request.headers.get("x-requested-with") or request.headers.get("x-csrf-token"):
        require_csrf(request, csrf, None)
    elif getattr(request.state, "proves_parts", False) and _kind(request) == "multipart/form-data":
        request.state.csrf_of_parts = csrf
    else:
        require_csrf(request, csrf, await _in_body(request))


def promise_parts(request: Request) -> None:
    """This route calls `prove_parts` before it changes anything; said before it is asked who asks."""
    request.state.proves_parts = True


def prove_parts(request: Request, posted: Posted) -> None:
    """Raises: CsrfMissing (it is asked with a cookie, and no part proves our own page)."""
    csrf: str | None = getattr(request.state, "csrf_of_parts", None)
    if csrf is not None:
        require_csrf(request, csrf, posted.csrf)


async def _in_body(request: Request) -> str | None:
    kind, length = _kind(request), request.headers.get("content-length", "")
    if kind not in ("application/json", "application/x-www-form-urlencoded"):
        return None
    if not length.isascii() or not length.isdigit() or len(length) > 9 or int(length) > LONGEST:
        return None
    body = await request.body()
    try:
        if kind == "application/json":
            return decode(body, _Proof).csrf
        fields = parse_qsl(body.decode("utf-8", "replace"), max_num_fields=MOST_FIELDS)
        return dict(fields).get(CSRF_PART)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
