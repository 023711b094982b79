"""Submissions as CSV, in ODK Central's layout.

- Header, order of rows and columns, geopoints, keys, the repeats' files and their names are Central's.
- An edited submission is one row: answers of the latest version, key, date and form version of the first.
- Options: groupPaths, splitSelectMultiples, deletedFields; in words of a language; filters; hidden questions.
- Cells are as sent, quoted where RFC 4180 says so; only a text that a spreadsheet would run gets an
  apostrophe, numbers stay numbers.
- Pieces of any size make the same file.
- The zip holds every file once, and the attachments under names of their own.
- The phones' logs become one file, however ragged they are.
- Objects that a reader may not look at are not in it.
- A form that is not there is an error before any byte.
"""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import timedelta

import pytest

from analytics.exports import csv_pieces
from analytics.exports.client_audit import COLUMNS, audit_events
from analytics.exports.layout import ExportTable
from analytics.exports.media import ReadFile, file_names, safe_name
from analytics.exports.submissions_csv import CsvWanted, Senders, submissions_csv, submissions_zip
from analytics.odata.filter import parse_filter
from analytics.warehouse import Warehouse
from forms.errors import FormNotFound
from forms.evaluation import Scheme
from forms.faults.odata import FieldUnsupported
from tests.ledger import NOON, Ledger, an_id
from tests.make import a_form, an_instance

SURVEY = """
| survey |
| | type | name | label::English (en) | label::Кыргызча (ky) |
| | start | start | | |
| | text | remark | Remark | Эскертүү |
| | begin_group | water | Water | Суу |
| | decimal | depth | Depth, m | Тереңдик |
| | select_multiple faults | faults | Faults | Кемчиликтер |
| | end_group | | | |
| | select_one yn | works | Does it work? | Иштейби? |
| | geopoint | place | Place | Жери |
| | image | photo | Photo | Сүрөт |
| | begin_repeat | tap | Tap | Чорго |
| | text | tap_name | Name | Аты |
| | begin_repeat | leak | Leak | Агуу |
| | integer | size | Size | Өлчөмү |
| | end_repeat | | | |
| | end_repeat | | | |
| choices |
| | list_name | name | label::English (en) | label::Кыргызча (ky) |
| | faults | dry | Dry | Кургак |
| | faults | bent | Bent | Кыйшык |
| | yn | yes | Yes | Ооба |
| | yn | no | No | Жок |
| settings |
| | form_id | form_title | version |
| | visit | Visit | 1 |
"""
FORM = a_form(SURVEY)
LATER = a_form(
    SURVEY.replace("| | text | remark | Remark | Эскертүү |\n", "").replace("| Visit | 1 |", "| Visit | 2 |")
)
HEADER = (
    "SubmissionDate,start,remark,water-depth,water-faults,works,place-Latitude,place-Longitude,"
    "place-Altitude,place-Accuracy,photo,meta-instanceID,KEY,SubmitterID,SubmitterName,"
    "AttachmentsPresent,AttachmentsExpected,Status,ReviewState,DeviceID,Edits,FormVersion"
)


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger()
    ledger.form(FORM)
    return ledger


def export(warehouse: Warehouse, senders: Senders | None = None, **options: object) -> str:
    wanted = CsvWanted(**{"project_id": 1, "form_id": "visit", **options})  # type: ignore[arg-type]
    return b"".join(submissions_csv(warehouse, wanted, senders)).decode()


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def column(warehouse: Warehouse, name: str, **options: object) -> list[str]:
    return [row[name] for row in table(export(warehouse, **options))]


def test_the_layout_is_centrals(warehouse: Warehouse, ledger: Ledger) -> None:
    seq = ledger.submission(
        an_instance(
            FORM,
            {
                "start": "2026-05-01T12:00:00.000+06:00",
                "remark": "суу\nжок, эч",
                "depth": "1.50",
                "faults": "dry bent",
                "works": "yes",
                "place": "42.5 -74.5 800",
                "photo": "1.jpg",
            },
            instance_id=an_id(1),
        )
    )
    ledger.submission(an_instance(FORM, {"depth": "deep"}, instance_id=an_id(2)), 2, actor=None)
    ledger.attachment("1.jpg", "aa")
    ledger.attachment("unasked.jpg", "bb")
    ledger.decision(seq, "accepted")
    assert ledger.load(warehouse) == []
    senders = Senders(names=[(7, 'Phone "7"')], devices=[(seq, "collect:abc")])
    assert export(warehouse, senders) == (
        f"{HEADER}\n"
        f"2026-05-01T06:02:00.000Z,,,,,,,,,,,{an_id(2)},{an_id(2)},,,0,0,,,,0,1\n"
        '2026-05-01T06:01:00.000Z,2026-05-01T12:00:00.000+06:00,"суу\nжок, эч",1.5,dry bent,yes,'
        f"42.5,-74.5,800.0,,1.jpg,{an_id(1)},{an_id(1)},"
        '7,"Phone ""7""",1,1,,approved,collect:abc,0,1\n'
    )


