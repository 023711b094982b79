"""The registry on its way to phones and in from spreadsheets:

- the same rows are the same bytes, in the order of the Kyrgyz alphabet, without what would make Collect
  guess another delimiter or XPath misread a number;
- a spreadsheet is read as Excel writes it, dates and numbers as people type them;
- every fault is told with its row and column, all at once.
"""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from forms.entities import (
    ListedObject,
    RegistryObject,
    RegistryReading,
    Village,
    alphabetical,
    objects_csv,
    read_registry_csv,
    read_villages_csv,
    villages_csv,
)

HEADINGS = "object_id,type,subtype,name_ky,name_ru"
ROW = "road-1,SUP,works,Жол,Дорога"


def told(reading: RegistryReading[RegistryObject]) -> list[tuple[int | None, str | None]]:
    return [(fault.row, fault.column) for fault in reading.faults]


def read_one(**cells: str) -> RegistryReading[RegistryObject]:
    """The reading of one contract that is right but for these cells."""
    row = {"object_id": "road-1", "type": "SUP", "subtype": "works", "name_ky": "Жол"} | cells
    text = io.StringIO()
    csv.writer(text).writerows([row.keys(), row.values()])
    return read_registry_csv(text.getvalue().encode(), villages={"ak-suu", "kara-suu"})


def test_objects_travel_with_the_columns_that_forms_filter_by() -> None:
    road = ListedObject("u-2", 3, "road-1", "SUP", "works", "Өзөн жолу", "Дорога", ("ak-suu", "kara-suu"),
                        date(2025, 9, 1), 1_500_000.0, 0.25)  # fmt: skip
    hall = ListedObject("u-1", 1, "ao", "EXEC", "ao", "Айыл өкмөтү", "Айыл өкмөтү")
    assert objects_csv([road, hall]).decode() == (
        "name,label,__version,object_id,type,subtype,villages,finished_on,sum_initial_som,sum_final_som\n"
        "u-1,Айыл өкмөтү,1,ao,EXEC,ao,,,,\n"
        "u-2,Өзөн жолу / Дорога,3,road-1,SUP,works,ak-suu kara-suu,2025-09-01,1500000,0.25\n"
    )
    assert objects_csv([hall, road]) == objects_csv([road, hall])


def test_villages_travel_with_both_names_where_they_differ() -> None:
    villages = [
        Village(name="t", label_ky="Тоо", label_ru="Гора"),
        Village(name="a", label_ky="Ак-Суу", label_ru="Ак-Суу"),
    ]
    assert villages_csv(villages) == "name,label,__version\na,Ак-Суу,1\nt,Тоо / Гора,1\n".encode()


def test_labels_stand_in_the_order_of_the_kyrgyz_alphabet() -> None:
    names = ["Үч", "Ат", "Уя", "Ңа", "Өн", "Ор", "На", "Ёлка", "Жол", "Ем", "12", "А"]
    assert sorted(names, key=alphabetical) == [
        "12",
        "А",
        "Ат",
        "Ем",
        "Ёлка",
        "Жол",
        "На",
        "Ңа",
        "Ор",
        "Өн",
        "Уя",
        "Үч",
    ]


def test_a_cell_can_hold_anything_and_stays_one_cell() -> None:
    text = villages_csv([Village(name="v", label_ky='A; "B",\nC')]).decode()
    assert text.splitlines()[0] == "name,label,__version"  # a semicolon here would change the delimiter
    assert list(csv.reader(io.StringIO(text)))[1] == ["v", 'A; "B", C', "1"]


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADINGS}\n{ROW}\n".encode(),
        f"\ufeff{HEADINGS}\r\n{ROW}\r\n".encode(),
        f"{HEADINGS}\r\n{ROW}\r\n".replace(",", ";").encode("utf-8-sig"),
        f"sep=;\r\n{HEADINGS}\r\n{ROW}\r\n".replace(",", ";").encode("utf-8-sig"),
        f"{HEADINGS}\n{ROW}".replace(",", "\t").encode(),
        f'"{HEADINGS},,"\n"{ROW}"\n'.replace(",", '","').encode(),
        f" {HEADINGS.upper()} \n\n{ROW}\n,,,,\n".encode(),
    ],
)
def test_a_spreadsheet_is_read_as_excel_writes_it(content: bytes) -> None:
    reading = read_registry_csv(content)
    assert reading.faults == ()
    [road] = reading.rows
    assert (road.object_id, road.type, road.name_ky, road.name_ru) == ("road-1", "SUP", "Жол", "Дорога")
    assert road.status == "active"


