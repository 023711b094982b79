"""A workbook becomes an XForm, or a list of what to mend:

- the XForm is byte for byte what pyxform writes;
- every fault has its sheet, row and column where they can be known, and is a sentence;
- damaged, hostile and endless workbooks end as one clear fault, and their process ends with them;
- texts missing in one of the form's languages are warnings, cell by cell.
"""

from __future__ import annotations

import io
import zipfile

import psutil
import pytest
from pyxform.xls2json_backends import md_table_to_workbook
from pyxform.xls2xform import convert as pyxform_convert

from forms.errors import Fault, WorkbookFaults
from forms.unpacking import MAX_BYTES
from forms.worker import work
from forms.xlsform import Order, convert
from tests.make import a_form

SMALL = """
| survey |
|        | type    | name | label |
|        | integer | age  | Age?  |
| settings |
|        | form_title | form_id | version |
|        | Small      | small   | 1       |
"""
WORKBOOK = "| survey |\n| | type | name | label |\n{}\n| settings |\n| | form_id | version |\n| | f | 1 |"


def an_xlsx(markdown: str) -> bytes:
    target = io.BytesIO()
    md_table_to_workbook(markdown).save(target)
    return target.getvalue()


def a_zip(parts: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def faults_of(markdown: str) -> list[tuple[str, int | None, str | None, str]]:
    with pytest.raises(WorkbookFaults) as refused:
        a_form(markdown)
    return told(refused.value.faults)


def told(faults: tuple[Fault, ...]) -> list[tuple[str, int | None, str | None, str]]:
    return [(fault.sheet, fault.row, fault.column, str(fault.message)) for fault in faults]


def refused(workbook: bytes, filename: str = "form.xlsx", **limits: int | float) -> str:
    """The one sentence for a file that is no workbook."""
    with pytest.raises(WorkbookFaults) as error:
        convert(workbook, filename, **limits)  # type: ignore[arg-type]
    [fault] = error.value.faults
    return str(fault.message)


def test_a_workbook_becomes_exactly_the_xform_that_pyxform_writes() -> None:
    workbook = an_xlsx(SMALL)
    conversion = convert(workbook, "small.xlsx")
    assert conversion.xform.xml == pyxform_convert(workbook).xform.encode()
    assert (conversion.xform.form_id, conversion.xform.version) == ("small", "1")
    assert conversion.warnings == ()


def test_markdown_is_a_workbook_too() -> None:
    assert convert(SMALL.encode(), "small.md").xform == a_form(SMALL).xform


def test_without_a_form_id_the_name_of_the_file_stands_for_it() -> None:
    conversion = convert(b"| survey |\n| | type | name | label |\n| | text | q | Q |", "Well visit.md")
    assert conversion.xform.form_id == "Well visit"
    assert [(fault.sheet, fault.column) for fault in conversion.warnings] == [
        ("settings", "form_id"),
        ("settings", "version"),
    ]
    assert conversion.xform.version == ""


@pytest.mark.parametrize(
    ("rows", "row", "column", "words"),
    [
        ("| | text | q | Q |\n| | text | q | Q |", 3, "name", "occurs twice"),
        ("| | text | 1 q | Q |", 2, "name", "not a valid name"),
        ("| | text | | Q |", 2, "name", "no name"),
        ("| | | q | Q |", 2, "type", "no type"),
        (
            "| | text | a | A |\n| | txt | b | B |\n| | txt | c | C |",
            3,
            "type",
            "no question type called txt",
        ),
        (
            "| | select_one colours | q | Q |\n| choices |\n| | list_name | name | label |\n| | c | r | R |",
            2,
            "type",
            "no list called colours",
        ),
        ("| | text | q | ${p} |", 2, "label", "no question called p"),
        ("| | text | q | ${ p |", 2, "label", "not complete"),
        ("| | begin_group | g | G |\n| | text | q | Q |", 2, None, "has no end_group"),
        ("| | text | q | Q |\n| | end_repeat | | |", 3, None, "has no begin_repeat"),
        ("| | calculate | q | |", 2, "calculation", "needs a calculation"),
        ("| | text | meta | Q |", 2, "name", "belongs to the form itself"),
    ],
)
def test_a_fault_has_its_cell_and_a_sentence(rows: str, row: int, column: str | None, words: str) -> None:
    fault = faults_of(WORKBOOK.format(rows))[0]
    assert fault[:3] == ("survey", row, column)
    assert words in fault[3]


def test_a_fault_that_occurs_in_several_rows_is_told_for_each() -> None:
    rows = "| | txt | a | A |\n| | text | b | B |\n| | txt | c | C |"
    assert [fault[1] for fault in faults_of(WORKBOOK.format(rows))] == [2, 4]
    choices = "| choices |\n| | list_name | name | label |" + "\n| | c | red | R |" * 3
    faults = faults_of(WORKBOOK.format("| | select_one c | q | Q |") + "\n" + choices)
    assert [(fault[0], fault[1], fault[2]) for fault in faults] == [
        ("choices", 3, "name"),
        ("choices", 4, "name"),
    ]


def test_what_we_have_no_words_for_is_quoted() -> None:
    [fault] = faults_of(
        "| survey |\n| | type | name | label | parameters |\n| | image | q | Q | max-pixels=many |"
    )
    assert fault[3] == "The form converter says: Parameter max-pixels must have an integer value."


@pytest.mark.parametrize("form_id", ["f" * 250, "..", "form.xlsx", "form.XML"])
def test_a_form_id_that_addresses_cannot_carry_is_a_fault_of_its_cell(form_id: str) -> None:
    [fault] = faults_of(SMALL.replace("| small ", f"| {form_id} "))
    assert fault[:3] == ("settings", 2, "form_id")
    assert len(fault[3]) < 400


def test_texts_missing_in_a_language_are_warned_of_cell_by_cell() -> None:
    warnings = a_form(
        """
        | survey |
        | | type | name | label::Кыргызча (ky) | label::Русский (ru) | hint::Русский (ru) | constraint | constraint_message::Кыргызча (ky) | constraint_message::Русский (ru) | required | required_message::Русский (ru) |
        | | select_one yn | a | А? | А? | | | | | | |
        | | integer | b | Б? | | | . > 0 | 0дөн чоң | | yes | Нужно |
        | | integer | c | В? | В? | Совет | | | | | |
        | choices |
        | | list_name | name | label::Кыргызча (ky) | label::Русский (ru) | media::image::Русский (ru) |
        | | yn | yes | Ооба | Да | yes.png |
        | | yn | no |  | Нет | |
        | settings |
        | | form_id | version |
        | | f | 1 |
        """  # noqa: E501 - a table is read along its rows
    ).warnings
    assert [(fault.sheet, fault.row, fault.column) for fault in warnings] == [
        ("survey", 3, "label::Русский (ru)"),
        ("survey", 1, "hint::Кыргызча (ky)"),
        ("survey", 3, "constraint_message::Русский (ru)"),
        ("survey", 1, "required_message::Кыргызча (ky)"),
        ("choices", 3, "label::Кыргызча (ky)"),
        ("choices", 1, "image::Кыргызча (ky)"),
    ]


def test_an_untranslated_column_counts_as_the_default_language() -> None:
    markdown = """
        | survey |
        | | type | name | label | label::Русский (ru) |
        | | text | a    | А?    | А?                  |
        | | text | b    |       | Б?                  |
        | settings |
        | | form_id | version | default_language |
        | | f       | 1       | Кыргызча (ky)    |
        """
    assert [(f.row, f.column, f.message.details) for f in a_form(markdown).warnings] == [
        (3, "label", {"language": "Кыргызча (ky)"})
    ]


def test_a_form_in_one_language_misses_nothing() -> None:
    assert a_form(SMALL).warnings == ()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BOOK = {"xl/workbook.xml": b"<a/>"}
NO_WORKBOOKS = {
    "empty": (b"", "form.xlsx", "not a workbook"),
    "pdf": (b"%PDF-1.7", "form.xlsx", "not a workbook"),
    "text": (SMALL.encode(), "form.xlsx", "not a workbook"),
    "binary": (b"\0" * 100 + b"|" * 10, "form.md", "not a workbook"),
    "half a zip": (b"PK\x03\x04 and no more", "form.xlsx", "damaged"),
    "letter": (a_zip({"word/document.xml": b"<a/>"}), "form.xlsx", "not a workbook"),
    "hollow": (a_zip(BOOK), "form.xlsx", "not a workbook"),
    "bomb": (a_zip(BOOK | {"xl/a": b"\0" * 50_000_000}), "form.xlsx", "more than a questionnaire"),
    "many parts": (
        a_zip(BOOK | {f"xl/{n}": b"" for n in range(3000)}),
        "form.xlsx",
        "more than a questionnaire",
    ),
    "big": (b"PK" + b"\0" * MAX_BYTES, "form.xlsx", "larger than"),
    "broken xls": (OLE + b"\0" * 600, "form.xls", "Save it in Excel"),
    "protected": (OLE + "EncryptedPackage".encode("utf-16-le"), "form.xlsx", "protected with a password"),
}


@pytest.mark.parametrize(("content", "filename", "words"), NO_WORKBOOKS.values(), ids=NO_WORKBOOKS)
def test_what_is_no_workbook_is_told_in_one_sentence(content: bytes, filename: str, words: str) -> None:
    assert words in refused(content, filename)


def test_a_damaged_workbook_is_a_fault_wherever_it_was_cut_or_overwritten() -> None:
    whole = an_xlsx(SMALL)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name in ("xl/workbook.xml", "[Content_Types].xml", "xl/worksheets/sheet1.xml"):
        for damage in (b"", b"<a>", b"\xff\xfe\0", parts[name][: len(parts[name]) // 2]):
            reply = work(Order(a_zip(parts | {name: damage}), ".xlsx", "form"))  # in this process: quicker
            assert reply.xml is None and len(reply.faults) == 1
    assert refused(whole[: len(whole) // 2])


def test_entities_inside_a_workbook_do_not_blow_up() -> None:
    with zipfile.ZipFile(io.BytesIO(an_xlsx(SMALL))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    laughs = b"".join(b'<!ENTITY l%d "%s">' % (i + 1, b"&l%d;" % i * 10) for i in range(9))
    parts["xl/worksheets/sheet1.xml"] = (
        b'<!DOCTYPE w [<!ENTITY l0 "ha">' + laughs + b"]>"
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
        b'<c r="A1" t="inlineStr"><is><t>&l9;</t></is></c></row></sheetData></worksheet>'
    )
    assert refused(a_zip(parts), timeout_s=20)


def test_a_conversion_that_takes_too_long_or_too_much_is_ended_with_its_process() -> None:
    before = set(psutil.Process().children())
    assert "longer than" in refused(SMALL.encode(), "small.md", timeout_s=0.1)
    assert "more memory" in refused(SMALL.encode(), "small.md", memory_bytes=1024)
    assert set(psutil.Process().children()) <= before


def test_groups_nested_without_end_are_a_fault_and_no_crash() -> None:
    deep = "\n".join(f"| | begin_group | g{n} | G |" for n in range(400))
    ends = "\n".join("| | end_group | | |" for _ in range(400))
    assert refused(WORKBOOK.format(f"{deep}\n| | text | q | Q |\n{ends}").encode(), "deep.md")


def test_rows_of_external_choices_travel_as_itemsets() -> None:
    markdown = """
        | survey |
        | | type                     | name | label | choice_filter |
        | | text                     | area | A     |               |
        | | select_one_external town | town | T     | area=${area}  |
        | external_choices |
        | | list_name | name | label | area |
        | | town      | t1   | One   | a    |
        | settings |
        | | form_id | version |
        | | f       | 1       |
        """
    conversion = a_form(markdown)
    assert conversion.itemsets == b'"list_name","name","label","area"\r\n"town","t1","One","a"\r\n'
    assert [slot.name for slot in conversion.xform.schema.media] == ["itemsets.csv"]
