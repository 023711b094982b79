"""Exports by address, and files that can be taken up where they broke off.

- A form that was never published gives its test submissions as files, to those who write forms.
- Names of files, types and rights of every format; HEAD is answered; bad choices are refused with a sentence.
- What is stable (attachments of submissions) has a tag, is not sent twice, and is sent in part where asked.
"""

from __future__ import annotations

import io
import zipfile

import httpx
import pytest

from tests.make import a_form, an_instance
from tests.server.conftest import RunningHere

VISIT = """
| survey |
| | type | name | label |
| | text | remark | Remark |
| | geopoint | place | Place |
| | image | photo | Photo |
| settings |
| | form_title | form_id | version |
| | Visit | Көрүү % | 1 |
"""
ALL = "/v1/projects/1/forms/%D0%9A%D3%A9%D1%80%D2%AF%D2%AF%20%25/submissions"
PHOTO = b"0123456789" * 10


@pytest.fixture(scope="module")
def viewer(server: RunningHere) -> httpx.Client:
    server.publish(VISIT)
    xml = an_instance(
        a_form(VISIT), {"remark": "суу", "place": "42 74", "photo": "1.jpg"}, instance_id="uuid:1"
    )
    assert server.phone().send(xml, {"1.jpg": PHOTO}).accepted
    return server.program("viewer", project_id=1)


@pytest.mark.parametrize(
    ("ending", "kind", "name"),
    [
        ("csv", "text/csv; charset=utf-8", "csv"),
        ("csv.zip", "application/zip", "zip"),
        ("csv.zip?attachments=false", "application/zip", "csv.zip"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
        ("parquet.zip", "application/zip", "parquet.zip"),
        ("geojson", "application/json; charset=utf-8", "geojson"),
    ],
)
def test_a_file_has_its_type_and_the_name_of_the_form(
    viewer: httpx.Client, ending: str, kind: str, name: str
) -> None:
    answer = viewer.get(f"{ALL}.{ending}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    disposition = answer.headers["content-disposition"]
    assert disposition.endswith(f"filename*=UTF-8''%D0%9A%D3%A9%D1%80%D2%AF%D2%AF%20%25.{name}")
    assert viewer.head(f"{ALL}.{ending}").status_code == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("$filter=remark eq", 400),
        ("$filter=nowhere eq 1", 501),
        ("reviewState=strange", 400),
        ("from=yesterday", 400),
        ("labels=xx", 400),
        ("labels=%00", 400),
        ("labels=ru", 200),
        ("round=%00", 200),
        ("limit=many", 200),
        ("limit=1", 200),
        ("splitSelectMultiples=True&groupPaths=False&deletedFields=TRUE", 200),
        ("strange=1", 200),
    ],
)
def test_choices_are_taken_or_refused(viewer: httpx.Client, query: str, status: int) -> None:
    for ending in ("csv", "csv.zip", "xlsx", "parquet.zip", "geojson"):
        assert viewer.get(f"{ALL}.{ending}?{query}").status_code == status, ending


def test_a_place_is_one_of_the_form(viewer: httpx.Client) -> None:
    assert viewer.get(f"{ALL}.geojson?fieldpath=/place").json()["features"][0]["id"] == "uuid:1"
    refused = viewer.get(f"{ALL}.geojson?fieldpath=/remark")
    assert (refused.status_code, "/place" in refused.json()["message"]) == (400, True)
    assert viewer.get(f"{ALL}.geojson?fieldpath=/place&fieldpath=/remark").json()["code"] == 400.41


def test_a_submission_and_its_versions_on_a_map(server: RunningHere, viewer: httpx.Client) -> None:
    form = a_form(VISIT)
    phone = server.phone()
    assert phone.send(an_instance(form, {"place": "42 74"}, instance_id="uuid:3")).accepted
    edit = an_instance(form, {"place": "41 75"}, instance_id="uuid:3-2", deprecated_id="uuid:3")
    assert phone.send(edit).accepted
    for address, name, place in (
        ("uuid%3A3", "uuid:3-2", [75.0, 41.0]),
        ("uuid%3A3/versions/uuid%3A3", "uuid:3", [74.0, 42.0]),
        ("uuid%3A3/versions/uuid%3A3-2", "uuid:3-2", [75.0, 41.0]),
    ):
        (feature,) = viewer.get(f"{ALL}/{address}.geojson").json()["features"]
        assert (feature["id"], feature["geometry"]["coordinates"]) == (name, place)
    moved = viewer.get(f"{ALL}/uuid%3A3-2.geojson")
    assert moved.headers["location"].endswith("/uuid%3A3/versions/uuid%3A3-2.geojson")
    for address in ("uuid%3A2", "uuid%3A3/versions/uuid%3A2"):
        assert viewer.get(f"{ALL}/{address}.geojson").status_code == 404


