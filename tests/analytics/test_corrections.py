"""A corrected value counts in the tables, whatever its type.

- The typed row holds the latest correction, text and WKT beside it too; empty and misfit are told of it.
- In a repeat it is the row named, and no other; what an edit left standing counts like a correction.
- A citizen's answer stays as it was given, and one that was never stored stays so.
- What was erased leaves nothing, and a reading made anew says the same.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from analytics.warehouse import Warehouse
from forms.scheme import read_scheme
from tests.ledger import Ledger, an_id
from tests.make import a_form, an_instance

EVERY_TYPE = """
| survey |
| | type | name | label | privacy |
| | text | remark | Remark | |
| | integer | taps | Taps | |
| | decimal | depth | Depth | |
| | date | day | Day | |
| | dateTime | moment | Moment | |
| | geopoint | place | Place | |
| | geoshape | field | Field | |
| | select_multiple yn | faults | Faults | |
| | text | secret | Secret | drop |
| | begin_repeat | tap | Tap | |
| | text | tap_name | Name | |
| | begin_group | flow | Flow | |
| | integer | litres | Litres | |
| | begin_repeat | leak | Leak | |
| | text | spot | Spot | |
| | end_repeat | | | |
| | end_group | | | |
| | end_repeat | | | |
| choices |
| | list_name | name | label |
| | yn | yes | Yes |
| | yn | no | No |
| settings |
| | form_id | form_title | version |
| | every | Every | 1 |
"""
FORM = a_form(EVERY_TYPE)
SHAPE = "42 74;42 75;43 75;42 74"


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger()
    lines = "\n".join(line.strip() for line in EVERY_TYPE.splitlines()).encode()
    reading = read_scheme(lines, filename="form.md")
    ledger.form(FORM, scheme=reading.scheme, privacy=reading.privacy)
    return ledger


def send(ledger: Ledger, number: int, **answers: object) -> int:
    xml = an_instance(FORM, answers, instance_id=an_id(number))
    return ledger.submission(xml, number, form_id="every")


def correct(ledger: Ledger, seq: int, **values: str) -> int:
    number = 0
    for question, new in values.items():
        number = ledger.decision(seq, "corrected", question=question, old="", new=new)
    return number


def row_of(warehouse: Warehouse, seq: int, *columns: str) -> tuple[object, ...]:
    with warehouse.read() as db:
        names = ", ".join(f'"{column}"' for column in columns)
        [row] = db.execute(f"SELECT {names} FROM form_every.submissions WHERE _seq = {seq}").fetchall()
    return tuple(row)


def test_the_typed_row_holds_the_corrected_value_whatever_its_type(
    warehouse: Warehouse, ledger: Ledger
) -> None:
    seq = send(ledger, 1, remark="a", taps="1", day="2026-01-01", place="1 2 3 4")
    correct(ledger, seq, remark='it\'s "b"', taps="2", depth="2.5", day="2026-05-01", faults="no yes")
    correct(ledger, seq, moment="2026-05-01T12:00:00.000+06:00", place="42 74", field=SHAPE, taps="3")
    assert ledger.load(warehouse) == []
    assert row_of(warehouse, seq, "remark", "taps", "depth", "faults") == (
        'it\'s "b"',
        3,
        2.5,
        ["no", "yes"],
    )
    day, moment, sent = row_of(warehouse, seq, "day", "moment", "moment@sent")
    assert (str(day), str(moment), sent) == (
        "2026-05-01",
        "2026-05-01 06:00:00",
        "2026-05-01T12:00:00.000+06:00",
    )
    place, field, wkt = row_of(warehouse, seq, "place", "field", "field@wkt")
    assert place == {"lat": 42.0, "lon": 74.0, "alt": None, "acc": None}
    assert field == SHAPE and str(wkt).startswith("POLYGON ((74.0 42.0")


def test_empty_and_misfit_are_told_of_what_counts(warehouse: Warehouse, ledger: Ledger) -> None:
    seq = send(ledger, 1, taps="many", depth="1", remark="")
    correct(ledger, seq, taps="7", depth="", remark="said", day="never")
    assert ledger.load(warehouse) == []
    empty, misfit, taps, day = row_of(warehouse, seq, "_empty", "_misfit", "taps", "day")
    assert (taps, day, misfit) == (7, None, ["day"])
    assert isinstance(empty, list) and "depth" in empty and "remark" not in empty


def test_in_a_repeat_the_row_that_is_named_is_corrected(warehouse: Warehouse, ledger: Ledger) -> None:
    north = {"tap_name": "north", "litres": "many", "leak": [{"spot": "a"}, {"spot": "b"}]}
    taps = [north, {"tap_name": "south", "litres": "5"}]
    seq, other = (send(ledger, number, tap=taps) for number in (1, 2))
    ledger.decision(seq, "corrected", question="/tap[2]/tap_name", old="south", new="west")
    ledger.decision(seq, "kept", question="/tap[1]/flow/litres", old="many", new="7")
    ledger.decision(seq, "superseded", question="/tap[2]/flow/litres", old="9", new="5")
    ledger.decision(seq, "corrected", question="/tap[1]/flow/leak[2]/spot", old="b", new="")
    ledger.decision(seq, "corrected", question="/tap[3]/tap_name", old="", new="nowhere")
    assert ledger.load(warehouse) == []
    with warehouse.read() as db:
        rows = db.execute(
            "SELECT _seq, tap_name, litres, _misfit FROM form_every.tap ORDER BY rowid"
        ).fetchall()
        spots = db.execute(
            'SELECT _seq, spot, _empty FROM form_every."tap/flow/leak" ORDER BY rowid'
        ).fetchall()
    assert [row for row in rows if row[0] == seq] == [(seq, "north", 7, []), (seq, "west", 5, [])]
    assert {row[1:3] for row in rows if row[0] == other} == {("north", None), ("south", 5)}
    assert [row for row in spots if row[0] == seq] == [(seq, "a", []), (seq, None, ["spot"])]


def test_what_was_never_stored_or_names_no_row_of_its_repeat_changes_nothing(
    warehouse: Warehouse, ledger: Ledger
) -> None:
    seq = send(ledger, 1, remark="a")
    correct(ledger, seq, secret="told", tap_name="north", nowhere="x")
    assert ledger.load(warehouse) == []
    assert row_of(warehouse, seq, "remark") == ("a",)


def test_an_erased_correction_is_gone_and_others_outlive_an_erasure(
    warehouse: Warehouse, ledger: Ledger
) -> None:
    seq = send(ledger, 1, remark="a", taps="1")
    correct(ledger, seq, taps="2")
    hidden = correct(ledger, seq, remark="secret")
    ledger.records[-1] = replace(ledger.records[-1], payload=None)
    left = an_instance(FORM, {"taps": "1"}, instance_id=an_id(1)).decode()
    erased = json.dumps({"subject_seq": seq, "reason": "law", "instance": left}).encode()
    ledger.append("erasure", f"1/every/{an_id(1)}", erased)
    assert ledger.load(warehouse) == []
    assert row_of(warehouse, seq, "remark", "taps") == (None, 2)
    with warehouse.read() as db:
        assert db.execute(f"SELECT count(*) FROM decision WHERE seq = {hidden}").fetchall() == [(0,)]
