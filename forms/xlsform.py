"""A workbook becomes an XForm, or the list of everything to mend in it.

Spec: https://xlsform.org
"""

from __future__ import annotations

from dataclasses import dataclass

from forms.errors import Fault
from forms.xform import XForm

GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Conversion:
    """An XForm and what the designer should look at before publishing it."""

    xform: XForm
    warnings: tuple[Fault, ...]


def convert(
    workbook: bytes, filename: str = "form.xlsx", *, timeout_s: float = 60, memory_bytes: int = GIB
) -> Conversion:
    """Convert an XLSForm (.xlsx, .xls, or Markdown in .md) in a process of its own.

    Raises: WorkbookFaults, with all faults found, each with its sheet, row and column where known.
    """
    raise NotImplementedError