def test_cells_become_dates_numbers_lists_and_claims() -> None:
    reading = read_one(
        villages_served="ak-suu, kara-suu",
        lat="42,876543",
        lon="74.6",
        users_count="1 200",
        sum_initial_som="1 500 000,50",
        sum_final_som="0",
        signed_on="1.3.2025",
        start_on="2025-03-01",
        due_on="01.09.2025",
        finished_on="",
        supplier_is_person="ооба",
        local_matter="lm06",
        method="price quotation",
    )
    assert reading.faults == ()
    [road] = reading.rows
    assert road.villages_served == ("ak-suu", "kara-suu")
    assert (road.lat, road.lon, road.users_count) == (42.87654, 74.6, 1200)
    assert (road.sum_initial_som, road.sum_final_som) == (1_500_000.5, 0)
    assert (road.signed_on, road.start_on, road.due_on) == (
        date(2025, 3, 1),
        date(2025, 3, 1),
        date(2025, 9, 1),
    )
    assert road.finished_on is None and road.supplier_is_person
    assert (road.local_matter, road.method) == (("LM06",), "price_quotation")


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"object_id": ""}, "object_id"),
        ({"object_id": "a b"}, "object_id"),
        ({"object_id": "../x"}, "object_id"),
        ({"type": "ROAD"}, "type"),
        ({"subtype": "wua"}, "subtype"),
        ({"name_ky": " "}, "name_ky"),
        ({"status": "gone"}, "status"),
        ({"method": "lottery"}, "method"),
        ({"local_matter": "LM77"}, "local_matter"),
        ({"villages_served": "ak-suu nowhere"}, "villages_served"),
        ({"sum_initial_som": "-1"}, "sum_initial_som"),
        ({"sum_initial_som": "1,500,000"}, "sum_initial_som"),
        ({"sum_initial_som": "1.500"}, "sum_initial_som"),
        ({"sum_final_som": "many"}, "sum_final_som"),
        ({"sum_final_som": "nan"}, "sum_final_som"),
        ({"sum_final_som": "1e400"}, "sum_final_som"),
        ({"users_count": "12.5"}, "users_count"),
        ({"warranty_months": "1_0"}, "warranty_months"),
        ({"lat": "95", "lon": "74"}, "lat"),
        ({"lat": "42.9"}, "lon"),
        ({"signed_on": "31.02.2025"}, "signed_on"),
        ({"signed_on": "5000-01-01"}, "signed_on"),
        ({"signed_on": "2025-03-02", "start_on": "2025-03-01"}, "start_on"),
        ({"start_on": "2025-03-02", "due_on": "2025-03-01"}, "due_on"),
        ({"signed_on": "2025-03-02", "due_on": "2025-03-01"}, "due_on"),
        ({"start_on": "2025-03-02", "finished_on": "2025-03-01"}, "finished_on"),
        ({"valid_from": "2025-03-02", "valid_to": "2025-03-01"}, "valid_to"),
        ({"supplier_is_person": "maybe"}, "supplier_is_person"),
        ({"supplier_is_person": "yes", "org_tax_id": "01234567890123"}, "org_tax_id"),
        ({"predecessor_id": "road-1"}, "predecessor_id"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_cell_is_told_with_its_row_and_column(cells: dict[str, str], column: str) -> None:
    reading = read_one(**cells)
    assert reading.rows == ()
    assert [fault.column for fault in reading.faults] == [column]
    assert reading.faults[0].row == (1 if column == "colour" else 2)


def test_all_faults_are_told_at_once_and_right_rows_are_still_read() -> None:
    reading = read_registry_csv(f"{HEADINGS}\n{ROW}\n\na b,X,,,\nROAD-1,SUP,goods,Жол\n{ROW},more\n".encode())
    assert told(reading) == [
        (4, "subtype"), (4, "name_ky"), (4, "object_id"), (4, "type"),
        (5, "object_id"),
        (6, "name_ru"), (6, "object_id"),
    ]  # fmt: skip
    assert [row.object_id for row in reading.rows] == ["road-1"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", [(1, "object_id"), (1, "type"), (1, "subtype"), (1, "name_ky")]),
        (b"\xff\xfe\x00a", [(None, None)]),
        ("Жол".encode("cp1251"), [(None, None)]),
        (b'object_id,type\n"a,b\n', [(None, None)]),
        (b"object_id,type,subtype,name_ky,type\n", [(1, "type")]),
    ],
)
def test_a_file_that_is_no_registry_is_told_once(
    content: bytes, expected: list[tuple[int | None, str | None]]
) -> None:
    assert told(read_registry_csv(content)) == expected


def test_villages_are_read_with_their_names() -> None:
    reading = read_villages_csv("name;label_ky;label_ru\nak-suu;Ак-Суу;\nak-suu;Б;В\nb c;;\n".encode())
    assert reading.rows == (Village(name="ak-suu", label_ky="Ак-Суу"),)
    assert told(reading) == [(3, "name"), (4, "label_ky"), (4, "name")]
