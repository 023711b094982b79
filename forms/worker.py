"""The process that converts one workbook: an Order on its standard input, a Reply on its output.

Started by forms/xlsform.py. Whatever goes wrong with a workbook leaves it as a fault.
"""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Mapping

import msgspec
from pyxform.errors import PyXFormError
from pyxform.xls2json_backends import Definition, DefinitionData, SupportedFileTypes, definition_to_dict
from pyxform.xls2xform import convert

from forms.converter_faults import Sheets, faults_of
from forms.decoding import decode
from forms.errors import Fault, Sentence
from forms.translations import missing_translations
from forms.xlsform import Order, Reply, Told


def work(order: Order) -> Reply:
    """Convert one workbook; the XForm is exactly what pyxform writes."""
    sheets: Sheets = {}
    told: list[str] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl's, about drawings and styles it does not read
            data = definition_to_dict(
                Definition(io.BytesIO(order.workbook), SupportedFileTypes(order.kind), order.stem), order.kind
            )
            sheets = _sheets(data)
            ours = _warnings(data, sheets)
            result = convert({name: getattr(data, name) for name in DefinitionData.__slots__}, warnings=told)
    except PyXFormError as error:
        return Reply(None, [Told.of(fault) for fault in _faults(str(error), sheets)])
    except (MemoryError, RecursionError):
        return _damaged(Sentence("The workbook is too large, or its groups are nested too deep."))
    except Exception as error:
        return _damaged(
            Sentence(
                "The workbook is damaged or not an XLSForm ({reason}). "
                "Save it in Excel as .xlsx and upload it again.",
                reason=type(error).__name__,
            )
        )
    theirs = [fault for message in told for fault in faults_of(message, sheets)]
    itemsets = result.itemsets.encode() if result.itemsets is not None else None
    return Reply(result.xform.encode(), (), [Told.of(fault) for fault in [*theirs, *ours]], itemsets)


def _faults(message: str, sheets: Sheets) -> list[Fault]:
    if "not recognized as a supported type" in message:
        unreadable = Sentence("This file is not a workbook. Save it in Excel as .xlsx and upload it again.")
        return [Fault("", None, None, unreadable)]
    return faults_of(message, sheets)


def _damaged(message: Sentence) -> Reply:
    return Reply(None, [Told.of(Fault("", None, None, message))])


def _sheets(data: DefinitionData) -> Sheets:
    """The sheets people write texts into: headings, and rows below them."""
    return {
        name: (list(headings[0]) if headings else [], list(rows or ()))
        for name, headings, rows in [
            ("survey", data.survey_header, data.survey),
            ("choices", data.choices_header, data.choices),
            ("settings", data.settings_header, data.settings),
        ]
    }


def _warnings(data: DefinitionData, sheets: Sheets) -> list[Fault]:
    settings: Mapping[str, str] = next(iter(data.settings or ()), {})
    found = []
    if not (settings.get("form_id") or settings.get("id_string") or settings.get("set_form_id")):
        found.append(
            Fault(
                "settings", 2, "form_id", Sentence("There is no form_id; the name of the file stands for it.")
            )
        )
    if not settings.get("version"):
        found.append(
            Fault(
                "settings",
                2,
                "version",
                Sentence("There is no version. Write one, and raise it with every change: phones go by it."),
            )
        )
    texts = {name: sheets[name] for name in ("survey", "choices")}
    return found + missing_translations(texts, settings.get("default_language", "default"))


def main() -> None:
    output = sys.stdout.buffer
    sys.stdout = sys.stderr  # nothing the converter prints may mix with the reply
    order = decode(sys.stdin.buffer.read(), Order)
    output.write(msgspec.json.encode(work(order)))
    output.flush()


if __name__ == "__main__":
    main()
