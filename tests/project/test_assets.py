"""Third-party browser files.

- The lock file pins every package by its hash and names no registry: each machine uses its own.
- None of the files is in the repository, and each that a page uses is among those the build fetches.
- The fingerprint follows what is fetched, not how a checkout ends its lines.
"""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASSETS = ROOT / "assets"


@pytest.fixture(scope="module")
def build_assets() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_assets", ASSETS / "build_assets.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_lock_file_pins_by_hash_and_names_no_registry() -> None:
    wanted = json.loads((ASSETS / "package.json").read_text("utf-8"))["dependencies"]
    locked = json.loads((ASSETS / "package-lock.json").read_text("utf-8"))["packages"]
    assert locked[""]["dependencies"] == wanted
    for name, package in locked.items():
        assert "resolved" not in package
        if name:
            assert package["integrity"].startswith("sha512-")
            assert package["version"] == wanted[name.removeprefix("node_modules/")]


def test_pages_use_what_the_build_fetches(build_assets: ModuleType) -> None:
    used = set()
    for template in (ROOT / "server" / "pages" / "templates").rglob("*.html"):
        used |= set(re.findall(r"asset\('vendor/([^']+)'\)", template.read_text("utf-8")))
    assert used and used <= set(build_assets.COPY.values())
    packages = {"/".join(path.split("/")[: 2 if path.startswith("@") else 1]) for path in build_assets.COPY}
    assert packages == set(build_assets.LICENCES)
    assert "/server/pages/static/vendor/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def test_the_fingerprint_does_not_see_line_ends(
    build_assets: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = build_assets.fingerprint()
    for name in ("package.json", "package-lock.json", "build_assets.py"):
        content = (ASSETS / name).read_bytes().replace(b"\r\n", b"\n")
        (tmp_path / name).write_bytes(content.replace(b"\n", b"\r\n"))
    monkeypatch.setattr(build_assets, "HERE", tmp_path)
    assert build_assets.fingerprint() == before
    (tmp_path / "package.json").write_text("{}", "utf-8")
    assert build_assets.fingerprint() != before