def test_an_empty_form_has_a_header(warehouse: Warehouse, ledger: Ledger) -> None:
    ledger.load(warehouse)
    assert export(warehouse) == HEADER + "\n"


def test_an_edited_submission_is_one_row(warehouse: Warehouse, ledger: Ledger) -> None:
    first = an_instance(
        FORM, {"works": "no", "photo": "1.jpg", "tap": [{"tap_name": "old"}]}, instance_id=an_id(1)
    )
    ledger.submission(first)
    ledger.attachment("1.jpg", "aa")
    ledger.form(LATER)
    edit = an_instance(
        LATER,
        {"works": "yes", "photo": "1.jpg", "tap": [{"tap_name": "new", "leak": [{"size": "3"}]}]},
        instance_id=an_id(2),
        deprecated_id=an_id(1),
    )
    ledger.submission(edit, 2, actor=8)
    assert ledger.load(warehouse) == []
    (row,) = table(export(warehouse))
    assert row["works"] == "yes"
    assert row["meta-instanceID"] == an_id(2)
    shared = (
        "KEY",
        "SubmissionDate",
        "SubmitterID",
        "FormVersion",
        "Edits",
        "ReviewState",
        "AttachmentsPresent",
    )
    assert [row[name] for name in shared] == [
        an_id(1),
        "2026-05-01T06:01:00.000Z",
        "7",
        "1",
        "1",
        "edited",
        "1",
    ]
    with zipfile.ZipFile(
        io.BytesIO(b"".join(submissions_zip(warehouse, CsvWanted(project_id=1, form_id="visit"))))
    ) as z:
        assert (
            z.read("visit-tap.csv").decode() == f"tap_name,PARENT_KEY,KEY\nnew,{an_id(1)},{an_id(1)}/tap[1]\n"
        )
        assert z.read("visit-leak.csv").decode() == (
            f"size,PARENT_KEY,KEY\n3,{an_id(1)}/tap[1],{an_id(1)}/tap[1]/leak[1]\n"
        )


def test_names_without_groups(warehouse: Warehouse, ledger: Ledger) -> None:
    ledger.load(warehouse)
    header = export(warehouse, group_paths=False)
    assert header.startswith("SubmissionDate,start,remark,depth,faults,works,place-Latitude,")
    assert ",instanceID,KEY," in header


def test_several_answers_can_be_split(warehouse: Warehouse, ledger: Ledger) -> None:
    for number, faults in enumerate(("dry", "dry bent", "", "rust"), start=1):
        ledger.submission(an_instance(FORM, {"faults": faults}, instance_id=an_id(number)), number)
    ledger.load(warehouse)
    header, *_ = (text := export(warehouse, split_select_multiples=True)).split("\n")
    assert "water-faults,water-faults/bent,water-faults/dry,water-faults/rust,works" in header
    names = ["water-faults", "water-faults/bent", "water-faults/dry", "water-faults/rust"]
    assert [[row[name] for name in names] for row in table(text)] == [
        ["rust", "0", "0", "1"],
        ["", "", "", ""],
        ["dry bent", "1", "1", "0"],
        ["dry", "0", "1", "0"],
    ]


def test_fields_of_older_versions_come_on_request(warehouse: Warehouse, ledger: Ledger) -> None:
    ledger.submission(an_instance(FORM, {"remark": "old"}, instance_id=an_id(1)), 1)
    ledger.form(LATER)
    ledger.submission(an_instance(LATER, {"works": "yes"}, instance_id=an_id(2)), 2)
    ledger.load(warehouse)
    assert ",remark," not in export(warehouse)
    assert column(warehouse, "remark", deleted_fields=True) == ["", "old"]
    assert column(warehouse, "works", deleted_fields=True) == ["yes", ""]


