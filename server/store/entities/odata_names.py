"""What OData calls the properties of a list."""

from __future__ import annotations

import re


def odata_name(name: str) -> str:
    """A property's name as OData allows it: what is neither letter, digit nor _ becomes one."""
    clean = re.sub(r"[^A-Za-z0-9_]+", "_", name)
    return clean if re.match(r"[A-Za-z_]", clean) else f"_{clean}"


def names_of(properties: tuple[str, ...]) -> dict[str, str]:
    """OData's name -> property; the first of two that would be called alike has it."""
    named: dict[str, str] = {}
    for name in properties:
        named.setdefault(odata_name(name), name)
    return named
