"""The token that names the last row of a page. Spec: protocol.md 15, "Paging"."""

from __future__ import annotations

import base64
import binascii
from typing import Literal

import msgspec

from forms.decoding import decode
from forms.faults.odata import SkiptokenInvalid

VERSION = "01"
LONGEST = 2_000


def make_skiptoken(name: Literal["instanceId", "repeatId", "uuid"], value: str) -> str:
    return VERSION + base64.b64encode(msgspec.json.encode({name: value})).decode()


def read_skiptoken(token: str, name: Literal["instanceId", "repeatId", "uuid"]) -> str:
    """The value a token holds under this name. Raises: SkiptokenInvalid (400.35)."""
    if not token.startswith(VERSION) or len(token) > LONGEST:
        raise SkiptokenInvalid()
    try:
        # a plus sign may have become a space on the way
        content = base64.b64decode(token.removeprefix(VERSION).replace(" ", "+"), validate=True)
        return str(decode(content, dict[str, str])[name])
    except (binascii.Error, ValueError, KeyError, msgspec.MsgspecError) as error:
        raise SkiptokenInvalid() from error
