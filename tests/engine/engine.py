"""ODK's own form engine, as a person with ODK Collect uses it: fill(xform, media, ...) -> filled-in forms.

JavaRosa is inside the ODK Validate that pyxform carries; Filler.java beside this file walks a form in it.
Needs a JDK (`javac` and `java`, Debian: default-jdk-headless).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyxform.validators

SOURCES = Path(__file__).resolve().parent
JAR = Path(pyxform.validators.__file__).resolve().parent / "odk_validate" / "bin" / "ODK_Validate.jar"


@dataclass(frozen=True, slots=True)
class Filled:
    """One filled-in form as the engine wrote it, and the files it names, beside it."""

    xml_path: Path
    media_paths: tuple[Path, ...]
    language: str


class EngineMissing(Exception):
    """There is no Java here that can compile and run the engine."""


class FormRefused(Exception):
    """The engine does not open the form, or a person cannot get to its end: the question and the reason."""


def fill(
    xform: bytes,
    media: Mapping[str, bytes],
    out: Path,
    count: int,
    seed: int = 0,
    languages: Sequence[str] = (),
) -> list[Filled]:
    """Fill a form `count` times, in the languages in turn (codes or full names; all of the form if none).

    `media` are the form's files by name, as the manifest would bring them. `out` gets a folder per
    instance. The same seed draws the same answers; instanceIDs are always new.
    Raises: EngineMissing, FormRefused.
    """
    classes = compiled()
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="baikoo-engine-") as folder:
        form, files = Path(folder) / "form.xml", Path(folder) / "media"
        files.mkdir()
        form.write_bytes(xform)
        for name, content in media.items():
            (files / name).write_bytes(content)
        run = subprocess.run(
            [
                *_java("java"),
                "-Djava.awt.headless=true",
                "-Dfile.encoding=UTF-8",
                "-Duser.timezone=Asia/Bishkek",
                "-Xmx1g",
                "-cp",
                os.pathsep.join([str(classes), str(JAR)]),
                "Filler",
                *(str(form), str(files), str(out), str(count), str(seed), ",".join(languages)),
            ],
            capture_output=True,
            encoding="utf-8",
            timeout=600,
            check=False,
        )
    if run.returncode != 0:
        refused = [line for line in run.stderr.splitlines() if line.startswith("REFUSED ")]
        raise FormRefused(refused[0].removeprefix("REFUSED ") if refused else run.stderr[-3000:])
    return [_filled(out, line) for line in run.stdout.splitlines()]


def validate(xform: bytes) -> None:
    """Let ODK Validate open a form. Raises: EngineMissing, FormRefused."""
    with tempfile.TemporaryDirectory(prefix="baikoo-engine-") as folder:
        form = Path(folder) / "form.xml"
        form.write_bytes(xform)
        run = subprocess.run(
            [*_java("java"), "-Djava.awt.headless=true", "-jar", str(JAR), str(form)],
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
    if run.returncode != 0:
        raise FormRefused(run.stderr[-3000:] or run.stdout[-3000:])


def compiled() -> Path:
    """The folder of Filler's class files, compiled once per version of the sources."""
    sources = sorted(SOURCES.glob("*.java"))
    version = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    classes = Path(tempfile.gettempdir()) / f"baikoo-engine-{version}"
    if not (classes / "Filler.class").exists():
        with tempfile.TemporaryDirectory(prefix="baikoo-engine-") as folder:
            run = subprocess.run(
                [*_java("javac"), "-encoding", "UTF-8", "-cp", str(JAR), "-d", folder, *map(str, sources)],
                capture_output=True,
                encoding="utf-8",
                timeout=120,
                check=False,
            )
            if run.returncode != 0:
                raise EngineMissing(run.stderr)
            shutil.copytree(folder, classes, dirs_exist_ok=True)
    return classes


def _java(program: str) -> list[str]:
    found = shutil.which(program)
    if found is None:
        raise EngineMissing(f"{program} is missing: install a JDK (default-jdk-headless)")
    return [found]


def _filled(out: Path, line: str) -> Filled:
    number, language, *files = line.split("\t")
    folder = out / f"{int(number):05d}"
    return Filled(folder / "instance.xml", tuple(folder / name for name in files if name), language)