def test_the_trash_is_in_a_file_only_where_a_filter_names_it(server: RunningHere) -> None:
    manager = server.program("manager")
    schema = server.publish(VISIT.replace("Көрүү %", "trash").replace("Visit", "Trash")).schema
    for number in (1, 2):
        assert (
            server.phone()
            .send(an_instance(schema, {"place": "42 74"}, instance_id=f"uuid:{number}"))
            .accepted
        )
    path = "/v1/projects/1/forms/trash/submissions"
    assert manager.delete(f"{path}/uuid%3A2").status_code == 200
    for asked, names in (
        ("", ["uuid:1"]),
        ("__system/deletedAt eq null", ["uuid:1"]),
        ("not __system/deletedAt eq null", ["uuid:2"]),
        ("__system/deletedAt eq null or __id ne null", ["uuid:2", "uuid:1"]),
    ):
        options = {"$filter": asked} if asked else {}
        told = manager.get(f"{path}.csv", params=options).text.splitlines()[1:]
        assert [line.split(",")[-10] for line in told] == names, asked
        made = manager.get(f"{path}.geojson", params=options).json()["features"]
        assert [one["id"] for one in made] == names, asked


def test_a_draft_gives_its_test_submissions(server: RunningHere) -> None:
    designer = server.program("designer")
    markdown = VISIT.replace("Көрүү %", "trial")
    path = "/v1/projects/1/forms"
    headers = {"Content-Type": "text/markdown"}
    lines = "\n".join(line.strip() for line in markdown.splitlines())
    assert (
        designer.post(f"{path}?ignoreWarnings=True", content=lines.encode(), headers=headers).status_code
        == 200
    )
    xml = an_instance(a_form(markdown), {"remark": "проба", "place": "1 2"}, instance_id="uuid:trial")
    sent = designer.post(f"{path}/trial/draft/submissions", content=xml, headers={"Content-Type": "text/xml"})
    assert sent.status_code == 200
    assert "проба" in designer.get(f"{path}/trial/draft/submissions.csv").text
    packed = zipfile.ZipFile(io.BytesIO(designer.get(f"{path}/trial/draft/submissions.csv.zip").content))
    assert packed.namelist() == ["trial.csv"]
    assert designer.get(f"{path}/trial/draft/submissions.xlsx").content[:2] == b"PK"
    made = designer.get(f"{path}/trial/draft/submissions.geojson").json()
    assert made["features"][0]["geometry"]["coordinates"] == [2.0, 1.0]
    filtered = designer.get(f"{path}/trial/draft/submissions.csv", params={"$filter": "remark eq 'x'"})
    assert "проба" not in filtered.text
    assert designer.get(f"{path}/trial/submissions.csv").status_code == 403, "answers are not a designer's"
    with server.program("viewer", project_id=1) as viewer:
        assert viewer.get(f"{path}/trial/draft/submissions.csv").status_code == 403


def test_a_file_of_a_form_is_taken_up_where_it_broke_off(server: RunningHere) -> None:
    designer = server.program("designer")
    markdown = VISIT.replace("Көрүү %", "pictured").replace("| label |", "| label | media::image |")
    markdown = markdown.replace("| Place |", "| Place | map.png |")
    lines = "\n".join(line.strip() for line in markdown.splitlines())
    path, headers = "/v1/projects/1/forms", {"Content-Type": "text/markdown"}
    made = designer.post(f"{path}?ignoreWarnings=True", content=lines.encode(), headers=headers)
    assert made.status_code == 200, made.text
    assert designer.post(f"{path}/pictured/draft/attachments/map.png", content=PHOTO).status_code == 200
    assert designer.post(f"{path}/pictured/draft/publish").status_code == 200
    file = f"{path}/pictured/attachments/map.png"
    whole = designer.get(file)
    part = designer.get(file, headers={"Range": "bytes=5-9", "If-Range": whole.headers["etag"]})
    assert (part.status_code, part.content) == (206, PHOTO[5:10])
    assert designer.get(file, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304


def test_an_attachment_is_taken_up_where_it_broke_off(viewer: httpx.Client) -> None:
    path = f"{ALL}/uuid%3A1/attachments/1.jpg"
    whole = viewer.get(path)
    assert (whole.status_code, whole.content, whole.headers["accept-ranges"]) == (200, PHOTO, "bytes")
    part = viewer.get(path, headers={"Range": "bytes=90-", "If-Range": whole.headers["etag"]})
    assert (part.status_code, part.content) == (206, PHOTO[90:])
    assert part.headers["content-range"] == "bytes 90-99/100"
    changed = viewer.get(path, headers={"Range": "bytes=90-", "If-Range": '"another"'})
    assert (changed.status_code, changed.content) == (200, PHOTO)
    assert viewer.get(path, headers={"Range": "bytes=100-"}).status_code == 416
    assert viewer.get(path, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304
