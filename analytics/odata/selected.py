"""What of a row is asked for: `$select` as ODK Central understands it."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from analytics.odata.shape import Field, Group, Node, Shape, Table
from analytics.odata.system import System
from forms.faults.odata import PropertyNotFound, SelectUnsupported

SYSTEM = tuple(field.encode_name for field in msgspec.structs.fields(System))


@dataclass(frozen=True, slots=True)
class Selected:
    """Paths of fields and repeats below a table, and its own fields; None: everything."""

    paths: frozenset[str] | None

    @classmethod
    def all(cls) -> Selected:
        return cls(None)

    def has(self, path: str) -> bool:
        return self.paths is None or path in self.paths

    def has_some(self, name: str) -> bool:
        """Is this asked for, or anything below it?"""
        return self.has(name) or any(path.startswith(f"{name}/") for path in self.paths or ())

    def of_system(self, system: System) -> System | dict[str, object]:
        """What of it is asked for, to be written as JSON."""
        if self.has("__system"):
            return system
        return {
            name: value for name, value in msgspec.to_builtins(system).items() if self.has(f"__system/{name}")
        }


def read_select(text: str | None, table: Table, shape: Shape) -> Selected:
    """Raises: PropertyNotFound (400.23), SelectUnsupported (400.24)."""
    if not text or text.strip() == "*":
        return Selected.all()
    own = {"__id"}
    if table.path:
        own.add(shape.at(table.parent).id_name)
    else:
        own |= {"__system", *(f"__system/{name}" for name in SYSTEM)}
    known, inside = _paths(table.children)
    paths: set[str] = set()
    for name in (part.strip() for part in text.split(",")):
        if name in own:
            paths.add(name)
        elif name in known:
            paths |= known[name]
        elif name in inside:
            raise SelectUnsupported(property=name[:200])
        else:
            raise PropertyNotFound(property=name[:200])
    return Selected(frozenset(paths))


def _paths(children: tuple[Node, ...], way: str = "") -> tuple[dict[str, set[str]], set[str]]:
    """(path -> the fields and repeats it stands for; paths that lie inside of repeats)."""
    known: dict[str, set[str]] = {}
    inside: set[str] = set()
    for child in children:
        here = f"{way}{child.name}"
        if isinstance(child, Field):
            known[here] = {here}
            continue
        below, deeper = _paths(child.children, f"{here}/")
        if isinstance(child, Group):
            known |= below
            known[here] = set().union(*below.values())
            inside |= deeper
        else:
            known[here] = {here}
            inside |= deeper | set(below)
    return known, inside
