"""A reading in memory, for decrypted answers and drafts.

- It has the tables and rows that the reading has of the same instances: edits, repeats, files, decisions.
- What cannot be loaded is set aside and stops nothing.
- Names of objects come from the reading beside it.
- No file is made, and it is gone afterwards.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from analytics.exports.submissions_csv import CsvWanted, submissions_csv
from analytics.scratch import ScratchFile, ScratchSubmission, ScratchVersion, scratch_reading
from forms.errors import Unavailable
from tests.ledger import NOON, Ledger, a_warehouse, an_id, contents
from tests.make import a_form, an_instance

SURVEY = """
| survey |
| | type | name | label |
| | text | remark | Remark |
| | integer | depth | Depth |
| | image | photo | Photo |
| | begin_repeat | tap | Tap |
| | text | tap_name | Name |
| | end_repeat | | |
| settings |
| | form_id | form_title | version |
| | visit | Visit | 1 |
"""
FORM = a_form(SURVEY)
ZONE = ZoneInfo("Asia/Bishkek")
VERSION = ScratchVersion(schema=FORM.xform.schema, published_at=NOON)
FIRST = an_instance(
    FORM,
    {"remark": "суу", "depth": "deep", "photo": "1.jpg", "tap": [{"tap_name": "a"}, {"tap_name": "b"}]},
    instance_id=an_id(1),
)
EDIT = an_instance(FORM, {"remark": "нан"}, instance_id=an_id(2), deprecated_id=an_id(1))


def test_it_has_what_the_reading_has_of_the_same_instances(tmp_path: Path) -> None:
    ledger = Ledger()
    ledger.form(FORM)
    seq = ledger.submission(FIRST, 1)
    ledger.submission(EDIT, 2)
    warehouse = a_warehouse(tmp_path)
    assert ledger.load(warehouse) == []
    expected = contents(warehouse)
    warehouse.close()
    submissions = [
        ScratchSubmission(
            seq=seq + number,
            received_at=NOON + timedelta(minutes=1 + number),
            instance_id=an_id(1 + number),
            xml=xml,
            submitter_id=7,
        )
        for number, xml in enumerate((FIRST, EDIT))
    ]
    with scratch_reading([VERSION], submissions, project_id=1, zone=ZONE) as scratch:
        made = contents(scratch)
    del expected["main.progress"]
    assert made.pop("main.progress") == [(0, "", "", False)], "a scratch reading follows no ledger"
    assert made == expected
    assert len(made["form_visit.tap"]) == 2


def test_files_and_decisions_count(tmp_path: Path) -> None:
    sent = ScratchSubmission(
        seq=5,
        received_at=NOON,
        instance_id=an_id(1),
        xml=FIRST,
        state="accepted",
        files=(ScratchFile("1.jpg", "aa", 5),),
    )
    with scratch_reading([VERSION], [sent], project_id=1, zone=ZONE) as scratch, scratch.read() as db:
        assert db.execute("SELECT state, is_current FROM submission_state").fetchall() == [("accepted", True)]
        assert db.execute("SELECT submission_seq, name FROM attachment").fetchall() == [(5, "1.jpg")]


def test_corrected_values_count() -> None:
    sent = ScratchSubmission(
        seq=5,
        received_at=NOON,
        instance_id=an_id(1),
        xml=FIRST,
        corrections=(("depth", "12"), ("remark", ""), ("nowhere", "1")),
    )
    with scratch_reading([VERSION], [sent], project_id=1, zone=ZONE) as scratch, scratch.read() as db:
        assert db.execute("SELECT depth, remark FROM form_visit.submissions").fetchall() == [(12, None)]


def test_what_cannot_be_loaded_is_set_aside() -> None:
    broken = [
        ScratchSubmission(seq=1, received_at=NOON, instance_id=an_id(1), xml=b"<data"),
        ScratchSubmission(
            seq=2, received_at=NOON, instance_id=an_id(2), xml=an_instance(FORM, {}, version="unknown")
        ),
        ScratchSubmission(seq=3, received_at=NOON, instance_id=an_id(3), xml=FIRST),
    ]
    with scratch_reading([VERSION], broken, project_id=1, zone=ZONE) as scratch, scratch.read() as db:
        assert db.execute("SELECT seq FROM set_aside ORDER BY seq").fetchall() == [(1,), (2,)]
        assert db.execute("SELECT submission_seq FROM submission").fetchall() == [(3,)]


def test_names_of_objects_come_from_the_reading_beside_it(tmp_path: Path) -> None:
    ledger = Ledger()
    ledger.thing("suu", "u-suu")
    warehouse = a_warehouse(tmp_path)
    ledger.load(warehouse)
    with (
        scratch_reading([VERSION], [], project_id=1, zone=ZONE, registry=warehouse) as scratch,
        scratch.read() as db,
    ):
        assert db.execute("SELECT object_id, name_ky FROM object").fetchall() == [("suu", "Suu")]
    warehouse.close()


def test_it_makes_no_file_and_is_gone_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    sent = ScratchSubmission(seq=1, received_at=NOON, instance_id=an_id(1), xml=FIRST)
    with scratch_reading([VERSION], [sent], project_id=1, zone=ZONE) as scratch:
        text = b"".join(submissions_csv(scratch, CsvWanted(project_id=1, form_id="visit"))).decode()
        assert "суу" in text
        assert not list(tmp_path.rglob("*"))
    with pytest.raises(Unavailable), scratch.read():
        pass
