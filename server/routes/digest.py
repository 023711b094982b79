"""HTTP Digest: how a phone proves its password over plain http, where it answers no other challenge.

Nonces are kept nowhere: each is a time and its HMAC. What is remembered, and only for a nonce somebody has
answered rightly, are the counts (nc) seen with it, so that what was overheard cannot be sent again. An old
nonce is answered with stale=true and a new one: the phone repeats without asking its owner. A nonce from
before this process began is old too, because nobody remembers its counts.
Spec: RFC 7616, RFC 2069 for answers without qop; protocol.md 2.1 for what ODK Collect does.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from urllib.request import parse_http_list, parse_keqv_list

from starlette.requests import Request

from forms.errors import CredentialsWrong
from forms.faults.people import SignInStale
from server.context import Context
from server.errors import is_openrosa
from server.routes.asking import context_of, now
from server.store.digests import REALM

BASIC = f'Basic realm="{REALM}", charset="UTF-8"'
FRESH_S = 300
MOST_COUNTS = 100_000  # requests with one nonce; then a new one is due
# beside the addresses of OpenRosa: what its lists lead to, and what Aggregate's tools ask
_ASKED_BY_PHONES = re.compile(
    r"/v1/projects/[^/]+/forms/[^/]+(\.xml|/attachments/[^/]+)|(/v1/projects/[^/]+)?/(view/[^/]+|formUpload|upload|formXml|binaryData)"
)
_TIME_BYTES, _SALT_BYTES, _MAC_BYTES = 8, 8, 16


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client says to a challenge; `qop`, `nc` and `cnonce` are empty in the old way without them."""

    username: str
    nonce: str
    uri: str
    response: str
    algorithm: str = "MD5"
    qop: str = ""
    nc: str = ""
    cnonce: str = ""

    @property
    def count(self) -> int:
        return int(self.nc, 16) if self.nc else 0

    def response_for(self, method: str, ha1: str) -> str:
        """What the response has to be for this HA1."""
        if self.algorithm.upper() == "MD5-SESS":
            ha1 = md5(f"{ha1}:{self.nonce}:{self.cnonce}")
        ha2 = md5(f"{method}:{self.uri}")
        if not self.qop:
            return md5(f"{ha1}:{self.nonce}:{ha2}")
        return md5(f"{ha1}:{self.nonce}:{self.nc}:{self.cnonce}:{self.qop}:{ha2}")