def test_in_words_of_a_language(warehouse: Warehouse, ledger: Ledger) -> None:
    ledger.submission(
        an_instance(FORM, {"faults": "dry unknown", "works": "yes", "depth": "2"}, instance_id=an_id(1))
    )
    ledger.load(warehouse)
    (row,) = table(export(warehouse, labels="ky", split_select_multiples=True))
    assert row["Кемчиликтер"] == "Кургак; unknown"
    assert row["Кемчиликтер/Кургак"] == "1"
    assert row["Иштейби?"] == "Ооба"
    (row,) = table(export(warehouse, labels="en"))
    assert row["Depth, m"] == "2.0"
    assert row["Does it work?"] == "Yes"
    (row,) = table(export(warehouse, labels="ru"))  # not in the form: better in Kyrgyz than in codes
    assert row["Иштейби?"] == "Ооба"


@pytest.mark.parametrize(
    ("sent", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+996 555", "'+996 555"),
        ("-1+2", "'-1+2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("-5", "-5"),
        ("+1.5e3", "+1.5e3"),
        ("-", "'-"),
        (" =1", " =1"),
        ("'=1", "'=1"),
        ("a,b", "a,b"),
        ('say "no"', 'say "no"'),
        ("two\nlines", "two\nlines"),
        ("суу #1", "суу #1"),
        ("NULL", "NULL"),
        ("  spaces  ", "  spaces  "),
        ("'", "'"),
        ("\\N", "\\N"),
    ],
)
def test_a_cell_is_as_sent_and_never_a_formula(
    warehouse: Warehouse, ledger: Ledger, sent: str, cell: str
) -> None:
    ledger.submission(an_instance(FORM, {"remark": sent, "tap": [{"tap_name": sent}]}, instance_id=an_id(1)))
    ledger.load(warehouse)
    assert column(warehouse, "remark") == [cell]
    with zipfile.ZipFile(
        io.BytesIO(b"".join(submissions_zip(warehouse, CsvWanted(project_id=1, form_id="visit"))))
    ) as z:
        assert table(z.read("visit-tap.csv").decode())[0]["tap_name"] == cell


def test_negative_numbers_and_positions_stay_numbers(warehouse: Warehouse, ledger: Ledger) -> None:
    ledger.submission(an_instance(FORM, {"depth": "-1.5E3", "place": "-42.5 -74.5"}, instance_id=an_id(1)))
    ledger.load(warehouse)
    (row,) = table(export(warehouse))
    assert (row["water-depth"], row["place-Latitude"], row["place-Longitude"]) == (
        "-1500.0",
        "-42.5",
        "-74.5",
    )


def test_pieces_of_any_size_make_the_same_file(
    warehouse: Warehouse, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 24):
        taps = [{"tap_name": f"{number}-{tap}"} for tap in range(number % 4)]
        ledger.submission(
            an_instance(FORM, {"remark": str(number), "tap": taps}, instance_id=an_id(number)), number
        )
    ledger.load(warehouse)
    whole = export(warehouse)
    assert column(warehouse, "remark") == [str(number) for number in range(23, 0, -1)]
    monkeypatch.setattr(csv_pieces, "ROWS", 5)
    assert export(warehouse) == whole
    with zipfile.ZipFile(
        io.BytesIO(b"".join(submissions_zip(warehouse, CsvWanted(project_id=1, form_id="visit"))))
    ) as z:
        assert [row["tap_name"] for row in table(z.read("visit-tap.csv").decode())] == [
            f"{number}-{tap}" for number in range(23, 0, -1) for tap in range(number % 4)
        ]
    assert not list(warehouse.tmp.glob("export-*"))


def test_only_what_was_asked_for(warehouse: Warehouse, ledger: Ledger) -> None:
    for number in range(1, 4):
        seq = ledger.submission(
            an_instance(FORM, {"remark": str(number)}, instance_id=an_id(number)),
            number,
            actor=number,
            round_id="2026-1" if number == 1 else None,
        )
        if number == 2:
            ledger.decision(seq, "void")
    ledger.load(warehouse)
    assert column(warehouse, "remark", round_id="2026-1") == ["1"]
    assert column(warehouse, "remark", states=("void",)) == ["2"]
    assert column(warehouse, "remark", submitter_ids=(2, 3)) == ["3", "2"]
    assert column(warehouse, "remark", received_from=NOON + timedelta(minutes=2)) == ["3", "2"]
    assert column(warehouse, "remark", received_before=NOON + timedelta(minutes=2)) == ["1"]
    assert "remark" not in export(warehouse, hidden=frozenset({"remark"}))


def test_a_filter_on_any_question(warehouse: Warehouse, ledger: Ledger) -> None:
    for number in range(1, 5):
        values = {"depth": str(number), "works": "yes" if number % 2 else "no", "tap": [{"tap_name": "t"}]}
        ledger.submission(an_instance(FORM, values, instance_id=an_id(number)), number)
    edit = an_instance(FORM, {"depth": "9"}, instance_id=an_id(5), deprecated_id=an_id(1))
    ledger.submission(edit, 5)
    ledger.load(warehouse)

    def keys(text: str, **options: object) -> list[str]:
        return column(warehouse, "KEY", filter=parse_filter(text), now=NOON, **options)

    assert keys("water/depth gt 2") == [an_id(4), an_id(3), an_id(1)], "the latest version counts"
    assert keys("works eq 'no' and __system/submitterId eq 7") == [an_id(4), an_id(2)]
    assert keys("__system/submissionDate lt 2020-01-01T00:00:00Z") == []
    assert keys("water/depth gt 2", limit=2) == [an_id(4), an_id(3)]
    with the_zip(warehouse, filter=parse_filter("water/depth eq 3"), now=NOON) as z:
        assert len(table(z.read("visit-tap.csv").decode())) == 1
    with pytest.raises(FieldUnsupported):
        keys("water/depth gt 2", hidden=frozenset({"depth"}))


def test_objects_that_a_reader_may_not_look_at_are_not_in_it(warehouse: Warehouse) -> None:
    ledger = Ledger()
    ledger.thing("ao", "u-ao", type="EXEC", subtype="ao")
    ledger.thing("suu", "u-suu")
    scheme = Scheme("visit", "1", {}, "PSO", (), (), {"object": "remark"}, {})
    ledger.form(FORM, scheme=scheme)
    for number, thing in enumerate(("u-ao", "ao", "suu", "nobody"), start=1):
        ledger.submission(an_instance(FORM, {"remark": thing}, instance_id=an_id(number)), number)
    ledger.load(warehouse)
    assert column(warehouse, "remark", not_object_types=("EXEC",)) == ["nobody", "suu"]
    assert column(warehouse, "remark", not_object_types=("PSO",)) == ["ao", "u-ao"]


def test_an_encrypted_submission_has_a_row(warehouse: Warehouse, ledger: Ledger) -> None:
    for number in (1, 2):
        ledger.submission(
            f'<data encrypted="yes" id="visit" version="1"><meta><instanceID>{an_id(number)}</instanceID>'
            "</meta><encryptedXmlFile>submission.xml.enc</encryptedXmlFile></data>".encode(),
            number,
        )
    ledger.attachment("submission.xml.enc", "aa", 1)
    assert ledger.load(warehouse) == []
    missing, waiting = table(export(warehouse))
    assert (waiting["KEY"], waiting["Status"], waiting["AttachmentsPresent"]) == (
        an_id(1),
        "not decrypted",
        "1",
    )
    assert (missing["Status"], missing["AttachmentsExpected"]) == ("missing encrypted form data", "1")


def files_of(contents: dict[str, bytes]) -> ReadFile:
    return lambda sha256: iter([contents[sha256]]) if sha256 in contents else None


def the_zip(warehouse: Warehouse, read: ReadFile | None = None, **options: object) -> zipfile.ZipFile:
    wanted = CsvWanted(**{"project_id": 1, "form_id": "visit", **options})  # type: ignore[arg-type]
    return zipfile.ZipFile(io.BytesIO(b"".join(submissions_zip(warehouse, wanted, None, read))))


def test_the_zip_has_every_file_once(warehouse: Warehouse, ledger: Ledger) -> None:
    for number, sha256 in ((1, "aa"), (2, "bb"), (3, "aa"), (4, "dd"), (5, "ee")):
        ledger.submission(an_instance(FORM, {"photo": "1.jpg"}, instance_id=an_id(number)), number)
        ledger.attachment({"dd": "1~2.jpg", "ee": "1.JPG"}.get(sha256, "1.jpg"), sha256, number)
    ledger.attachment("1.jpg", "cc", 3)  # sent once more: the later one stands
    ledger.load(warehouse)
    with the_zip(warehouse, files_of({sha: sha.encode() for sha in ("aa", "bb", "cc", "dd", "ee")})) as z:
        names = z.namelist()
        assert names[:3] == ["visit.csv", "visit-tap.csv", "visit-leak.csv"]
        assert len({name.lower() for name in names}) == len(names)
        assert {z.read(name).decode() for name in names[3:]} == {"aa", "bb", "cc", "dd", "ee"}
        assert z.read("media/1~2.jpg") == b"dd"
        assert z.testzip() is None


def test_an_erased_file_is_left_out(warehouse: Warehouse, ledger: Ledger) -> None:
    ledger.submission(an_instance(FORM, {"photo": "1.jpg"}, instance_id=an_id(1)))
    ledger.attachment("1.jpg", "aa")
    ledger.load(warehouse)
    with the_zip(warehouse, files_of({})) as z:
        assert not [name for name in z.namelist() if name.startswith("media/")]


AUDITED = a_form(
    """
    | survey |
    | | type | name | label | parameters |
    | | audit | audit | | |
    | | text | remark | Remark | |
    | settings |
    | | form_id | form_title | version |
    | | visit | Visit | 1 |
    """
)


def test_the_logs_of_all_submissions_are_one_file(warehouse: Warehouse) -> None:
    ledger = Ledger()
    ledger.form(AUDITED)
    for number in (1, 2, 3):
        ledger.submission(an_instance(AUDITED, {"audit": "audit.csv"}, instance_id=an_id(number)), number)
    ledger.attachment("audit.csv", "old", 1)
    ledger.attachment("audit.csv", "aa", 1)
    ledger.attachment("audit.csv", "bb", 2)
    ledger.load(warehouse)
    logs = {
        "old": b"event,node,start,end\nform start,,0,\n",
        "aa": b"\xef\xbb\xbfevent,node,start,end\r\nform start,,1,\r\nquestion,/data/remark,2,3\r\n",
        "bb": b"node,event,strange,new-value\n/data/remark,question,x,=1+1\n",
    }
    with the_zip(warehouse, files_of(logs)) as z:
        assert z.namelist() == ["visit.csv", "visit - audit.csv"]
        assert z.read("visit - audit.csv").decode().splitlines() == [
            f"instance ID,{','.join(COLUMNS)}",
            f"{an_id(1)},form start,,1,,,,,,,,",
            f"{an_id(1)},question,/data/remark,2,3,,,,,,,",
            f"{an_id(2)},question,/data/remark,,,,,,,'=1+1,,",
        ]
    with the_zip(warehouse, files_of(logs), hidden=frozenset({"remark"})) as z:
        assert z.namelist() == ["visit.csv"], "a log tells every answer that was changed"


@pytest.mark.parametrize(
    ("log", "events"),
    [
        ("event,node\nquestion,/a,too,much\nquestion\n\n", [("question", "/a"), ("question", "")]),
        ('event,node,start\nquestion,"/a,1\nquestion,/b,2\n', [("question", "/a"), ("question", "/b")]),
        ('event,node\nques"tion,/a\n', [('ques"tion', "/a")]),
        ('event,node\n"question","/a"\n', [("question", "/a")]),
        ("", []),
        ("\0", []),
        ("nothing,known\n1,2\n", [("", "")]),
    ],
)
def test_a_ragged_log_is_read_as_far_as_it_goes(log: str, events: list[tuple[str, str]]) -> None:
    assert [(event[0], event[1]) for event in audit_events(log)] == events


def test_repeats_of_one_name_are_told_apart() -> None:
    files = [ExportTable(path, "", ()) for path in (None, "/a/tap", "/b/tap", "/c/leak")]
    assert file_names("a/b", files) == ["ab.csv", "ab-tap~1.csv", "ab-tap~2.csv", "ab-leak.csv"]


def test_an_unknown_form_is_an_error_before_any_byte(warehouse: Warehouse, ledger: Ledger) -> None:
    ledger.load(warehouse)
    for write in (submissions_csv, submissions_zip):
        with pytest.raises(FormNotFound):
            write(warehouse, CsvWanted(project_id=2, form_id="visit"))


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("../../x.jpg", "x.jpg"),
        ("C:\\x.jpg", "Cx.jpg"),
        ("CON.jpg", "_CON.jpg"),
        ("nul", "_nul"),
        ("lpt1.", "_lpt1"),
        ("console.jpg", "console.jpg"),
        ("a\r\nb?.jpg", "ab.jpg"),
        (" .. ", "export"),
        ("ы" * 120 + ".jpg", "ы" * 60 + "~" + "ы" * 58 + ".jpg"),
        ("Сүрөт 1.jpg", "Сүрөт 1.jpg"),
    ],
)
def test_a_file_name_in_a_zip_is_one_on_every_system(given: str, safe: str) -> None:
    assert safe_name(given) == safe and len(safe.encode()) < 250
