"""Records of the ledger into the reading.

- The scheme's roles say what a sheet is about; an object is found by its entity's UUID or its object_id.
- A sheet of stream O carries its sender as token; in stream C the link's token or the slip's, hashed; the
  slip's and every answer to be dropped are kept nowhere.
- The day a sheet was filled in is its end, else its today, else the day of receipt, in the project's zone.
- An edit leads back to its first version and stays in its round; the latest decision of each kind counts.
- Every record is loaded once, in order; a reading made anew, in batches of any size, equals the old one.
- A record that cannot be loaded is set aside, with a reason that holds no answer, and stops nothing.
- After an erasure nothing of what was erased is left.
- What is deleted is current no more, with all its versions, until it is restored.
- Registry and rounds stand as their latest record says; every state of an object is kept.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from analytics.load import Loading, apply
from analytics.warehouse import Warehouse
from tests.analytics.a_visit import FORM, PRIVACY, READ, SCHEME, UUID, a_sheet, an_edit, facts, rows
from tests.ledger import CUSTOMS, NOON, Ledger, a_warehouse, an_id, contents
from tests.make import an_instance


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger()
    ledger.thing("ak-suu", UUID)
    ledger.form(FORM, scheme=SCHEME, privacy=PRIVACY)
    return ledger


def test_the_scheme_is_there() -> None:
    assert not READ.faults and SCHEME is not None
    assert PRIVACY["secret"] == "drop"


def test_an_object_is_found_by_its_uuid_or_its_id(warehouse: Warehouse, ledger: Ledger) -> None:
    ledger.submission(a_sheet(1), 1)
    ledger.submission(a_sheet(2, object=f"uuid:{UUID}"), 2)
    ledger.submission(a_sheet(2, object="ak-suu"), 5)
    ledger.submission(a_sheet(3, object="kara-suu"), 3)
    ledger.thing("kara-suu", "0b1e7a52-0000-4000-8000-0000000000bb")
    ledger.submission(a_sheet(4, object="0b1e7a52-0000-4000-8000-0000000000bb"), 4)
    assert ledger.load(warehouse) == []
    assert facts(warehouse, "object_id") == [
        ("ak-suu",),
        ("ak-suu",),
        ("ak-suu",),
        (None,),
        ("kara-suu",),
    ]


def test_whose_token_it_is(warehouse: Warehouse, ledger: Ledger) -> None:
    ledger.submission(a_sheet(1, slip="S1"), 1, actor=7)
    ledger.submission(a_sheet(2, stream="C", slip=" S1 "), 2, actor=7)
    ledger.submission(a_sheet(3, stream="C", slip="S1"), 3, actor=7, link_token="once")
    ledger.submission(a_sheet(4, stream="C"), 4, actor=7)
    ledger.submission(a_sheet(5, stream=None), 5, actor=7)
    ledger.submission(a_sheet(6), 6, actor=None)
    assert ledger.load(warehouse) == []
    assert facts(warehouse, "stream, token") == [
        ("O", "7"),
        ("C", "hashed S1"),
        ("C", "hashed once"),
        ("C", None),
        (None, None),
        ("O", None),
    ]


def test_what_is_to_be_dropped_is_kept_nowhere(warehouse: Warehouse, ledger: Ledger) -> None:
    ledger.submission(a_sheet(1, stream="C", slip="THE-SLIP", secret="THE-SECRET", sex="woman"))
    assert ledger.load(warehouse) == []
    warehouse.close()
    for file in warehouse.path.parent.glob("reading.duckdb*"):
        assert b"THE-SECRET" not in file.read_bytes()
        assert b"THE-SLIP" not in file.read_bytes().replace(b"hashed THE-SLIP", b"")
    again = a_warehouse(warehouse.path.parent)
    assert rows(again, "SELECT sex FROM form_visit.submissions") == [("woman",)]
    again.close()


def test_visit_method_and_profile(warehouse: Warehouse, ledger: Ledger) -> None:
    ledger.submission(a_sheet(1, seen_on="2026-04-30", method="survey", sex="woman"), 1)
    ledger.submission(a_sheet(2, method="focus_group"), 2)
    ledger.submission(a_sheet(3, seen_on="soon"), 3)
    assert ledger.load(warehouse) == []
    assert facts(warehouse, "visit, is_focus_group, sex") == [
        (date(2026, 4, 30), False, "woman"),
        (None, True, None),
        (None, False, None),
    ]


def test_the_day_it_was_filled_in(warehouse: Warehouse, ledger: Ledger) -> None:
    late = "2026-04-30T20:00:00.000+00:00"  # two in the morning of the first of May in Bishkek
    ledger.submission(a_sheet(1, end=late, today="2026-04-01"), 1)
    ledger.submission(a_sheet(2, end=None, today="2026-04-01"), 2)
    ledger.submission(a_sheet(3, end="0001-01-01T00:00:00+06:00", today="2026-04-02"), 3)
    ledger.submission(a_sheet(4, end="", today=None), 4)
    ledger.records[-1] = replace(ledger.records[-1], at=NOON.replace(hour=19))
    assert ledger.load(warehouse) == []
    assert facts(warehouse, "filled_on") == [
        (date(2026, 5, 1),),
        (date(2026, 4, 1),),
        (date(2026, 4, 2),),
        (date(2026, 5, 2),),
    ]


def test_an_edit_leads_to_its_first_version(warehouse: Warehouse, ledger: Ledger) -> None:
    first = ledger.submission(a_sheet(1, works="no"), 1, round_id="2026-1")
    ledger.decision(first, "accepted")
    second = ledger.submission(an_edit(2, 1, works="yes"), 2)
    third = ledger.submission(an_edit(3, 2, works="yes"), 3)
    other = ledger.submission(a_sheet(4), 4)
    assert ledger.load(warehouse) == []
    assert rows(
        warehouse,
        "SELECT submission_seq, root_seq, round_id, state, is_current, edits FROM submission_state "
        "ORDER BY submission_seq",
    ) == [
        (first, first, "2026-1", "accepted", False, 2),
        (second, first, "2026-1", "edited", False, 2),
        (third, first, "2026-1", "edited", True, 2),
        (other, other, None, "received", True, 0),
    ]


def test_what_comes_after_a_restart_finds_what_came_before(warehouse: Warehouse, ledger: Ledger) -> None:
    first = ledger.submission(a_sheet(1), 1)
    assert ledger.load(warehouse) == []
    second = ledger.submission(an_edit(2, 1), 2)
    assert ledger.load(warehouse) == []  # by a loader that remembers nothing
    ledger.attachment("1.jpg", "aa", 1)
    ledger.attachment("1.jpg", "bb", 2)
    assert ledger.load(warehouse) == []
    assert facts(warehouse, "submission_seq, root_seq") == [(first, first), (second, first)]
    assert rows(warehouse, "SELECT submission_seq FROM attachment ORDER BY seq") == [(first,), (second,)]


def test_a_version_taken_from_the_quarantine_belongs_to_its_instance(
    warehouse: Warehouse, ledger: Ledger
) -> None:
    first = ledger.submission(a_sheet(1, works="no"), 1)
    second = ledger.submission(a_sheet(1, works="yes"), 1, variant="0123456789abcdef")
    lost = ledger.submission(an_edit(3, 77), 3)  # of an original that never arrived
    ledger.attachment("1.jpg", "aa")
    assert ledger.load(warehouse) == []
    assert facts(warehouse, "submission_seq, root_seq") == [(first, first), (second, first), (lost, lost)]
    assert rows(warehouse, "SELECT submission_seq, name, sha256, size FROM attachment") == [
        (first, "1.jpg", "aa", 5)
    ]


def test_the_latest_decision_of_each_kind_counts(warehouse: Warehouse, ledger: Ledger) -> None:
    seq = ledger.submission(a_sheet(1))
    ledger.decision(seq, "accepted")
    ledger.decision(seq, "assigned", round_id="2026-1")
    ledger.decision(seq, "void")
    corrected = ledger.decision(seq, "corrected", question="works", old="no", new="yes")
    assert ledger.load(warehouse) == []
    assert rows(warehouse, "SELECT state, round_id FROM submission_state") == [("void", "2026-1")]
    assert rows(warehouse, "FROM correction") == [(corrected, seq, "works", "no", "yes")]
    assert rows(warehouse, "SELECT works FROM form_visit.submissions") == [("yes",)]


def a_long_ledger(ledger: Ledger) -> Ledger:
    ledger.village("jangy", "Жаңы", "Жаны")
    for number in range(1, 30):
        seq = ledger.submission(
            a_sheet(number, photo=f"{number}.jpg", works="yes" if number % 3 else "maybe"), number
        )
        ledger.attachment(f"{number}.jpg", f"sha of {number}", number)
        if number % 4 == 0:
            ledger.decision(seq, "accepted", number)
            ledger.submission(an_edit(100 + number, number, works="no"), 100 + number)
        if number == 10:
            ledger.submission(b"<data id='visit' version='1'><broken", 500)
        if number == 20:
            ledger.thing("ak-suu", UUID, name_ky="Ак-Суу", villages_served=["jangy"])
            ledger.round(
                "2026-1", "opened", titles={"ky": "Раунд"}, objects=["ak-suu"], type_weights={"PSO": 1}
            )
    return ledger


def test_a_reading_made_anew_equals_the_old_one(tmp_path: Path, ledger: Ledger) -> None:
    a_long_ledger(ledger)
    readings = []
    for size, remembering in ((1, True), (1, False), (7, True), (1000, True)):
        warehouse = a_warehouse(tmp_path / f"{size} {remembering}")
        loading = Loading(warehouse, CUSTOMS)
        for start in range(0, len(ledger.records), size):
            loading.apply(ledger.records[start : start + size])
            if not remembering:  # as after a restart
                loading = Loading(warehouse, CUSTOMS)
        assert warehouse.progress() == (len(ledger.records), ledger.records[-1].hash)
        readings.append(contents(warehouse))
        warehouse.close()
    assert all(reading == readings[0] for reading in readings)
    assert len(readings[0]["main.submission"]) == 36
    assert len(readings[0]["main.set_aside"]) == 1


def test_a_record_is_loaded_once(warehouse: Warehouse, ledger: Ledger) -> None:
    ledger.submission(a_sheet(1))
    ledger.load(warehouse)
    before = contents(warehouse)
    assert ledger.load(warehouse) == []
    assert contents(warehouse) == before


def test_a_record_that_cannot_be_loaded_stops_nothing(warehouse: Warehouse, ledger: Ledger) -> None:
    poison = {
        ledger.submission(b"<data id='visit' version='1'><secret>THE-SECRET</secret>", 1): "InstanceBroken",
        ledger.submission(
            a_sheet(2).replace(b'version="1"', b'version="9"'), 2
        ): "its version of the form is not known",
        ledger.append("decision", "1/visit/x", b'{"submission_seq": "THE-SECRET"}'): "ValidationError in",
        ledger.append(
            "decision", "1/visit/x", b'{"submission_seq": 99999999999999999999999, "action": "void"}'
        ): "",
        ledger.append("round", "1/2026-1", b'{"state": "opened", "opens_on": "never"}'): "ValidationError in",
        ledger.append("registry", "1/x", b'{"object_id": "x"}'): "ValidationError in",
        ledger.append("form", "1/other/1", b"{}"): "the form has no schema",
        ledger.append("attachment", "1/visit/nobody", b'{"name": "a", "sha256": "b", "size": 1}'): (
            "the submission it belongs to is not loaded"
        ),
        ledger.append("oracle", "1/x", b"{}"): "a kind of record that this version does not know",
        ledger.append("submission", "no project", b""): "ValueError in",
    }
    good = [ledger.submission(a_sheet(number), number) for number in (3, 4)]
    ledger.records.insert(5, replace(ledger.records[-1], seq=0))  # loaded long ago: passed over
    aside = ledger.load(warehouse)
    assert {one.seq: one.reason for one in aside}.keys() == poison.keys()
    for one in aside:
        assert one.reason.startswith(poison[one.seq])
        assert "THE-SECRET" not in one.reason
    assert facts(warehouse, "submission_seq") == [(seq,) for seq in good]
    assert sorted(rows(warehouse, "SELECT seq, reason FROM set_aside")) == sorted(
        (one.seq, one.reason) for one in aside
    )
    assert warehouse.progress()[0] == ledger.records[-1].seq


def test_after_an_erasure_nothing_is_left_of_what_was_erased(warehouse: Warehouse, ledger: Ledger) -> None:
    xml = an_instance(
        FORM,
        {"stream": "O", "object": UUID, "works": "yes", "photo": "1.jpg", "tap": [{"tap_name": "NORTH"}]},
        instance_id=an_id(1),
    )
    seq = ledger.submission(xml, 1, round_id="2026-1")
    photo = ledger.attachment("1.jpg", "aa")
    ledger.submission(a_sheet(2), 2)
    assert ledger.load(warehouse) == []
    left = a_sheet(1, works=None, object=UUID)
    ledger.append(
        "erasure", f"1/visit/{an_id(1)}", json.dumps({"subject_seq": seq, "instance": left.decode()}).encode()
    )
    ledger.append("erasure", f"1/visit/{an_id(1)}", json.dumps({"subject_seq": photo}).encode())
    assert ledger.load(warehouse) == []
    assert rows(warehouse, "FROM attachment") == []
    assert rows(warehouse, f"SELECT works, photo FROM form_visit.submissions WHERE _seq = {seq}") == [
        (None, None)
    ]
    assert rows(warehouse, "FROM form_visit.tap") == []
    assert facts(warehouse, "object_id, round_id, submitter_id")[0] == ("ak-suu", "2026-1", 7)
    assert warehouse.has_traces()  # in blocks of the file that nothing points to any more
    live = contents(warehouse)
    ledger.records = [  # as the ledger holds them from now on
        replace(record, payload=None) if record.seq in (seq, photo) else record for record in ledger.records
    ]
    warehouse.renew(keep=False)
    assert ledger.load(warehouse) == []
    assert not warehouse.has_traces()
    made_anew = contents(warehouse)
    assert made_anew.pop("main.progress") != live.pop("main.progress")
    assert made_anew == live


def test_registry_and_rounds_stand_as_their_latest_record_says(warehouse: Warehouse, ledger: Ledger) -> None:
    ledger.thing("ak-suu", UUID, name_ky="Ак-Суу", status="suspended", finished_on="2026-01-31")
    ledger.village("jangy", "Эски")
    ledger.village("jangy", "Жаңы", "Жаны")
    more = {
        "titles": {"ky": "Раунд", "ru": "Раунд", "en": "Round"},
        "kind": "evaluation_regular",
        "opens_on": "2026-05-01",
        "closes_on": "2026-05-31",
        "forms": [{"form_id": "visit", "version": "1", "object_type": "PSO"}],
        "objects": ["ak-suu"],
        "type_weights": {"PSO": 25.0},
    }
    ledger.round("2026-1", "planned", **more)
    opened = ledger.round("2026-1", "opened", **more)
    closed = ledger.round("2026-1", "closed", **more)
    assert ledger.load(warehouse) == []
    assert rows(warehouse, "SELECT name_ky, status, finished_on FROM object") == [
        ("Ак-Суу", "suspended", date(2026, 1, 31))
    ]
    assert rows(warehouse, "SELECT count(*) FROM object_record") == [(2,)]
    assert rows(warehouse, "SELECT name, label_ky, label_ru FROM village") == [("jangy", "Жаңы", "Жаны")]
    assert rows(warehouse, "SELECT state, title_en, opens_on, opened_seq, closed_seq FROM round") == [
        ("closed", "Round", date(2026, 5, 1), opened, closed)
    ]
    assert rows(warehouse, "FROM round_form") == [("2026-1", 1, "visit", "1", "PSO")]
    assert rows(warehouse, "FROM round_object") == [("2026-1", 1, "ak-suu")]
    assert rows(warehouse, "FROM type_weight") == [("2026-1", 1, "PSO", 25.0)]


def test_a_plain_form_and_an_encrypted_instance_are_kept_too(warehouse: Warehouse) -> None:
    ledger = Ledger()
    ledger.form(FORM)
    ledger.submission(a_sheet(1, works="yes"), 1)
    manifest = (
        b'<data xmlns="http://www.opendatakit.org/xforms/encrypted" encrypted="yes" id="visit" version="1">'
        b"<base64EncryptedKey>x</base64EncryptedKey><meta xmlns='http://openrosa.org/xforms'>"
        + f"<instanceID>{an_id(2)}</instanceID></meta>".encode()
        + b"<media><file>1.jpg.enc</file></media>"
        + b"<encryptedXmlFile>submission.xml.enc</encryptedXmlFile></data>"
    )
    ledger.submission(manifest, 2)
    ledger.submission(an_instance(FORM, {"works": "no"}, instance_id=None), 3)
    assert apply(warehouse, ledger.records, CUSTOMS) == []
    assert facts(warehouse, "instance_id, encrypted, stream, media") == [
        (an_id(1), False, None, []),
        (an_id(2), True, None, ["1.jpg.enc", "submission.xml.enc"]),
        (an_id(3), False, None, []),
    ]
    assert rows(warehouse, "SELECT _instance_id, works FROM form_visit.submissions ORDER BY _seq") == [
        (an_id(1), "yes"),
        (an_id(3), "no"),
    ]


def test_what_is_deleted_is_current_no_more_with_all_its_versions(
    warehouse: Warehouse, ledger: Ledger
) -> None:
    first = ledger.submission(a_sheet(1), 1)
    ledger.decision(first, "accepted")
    edit = ledger.submission(an_edit(2, 1), 2)
    ledger.decision(edit, "deleted")
    other = ledger.submission(a_sheet(3), 3)
    ledger.decision(other, "deleted")
    ledger.decision(other, "restored")
    assert ledger.load(warehouse) == []
    told = "submission_seq, state, is_latest, is_current, deleted_at IS NULL"
    assert rows(warehouse, f"SELECT {told} FROM submission_state ORDER BY submission_seq") == [
        (first, "accepted", False, False, False),
        (edit, "edited", True, False, False),
        (other, "received", True, True, True),
    ]
