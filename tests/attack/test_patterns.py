"""No pattern of ours takes time by the square of what somebody sends.

- Every regular expression in our code is tried, as it is used, on long runs of what it looks for.
- A million figures and a letter, where a number is asked for, hold up neither the reading nor an export.
"""

from __future__ import annotations

import ast
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.make import a_form, an_instance
from tests.server.conftest import RunningHere

pytestmark = pytest.mark.attack

ROOT = Path(__file__).parents[2]
LENGTH, LONGEST_S = 4000, 0.3  # by the square it is a second and more
ANYWHERE = {"search", "sub", "subn", "finditer", "findall", "split"}
SEEDS = [
    *"aA10 \t\n-_/.,;:='<>&()[{$%#@ы", '"', "\\", "1.", "1 ", "a ", "a=", "a,", " =", "''", '\\"', "a/", "{a",
]  # fmt: skip
FIGURES = """
| survey |
| | type | name | label |
| | decimal | depth | Depth |
| | integer | count | Count |
| | text | remark | Remark |
| | geopoint | place | Place |
| | dateTime | at | At |
| settings |
| | form_id | form_title | version |
| | figures | Figures | 1 |
"""


def patterns() -> Iterator[tuple[str, str | bytes, int, bool]]:
    """(where, pattern, flags, is it looked for anywhere in a text?) of every literal one."""
    for room in ("forms", "analytics", "server"):
        for file in sorted((ROOT / room).rglob("*.py")):
            tree = ast.parse(file.read_text("utf-8"))
            used: dict[str, set[str]] = {}
            for node in ast.walk(tree):
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                    used.setdefault(node.value.id, set()).add(node.attr)
            names = {
                id(node.value): target.id
                for node in ast.walk(tree)
                if isinstance(node, ast.Assign)
                for target in node.targets
                if isinstance(target, ast.Name)
            }
            for node in ast.walk(tree):
                if (
                    not isinstance(node, ast.Call)
                    or not isinstance(node.func, ast.Attribute)
                    or not node.args
                ):
                    continue
                given = node.args[0]
                known = isinstance(node.func.value, ast.Name) and node.func.value.id == "re"
                if known and isinstance(given, ast.Constant) and isinstance(given.value, str | bytes):
                    told = ast.unparse(node)
                    flags = sum(
                        flag.value
                        for flag in (re.I, re.S, re.M, re.X)
                        if any(f"re.{name}" in told for name in (flag.name, str(flag.name)[:1]))
                    )
                    ways = {node.func.attr} | used.get(names.get(id(node), ""), set())
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", given.value, flags, bool(ways & ANYWHERE)


def test_no_pattern_takes_time_by_the_square() -> None:
    slow, tried = [], 0
    for where, pattern, flags, anywhere in patterns():
        known = re.compile(pattern, flags)
        tried += 1
        for seed in SEEDS:
            text = seed * (LENGTH // len(seed)) + "\x01"
            given = text.encode() if isinstance(pattern, bytes) else text
            began = time.perf_counter()
            known.fullmatch(given)  # type: ignore[arg-type]
            if anywhere:
                known.search(given)  # type: ignore[arg-type]
            if time.perf_counter() - began > LONGEST_S:
                slow.append((where, pattern, seed))
                break
    assert tried > 80 and not slow


def test_a_million_figures_and_a_letter_are_no_number(server: RunningHere) -> None:
    server.publish(FIGURES)
    many = "1" * 1_000_000
    phone, odd = server.phone(), (f"{many}x", f"-{many}x", f"{many}.{many}x", f"1e{many}x", f"{many} {many}x")
    began = time.monotonic()
    for number, text in enumerate(odd):
        values = dict.fromkeys(("depth", "count", "remark", "place", "at"), text)
        assert phone.send(an_instance(a_form(FIGURES), values, instance_id=f"uuid:{number}")).accepted
    assert server.context.loader.caught_up(timeout_s=30)
    with server.program("manager", "viewer") as program:
        for path in ("submissions.csv", "submissions.xlsx", "submissions.geojson", "submissions.csv.zip"):
            reply = program.get(f"/v1/projects/1/forms/figures/{path}")
            assert reply.status_code == 200, path
        table = program.get("/v1/projects/1/forms/figures.svc/Submissions")
        assert [row["depth"] for row in table.json()["value"]] == [None] * len(odd)
    assert time.monotonic() - began < 30
