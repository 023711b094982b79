"""Forms whose answers are encrypted on the phone.

- A key for a project gives every form a version under it, on phones too; it is made once, under a passphrase
  that is kept nowhere; forms that evaluate stay readable.
- Encrypted answers are received with their files, and plain ones beside them; they are listed, told apart
  (not decrypted, missing encrypted form data), and their keys can be asked for.
- With the passphrase, posted as a form or as JSON, every format holds the answers, repeats and photos as they
  were filled in; the options work on them; a broken signature is told.
- A wrong passphrase is refused with a sentence; without one nothing opens; nothing decrypted is ever on disk.
- A form with a key of its own opens with that key, given for once.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import httpx
import openpyxl
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from forms.encryption import written_public_key
from forms.faults.encryption import PublicKeyInvalid
from forms.xform_key import mark_of
from server.settings import Settings
from server.store.verify import verify
from server.verbs import run_verb
from tests.encryptor import ENKETO, encrypted
from tests.make import a_form, an_instance
from tests.phone import Phone
from tests.server.conftest import RunningHere, serve
from tests.server.forms import SCORED
from tests.visitor import at_desk

Sealed = Mapping[str, object]
PASSPHRASE = "купуя сөз ө ү ң"
VISIT = """
| survey |
| | type | name | label |
| | text | remark | Remark |
| | integer | depth | Depth |
| | geopoint | place | Place |
| | image | photo | Photo |
| | begin_repeat | tap | Tap |
| | text | tap_name | Name |
| | end_repeat | | |
| settings |
| | form_title | form_id | version |
| | Visit | visit | 1 |
"""
SECRET = "тунук суу 7291"
ALL = "/v1/projects/1/forms/visit/submissions"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHere]:
    yield from serve(Settings(data=tmp_path_factory.mktemp("data"), port=0))


@pytest.fixture(scope="module")
def manager(server: RunningHere) -> httpx.Client:
    return server.program("manager", project_id=1)


@pytest.fixture(scope="module")
def sent(server: RunningHere, manager: httpx.Client) -> Sealed:
    """A project with a key, and four submissions: whole, of Enketo, without its answers, with a lie."""
    server.publish(VISIT)
    server.publish(SCORED)
    phone = server.phone()
    form = a_form(VISIT)
    assert phone.send(an_instance(form, {"remark": "open"}, instance_id="uuid:plain")).accepted
    asked = {"passphrase": PASSPHRASE, "hint": "Aydar's book"}
    assert manager.post("/v1/projects/1/key", json=asked).json() == {
        "success": True,
        "plainForms": ["service"],
    }
    version = server.store.forms.get(1, "visit").current
    assert version is not None
    public = version.schema.public_key
    answers = {
        "remark": SECRET,
        "depth": "12",
        "place": "42.5 74.5 0 0",
        "photo": "1.jpg",
        "tap": [{"tap_name": "left"}, {"tap_name": "right"}],
    }
    for number, more in enumerate(({}, {"namespace": ENKETO}, {}, {"signed_as": "other"}), start=1):
        instance_id = f"uuid:sealed-{number}"
        xml = an_instance(version.schema, answers, instance_id=instance_id)
        manifest, files = encrypted(
            public,
            xml,
            form_id="visit",
            version=version.version,
            instance_id=instance_id,
            media={"1.jpg": f"photo {number} {SECRET}".encode()},
            **more,  # type: ignore[arg-type]
        )
        if number == 3:
            del files["submission.xml.enc"]
        assert phone.send(manifest, {**files, "1.jpg.txt": b"left over"}).accepted
    return {"public": public, "version": version.version, "phone": phone}


def key_id(manager: httpx.Client) -> int:
    (key,) = manager.get(f"{ALL}/keys").json()
    return int(key["id"])


def rows(content: bytes) -> dict[str, dict[str, str]]:
    return {row["KEY"]: row for row in csv.DictReader(io.StringIO(content.decode()))}


def test_every_form_gets_a_version_under_the_key(
    server: RunningHere, manager: httpx.Client, sent: Sealed
) -> None:
    assert sent["version"] == f"1{mark_of(str(sent['public']))}"
    project = manager.get("/v1/projects/1").json()
    assert project["keyId"] == key_id(manager) == manager.get("/v1/projects/1/forms/visit").json()["keyId"]
    assert manager.get("/v1/projects/1/forms/service").json()["keyId"] is None
    scored = server.store.forms.get(1, "service").current
    assert scored is not None and not scored.schema.public_key, "the server has to read what it scores"
    again = manager.post("/v1/projects/1/key", json={"passphrase": PASSPHRASE})
    assert (again.status_code, again.json()["code"]) == (409, 409.4)
    phone = sent["phone"]
    assert isinstance(phone, Phone)
    listed = {form.form_id: form for form in phone.form_list()}
    assert listed["visit"].version == sent["version"]
    xform = phone.get(listed["visit"].download_url).text
    assert f'base64RsaPublicKey="{sent["public"]}"' in xform


def test_what_is_published_later_is_encrypted_too(server: RunningHere, sent: Sealed) -> None:
    later = server.publish(VISIT.replace("| visit | 1 |", "| later | 5 |"))
    assert (later.schema.public_key, later.version) == (sent["public"], f"5{mark_of(str(sent['public']))}")
    assert server.publish(VISIT.replace("| visit | 1 |", "| later | 5 |")).seq == later.seq


def test_who_publishes_a_form_that_stays_readable_is_told(
    server: RunningHere, manager: httpx.Client, sent: Sealed
) -> None:
    xform = b"""<h:html xmlns:h="http://www.w3.org/1999/xhtml" xmlns="http://www.w3.org/2002/xforms"
    xmlns:entities="http://www.opendatakit.org/xforms/entities"><h:head><h:title>Taps</h:title>
    <model entities:entities-version="2022.1.0"><instance><data id="taps" version="1"><place/>
    <meta><instanceID/><entity dataset="taps" id="" create="1"><label/></entity></meta></data></instance>
    <bind nodeset="/data/place" type="string" entities:saveto="place"/></model></h:head>
    <h:body><input ref="/data/place"><label>P</label></input></h:body></h:html>"""
    headers = {"Content-Type": "application/xml"}
    made = manager.post("/v1/projects/1/forms?ignoreWarnings=true", content=xform, headers=headers)
    assert made.status_code == 200, made.text
    said = [fault["message"] for fault in made.json()["warnings"]]
    assert any("encrypts answers, but not those" in message for message in said), said
    with at_desk(server, "manager") as visitor:
        assert said[-1] in visitor.get("/desk/1/forms/taps/draft").main
    told = manager.post("/v1/projects/1/forms/taps/draft/publish").json()
    assert told["success"] and [fault["message"] for fault in told["warnings"]] == said[-1:]


def test_plain_answers_to_an_encrypted_form_are_kept_and_marked(
    server: RunningHere, manager: httpx.Client, sent: Sealed
) -> None:
    form = server.publish(VISIT.replace("| visit | 1 |", "| marked | 5 |"))
    xml = an_instance(form.schema, {"remark": "open"}, instance_id="uuid:open")
    for _ in range(2):
        assert server.phone().send(xml).accepted
    of_it = "/v1/projects/1/forms/marked/submissions/uuid:open"
    done = [entry["action"] for entry in manager.get(f"{of_it}/audits").json()]
    assert done == ["submission.plain", "submission.create"]
    closed = manager.get(f"{ALL}/uuid:sealed-1/audits").json()
    assert [entry["action"] for entry in closed] == ["submission.create"]
    (seq,) = [
        one.seq
        for one in server.store.submissions.versions(
            server.store.submissions.get(1, "marked", "uuid:open").seq
        )
    ]
    with at_desk(server, "manager") as visitor:
        assert "arrived unencrypted" in visitor.get(f"/desk/1/submissions/{seq}").text


def test_a_draft_is_encrypted_too(server: RunningHere, manager: httpx.Client, sent: Sealed) -> None:
    lines = "\n".join(line.strip() for line in VISIT.replace("| visit | 1 |", "| trial | 1 |").splitlines())
    headers = {"Content-Type": "text/markdown"}
    path = "/v1/projects/1/forms"
    made = manager.post(f"{path}?ignoreWarnings=True", content=lines.encode(), headers=headers).json()
    assert made["version"] == f"1{mark_of(str(sent['public']))}"
    (key,) = manager.get(f"{path}/trial/draft/submissions/keys").json()
    assert (key["public"], key["managed"]) == (sent["public"], True)
    draft = f"{path}/trial/draft"
    form = a_form(VISIT.replace("| visit | 1 |", "| trial | 1 |"))
    xml = an_instance(form, {"remark": SECRET, "photo": "p.jpg"}, instance_id="uuid:trial")
    named = {"form_id": "trial", "version": made["version"], "instance_id": "uuid:trial"}
    manifest, files = encrypted(str(sent["public"]), xml, **named, media={"p.jpg": b"a photo"})
    with Phone(manager.get(f"{draft}/settings").json()["serverUrl"]) as phone:
        assert phone.send(manifest, files).accepted
    assert SECRET not in manager.get(f"{draft}/submissions.csv").text
    given = {str(key["id"]): PASSPHRASE}
    opened = manager.post(f"{draft}/submissions.csv.zip", data=given)
    with zipfile.ZipFile(io.BytesIO(opened.content)) as packed:
        assert SECRET in packed.read("trial.csv").decode() and packed.read("media/p.jpg") == b"a photo"
    wrong = manager.post(f"{draft}/submissions.csv", data={str(key["id"]): "another passphrase"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, 400.12)


def test_plain_answers_that_name_a_version_from_before_the_key_are_marked(
    server: RunningHere, manager: httpx.Client
) -> None:
    store = server.store
    project_id = store.write(
        lambda tx: store.projects.create(tx, name="Turned", now=store.projects.get(1).created_at)
    )
    form = server.publish(VISIT.replace("| visit | 1 |", "| turned | 1 |"), project_id)
    phone = server.phone(project_id=project_id)
    early = an_instance(form.schema, {"remark": "early"}, instance_id="uuid:early")
    late = an_instance(form.schema, {"remark": "late"}, instance_id="uuid:late")
    assert phone.send(early).accepted
    with server.program("administrator") as program:
        assert program.post(f"/v1/projects/{project_id}/key", json={"passphrase": PASSPHRASE}).is_success
        assert phone.send(late).accepted
        of_it = f"/v1/projects/{project_id}/forms/turned/submissions"
        marked = [
            "submission.plain" in {one["action"] for one in audits}
            for audits in (
                program.get("/v1/audits?action=submission").json(),
                program.get(f"{of_it}/uuid:early/audits").json(),
            )
        ]
    assert marked == [True, False]


@pytest.mark.parametrize("asked", [{}, {"passphrase": ""}, {"passphrase": "short"}, {"passphrase": 7}, []])
def test_a_bad_passphrase_for_a_new_key_is_refused(server: RunningHere, asked: object) -> None:
    other = server.store.write(
        lambda tx: server.store.projects.create(tx, name="Other", now=server.store.projects.get(1).created_at)
    )
    with server.program("administrator") as program:
        refused = program.post(f"/v1/projects/{other}/key", json=asked)
        assert refused.status_code == 400
        assert program.get(f"/v1/projects/{other}").json()["keyId"] is None


def test_the_passphrase_and_the_private_key_are_kept_nowhere(server: RunningHere, sent: Sealed) -> None:
    for key in server.store.keys.all():
        assert key.locked is not None and "PRIVATE KEY" not in key.locked
    for path in server.context.settings.data.rglob("*"):
        if path.is_file():
            assert PASSPHRASE.encode() not in path.read_bytes(), path


def test_without_the_passphrase_they_are_listed_and_stay_closed(manager: httpx.Client, sent: Sealed) -> None:
    assert len(manager.get(ALL).json()) == 5
    (key,) = manager.get(f"{ALL}/keys").json()
    assert (key["managed"], key["hint"], key["public"]) == (True, "Aydar's book", sent["public"])
    assert "private" not in str(key).lower() and "locked" not in key
    packed = zipfile.ZipFile(io.BytesIO(manager.get(f"{ALL}.csv.zip").content))
    assert packed.namelist() == ["visit.csv", "visit-tap.csv"]
    found = rows(packed.read("visit.csv"))
    assert {key: row["Status"] for key, row in found.items()} == {
        "uuid:plain": "",
        "uuid:sealed-1": "not decrypted",
        "uuid:sealed-2": "not decrypted",
        "uuid:sealed-3": "missing encrypted form data",
        "uuid:sealed-4": "not decrypted",
    }
    assert found["uuid:plain"]["remark"] == "open"
    files = manager.get(f"{ALL}/uuid:sealed-3/attachments").json()
    assert {file["name"]: file["exists"] for file in files} == {
        "1.jpg.enc": True,
        "submission.xml.enc": False,
    }


@pytest.mark.parametrize("how", ["form", "json", "multipart"])
def test_with_the_passphrase_the_zip_holds_the_answers(manager: httpx.Client, sent: Sealed, how: str) -> None:
    given = {str(key_id(manager)): PASSPHRASE}
    posted: dict[str, dict[str, object]] = {
        "form": {"data": given},
        "json": {"json": given},
        "multipart": {"files": {name: (None, text) for name, text in given.items()}},
    }
    answer = manager.post(f"{ALL}.csv.zip", **posted[how])  # type: ignore[arg-type]
    assert answer.status_code == 200
    packed = zipfile.ZipFile(io.BytesIO(answer.content))
    found = rows(packed.read("visit.csv"))
    assert {key: (row["remark"], row["depth"], row["Status"]) for key, row in found.items()} == {
        "uuid:plain": ("open", "", ""),
        "uuid:sealed-1": (SECRET, "12", ""),
        "uuid:sealed-2": (SECRET, "12", ""),
        "uuid:sealed-3": ("", "", "missing encrypted form data"),
        "uuid:sealed-4": (SECRET, "12", "signature broken"),
    }
    first = found["uuid:sealed-1"]
    assert first["AttachmentsPresent"] == first["AttachmentsExpected"] == "1"
    assert (first["SubmitterName"], first["FormVersion"]) == ("Phone 1", sent["version"])
    assert len(rows(packed.read("visit-tap.csv"))) == 6
    photos = {packed.read(name).decode() for name in packed.namelist() if "/1" in name and ".txt" not in name}
    assert photos == {f"photo {number} {SECRET}" for number in (1, 2, 4)}


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("multipart/form-data", b"--x\r\n", 400),
        ("multipart/form-data; boundary=x", b"nonsense", 400),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="1"\r\n\r\nab',
            400,
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="1"; filename="f"\r\n\r\nab\r\n--x--\r\n',
            400,
        ),
        ("application/json", b'{"1": 7}', 400),
        ("application/json", b'{"1": "\\ud800"}', 400),
        ("application/json", b"[" * 10_000, 400),
        ("application/x-www-form-urlencoded", b"%ff=%ff&1=%00", 400),
        ("application/x-www-form-urlencoded", b"&".join([b"1=a"] * 20_000), 400),
        ("text/plain", b"", 200),
        ("", b"\xff\xfe", 200),
        ("application/x-www-form-urlencoded", b"1=" + b"x" * 300_000, 413),
    ],
)
def test_a_body_that_is_none_is_refused(
    manager: httpx.Client, sent: Sealed, kind: str, body: bytes, status: int
) -> None:
    answer = manager.post(f"{ALL}.csv", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status, answer.text[:200]
    assert SECRET not in answer.text


def test_every_format_opens_them(manager: httpx.Client, sent: Sealed, tmp_path: Path) -> None:
    given = {str(key_id(manager)): PASSPHRASE}
    book = openpyxl.load_workbook(io.BytesIO(manager.post(f"{ALL}.xlsx", data=given).content))
    assert SECRET in {cell.value for row in book["visit"].iter_rows() for cell in row}
    assert book["tap"].max_row == 7
    made = json.loads(manager.post(f"{ALL}.geojson", data=given).content)
    assert {feature["id"] for feature in made["features"]} == {f"uuid:sealed-{n}" for n in (1, 2, 4)}
    text = manager.post(f"{ALL}.csv?groupPaths=false&reviewState=accepted", data=given).text
    assert SECRET not in text and text.startswith("SubmissionDate,")
    filtered = manager.post(
        f"{ALL}.csv", data=given, params={"$filter": f"remark eq '{SECRET}'", "limit": "2"}
    )
    assert list(rows(filtered.content)) == ["uuid:sealed-4", "uuid:sealed-2"]
    packed = zipfile.ZipFile(io.BytesIO(manager.post(f"{ALL}.parquet.zip", data=given).content))
    packed.extractall(tmp_path)
    with duckdb.connect() as db:
        table = db.execute(f"SELECT KEY, remark FROM '{tmp_path / packed.namelist()[0]}'").fetchall()
    assert {key for key, remark in table if remark == SECRET} == {f"uuid:sealed-{n}" for n in (1, 2, 4)}


def test_a_wrong_passphrase_opens_nothing(manager: httpx.Client, sent: Sealed) -> None:
    refused = manager.post(f"{ALL}.csv.zip", data={str(key_id(manager)): PASSPHRASE + "!"})
    assert (refused.status_code, refused.json()["code"]) == (400, 400.12)
    assert "passphrase" in refused.json()["message"] and SECRET not in refused.text
    assert manager.post(f"{ALL}.csv", data={"999999": "x" * 20}).status_code == 404
    for body in (b"\xff", b"[1]", b"%zz=1"):
        answer = manager.post(f"{ALL}.csv", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400
    ignored = manager.post(f"{ALL}.csv", data={"passphrase": PASSPHRASE, "-1": "x", "": "y"})
    assert ignored.status_code == 200 and SECRET not in ignored.text
    in_the_address = manager.get(f"{ALL}.csv?{key_id(manager)}={PASSPHRASE}")
    assert in_the_address.status_code == 200 and SECRET not in in_the_address.text


def test_the_command_line_opens_them_too(server: RunningHere, sent: Sealed, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    asked = {"project": 1, "form": "visit", "path": str(target), "format": "csv", "filter": "depth gt 1"}
    run_verb(server.context, "export", {**asked, "passphrase": PASSPHRASE}, lambda _said: None)
    assert SECRET in target.read_text("utf-8")
    run_verb(server.context, "export", asked, lambda _said: None)
    assert target.read_text("utf-8").count("\n") == 1, "closed answers are no numbers"


def test_nothing_decrypted_is_ever_on_disk(
    server: RunningHere, manager: httpx.Client, sent: Sealed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.mkdtemp", lambda *_a, **_k: pytest.fail("a temporary folder"))
    before = set(server.context.settings.tmp.rglob("*"))
    for ending in ("csv", "csv.zip", "xlsx", "geojson"):
        manager.post(f"{ALL}.{ending}", data={str(key_id(manager)): PASSPHRASE})
    assert not set(server.context.settings.tmp.rglob("*")) - before
    for path in server.context.settings.data.rglob("*"):
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes(), path


def test_a_forms_own_key_opens_it_and_nothing_else_does(server: RunningHere, manager: httpx.Client) -> None:
    own = rsa.generate_private_key(65537, 2048)
    public = written_public_key(own.public_key())
    markdown = VISIT.replace("| form_id | version |", "| form_id | version | public_key |").replace(
        "| visit | 1 |", f"| own | 1 | {public} |"
    )
    version = server.publish(markdown)
    assert (version.version, version.schema.public_key) == ("1", public)
    xml = an_instance(version.schema, {"remark": SECRET}, instance_id="uuid:own")
    manifest, files = encrypted(public, xml, form_id="own", version="1", instance_id="uuid:own")
    assert server.phone().send(manifest, files).accepted
    path = "/v1/projects/1/forms/own/submissions"
    (key,) = manager.get(f"{path}/keys").json()
    assert (key["managed"], key["public"]) == (False, public)
    pem = own.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    opened = manager.post(f"{path}.csv", data={str(key["id"]): pem})
    assert rows(opened.content)["uuid:own"]["remark"] == SECRET
    refused = manager.post(f"{path}.csv", data={str(key["id"]): PASSPHRASE})
    assert refused.json()["code"] == 400.12


def test_a_sealed_log_opens_with_the_answers(server: RunningHere, manager: httpx.Client) -> None:
    own = rsa.generate_private_key(65537, 2048)
    public = written_public_key(own.public_key())
    audited = VISIT.replace("| | text | remark", "| | audit | audit | |\n| | text | remark")
    markdown = audited.replace("| form_id | version |", "| form_id | version | public_key |").replace(
        "| visit | 1 |", f"| logged | 1 | {public} |"
    )
    schema = server.publish(markdown).schema
    xml = an_instance(schema, {"remark": SECRET, "audit": "audit.csv"}, instance_id="uuid:logged")
    log = f"event,node,start,end,old-value\nquestion,/data/remark,1,2,{SECRET}\n"
    manifest, files = encrypted(
        public,
        xml,
        form_id="logged",
        version="1",
        instance_id="uuid:logged",
        media={"audit.csv": log.encode()},
    )
    assert server.phone().send(manifest, files).accepted
    path = "/v1/projects/1/forms/logged/submissions"
    closed = zipfile.ZipFile(io.BytesIO(manager.get(f"{path}.csv.zip").content))
    assert closed.namelist() == ["logged.csv", "logged-tap.csv"]
    (key,) = manager.get(f"{path}/keys").json()
    pem = own.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    opened = zipfile.ZipFile(io.BytesIO(manager.post(f"{path}.csv.zip", data={str(key["id"]): pem}).content))
    assert opened.namelist() == ["logged.csv", "logged-tap.csv", "logged - audit.csv"]
    _, event = opened.read("logged - audit.csv").decode().splitlines()
    assert event == f"uuid:logged,question,/data/remark,1,2,,,,{SECRET},,,"


def test_a_key_that_phones_cannot_encrypt_with_is_refused(server: RunningHere) -> None:
    markdown = VISIT.replace("| form_id | version |", "| form_id | version | public_key |")
    with pytest.raises(PublicKeyInvalid):
        server.publish(markdown.replace("| visit | 1 |", "| broken | 1 | MIIB |"))


@pytest.mark.parametrize("inside", [b"no xml", b"<data/>", b'<data id="visit" version="of another world"/>'])
def test_what_is_sealed_and_no_answer_keeps_its_row(
    server: RunningHere, manager: httpx.Client, sent: Sealed, inside: bytes
) -> None:
    instance_id = f"uuid:odd-{len(inside)}"
    manifest, files = encrypted(
        str(sent["public"]), inside, form_id="visit", version=str(sent["version"]), instance_id=instance_id
    )
    phone = sent["phone"]
    assert isinstance(phone, Phone)
    assert phone.send(manifest, files).accepted
    answer = manager.post(f"{ALL}.csv", data={str(key_id(manager)): PASSPHRASE})
    assert rows(answer.content)[instance_id]["Status"] == "not decrypted"


def test_an_edit_brings_files_of_its_own(server: RunningHere, manager: httpx.Client, sent: Sealed) -> None:
    version = server.store.forms.get(1, "visit").current
    assert version is not None
    xml = an_instance(
        version.schema, {"remark": "second"}, instance_id="uuid:edit-1", deprecated_id="uuid:sealed-1"
    )
    manifest, files = encrypted(
        str(sent["public"]),
        xml,
        form_id="visit",
        version=version.version,
        instance_id="uuid:edit-1",
        deprecated_id="uuid:sealed-1",
    )
    phone = sent["phone"]
    assert isinstance(phone, Phone)
    assert phone.send(manifest, {}).accepted
    given = {str(key_id(manager)): PASSPHRASE}
    row = rows(manager.post(f"{ALL}.csv", data=given).content)["uuid:sealed-1"]
    assert (row["remark"], row["Status"]) == ("", "missing encrypted form data"), "never the old file's"
    assert phone.send(manifest, files).accepted
    row = rows(manager.post(f"{ALL}.csv", data=given).content)["uuid:sealed-1"]
    assert (row["remark"], row["Status"], row["Edits"]) == ("second", "", "1")


def test_the_rest_of_the_server_lives_with_them(
    server: RunningHere, manager: httpx.Client, sent: Sealed
) -> None:
    assert verify(server.store).findings == ()
    with at_desk(server, "manager") as visitor:
        page = visitor.get("/desk/1/submissions?form=visit")
        assert page.status == 200
        kept = server.store.submissions.get(1, "visit", "uuid:sealed-2")
        assert visitor.get(f"/desk/1/submissions/{kept.seq}").status == 200
    for ending in ("", ".xml", "/versions", "/attachments/1.jpg.enc"):
        assert manager.get(f"{ALL}/uuid:sealed-2{ending}").status_code == 200, ending
    rows_of = manager.get("/v1/projects/1/forms/visit.svc/Submissions").json()["value"]
    assert {row["__system"]["status"] for row in rows_of} == {
        None,
        "notDecrypted",
        "missingEncryptedFormData",
    }
    assert manager.get("/v1/projects/1/forms/visit.svc/Submissions.tap").json()["value"] == []
