"""The rooms of the house, and which may know which.

- forms knows nothing of the other rooms, analytics knows forms, server knows both.
- Inside the server: app and cli know everything; routes know pages and actions; actions know the
  loader and the store; the store knows none of them.
- A library lives in the one room that is its home.
- One module decodes JSON into dataclasses.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# from the top of the house to the bottom; a module may import its own layer and those below it
LAYERS = [
    ("server.app", "server.cli", "server.demo"),
    ("server.routes",),
    ("server.actions", "server.verbs", "server.pages", "server.errors"),
    ("server.context", "server.permissions"),
    ("server.loader", "server.entity_follower", "server.entity_files"),
    ("server.follower", "server.load_records"),
    ("server.store", "server.settings"),
    ("analytics",),
    ("forms",),
]

HOMES = {
    "lxml": ("forms",),
    "pyxform": ("forms",),
    "openpyxl": ("forms",),
    "cryptography": ("forms",),
    "duckdb": ("analytics",),
    "xlsxwriter": ("analytics",),
    "fsspec": ("analytics",),
    "sqlalchemy": ("server.store",),
    "alembic": ("server.store",),
    "starlette": (
        "server.app",
        "server.routes",
        "server.errors",
        "server.middleware",
        "server.packed_bodies",
    ),
    "uvicorn": ("server.cli", "server.app", "server.connections"),
    "click": ("server.cli",),
    "rich": ("server.cli",),
    "segno": ("server.pages",),
    "jinja2": ("server.pages",),
}


def modules() -> Iterator[tuple[str, Path]]:
    for room in ("forms", "analytics", "server"):
        for path in sorted((ROOT / room).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            yield name, path


def imports(name: str, path: Path) -> Iterator[str]:
    """Every module that this one imports, wherever in the file the import stands."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.rsplit(".", node.level - 1)[0] if node.level > 1 else package
            source = ".".join(part for part in (base if node.level else "", node.module or "") if part)
            yield source
            yield from (f"{source}.{alias.name}" for alias in node.names)


def within(name: str, room: str) -> bool:
    return name == room or name.startswith(room + ".")


def layer_of(name: str) -> int | None:
    for index, rooms in enumerate(LAYERS):
        if any(within(name, room) for room in rooms):
            return index
    return None


MODULES = list(modules())


def test_there_is_something_to_check() -> None:
    assert {name.split(".")[0] for name, _ in MODULES} == {"forms", "analytics", "server"}


@pytest.mark.parametrize(("name", "path"), MODULES, ids=[name for name, _ in MODULES])
def test_imports_point_down(name: str, path: Path) -> None:
    own = layer_of(name)
    if own is None:  # a module beside the rooms, such as server/multipart.py, stands above actions
        own = 1
    known = ((target, layer_of(target)) for target in imports(name, path))
    upward = sorted({target for target, other in known if other is not None and other < own})
    assert not upward, f"{name} imports upwards: {upward}"


@pytest.mark.parametrize(("name", "path"), MODULES, ids=[name for name, _ in MODULES])
def test_a_library_stays_in_its_home(name: str, path: Path) -> None:
    strays = sorted(
        {
            target.split(".")[0]
            for target in imports(name, path)
            if (homes := HOMES.get(target.split(".")[0])) and not any(within(name, home) for home in homes)
        }
    )
    assert not strays, f"{name} imports {strays}, which have another home"


@pytest.mark.parametrize(("name", "path"), MODULES, ids=[name for name, _ in MODULES])
def test_one_module_makes_dataclasses_of_json(name: str, path: Path) -> None:
    """Two threads that ask msgspec itself for the same class end the process: see forms/decoding.py."""
    asked = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).startswith("msgspec.")
        and (
            ast.unparse(node.func).endswith(("convert", "Decoder"))
            or any(keyword.arg == "type" for keyword in node.keywords)
        )
    ]
    assert not asked or name == "forms.decoding", f"{name} decodes by itself at line {asked}"
