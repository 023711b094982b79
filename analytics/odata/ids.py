"""How rows of repeats are called: their __id and the links to them, as ODK Central makes them.

Spec: protocol.md 15, "Repeat row".
"""

from __future__ import annotations

import functools
import hashlib
import re
from urllib.parse import quote

from analytics.odata.shape import ROOT, Table

_STEP = re.compile(r"/([^/\[]+)(?:\[(\d+)\])?")


@functools.lru_cache(maxsize=4096)
def _quoted(instance_id: str) -> str:
    return quote(instance_id, safe="")


def row_id(root_id: str, own_id: str, key: str) -> str:
    """The __id of what a key of the typed tables names ("uuid:x/children/child[1]").

    The key begins with the instanceID of its own version, an __id with that of the first.
    """
    way = key[len(own_id) :]
    if not way:
        return root_id
    parts = [f"{ROOT}#{root_id}"]
    for step, position in _STEP.findall(way):
        parts.append(f"{step}#{int(position) - 1}" if position else f"{step}#")
    return hashlib.sha1("%%".join(parts).encode(), usedforsecurity=False).hexdigest()


def link_to(repeat: Table, root_id: str, own_id: str, key: str) -> str:
    """Where the rows of a repeat are found that lie in the row with this key."""
    steps = [f"{ROOT}('{_quoted(root_id)}')"]
    if key == own_id:  # of a submission itself, as most are
        return "/".join([*steps, *(name for _, name in repeat.way)])
    known = own_id
    steps_of_key = _STEP.findall(key[len(own_id) :])
    for number, (_, name) in enumerate(repeat.way):
        if number < len(steps_of_key):
            step, position = steps_of_key[number]
            known += f"/{step}[{position}]" if position else f"/{step}"
            steps.append(f"{name}('{row_id(root_id, own_id, known)}')" if position else name)
        else:
            steps.append(name)
    return "/".join(steps)
