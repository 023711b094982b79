"""An entity list as a spreadsheet:

- what was downloaded can be uploaded as it is, and says the same, formulas and line breaks included;
- an entity is named by its number under any of three headings, or by a property the upload is matched by;
- every fault is told with its row and column, and the right rows are read all the same.
"""

from __future__ import annotations

import pytest

from forms.entity_csv import EntityCsv, UploadedList, UploadedRow, normal_uuid, read_entity_csv

ONE = "0f2b5d35-6a8e-4a8e-9b0c-3b7de5a4a111"
TWO = "0f2b5d35-6a8e-4a8e-9b0c-3b7de5a4a222"


def read(text: str | bytes, match: str | None = None) -> tuple[list[UploadedRow], UploadedList]:
    content = text.encode() if isinstance(text, str) else text
    listed = read_entity_csv(content, ("depth", "note"), match=match, most_bytes=10_000)
    return list(listed.rows), listed


def told(listed: UploadedList) -> list[tuple[int | None, str | None]]:
    return [(fault.row, fault.column) for fault in listed.faults]


@pytest.mark.parametrize(
    "note", ["=1+1", "'=1+1", "-5", "-a", "two\nlines", 'a "b", c', "'tis", "@x", "", " x "]
)
def test_what_was_downloaded_is_read_as_it_was(note: str) -> None:
    out = EntityCsv(("depth", "note"))
    ours = ("2026-01-01T00:00:00.000Z", "5", "A", "0", "", "1")
    content = out.heading + out.piece([((ONE, "Well", "12", note), ours)])
    assert content.startswith(b"__id,label,depth,note,__createdAt,__creatorId,__creatorName,__updates,")
    assert b",=" not in content and b",@" not in content and b",-a" not in content
    rows, listed = read(content)
    assert not listed.faults and listed.columns == ("depth", "note")
    assert [(row.uuid, row.label, row.data) for row in rows] == [(ONE, "Well", {"depth": "12", "note": note})]


@pytest.mark.parametrize("heading", ["__id", "name", "uuid"])
def test_an_entity_is_named_by_its_number(heading: str) -> None:
    rows, listed = read(f"{heading},note\nuuid:{ONE.upper()},x\n,y\n")
    assert not listed.faults and [(row.number, row.uuid) for row in rows] == [(2, ONE), (3, None)]


def test_an_entity_is_named_by_the_property_it_is_matched_by() -> None:
    rows, listed = read("depth;note\n7;a\n8;b\n7;c\n;d\n", match="depth")
    assert [row.data["depth"] for row in rows] == ["7", "8"]
    assert told(listed) == [(4, "depth"), (5, "depth")]


def test_what_a_row_does_not_say_stays_as_it_is() -> None:
    [row], _ = read(f"__id,depth\n{ONE},\n")
    assert row.label is None and row.data == {"depth": ""}


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("depth\n1\n", [(1, "label")]),
        ("label,colour\nx,red\n", [(1, "colour")]),
        ("label,depth,depth\nx,1,2\n", [(1, "depth")]),
        (f"__id,label\n{ONE},a\n{ONE},b\nnone,c\n{TWO},d,e\n", [(3, "__id"), (4, "__id"), (5, "label")]),
        ('label\n"x\n', [(None, None)]),
        (b"label\n\xff\n", [(None, None)]),
        (b"", [(1, "label")]),
        (b"label\n" + b"x\n" * 10_000, [(None, None)]),
    ],
)
def test_every_fault_has_its_row_and_column(
    text: str | bytes, faults: list[tuple[int | None, str | None]]
) -> None:
    assert told(read(text)[1]) == faults


def test_a_number_is_a_uuid_of_version_4() -> None:
    assert normal_uuid(f" uuid:{ONE.upper()} ") == ONE
    assert normal_uuid(ONE.replace("-4a8e-", "-1a8e-")) is None
