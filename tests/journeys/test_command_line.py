"""Every verb of `baikoo`, while a server runs and without one.

- Accounts, phones, workbooks, registry, rounds, decisions, exports, scores: an evaluation without a browser.
- What needs the reading gives the same with a running server and without one.
- verify, ledger export and the verifier for everybody prove the same ledger, and notice a changed byte.
- A backup made while the server runs comes back in an empty folder and serves the same scores.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import shutil
import sqlite3
import subprocess
import sys
import zipfile
import zlib
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import duckdb
import httpx
import pytest

from tests import worked_example as example
from tests.forms.a_workbook import a_workbook
from tests.journeys.front_door import VILLAGES, as_xlsx, fill_in, today
from tests.journeys.terminal import ROOT, Typed, done, refused, start, type_named
from tests.phone import Phone

pytestmark = pytest.mark.terminal

FORM, OBJECT = example.FORM_ID, example.OBJECT_ID
OBJECTS = (
    "object_id,type,subtype,name_ky,name_ru,name_en,aimak_code,villages_served\n"
    f"{OBJECT},PSO,dwu,Ак-Булак,Ак-Булак,Ak-Bulak,KG-1,v1\n"
)
CHAIR = ("chair@example.org", "--role", "coordinator")
LABELLED = ("--labels", "ru", "--without-group-paths")
ROUND = ("2026-1", "--title-ky", "Раунд")
DAYS = ("--from", str(today() - timedelta(days=5)), "--to", str(today() + timedelta(days=5)))


@dataclass(slots=True)
class Evaluation:
    """A data folder in which an evaluation was prepared from the command line; the files used for it."""

    data: Path
    files: Path
    typed: dict[str, Typed]


@pytest.fixture(scope="module")
def prepared(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    """Everything before the first phone: no server runs."""
    files = tmp_path_factory.mktemp("files")
    contents = {
        "water.xlsx": as_xlsx(example.WORKBOOK),
        "faulty.xlsx": a_workbook({("survey", 6, "weight"): "-1", ("survey", 8, "scale"): "S9"}),
        "no-workbook.xlsx": b"Not a workbook.",
        "villages.csv": VILLAGES,
        "objects.csv": OBJECTS.encode(),
        "faulty.csv": OBJECTS.replace("PSO,dwu", "PSO,nothing").replace(",v1", ",v9").encode(),
    }
    for name, content in contents.items():
        (files / name).write_bytes(content)
    typed = type_named(
        {
            "doctor": ["doctor", "--json"],
            "faulty": ["publish", files / "faulty.xlsx"],
            "no-workbook": ["publish", files / "no-workbook.xlsx"],
            "missing": ["publish", files / "missing.xlsx"],
            "publish": ["publish", files / "water.xlsx", "--json"],
            "again": ["publish", files / "water.xlsx"],
            "villages": ["objects", "import", files / "villages.csv", "--villages"],
            "faulty-csv": ["objects", "import", files / "faulty.csv"],
            "objects": ["objects", "import", files / "objects.csv", "--json"],
            "objects-list": ["objects", "list", "--json"],
            "create": ["user", "create", "admin@example.org", "--role", "administrator", "--json"],
            "own-password": ["user", "create", *CHAIR, "--name", "Төрага", "--password-stdin"],
            "create-again": ["user", "create", *CHAIR],
            "users": ["user", "list", "--json"],
            "new-password": ["user", "password", "admin@example.org", "--json"],
            "unknown-user": ["user", "password", "nobody@example.org"],
            "phone": ["app-user", "add", "Phone 1", "--language", "ru", "--json"],
            "code-png": ["app-user", "show", "3", "--image", files / "code.png"],
            "code-svg": ["app-user", "show", "3", "--image", files / "code.svg"],
            "in the terminal": ["app-user", "show", "3"],
            "second": ["app-user", "add", "Phone 2", "--json"],
            "third": ["app-user", "add", "Phone 3", "--json"],
            "fourth": ["app-user", "add", "Phone 4"],
            "revoke": ["app-user", "revoke", "6"],
            "phones": ["app-user", "list", "--json"],
            "no-phone": ["app-user", "show", "99"],
            "bad-dates": ["round", "plan", *ROUND, "--from", "2026-05-05", "--to", "2026-01-01"],
            "no-form": ["round", "plan", *ROUND, *DAYS, "--form", "nothing"],
            "plan": ["round", "plan", *ROUND, *DAYS, "--form", FORM, "--json"],
            "open": ["round", "open", "2026-1", "--json"],
            "open-again": ["round", "open", "2026-1"],
            "rounds": ["round", "list", "--json"],
            "no-round": ["round", "open", "nothing"],
        },
        stdin="correct horse battery\n",
        data=data,
    )
    return Evaluation(data, files, typed)


@pytest.fixture(scope="module")
def served(prepared: Evaluation) -> Evaluation:
    """The same evaluation to its end while a server runs; the server is stopped again."""
    data, files = prepared.data, prepared.files
    with start("serve", data) as server:
        urls = [prepared.typed[name].json["server_url"] for name in ("phone", "second", "third")]
        void_id = send_the_example([url.replace("http://127.0.0.1:8383", server.address) for url in urls])
        prepared.typed |= type_named(
            {
                "served doctor": ["doctor", "--json"],
                "served phone": ["app-user", "show", "3", "--json"],
                "served no-reason": ["review", "void", FORM, void_id],
                "served void": ["review", "void", FORM, void_id, "--reason", "Filled in twice."],
                "served open-scores": ["scores", "2026-1"],
                "served open-csv": ["scores", "2026-1", "--csv", files / "too-early"],
                "served accept": ["review", "accept", FORM, "--round", "2026-1", "--json"],
                "served accept-unknown": ["review", "accept", FORM, "uuid:unknown"],
                "served close": ["round", "close", "2026-1", "--yes", "--json"],
                "served close-again": ["round", "close", "2026-1", "--yes"],
                "served close-unknown": ["round", "close", "nothing", "--yes"],
                "served closed-scores": ["scores", "2026-1"],
                "served publish": ["round", "publish", "2026-1", "--yes", "--resolution", "7/2", "--json"],
                "served scores": ["scores", "2026-1", "--json"],
                "served scores-csv": ["scores", "2026-1", "--csv", files / "dataset"],
                "served scores-unknown": ["scores", "nothing"],
                "served csv": ["export", FORM, files / "served.csv"],
                "served labels": [
                    "export",
                    FORM,
                    files / "labels.csv",
                    "--labels",
                    "ru",
                    "--without-group-paths",
                ],
                "served zip": ["export", FORM, files / "served.zip", "--json"],
                "served no-form": ["export", "nothing", files / "nothing.csv"],
                "served no-ending": ["export", FORM, files / "served.txt"],
                "served verify": ["verify", "--json"],
                "served rebuild": ["rebuild"],
                "served verify-text": ["verify"],
                "served ledger": ["ledger", "export", files / "ledger.jsonl"],
                "served backup": ["backup", files / "backup", "--json"],
                "served backup-again": ["backup", files / "backup"],
                "served in-use": ["serve", "--port", "0"],
            },
            data=data,
        )
        published = httpx.get(f"{server.address}/v1/rounds/2026-1/objects/{OBJECT}").text
        (files / "published.json").write_text(published, "utf-8")
        assert prepared.typed["served phone"].json["server_url"].startswith(f"{server.address}/v1/key/")
    return prepared


def send_the_example(server_urls: list[str]) -> str:
    """Each observer has a phone of their own; gives the instanceID of one form that came twice."""
    phones = [Phone(url) for url in server_urls]
    for phone in phones:
        phone.refresh()
    for answers in (example.CITIZENS, example.OBSERVERS):
        for number, given in enumerate(answers):
            phone = phones[number % 3]
            assert phone.send(fill_in(phone, FORM, given)[1]).statuses == (201,)
    void_id, xml = fill_in(phones[0], FORM, example.CITIZENS[0])
    assert phones[0].send(xml).statuses == (201,)
    for phone in phones:
        phone.close()
    return void_id


@pytest.fixture(scope="module")
def alone(served: Evaluation) -> Evaluation:
    """The verbs that need the reading once more, now that no server runs; and the way back of the backup."""
    data, files = served.data, served.files
    here = ("--data", str(data))
    served.typed |= type_named(
        {
            "alone scores": ["scores", "2026-1", "--json", *here],
            "alone csv": ["export", FORM, files / "alone.csv", *here],
            "alone zip": ["export", FORM, files / "alone.zip", *here],
            "alone verify": ["verify", "--json", *here],
            "alone rebuild": ["rebuild", *here],
            "alone scores-again": ["scores", "2026-1", "--json", *here],
            "alone doctor": ["doctor", *here],
            "alone no-backup": ["restore", files, "--data", files / "new"],
            "alone not-empty": ["restore", files / "backup", *here],
            "alone restore": ["restore", files / "backup", "--data", files / "restored", "--json"],
        }
    )
    return served


# -- without a server, before the first phone


def test_a_workbook_is_published_once(prepared: Evaluation) -> None:
    typed = prepared.typed
    done(typed["publish"], typed["again"])
    [form] = typed["publish"].json["published"]
    assert (form["form_id"], form["version"], form["indicators"], form["warnings"]) == (
        FORM, example.VERSION, len(example.INDICATORS), [],
    )  # fmt: skip
    assert typed["again"].out.startswith(f"{FORM} {example.VERSION} is published")


def test_faults_of_a_workbook_are_printed_with_their_cells(prepared: Evaluation) -> None:
    typed = prepared.typed["faulty"]
    *faults, total = typed.err.splitlines()
    assert typed.code == 1
    assert [fault.partition(": ")[0] for fault in faults] == ["survey, 6, weight", "survey, 8, scale"]
    assert total.startswith("Faults in the workbook: 2.")


def test_what_is_no_workbook_or_not_there_is_said_so(prepared: Evaluation) -> None:
    typed = prepared.typed
    assert typed["no-workbook"].code == 1
    assert "not a workbook" in typed["no-workbook"].err
    assert typed["missing"].code == 2
    assert "missing.xlsx" in typed["missing"].err


def test_the_registry_is_imported_whole_or_not_at_all(prepared: Evaluation) -> None:
    typed = prepared.typed
    done(typed["villages"], typed["objects"], typed["objects-list"])
    *faults, total = typed["faulty-csv"].err.splitlines()
    assert typed["faulty-csv"].code == 1
    assert {fault.partition(": ")[0] for fault in faults} == {"2, subtype", "2, villages_served"}
    assert "nothing of it was taken" in total
    assert typed["objects"].json == {"added": 1, "changed": 0, "unchanged": 0}
    assert [each["object_id"] for each in typed["objects-list"].json["objects"]] == [OBJECT]


def test_accounts_get_a_password_once(prepared: Evaluation) -> None:
    typed = prepared.typed
    done(typed["create"], typed["own-password"], typed["users"], typed["new-password"])
    passwords = [typed[name].json["one_time_password"] for name in ("create", "new-password")]
    assert len(set(passwords)) == 2
    assert "correct horse" not in typed["own-password"].out
    assert [(each["email"], each["roles"][0]["role"]) for each in typed["users"].json["accounts"]] == [
        ("admin@example.org", "administrator"), ("chair@example.org", "coordinator"),
    ]  # fmt: skip
    refused(typed["create-again"], "chair@example.org")
    refused(typed["unknown-user"], "nobody@example.org")


def test_a_phone_gets_its_code_as_a_picture(prepared: Evaluation) -> None:
    typed = prepared.typed
    done(
        *(
            typed[name]
            for name in ("phone", "code-png", "code-svg", "in the terminal", "second", "revoke", "phones")
        )
    )
    phone = typed["phone"].json
    assert phone["server_url"].startswith("http://127.0.0.1:8383/v1/key/")
    assert phone["server_url"].endswith("/projects/1")
    settings = json.loads(zlib.decompress(base64.b64decode(phone["settings"])))
    assert settings["general"]["server_url"] == phone["server_url"]
    assert (prepared.files / "code.png").read_bytes().startswith(b"\x89PNG\r\n")
    assert b"<svg" in (prepared.files / "code.svg").read_bytes()
    listed = {each["name"]: each["revoked"] for each in typed["phones"].json["app_users"]}
    assert [name for name, revoked in listed.items() if revoked is not None] == ["Phone 4"]
    assert (
        "█" in typed["in the terminal"].out or "▀" in typed["in the terminal"].out
    )  # a phone reads it from the terminal
    refused(typed["no-phone"], "99")


def test_a_round_is_planned_and_opened(prepared: Evaluation) -> None:
    typed = prepared.typed
    done(typed["plan"], typed["open"], typed["rounds"])
    assert (typed["plan"].json["state"], typed["plan"].json["objects"]) == ("planned", [OBJECT])
    assert typed["open"].json["forms"] == [{"form_id": FORM, "version": example.VERSION}]
    [listed] = typed["rounds"].json["rounds"]
    assert listed["state"] == "open"
    refused(typed["bad-dates"], "2026-05-05", "2026-01-01")
    refused(typed["no-form"], "nothing")
    refused(typed["open-again"], "2026-1", "open")
    refused(typed["no-round"], "nothing")


def test_doctor_says_what_is_missing(prepared: Evaluation, alone: Evaluation) -> None:
    early, late = prepared.typed["doctor"], alone.typed["alone doctor"]
    assert early.code == 1
    assert [each["message"] for each in early.json["findings"] if not each["well"]] == [
        "Administrators: 0. Make one with: user create EMAIL --role administrator"
    ]
    done(late)
    assert "No server is running" in late.out


# -- while a server runs


def test_decisions_need_what_they_need(served: Evaluation) -> None:
    typed = served.typed
    done(typed["served void"], typed["served accept"])
    refused(typed["served no-reason"])
    refused(typed["served accept-unknown"], "uuid:unknown")
    assert typed["served accept"].json == {"decision": "accepted", "count": 9}


def test_of_an_open_round_only_counts_are_told(served: Evaluation) -> None:
    typed = served.typed
    done(typed["served open-scores"])
    assert f"{OBJECT} C: received 6, accepted 0, returned 0, void 1" in typed["served open-scores"].out
    refused(typed["served open-csv"], "2026-1", "closed")
    assert not (served.files / "too-early").exists()


def test_a_round_is_closed_and_published(served: Evaluation) -> None:
    typed = served.typed
    done(*(typed[f"served {name}"] for name in ("close", "close-again", "closed-scores", "publish")))
    assert typed["served close"].json["state"] == "closed"
    assert typed["served publish"].json["state"] == "published"
    refused(typed["served close-unknown"], "nothing")


def test_the_scores_are_those_of_the_worked_example(served: Evaluation) -> None:
    published = json.loads((served.files / "published.json").read_text("utf-8"))
    [shown] = served.typed["served scores"].json["results"]["objects"]
    assert shown == published["object"]
    assert (round(shown["score"], 4), round(shown["se"], 4)) == (example.SCORE, example.SE)
    line = served.typed["served closed-scores"].out.splitlines()[0].split()
    assert line == ["PSO", "65.7", f"{example.LOW}–{example.HIGH}", "Good", "Ak-Bulak"]
    refused(served.typed["served scores-unknown"], "nothing")


def test_the_dataset_is_written_as_it_was_published(served: Evaluation) -> None:
    done(served.typed["served scores-csv"])
    names = {path.name for path in (served.files / "dataset").iterdir()}
    assert {"datapackage.json", "scores_object.csv", "codebook.csv"} <= names
    rows = list(
        csv.DictReader((served.files / "dataset" / "scores_object.csv").read_text("utf-8").splitlines())
    )
    assert [row["object_id"] for row in rows] == [OBJECT]


def test_submissions_leave_as_csv_and_zip(served: Evaluation) -> None:
    typed, files = served.typed, served.files
    done(*(typed[f"served {name}"] for name in ("csv", "labels", "zip")))
    rows = list(csv.DictReader(io.StringIO((files / "served.csv").read_text("utf-8"))))
    assert len(rows) == 10
    assert {row["ReviewState"] for row in rows} == {"approved", "rejected"}
    assert {row["citizen-D5.4"] for row in rows} == {"better", "same", "worse", ""}
    labelled = (files / "labels.csv").read_text("utf-8")
    assert "улучшилась" in labelled
    with zipfile.ZipFile(files / "served.zip") as packed:
        assert packed.read(f"{FORM}.csv") == (files / "served.csv").read_bytes()
    refused(typed["served no-form"], "nothing")
    assert typed["served no-ending"].code == 2


def test_everything_is_proved_whole(served: Evaluation) -> None:
    typed = served.typed
    done(typed["served verify"], typed["served rebuild"], typed["served verify-text"])
    proof = typed["served verify"].json
    assert (proof["whole"], proof["findings"], proof["differences"]) == (True, [], [])
    assert proof["recomputed"] == ["2026-1"]
    assert "The tables agree with the ledger." in typed["served verify-text"].out


def test_a_second_server_is_refused_the_folder(served: Evaluation) -> None:
    refused(served.typed["served in-use"], "Another Baikoo is running on this data folder.")


# -- without a server again


def test_the_same_comes_out_without_a_server(alone: Evaluation) -> None:
    typed, files = alone.typed, alone.files
    done(*(typed[f"alone {name}"] for name in ("scores", "csv", "zip", "verify", "rebuild", "scores-again")))
    assert typed["alone scores"].json == typed["served scores"].json == typed["alone scores-again"].json
    assert (files / "alone.csv").read_bytes() == (files / "served.csv").read_bytes()
    assert typed["alone verify"].json["whole"] is True


def verifier(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The script for everybody, as plain Python runs it: nothing of ours can be imported."""
    return subprocess.run(
        [sys.executable, "-I", str(ROOT / "server" / "store" / "verify_ledger.py"), *arguments],
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip


def test_anyone_can_verify_the_exported_ledger(alone: Evaluation, tmp_path: Path) -> None:
    done(alone.typed["served ledger"])
    ledger = alone.files / "ledger.jsonl"
    head = alone.typed["alone verify"].json
    whole = verifier(str(ledger), f"{head['seq']}:{head['hash']}")
    assert whole.returncode == 0, whole.stdout
    lines = ledger.read_bytes().splitlines(keepends=True)
    changed = json.loads(lines[8])
    changed["subject"] += "x"
    altered = tmp_path / "altered.jsonl"
    altered.write_bytes(b"".join([*lines[:8], json.dumps(changed).encode() + b"\n", *lines[9:]]))
    found = verifier(str(altered))
    assert (found.returncode, found.stdout.splitlines()[1:]) == (
        1, [f"record 9 ({changed['subject']}, line 9): the header does not have its hash"],
    )  # fmt: skip


def test_a_backup_comes_back_and_serves_the_same_scores(alone: Evaluation) -> None:
    typed, files = alone.typed, alone.files
    done(typed["served backup"], typed["alone restore"])
    refused(typed["served backup-again"], "backup")
    refused(typed["alone no-backup"], "holds no backup")
    refused(typed["alone not-empty"], str(alone.data))
    assert typed["alone restore"].json["seq"] == typed["served backup"].json["seq"]
    with start("serve", files / "restored") as server:
        found = httpx.get(f"{server.address}/v1/rounds/2026-1/objects/{OBJECT}")
        for _ in range(100):  # the reading is made anew from the ledger
            if found.status_code == 200:
                break
            found = httpx.get(f"{server.address}/v1/rounds/2026-1/objects/{OBJECT}")
        assert found.text == (files / "published.json").read_text("utf-8")


# -- refusals


@pytest.fixture(scope="module")
def damaged(alone: Evaluation) -> dict[str, Typed]:
    """What `verify` says of two copies in which something was changed behind our back."""
    ledger, reading = alone.files / "damaged-ledger", alone.files / "damaged-reading"
    for copy in (ledger, reading):
        shutil.copytree(alone.data, copy)
    with closing(sqlite3.connect(ledger / "baikoo.sqlite3")) as truth:
        seq, payload = truth.execute(
            "SELECT seq, payload FROM record WHERE kind = 'submission' ORDER BY seq LIMIT 1"
        ).fetchone()
        changed = payload.replace(b"<D6d.1>24<", b"<D6d.1>23<")
        assert changed != payload
        truth.execute("UPDATE record SET payload = ? WHERE seq = ?", (changed, seq))
        truth.commit()
    with duckdb.connect(str(reading / "reading.duckdb")) as tables:
        tables.execute("UPDATE frozen_object_score SET score = score + 1")
        tables.execute("DELETE FROM decision WHERE action = 'void'")
        tables.execute(f"DELETE FROM form_{FORM}.submissions WHERE \"D5.4\" = 'worse'")
    return type_named(
        {
            "ledger": ["verify", "--json", "--data", ledger],
            "reading": ["verify", "--json", "--data", reading],
            "rebuild": ["rebuild", "--data", reading],
            "rebuilt": ["verify", "--data", reading],
        }
    )


def test_verify_names_what_was_altered_in_the_ledger(damaged: dict[str, Typed]) -> None:
    assert damaged["ledger"].code == 1
    [finding] = damaged["ledger"].json["findings"]
    assert "was altered" in finding["message"]
    assert FORM in finding["subject"]


def test_verify_names_what_differs_in_the_reading_and_rebuild_mends_it(damaged: dict[str, Typed]) -> None:
    assert damaged["reading"].code == 1
    said = damaged["reading"].json
    assert (said["whole"], said["findings"]) == (False, [])
    told = " ".join(said["differences"])
    assert "The table object_score of the round 2026-1 is not in the reading as it was frozen." in told
    assert "The table decision of the reading has 9 rows" in told
    assert f"The table form_{FORM}.submissions of the reading has 9 rows" in told
    assert "comes out otherwise when it is computed again" in told  # an answer is missing
    done(damaged["rebuild"], damaged["rebuilt"])
