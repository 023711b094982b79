"""Give an XForm the public key with which phones encrypt its answers; every other byte stays as it is."""

from __future__ import annotations

import base64
import hashlib
import re

from forms.faults.xform import FormWithoutInstance
from forms.start_tags import MODEL, start_tag
from forms.xform import XForm, parse_xform
from forms.xform_version import with_version

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
    written = b' base64RsaPublicKey="%s"' % public_key.encode()
    if (tag := start_tag(xml, *MODEL, "submission")) is not None:
        bare = _KEY.sub(b"", tag[0].rstrip())  # an empty one may stand there
        return xml[: tag.start()] + bare + written + xml[tag.end() :]
    if (tag := start_tag(xml, *MODEL)) is None:
        raise FormWithoutInstance()
    name = tag[0][1:].split()[0].rstrip(b">")
    prefix = name[: name.find(b":") + 1]
    end = xml.index(b">", tag.end()) + 1
    element = b'<%ssubmission method="post"%s/>' % (prefix, written)
    return xml[:end] + element + xml[end:]
