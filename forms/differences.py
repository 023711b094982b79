"""What changed between two versions of an instance, in the shape of ODK Central's diffs.

A document is read as a tree: groups are mappings, repeats lists of mappings, answers texts. Rows of a repeat
that stayed the same are found again wherever they moved; of those that changed, the most alike are compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import TypeAlias

import msgspec
from lxml import etree

from forms.instance import parse_instance
from forms.xml import local_name

Tree: TypeAlias = "str | dict[str, Tree] | list[Tree]"
Step = str | tuple[str, int]
"""A name, or a repeat and the position of its row, from 0."""
Opcode = tuple[str, int, int, int, int]
"""equal, replace, delete or insert, and from where to where in the old and in the new rows."""
# pairs of rows that are held against each other: to find the same ones, to find the most alike; rows of
# larger repeats are compared in their order
MOST_PAIRS = 4_000_000
MOST_ALIKE = 10_000


class Difference(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that is otherwise; without `old` it was added, without `new` it is gone."""

    path: tuple[Step, ...]
    old: Tree | msgspec.UnsetType = msgspec.UNSET
    new: Tree | msgspec.UnsetType = msgspec.UNSET


def read_tree(xml: bytes, repeats: frozenset[str], hidden: frozenset[str] = frozenset()) -> dict[str, Tree]:
    """The document as a tree; `repeats` are paths, questions named in `hidden` are left out.

    Raises: InstanceInvalid.
    """
    return _tree(parse_instance(xml).root, "", repeats, hidden)


def differences(old: dict[str, Tree], new: dict[str, Tree]) -> tuple[Difference, ...]:
    """Everything that differs, in the order of the documents."""
    return tuple(_of_groups(old, new, ()))


def _tree(
    element: etree._Element, path: str, repeats: frozenset[str], hidden: frozenset[str]
) -> dict[str, Tree]:
    tree: dict[str, Tree] = {}
    for child in element:
        name = local_name(child)
        here = f"{path}/{name}"
        if here in repeats:
            rows = tree.setdefault(name, [])
            assert isinstance(rows, list)
            rows.append(_tree(child, here, repeats, hidden))
        elif len(child):
            tree[name] = _tree(child, here, repeats, hidden)
        elif name not in hidden:
            tree[name] = child.text or ""
    return tree


def _of_groups(
    old: Mapping[str, Tree], new: Mapping[str, Tree], path: tuple[Step, ...]
) -> Iterator[Difference]:
    for name in dict.fromkeys([*old, *new]):
        if name not in old:
            yield Difference((*path, name), new=new[name])
        elif name not in new:
            yield Difference((*path, name), old=old[name])
        elif old[name] != new[name]:
            yield from _of_values(old[name], new[name], path, name)


def _of_values(old: Tree, new: Tree, path: tuple[Step, ...], name: str) -> Iterator[Difference]:
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _of_groups(old, new, (*path, name))
    elif isinstance(old, list) and isinstance(new, list):
        yield from _of_rows(old, new, path, name)
    else:
        yield Difference((*path, name), old=old, new=new)


def _of_rows(
    old: Sequence[Tree], new: Sequence[Tree], path: tuple[Step, ...], name: str
) -> Iterator[Difference]:
    for kind, a, a_end, b, b_end in _opcodes(old, new):
        if kind == "equal":
            continue
        pairs = list(_pairs(old[a:a_end], new[b:b_end]))
        for i, j in pairs:
            if j is None:
                yield Difference((*path, (name, a + (i or 0))), old=old[a + (i or 0)])
            elif i is None:
                yield Difference((*path, (name, b + j)), new=new[b + j])
            else:
                yield from _of_one_row(old[a + i], new[b + j], (*path, (name, a + i)))


def row_after(old: Sequence[Tree], new: Sequence[Tree], row: int) -> int | None:
    """Where a row of a repeat stands in the later version, counted from 0; None where it is gone."""
    for kind, a, a_end, b, b_end in _opcodes(old, new):
        if a <= row < a_end:
            if kind == "equal":
                return b + row - a
            pairs = _pairs(old[a:a_end], new[b:b_end])
            return next((b + j for i, j in pairs if i == row - a and j is not None), None)
    return None


def _opcodes(old: Sequence[Tree], new: Sequence[Tree]) -> Sequence[Opcode]:
    """Which rows stayed the same, and what stands instead of the others.

    What begins and ends both is not looked at twice, and where too much lies between, all of it is otherwise.
    """
    before, after = ([msgspec.json.encode(row) for row in rows] for rows in (old, new))
    shorter = min(len(before), len(after))
    head = next((n for n in range(shorter) if before[n] != after[n]), shorter)
    tail = next((n for n in range(shorter - head) if before[-1 - n] != after[-1 - n]), shorter - head)
    begun: list[Opcode] = [("equal", 0, head, 0, head)] if head else []
    ended: list[Opcode] = [("equal", len(before) - tail, len(before), len(after) - tail, len(after))]
    middle = before[head : len(before) - tail], after[head : len(after) - tail]
    if len(middle[0]) * len(middle[1]) > MOST_PAIRS:
        between: list[Opcode] = [("replace", head, len(before) - tail, head, len(after) - tail)]
    else:
        found = SequenceMatcher(None, *middle, autojunk=False).get_opcodes()
        between = [
            (kind, a + head, a_end + head, b + head, b_end + head) for kind, a, a_end, b, b_end in found
        ]
    return [*begun, *between, *(ended if tail else [])]


def _of_one_row(old: Tree, new: Tree, path: tuple[Step, ...]) -> Iterator[Difference]:
    assert isinstance(old, dict) and isinstance(new, dict)
    yield from _of_groups(old, new, path)


def _pairs(old: Sequence[Tree], new: Sequence[Tree]) -> Iterator[tuple[int | None, int | None]]:
    """Rows to compare with each other, in order; of the longer side the least alike stand alone."""
    turned = len(new) > len(old)
    longer, shorter = (new, old) if turned else (old, new)
    alone = len(longer) - len(shorter)
    order: Sequence[int] = range(
        len(longer) - 1, -1, -1
    )  # the last ones, where there are too many to compare
    if alone and len(longer) * len(shorter) <= MOST_ALIKE:
        order = sorted(
            range(len(longer)),
            key=lambda n: min((_distance(longer[n], other) for other in shorter), default=0),
            reverse=True,
        )
    left_out = set(order[:alone])
    position = 0
    for n in range(len(longer)):
        if n in left_out:
            yield (None, n) if turned else (n, None)
        else:
            yield (position, n) if turned else (n, position)
            position += 1


def _distance(one: Tree, other: Tree) -> int:
    """How many answers differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        names = {*one, *other}
        return sum(_distance(one.get(name, ""), other.get(name, "")) for name in names)
    if isinstance(one, list) and isinstance(other, list):
        return abs(len(one) - len(other)) + sum(map(_distance, one, other))
    return int(one != other)
