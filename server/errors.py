"""From a kind of error to a status, in the voice that who asks understands.

Collect reads an OpenRosaResponse, programs read ODK Central's JSON, people read a page. What a person can
put right keeps its sentence; anything else is our bug: logged with its trace, without a word of what was
sent, and answered with an apology. This is the one place that knows status codes.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from xml.sax.saxutils import escape

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match, Route

from forms import openrosa
from forms.errors import (
    N_,
    BaikooError,
    Closed,
    Conflict,
    Denied,
    Fault,
    FormWarnings,
    Invalid,
    NotFound,
    RegistryFaults,
    Sentence,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
    Unsupported,
    WorkbookFaults,
)
from forms.faults.wire import BodyBroken
from server.pages.words import LANGUAGE_COOKIE, LANGUAGES, choose_language, preferred_language, translate

log = logging.getLogger("baikoo.errors")

STATUS: dict[type[BaikooError], int] = {
    Invalid: 400,
    Unauthenticated: 401,
    Denied: 403,
    NotFound: 404,
    Closed: 409,
    Conflict: 409,
    TooLarge: 413,
    TooMany: 429,
    Unsupported: 501,
    Unavailable: 503,
}

APOLOGY = Sentence(
    N_(
        "Something went wrong on our side. Nothing you sent was lost; "
        "try again, and tell your coordinator if it stays."
    )
)
NO_PAGE = Sentence(N_("There is nothing at this address."))
NOT_THIS_WAY = Sentence(N_("This address is there, but not for this kind of request."))
NO_SUCH_PART = Sentence(N_("The file has no such part; ask for all of it."))
# as ODK Central numbers what has no number of its own
CODES = {401: 401.2, 403: 403.1, 404: 404.1}

BY_KEY = "baikoo.key"  # in the scope: the token that stood before the address, and was taken off it

# a page for people: (request, status, sentence, lang) -> Response; the pages room sets it in create_app
PageVoice = Callable[[Request, int, str, str], Response]


class Voice(Enum):
    """Who asks, by the address asked."""

    OPENROSA = "openrosa"
    JSON = "json"
    PAGE = "page"


# what ODK Aggregate offers beside OpenRosa, and Briefcase asks
AGGREGATE = ("/view/submissionList", "/view/downloadSubmission", "/formUpload", "/upload")


def is_openrosa(path: str) -> bool:
    """Is this an address that phones ask? A page may end like one: a round may be called submission."""
    if path.startswith("/v1/"):
        return path.startswith(("/v1/key/", "/v1/test/")) or path.endswith(
            ("/formList", "/submission", "/manifest", "/integrity", *AGGREGATE)
        )
    return path in ("/formList", "/submission", *AGGREGATE)


def voice_of(path: str) -> Voice:
    if is_openrosa(path):
        return Voice.OPENROSA
    if path.startswith(("/v1/", "/internal/")) or path in ("/metrics", "/healthz", "/readyz"):
        return Voice.JSON
    return Voice.PAGE


def status_of(error: BaikooError) -> int:
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return 500


def language_of(request: Request) -> str | None:
    """The language of who asks: their own setting, else what the browser prefers.

    A page always has one: chosen in its address or by a click before, and Kyrgyz where nothing is known.
    """
    known = request.scope.get("state", {}).get("language")
    if known in LANGUAGES:
        return str(known)
    accepted = request.headers.get("accept-language")
    if voice_of(request.url.path) is Voice.PAGE:
        return choose_language(
            request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE), accepted
        )
    return preferred_language(accepted)


def say(sentence: Sentence, language: str | None) -> str:
    """A sentence in one language; where none is known, in all three, one after the other."""
    if language is not None:
        return translate(sentence, language)
    spoken = dict.fromkeys(translate(sentence, known) for known in LANGUAGES)
    return "\n".join(spoken)


def openrosa_response(
    status: int,
    sentence: Sentence,
    language: str | None,
    nature: str = "",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """What Collect shows to the person in the field."""
    spoken = {"Content-Language": language or ", ".join(LANGUAGES), **(headers or {})}
    return Response(
        openrosa.response(say(sentence, language), nature), status, spoken, "text/xml; charset=utf-8"
    )


def json_response(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        msgspec.json.encode(content), status, dict(headers or {}), "application/json; charset=utf-8"
    )


def xml_response(content: Mapping[str, object], status: int) -> Response:
    """A refusal for those who read the metadata of OData."""
    message, details = (
        escape(openrosa.clean(str(content["message"]))),
        escape(str(msgspec.json.encode(content["details"]), "utf-8")),
    )
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<error code="{content["code"]}">\n  <message>{message}</message>\n  <details>{details}</details>\n'
        "</error>\n"
    )
    return Response(text, status, media_type="text/xml; charset=utf-8")


def fault_details(fault: Fault, language: str) -> dict[str, str | int | None]:
    return {
        "sheet": fault.sheet,
        "row": fault.row,
        "column": fault.column,
        "message": translate(fault.message, language),
    }


def answer(request: Request, status: int, sentence: Sentence, error: BaikooError | None = None) -> Response:
    """A refusal in the voice of who asks."""
    voice, language = voice_of(request.url.path), language_of(request)
    if voice is Voice.OPENROSA:
        return challenged(request, openrosa_response(status, sentence, language, "error"))
    if voice is Voice.JSON or "application/json" in request.headers.get("accept", ""):
        spoken = language or "en"
        details = error.for_programs() if error is not None else {}
        if isinstance(error, WorkbookFaults | FormWarnings | RegistryFaults):
            details["faults"] = [fault_details(fault, spoken) for fault in error.faults]
        if isinstance(error, FormWarnings):  # where Central's clients look for them
            told = [translate(fault.message, spoken) for fault in error.of_workbook]
            details["warnings"] = {"xlsFormWarnings": told, "workflowWarnings": error.of_life}
        elif isinstance(error, WorkbookFaults) and error.code == WorkbookFaults.code:
            faults = (f"{fault.place}: {translate(fault.message, spoken)}" for fault in error.faults)
            details |= {"error": "\n".join(faults), "warnings": []}
        known = error.code if error is not None else None
        code = known if known is not None else CODES.get(status, float(status))
        body = {"message": translate(sentence, spoken), "code": code, "details": details}
        if request.url.path.endswith("/$metadata"):  # whoever asks for XML reads XML, as from ODK Central
            return challenged(request, xml_response(body, status))
        return challenged(request, json_response(body, status))
    return page_answer(request, status, translate(sentence, language or "ky"))


def challenged(request: Request, response: Response) -> Response:
    """The refusal, with a header line for each way to sign in where a name and password would help."""
    lines: list[str] = request.scope.get("state", {}).get("challenge") or []
    for line in lines if response.status_code == 401 else ():
        response.headers.append("WWW-Authenticate", line)  # two in one line would break ODK Collect
    return response


def page_answer(request: Request, status: int, message: str) -> Response:
    """A refusal as a page: the pages room renders it, unless it is the one that fails."""
    voice: PageVoice | None = getattr(request.app.state, "page_voice", None)
    language = language_of(request) or "ky"
    if voice is not None:
        return voice(request, status, message, language)
    return Response(message, status, media_type="text/plain; charset=utf-8")


async def on_baikoo_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, BaikooError):
        raise error
    return answer(request, status_of(error), error.sentence, error)


async def on_http_exception(request: Request, error: Exception) -> Response:
    """What the router itself refuses: no such address, or not with this method."""
    if not isinstance(error, HTTPException):
        raise error
    sentence = {400: BodyBroken().sentence, 404: NO_PAGE, 405: NOT_THIS_WAY}.get(error.status_code, APOLOGY)
    if BY_KEY in request.scope:  # there is nothing here for the programs that ask so: it may be a phone
        language = language_of(request)
        response = openrosa_response(error.status_code, sentence, language, "error")
    else:
        response = answer(request, error.status_code, sentence)
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    if error.status_code == 405:
        response.headers["Allow"] = ", ".join(sorted(_methods(request)))
    return response


def _methods(request: Request) -> set[str]:
    """What may be asked of this address: several routes may share it, each with methods of its own."""
    routes = (route for route in request.app.routes if isinstance(route, Route))
    return {method for route in routes if _is_at(route, request) for method in route.methods or ()}


def _is_at(route: Route, request: Request) -> bool:
    return route.matches(request.scope)[0] is not Match.NONE


def no_such_part(request: Request, headers: Iterable[tuple[bytes, bytes]]) -> Response:
    """A Range beyond the end of a file, in the voice of who asks; `headers` tell how long the file is."""
    response = answer(request, 416, NO_SUCH_PART)
    for name, value in headers:
        if name == b"content-range":
            response.headers["Content-Range"] = value.decode("latin-1")
    return response


def host_is_none(request: Request) -> Response:
    """An address with no host, several or none that can be one: nothing of ours can be built on it."""
    return answer(request, 400, BodyBroken().sentence)


async def on_disconnect(request: Request, error: Exception) -> Response:
    """The client went away in the middle: nobody reads this, and nothing was kept."""
    if not isinstance(error, ClientDisconnect):
        raise error
    return answer(request, 400, BodyBroken().sentence, BodyBroken())


async def on_bug(request: Request, error: Exception) -> Response:
    """Our mistake. The trace names lines of our code; the error's own text may quote what was sent."""
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s while answering %s\n%s", type(error).__name__, request.method, where)
    return answer(request, 500, APOLOGY)
