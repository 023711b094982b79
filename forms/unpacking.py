"""Is this a workbook, and safe to open? Asked before anything unpacks it."""

from __future__ import annotations

import io
import zipfile
from typing import Literal

from forms.errors import Fault, Sentence, WorkbookFaults

Kind = Literal[".xlsx", ".xls", ".md"]

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED_BYTES = 200 * 1024 * 1024
MAX_PARTS = 2_000
MAX_RATIO = 100  # sheets of a real workbook pack about 10 to 1

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PROTECTED = "EncryptedPackage".encode("utf-16-le")


def kind_of(workbook: bytes, filename: str = "form.xlsx") -> Kind:
    """What kind of workbook this is, by its content. Raises: WorkbookFaults where it is none, or a trap."""
    if len(workbook) > MAX_BYTES:
        raise _refused(
            Sentence("The workbook is larger than {megabytes} MB.", megabytes=MAX_BYTES // 1024**2)
        )
    if workbook.startswith(b"PK"):
        _check_zip(workbook)
        return ".xlsx"
    if workbook.startswith(_OLE):
        if _PROTECTED in workbook:
            raise _refused(Sentence("The workbook is protected with a password. Save it without one."))
        return ".xls"
    if filename.lower().endswith(".md") and workbook.count(b"|") >= 5 and b"\0" not in workbook:
        return ".md"
    raise _refused(Sentence("This file is not a workbook. Save it in Excel as .xlsx and upload it again."))


def _check_zip(workbook: bytes) -> None:
    """Trust nothing that unpacks to far more than a questionnaire can be."""
    try:
        with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OSError) as error:
        raise _refused(
            Sentence("The workbook is damaged or incomplete. Save it in Excel as .xlsx and upload it again.")
        ) from error
    unpacked = sum(part.file_size for part in parts)
    is_trap = unpacked > 10 * 1024 * 1024 and unpacked > MAX_RATIO * len(workbook)
    if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED_BYTES or is_trap:
        raise _refused(
            Sentence(
                "The workbook unpacks to more than a questionnaire can be. Copy its sheets into a new one."
            )
        )
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        raise _refused(
            Sentence("This file is not a workbook. Save it in Excel as .xlsx and upload it again.")
        )


def _refused(message: Sentence) -> WorkbookFaults:
    return WorkbookFaults([Fault("", None, None, message)])
