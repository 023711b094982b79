"""Every surprise of protocol.md 19 has a test of its own that says its number and where it was read."""

from __future__ import annotations

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
SURPRISES = range(1, 46)


def docstrings() -> dict[int, list[str]]:
    """Number -> the docstrings of the tests that name it."""
    told: dict[int, list[str]] = {}
    for file in sorted(HERE.glob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and (found := re.match(r"test_(\d\d)_", node.name)):
                told.setdefault(int(found[1]), []).append(ast.get_docstring(node) or "")
    return told


def test_every_surprise_has_its_test_and_its_source() -> None:
    told = docstrings()
    assert sorted(told) == list(SURPRISES)
    for number, docs in told.items():
        for doc in docs:
            assert doc.startswith(f"Surprise {number}"), number
            assert "(" in doc and doc.rstrip().rstrip(".").endswith(")"), f"{number} names no source"
