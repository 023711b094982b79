"""How a row becomes JSON: worked out once for each question, written by the engine wherever it can.

What stands side by side and holds no repeat is one column, JSON made by DuckDB; Python only puts such pieces
together, with the links to repeats between them. That is twice as fast as values and dictionaries.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec

from analytics.answers import quoted
from analytics.odata.selected import Selected
from analytics.odata.shape import Group, Node, Table
from analytics.odata.values import Read, cell, reading_of

Extend: TypeAlias = Callable[[Table], list[bytes]]
"""The members of a row that a repeat in it has: the link to its rows, and where expanded these."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Members that the engine writes: the column of this number holds them as one JSON object."""

    column: int
    absent: bytes  # the same members where the submission has no answers


@dataclass(frozen=True, slots=True)
class _Read:
    """A member whose value is made here, of the text in the column of this number."""

    begin: bytes  # its name, as JSON
    column: int
    read: Read


@dataclass(frozen=True, slots=True)
class _Inside:
    begin: bytes
    steps: tuple[_Step, ...]


_Step: TypeAlias = _Piece | _Read | _Inside | Table


class Plan:
    """How the answers of one table become members of its rows; `repeats` are those that stand in it."""

    def __init__(self, children: tuple[Node, ...], selected: Selected, alias: str, *, wkt: bool) -> None:
        self.repeats: list[Table] = []
        self._columns: list[str] = []
        self._selected = selected
        self._alias = alias
        self._wkt = wkt
        self._steps = self._steps_of(children, ())

    @property
    def columns(self) -> str:
        """SQL of the columns, to stand behind others."""
        return "".join(f", {column}" for column in self._columns)

    def members(self, values: Sequence[Any] | None, extend: Extend) -> list[bytes]:
        """The members of a row, as JSON; `values` are its columns, None where it has no answers."""
        return _members(self._steps, values, extend)

    def _steps_of(self, children: tuple[Node, ...], way: tuple[str, ...]) -> tuple[_Step, ...]:
        steps: list[_Step] = []
        waiting: list[tuple[str, str, str]] = []  # (name, SQL, its JSON where absent), of one piece

        def write_waiting() -> None:
            if waiting:
                pairs = ", ".join(f"{quoted(name)}, {sql}" for name, sql, _ in waiting)
                absent = ",".join(f'"{name}":{json}' for name, _, json in waiting)
                # as bytes: what is text would be decoded for nothing
                column = self._column(f"encode(CAST(json_object({pairs}) AS VARCHAR))")
                steps.append(_Piece(column, absent.encode()))
                waiting.clear()

        for child in children:
            here = (*way, child.name)
            if isinstance(child, Group):
                if (whole := self._whole(child, way)) is not None:
                    if whole[0]:
                        waiting.append((child.name, *whole))
                    continue
                write_waiting()
                steps.append(_Inside(_begin(child.name), self._steps_of(child.children, here)))
            elif not self._selected.has("/".join(here)):
                continue
            elif isinstance(child, Table):
                write_waiting()
                self.repeats.append(child)
                steps.append(child)
            elif (read := reading_of(child.column, wkt=self._wkt)) is not None:
                write_waiting()
                steps.append(_Read(_begin(child.name), self._column(cell(child.column, self._alias)), read))
            else:
                waiting.append((child.name, cell(child.column, self._alias, wkt=self._wkt), "null"))
        write_waiting()
        return tuple(steps)

    def _whole(self, group: Group, way: tuple[str, ...]) -> tuple[str, str] | None:
        """(SQL, its JSON where absent) of a group that the engine can write; empty: nothing is selected."""
        here = (*way, group.name)
        pairs, absent = [], []
        for child in group.children:
            if isinstance(child, Group):
                inside = self._whole(child, here)
                if inside is None:
                    return None
                if not inside[0]:
                    continue
                sql, json = inside
            elif not self._selected.has("/".join((*here, child.name))):
                continue
            elif isinstance(child, Table) or reading_of(child.column, wkt=self._wkt) is not None:
                return None
            else:
                sql, json = cell(child.column, self._alias, wkt=self._wkt), "null"
            pairs.append(f"{quoted(child.name)}, {sql}")
            absent.append(f'"{child.name}":{json}')
        return (f"json_object({', '.join(pairs)})", f"{{{','.join(absent)}}}") if pairs else ("", "")

    def _column(self, sql: str) -> int:
        self._columns.append(sql)
        return len(self._columns) - 1


def _begin(name: str) -> bytes:
    return f'"{name}":'.encode()


def _members(steps: Sequence[_Step], values: Sequence[Any] | None, extend: Extend) -> list[bytes]:
    members: list[bytes] = []
    for step in steps:
        if isinstance(step, _Piece):
            made: bytes | None = values[step.column] if values is not None else None
            members.append(made[1:-1] if made is not None else step.absent)
        elif isinstance(step, _Read):
            text: str | None = values[step.column] if values is not None else None
            members.append(step.begin + msgspec.json.encode(step.read(text) if text is not None else None))
        elif isinstance(step, _Inside):
            members.append(step.begin + b"{" + b",".join(_members(step.steps, values, extend)) + b"}")
        else:
            members += extend(step)
    return members
