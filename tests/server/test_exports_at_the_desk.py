"""Downloads and encryption at the desk.

- The download page offers every format, the languages and the places of the form itself, and gives the file
  that was chosen; what is wrong is told on the page, with what was chosen but for a passphrase.
- Programs get the same by address; days are those of the project, both ends included.
- Encryption is turned on with a passphrase typed twice; afterwards the page says since when, and the download
  page asks for it.
- Whoever may not read the answers gets neither.
"""

from __future__ import annotations

import io
import zipfile
from datetime import datetime, timedelta

import httpx
import openpyxl
import pytest

from tests.encryptor import encrypted
from tests.make import a_form, an_instance
from tests.server.conftest import RunningHere
from tests.visitor import Page, at_desk

VISIT = """
| survey |
| | type | name | label::Кыргызча (ky) | label::Deutsch (de) |
| | text | remark | Эскертүү | Bemerkung |
| | geopoint | place | Жери | Ort |
| | begin_repeat | tap | Чорго | Hahn |
| | text | tap_name | Аты | Name |
| | end_repeat | | | |
| settings |
| | form_title | form_id | version |
| | Visit | visit | 1 |
"""
PASSPHRASE = "ачкыч сөз 12345"
EXPORT = "/desk/1/forms/visit/export"


@pytest.fixture(scope="module")
def filled(server: RunningHere) -> str:
    """A form with one submission."""
    server.publish(VISIT)
    values = {"remark": "=суу", "place": "42 74 0 0", "tap": [{"tap_name": "a"}]}
    xml = an_instance(a_form(VISIT), values, instance_id="uuid:1")
    assert server.phone().send(xml).accepted
    return "visit"


def download(page: Page) -> bytes:
    assert page.status == 200, page.text
    assert page.response.headers["content-disposition"].startswith("attachment")
    return page.response.content


def test_every_format_is_given(server: RunningHere, filled: str) -> None:
    with at_desk(server, "manager") as visitor:
        page = visitor.get(EXPORT)
        languages = page.form(f"{EXPORT}/file").xpath(".//select[@name='labels']/option/@value")
        assert languages == ["", "ky", "de"]

        def fetch(**given: str) -> httpx.Response:
            form = page.form(f"{EXPORT}/file")
            fields = dict(form.form_values()) | given
            return visitor.client.post(f"{EXPORT}/file", data=fields)

        names = zipfile.ZipFile(io.BytesIO(fetch().content)).namelist()
        assert names == ["visit.csv", "visit-tap.csv"]
        assert fetch(format="csv", labels="de").text.startswith("SubmissionDate,Bemerkung,")
        book = openpyxl.load_workbook(io.BytesIO(fetch(format="xlsx").content))
        assert book.sheetnames == ["visit", "tap"] and book["visit"]["B2"].value == "=суу"
        assert fetch(format="geojson", fieldpath="all").json()["features"][0]["id"] == "uuid:1"
        parquet = fetch(format="parquet")
        assert zipfile.ZipFile(io.BytesIO(parquet.content)).namelist() == [
            "visit.parquet",
            "visit-tap.parquet",
        ]
        assert 'filename="visit.parquet.zip"' in parquet.headers["content-disposition"]
        filter_text = "contains(remark, 'суу')"
        assert "uuid:1" in fetch(format="csv", **{"$filter": filter_text}).text
        assert "uuid:1" not in fetch(format="csv", **{"$filter": f"not {filter_text}"}).text


def test_what_is_wrong_is_told_with_what_was_chosen(server: RunningHere, filled: str) -> None:
    with at_desk(server, "manager") as visitor:
        page = visitor.get(EXPORT)
        wrong = visitor.fill(
            page, f"{EXPORT}/file", {"format": "xlsx", "$filter": "nonsense", "from": "2026-01-01"}
        )
        assert wrong.status == 422
        fields = wrong.form(f"{EXPORT}/file").fields
        assert (fields["$filter"], fields["from"], fields["format"]) == ("nonsense", "2026-01-01", "xlsx")


def test_days_are_the_projects_and_both_ends_count(server: RunningHere, filled: str) -> None:
    today = datetime.now(server.context.zone(1)).date()
    yesterday, tomorrow = today - timedelta(days=1), today + timedelta(days=1)
    path = "/v1/projects/1/forms/visit/submissions.csv"
    with server.program("viewer", project_id=1) as program:
        assert "uuid:1" in program.get(path, params={"from": str(today), "to": str(today)}).text
        assert "uuid:1" not in program.get(path, params={"from": str(tomorrow)}).text
        assert "uuid:1" not in program.get(path, params={"to": str(yesterday)}).text
        for wrong in ("yesterday", "2026-13-01", "9999-12-31T", "²026-01-01"):
            assert program.get(path, params={"to": wrong}).status_code in (200, 400), wrong
        assert program.get(path, params={"to": "nonsense"}).status_code == 400


def test_who_may_not_read_the_answers_gets_nothing(server: RunningHere, filled: str) -> None:
    for role in ("designer", "data_collector", "deputy"):
        with at_desk(server, role) as visitor:
            assert visitor.get(EXPORT).status == 403
            assert visitor.get("/desk/1/encryption").status == 403
    with at_desk(server, "viewer") as visitor:
        assert visitor.get("/desk/1/encryption").status == 403
        assert visitor.get("/desk/1/forms/nowhere/export").status == 404


def test_encryption_is_turned_on_once(server: RunningHere, filled: str) -> None:
    with at_desk(server, "manager") as visitor:
        page = visitor.get("/desk/1/encryption")
        assert "visit" in page.main and "cannot be turned off" in page.main
        given = {"passphrase": PASSPHRASE, "again": PASSPHRASE + "!", "hint": "the book", "understood": "yes"}
        page = visitor.fill(page, "/desk/1/encryption", given)
        assert page.status == 422 and PASSPHRASE not in page.response.text
        assert page.form("/desk/1/encryption").fields["hint"] == "the book"
        page = visitor.fill(page, "/desk/1/encryption", {**given, "again": PASSPHRASE})
        assert page.status == 200 and "From now on phones encrypt" in page.text
        version = server.store.forms.get(1, "visit").current
        assert version is not None and version.version.startswith("1[encrypted:")
        xml = an_instance(version.schema, {"remark": "жашыруун"}, instance_id="uuid:2")
        manifest, files = encrypted(
            version.schema.public_key, xml, form_id="visit", version=version.version, instance_id="uuid:2"
        )
        assert server.phone().send(manifest, files).accepted
        page = visitor.get(EXPORT)
        assert "the book" in page.main
        (key,) = server.store.keys.all()
        answer = visitor.fill(page, f"{EXPORT}/file", {"format": "csv", f"key-{key.key_id}": PASSPHRASE})
        assert "жашыруун" in download(answer).decode()
        closed = visitor.fill(page, f"{EXPORT}/file", {"format": "csv"})
        assert "not decrypted" in download(closed).decode()
        wrong = visitor.fill(page, f"{EXPORT}/file", {"format": "csv", f"key-{key.key_id}": "wrong"})
        assert wrong.status == 422 and "does not open the answers" in wrong.text
        log = server.store.audit.page(limit=50)
        assert [e.action for e in log].count("form.submission.export") >= 2
        assert not any(PASSPHRASE in str(entry) for entry in log)