def md5(text: str) -> str:
    return hashlib.md5(text.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()


def read_answer(given: str, realm: str = REALM) -> Answer | None:
    """The answer after the word Digest; None when it is none to a challenge of ours."""
    try:
        told = parse_keqv_list(parse_http_list(given))
    except (ValueError, IndexError):
        return None
    if told.get("realm") != realm or not {"username", "nonce", "uri", "response"} <= told.keys():
        return None
    answer = Answer(
        told["username"],
        told["nonce"],
        told["uri"],
        told["response"].lower(),
        told.get("algorithm", "MD5"),
        told.get("qop", ""),
        told.get("nc", ""),
        told.get("cnonce", ""),
    )
    if answer.algorithm.upper() not in ("MD5", "MD5-SESS") or answer.qop not in ("", "auth"):
        return None
    if answer.qop and not (re.fullmatch(r"[0-9a-fA-F]{8}", answer.nc) and answer.cnonce):
        return None
    return answer


@dataclass(slots=True)
class Nonces:
    """The counts seen with nonces that are still fresh."""

    began: float = field(default_factory=time.time)
    _seen: dict[str, set[int]] = field(default_factory=dict)

    def make(self, secret: bytes, moment: float) -> str:
        body = int(moment * 1000).to_bytes(_TIME_BYTES) + secrets.token_bytes(_SALT_BYTES)
        return base64.urlsafe_b64encode(body + _mac(secret, body)).decode("ascii")

    def is_fresh(self, secret: bytes, nonce: str, moment: float) -> bool:
        """Made by us, a short while ago, by this process or one that runs beside it."""
        try:
            raw = base64.b64decode(nonce.encode("ascii", "strict"), altchars=b"-_", validate=True)
        except ValueError:
            return False
        body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        if len(raw) != _TIME_BYTES + _SALT_BYTES + _MAC_BYTES or not hmac.compare_digest(
            mac, _mac(secret, body)
        ):
            return False
        made = int.from_bytes(body[:_TIME_BYTES]) / 1000
        return max(self.began - 1, moment - FRESH_S) < made <= moment + 1

    def is_known(self, nonce: str) -> bool:
        return nonce in self._seen

    def count(self, nonce: str, nc: int, moment: float) -> bool:
        """Note this count; False when it was seen before, or the nonce has served enough."""
        counts = self._seen.get(nonce)
        if counts is None:
            self._forget(moment)
            counts = self._seen[nonce] = set()
        if nc in counts or len(counts) >= MOST_COUNTS:
            return False
        counts.add(nc)
        return True

    def _forget(self, moment: float) -> None:
        """Those too old to be answered again; they came in the order of their making, more or less."""
        old = [nonce for nonce in self._seen if _made(nonce) < moment - FRESH_S]
        for nonce in old:
            del self._seen[nonce]


def _mac(secret: bytes, body: bytes) -> bytes:
    return hmac.digest(secret, b"digest-nonce:" + body, "sha256")[:_MAC_BYTES]


def _made(nonce: str) -> float:
    return int.from_bytes(base64.urlsafe_b64decode(nonce)[:_TIME_BYTES]) / 1000


nonces = Nonces()


def takes_digest(path: str) -> bool:
    """Is this an address that phones ask with a name and password?"""
    return is_openrosa(path) or _ASKED_BY_PHONES.fullmatch(path) is not None


def challenges(request: Request, *, stale: bool = False) -> list[str]:
    """One line each: Digest alone over http; over https Basic first.

    Collect and Enketo take the first that they can and try no other. Over https that has to be the one that
    every account may use: Digest is for those that an administrator allowed it.
    """
    nonce = nonces.make(context_of(request).store.secret, now().timestamp())
    told = f'Digest realm="{REALM}", nonce="{nonce}", algorithm=MD5, qop="auth"'
    told = f"{told}, stale=true" if stale else told
    return [BASIC, told] if request.scope["scheme"] == "https" else [told]


def challenge(request: Request, *, stale: bool = False) -> None:
    """Let the refusal carry the challenges, where phones ask."""
    if takes_digest(request.url.path):
        request.state.challenge = challenges(request, stale=stale)


async def by_digest(request: Request, context: Context, given: str) -> int:
    """The number of the account that answered our challenge.

    Raises: CredentialsWrong, SignInStale, TooManyAttempts.
    """
    store, moment = context.store, now()
    answer = read_answer(given)
    if answer is None or not takes_digest(request.url.path) or not is_target(request, answer.uri):
        challenge(request)
        raise CredentialsWrong()
    known = store.digests.find(answer.username)
    # nobody learns by the time it takes who may use it
    ha1 = known.ha1 if known is not None else _nobodys(store.secret, answer.username)
    expected = answer.response_for(request.method, ha1)
    address = request.client.host if request.client else ""
    is_right = hmac.compare_digest(expected.encode(), answer.response.encode("utf-8", "replace"))
    if known is None or not is_right:
        await store.change(lambda tx: store.sessions.begin_attempt(tx, answer.username, address, moment))
        challenge(request)
        raise CredentialsWrong()
    second = moment.timestamp()
    if not nonces.is_fresh(store.secret, answer.nonce, second):
        challenge(request, stale=True)
        raise SignInStale()
    if not nonces.is_known(answer.nonce):  # once for each nonce: may this person try at all?
        await store.change(lambda tx: store.sessions.begin_attempt(tx, answer.username, address, moment))
        await store.change(lambda tx: store.sessions.attempt_succeeded(tx, answer.username, address))
    if not nonces.count(answer.nonce, answer.count, second):
        challenge(request, stale=True)
        raise SignInStale()
    return known.actor_id


def is_target(request: Request, uri: str) -> bool:
    """Is this `uri` the very address that was asked, as it was sent? A proxy may have cut our prefix off."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope["query_string"]
    target = (raw + (b"?" + query if query else b"")).decode("latin-1")
    if uri.startswith(("http://", "https://")):
        parts = urlsplit(uri)
        uri = f"{parts.path}?{parts.query}" if parts.query else parts.path
    prefix = urlsplit(context_of(request).settings.public_url or "").path.rstrip("/")
    return uri in (target, f"{target}?", f"{prefix}{target}")


def _nobodys(secret: bytes, username: str) -> str:
    text = b"nobody:" + username.encode("utf-8", "replace")
    return hmac.digest(secret, text, "sha256")[:16].hex()
