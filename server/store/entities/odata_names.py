"""What OData calls the properties of a list: each under a name of its own, whatever its letters.

Of a name in Kyrgyz letters nothing is left but _, so that those that would be called alike get numbers, in
the order in which the properties were made. Names that OData takes as they are stay so.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from types import MappingProxyType

TAKEN = ("__id", "__system", "label")


@functools.lru_cache(maxsize=256)
def names_of(properties: tuple[str, ...]) -> Mapping[str, str]:
    """OData's name -> property, in their order."""
    kept = {name for name in properties if _sanitized(name) == name}  # theirs by right
    named: dict[str, str] = {}
    for name in properties:
        base = free = _sanitized(name)
        number = 1
        while free != name and (free in named or free in kept or free in TAKEN):
            number += 1
            free = f"{base}_{number}"
        named[free] = name
    return MappingProxyType(named)


def odata_names(properties: tuple[str, ...]) -> dict[str, str]:
    """Property -> OData's name."""
    return {name: free for free, name in names_of(properties).items()}


def _sanitized(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]+", "_", re.sub(r"^([^A-Za-z_])", r"_\1", name))
