"""A workbook becomes an XForm, or the list of everything to mend in it.

The conversion runs in a process of its own (forms/worker.py), watched from outside: a workbook can
make the converter take any amount of time and memory. Spec: https://xlsform.org
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import psutil

from forms.decoding import decode
from forms.errors import BaikooError, Fault, Sentence, WorkbookFaults
from forms.faults.xform import FormAddressInvalid, FormIdInvalid, FormVersionInvalid
from forms.unpacking import Kind, kind_of
from forms.xform import XForm, parse_xform

GIB = 1024**3
_ROOT = Path(__file__).resolve().parent.parent
_LOOK_EVERY_S = 0.05
_SETTING_OF: dict[type[BaikooError], str] = {
    FormIdInvalid: "form_id",
    FormVersionInvalid: "version",
    FormAddressInvalid: "submission_url",
}


@dataclass(frozen=True, slots=True)
class Conversion:
    """An XForm and what the designer should look at before publishing it."""

    xform: XForm
    warnings: tuple[Fault, ...]
    itemsets: bytes | None = None  # itemsets.csv, where the workbook holds the rows of that media slot itself


@dataclass(frozen=True, slots=True)
class Order:
    """What the worker is told, as JSON on its standard input."""

    workbook: bytes
    kind: Kind
    stem: str  # of the file name: the form_id where the workbook has none


@dataclass(frozen=True, slots=True)
class Told:
    """A Fault on its way between the processes."""

    sheet: str
    row: int | None
    column: str | None
    text: str
    details: dict[str, str | int | float] = field(default_factory=dict)

    @classmethod
    def of(cls, fault: Fault) -> Told:
        return cls(fault.sheet, fault.row, fault.column, fault.message.text, fault.message.details)

    def fault(self) -> Fault:
        return Fault(self.sheet, self.row, self.column, Sentence(self.text, **self.details))


@dataclass(frozen=True, slots=True)
class Reply:
    """What the worker answers: the converter's XForm, or faults; warnings in either case."""

    xml: bytes | None
    faults: Sequence[Told] = ()
    warnings: Sequence[Told] = ()
    itemsets: bytes | None = None


def convert(
    workbook: bytes, filename: str = "form.xlsx", *, timeout_s: float = 60, memory_bytes: int = GIB
) -> Conversion:
    """Convert an XLSForm (.xlsx, .xls, or Markdown in .md) in a process of its own.

    Raises: WorkbookFaults, with all faults found, each with its sheet, row and column where known.
    """
    order = Order(workbook, kind_of(workbook, filename), Path(filename).stem)
    return conversion_of(_watched(order, timeout_s, memory_bytes))


def conversion_of(reply: Reply) -> Conversion:
    """The XForm of a reply, checked for what phones cannot carry. Raises: WorkbookFaults."""
    if reply.xml is None:
        raise WorkbookFaults([told.fault() for told in reply.faults])
    try:
        xform = parse_xform(reply.xml)
    except BaikooError as error:
        setting = _SETTING_OF.get(type(error))
        fault = Fault("settings" if setting else "", 2 if setting else None, setting, error.sentence)
        raise WorkbookFaults([fault]) from error
    return Conversion(xform, tuple(told.fault() for told in reply.warnings), reply.itemsets)


def _watched(order: Order, timeout_s: float, memory_bytes: int) -> Reply:
    """Let the worker work as long as it keeps to its time and memory."""
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    # The worker begins anew for every workbook: in a third of a second where Python may keep what it compiled
    # (images of containers often forbid it), and in a whole one where it may not.
    given = {"PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": ""}
    # A file, not a pipe: communicate() cannot go on writing to a pipe after a time-out.
    with tempfile.TemporaryFile() as question:
        question.write(msgspec.json.encode(order))
        question.seek(0)
        worker = subprocess.Popen(
            [sys.executable, "-X", "utf8", "-m", "forms.worker"],
            stdin=question,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **given},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    deadline = time.monotonic() + timeout_s
    try:
        while True:
            try:
                answer, _ = worker.communicate(timeout=_LOOK_EVERY_S)
                break
            except subprocess.TimeoutExpired:
                pass  # still at work
            if time.monotonic() > deadline:
                raise _broken_off(
                    Sentence(
                        "The conversion took longer than {seconds} seconds. Make the workbook smaller.",
                        seconds=round(timeout_s),
                    )
                )
            if _memory_of(worker.pid) > memory_bytes:
                raise _broken_off(
                    Sentence("The conversion needed more memory than it may have. Make the workbook smaller.")
                )
    finally:
        _end(worker)
    try:
        return decode(answer, Reply)
    except msgspec.MsgspecError as error:
        raise _broken_off(
            Sentence("The conversion broke off. Save the workbook in Excel as .xlsx and upload it again.")
        ) from error


def _memory_of(pid: int) -> int:
    """Resident memory of a process and its children, in bytes; 0 when it has just ended."""
    try:
        process = psutil.Process(pid)
        return sum(each.memory_info().rss for each in [process, *process.children(recursive=True)])
    except psutil.Error:
        return 0


def _end(worker: subprocess.Popen[bytes]) -> None:
    """End the worker and whatever it started."""
    if worker.poll() is None:
        try:
            family = psutil.Process(worker.pid).children(recursive=True)
        except psutil.Error:
            family = []
        worker.kill()
        for child in family:
            try:
                child.kill()
            except psutil.Error:
                continue
    for pipe in (worker.stdin, worker.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except OSError:  # what was left to send no longer has a reader
                continue
    worker.wait()


def _broken_off(message: Sentence) -> WorkbookFaults:
    return WorkbookFaults([Fault("", None, None, message)])
