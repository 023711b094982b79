"""Give an XForm the public key with which phones encrypt its answers; every other byte stays as it is."""

from __future__ import annotations

import base64
import hashlib
import re
from xml.parsers import expat

from forms.errors import FormBroken, FormWithoutInstance
from forms.xform import XForm, parse_xform
from forms.xform_version import with_version

_START_TAG = re.compile(rb"""<[^\s/>]+(?:\s+[^\s=/>]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*(?=/?>)""")
_KEY = re.compile(rb"""\sbase64RsaPublicKey\s*=\s*(?:"[^"]*"|'[^']*')""")
_SUFFIX = re.compile(r"\[encrypted:[^\[\]]{8}\]$")


def under_key(xform: XForm, public_key: str) -> XForm:
    """The form as phones shall encrypt it, its version marked: "3" becomes "3[encrypted:XXXXXXXX]".

    The mark follows from the key, so the same form under the same key is the same form again. A form that
    brings a key of its own stays as it is.
    """
    if xform.schema.public_key:
        return xform
    version = f"{_SUFFIX.sub('', xform.version)}{mark_of(public_key)}"
    return parse_xform(with_version(with_public_key(xform.xml, public_key), version))


def mark_of(public_key: str) -> str:
    digest = hashlib.sha256("".join(public_key.split()).encode()).digest()
    return f"[encrypted:{base64.urlsafe_b64encode(digest)[:8].decode()}]"


def with_public_key(xml: bytes, public_key: str) -> bytes:
    """The same XForm with this key in its `submission`. Raises: FormBroken, FormWithoutInstance."""
    model, submission = _places(xml)
    written = b' base64RsaPublicKey="%s"' % public_key.encode()
    if submission is not None and (tag := _START_TAG.match(xml, submission)):
        bare = _KEY.sub(b"", tag[0].rstrip())  # an empty one may stand there
        return xml[:submission] + bare + written + xml[tag.end() :]
    tag = _START_TAG.match(xml, model) if model is not None else None
    if tag is None:
        raise FormWithoutInstance()
    name = tag[0][1:].split()[0].rstrip(b">")
    prefix = name[: name.find(b":") + 1]
    end = xml.index(b">", tag.end()) + 1
    element = b'<%ssubmission method="post"%s/>' % (prefix, written)
    return xml[:end] + element + xml[end:]


def _places(xml: bytes) -> tuple[int | None, int | None]:
    """Where the model and its `submission` begin, counted in bytes."""
    path: list[str] = []
    found: dict[str, int] = {}
    parser = expat.ParserCreate("utf-8")

    def start(name: str, attributes: dict[str, str]) -> None:
        path.append(name.rpartition(":")[2])
        if path in (["html", "head", "model"], ["html", "head", "model", "submission"]):
            found.setdefault(path[-1], parser.CurrentByteIndex)

    def end(name: str) -> None:
        path.pop()

    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise FormBroken(line=error.lineno) from error
    return found.get("model"), found.get("submission")
