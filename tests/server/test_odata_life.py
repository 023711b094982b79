"""What befalls a submission shows in OData: edits, reviews, the trash, encryption; and who may see what.

- An edited submission is one row, under its first id and form version, with its latest answers and repeats.
- Reviews and the trash stand in __system; what is deleted comes only where a filter names deletedAt.
- An encrypted submission is a row without answers, and says what is missing.
- A profile of a citizen is in no row, metadata or filter; the organiser's staff sees nothing on itself.
- A draft has tables of its own test submissions.
- A page is as the pages before it promised, however many there are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from analytics.odata.rows import Senders
from analytics.odata.service import Asked, answer
from analytics.odata.wanted import Order, Wanted
from forms.schema import Schema
from server.actions.import_objects import import_objects, import_villages
from server.settings import Settings
from tests.encryptor import encrypted
from tests.make import an_instance
from tests.server.conftest import RunningHere, now, serve
from tests.server.forms import OBJECTS, SCORED, VILLAGES
from tests.server.test_odata import FAMILY
from tests.server.test_programs import md

ALL = "/v1/projects/1/forms"
KEY = """
| settings |
|        | form_title | form_id | version | public_key |
|        | Locked     | locked  | 1       | {key}      |
"""
LOCKED = """
| survey |
|        | type  | name   | label  |
|        | text  | remark | Remark |
|        | image | photo  | Photo  |
"""


@dataclass(slots=True)
class Life:
    """A server, who reads, and the form of the families."""

    server: RunningHere
    reader: httpx.Client
    schema: Schema

    def ask(
        self, table: str = "Submissions", form: str = "family", **options: str
    ) -> list[dict[str, object]]:
        given = {f"${name}": value for name, value in options.items()}
        reply = self.reader.get(f"{ALL}/{form}.svc/{table}", params=given)
        assert reply.status_code == 200, reply.text
        return list(reply.json()["value"])

    def seq(self, instance_id: str) -> int:
        store = self.server.store.submissions
        return store.current(store.get(1, "family", instance_id).root_seq).seq


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    for server in serve(Settings(data=tmp_path_factory.mktemp("data"), port=0)):
        schema = server.publish(FAMILY).schema
        phone = server.phone()
        for number in range(6):
            children = [{"called": f"Child {number}.{child}", "years": str(child)} for child in range(number)]
            values = {"name": f"Family {number}", "age": str(number), "child": children}
            assert phone.send(an_instance(schema, values, instance_id=f"uuid:f{number}")).accepted
        yield Life(server, server.program("viewer"), schema)


def names(rows: list[dict[str, object]]) -> list[object]:
    return [row["name"] for row in rows]


def test_an_edited_submission_is_one_row_under_its_first_id(life) -> None:
    phone = life.server.phone()
    for number, before in ((1, "uuid:f2"), (2, "uuid:f2-1")):
        child = {"called": f"Edited {number}", "years": "50", "toy": [{"kind": "Ball"}]}
        xml = an_instance(
            life.schema,
            {"name": f"Family 2, edit {number}", "age": "70", "child": [child]},
            instance_id=f"uuid:f2-{number}",
            deprecated_id=before,
        )
        assert phone.send(xml).accepted
    assert names(life.ask())[:4] == ["Family 5", "Family 4", "Family 3", "Family 2, edit 2"]
    (row,) = life.ask("Submissions('uuid:f2')")
    assert row["__id"] == "uuid:f2" and row["age"] == 70
    assert row["__system"]["edits"] == 2 and row["__system"]["reviewState"] == "edited"
    assert row["__system"]["formVersion"] == "1"
    assert row["__system"]["updatedAt"] > row["__system"]["submissionDate"]
    assert names(life.ask(filter="age eq 70")) == ["Family 2, edit 2"]
    assert names(life.ask(filter="age eq 2")) == []
    assert names(life.ask(filter="__system/edits gt 0 and __system/reviewState eq 'edited'")) == [row["name"]]
    assert names(life.ask(filter="__system/updatedAt ne null")) == [row["name"]]
    (child,) = life.ask("Submissions('uuid:f2')/children/child")
    assert child["called"] == "Edited 2" and child["__Submissions-id"] == "uuid:f2"
    assert life.ask(row["children"]["child@odata.navigationLink"]) == [child]
    (toy,) = life.ask(child["toys"]["toy@odata.navigationLink"])
    assert toy["kind"] == "Ball" and toy["__Submissions-children-child-id"] == child["__id"]
    called = [each["called"] for each in life.ask("Submissions.children.child")]
    assert called[9:13] == ["Child 4.0", "Child 4.1", "Child 4.2", "Child 4.3"][4:] + called[9:13]
    assert "Child 2.0" not in called and called.count("Edited 2") == 1 and "Edited 1" not in called
    assert called[-2:] == ["Edited 2", "Child 1.0"]
    assert names(life.ask(filter="children/child/any(c: c/called eq 'Edited 1')")) == []
    assert names(life.ask(filter="children/child/any(c: c/called eq 'Edited 2')")) == [row["name"]]


def test_pages_of_repeats_keep_their_place_among_edits(life) -> None:
    whole = [each["__id"] for each in life.ask("Submissions.children.child")]
    assert len(set(whole)) == len(whole)
    for expression in ("", "years ge 0"):
        found: list[object] = []
        options = {"$top": "4", "$count": "true"} | ({"$filter": expression} if expression else {})
        page = life.reader.get(f"{ALL}/family.svc/Submissions.children.child", params=options).json()
        while True:
            assert page["@odata.count"] == len(whole)
            found += [each["__id"] for each in page["value"]]
            if "@odata.nextLink" not in page:
                break
            page = life.reader.get(page["@odata.nextLink"]).json()
        assert found == whole
    for skip in (1, 8, len(whole) - 1):
        assert [each["__id"] for each in life.ask("Submissions.children.child", skip=str(skip))] == whole[
            skip:
        ]


def test_a_review_stands_in_the_row_and_can_be_filtered(life) -> None:
    store = life.server.store
    for instance_id, state in (("uuid:f0", "accepted"), ("uuid:f1", "returned"), ("uuid:f3", "void")):
        seq = life.seq(instance_id)
        store.write(
            lambda tx, seq=seq, state=state: store.decisions.review(
                tx, seq, state, reason="seen", now=now(), actor=None
            )
        )
    rows = {row["__id"]: row["__system"] for row in life.ask()}
    assert rows["uuid:f0"]["reviewState"] == "approved"
    assert rows["uuid:f1"]["reviewState"] == "hasIssues"
    assert rows["uuid:f3"]["reviewState"] == "rejected" and rows["uuid:f3"]["updatedAt"]
    assert rows["uuid:f4"]["reviewState"] is None and rows["uuid:f4"]["updatedAt"] is None
    assert [row["__id"] for row in life.ask(filter="__system/reviewState eq 'approved'")] == ["uuid:f0"]
    enumeration = "__system/reviewState eq org.opendatakit.submission.ReviewState'hasIssues'"
    assert [row["__id"] for row in life.ask(filter=enumeration)] == ["uuid:f1"]
    left = life.ask(filter="not (__system/reviewState eq 'rejected')")
    assert [row["__id"] for row in left] == ["uuid:f5", "uuid:f4", "uuid:f2", "uuid:f1", "uuid:f0"]
    of_children = life.ask(
        "Submissions.children.child", filter="$root/Submissions/__system/reviewState eq 'rejected'"
    )
    assert {row["__Submissions-id"] for row in of_children} == {"uuid:f3"}


def test_what_is_in_the_trash_comes_only_where_a_filter_names_it(life) -> None:
    store = life.server.store
    first = life.reader.get(f"{ALL}/family.svc/Submissions", params={"$top": "2"}).json()
    seq = life.seq("uuid:f4")  # the last of that page
    store.write(lambda tx: store.trash.delete(tx, seq, reason="double", now=now(), actor=None))
    assert "uuid:f4" not in [row["__id"] for row in life.ask()]
    assert life.reader.get(f"{ALL}/family.svc/Submissions('uuid:f4')").status_code == 404
    assert life.reader.get(f"{ALL}/family.svc/Submissions('uuid:f4')/children/child").status_code == 404
    (row,) = life.ask(filter="__system/deletedAt ne null")
    assert row["__id"] == "uuid:f4" and row["__system"]["deletedAt"].endswith("Z")
    assert row["__system"]["updatedAt"] is None  # to delete is no change of it
    assert len(life.ask(filter="__system/updatedAt eq null and __system/deletedAt ne null")) == 1
    assert len(life.ask(filter="__system/deletedAt eq null")) == 5
    assert len(life.ask(filter="__system/deletedAt eq null or __system/deletedAt ne null")) == 6
    deleted = "$root/Submissions/__system/deletedAt ne null"
    assert {each["__Submissions-id"] for each in life.ask("Submissions.children.child", filter=deleted)} == {
        "uuid:f4"
    }
    assert not [
        each for each in life.ask("Submissions.children.child") if each["__Submissions-id"] == "uuid:f4"
    ]
    following = life.reader.get(first["@odata.nextLink"]).json()["value"]  # its token names what is gone
    assert [each["__id"] for each in following] == ["uuid:f3", "uuid:f2"]
    store.write(lambda tx: store.trash.restore(tx, seq, reason="not double", now=now(), actor=None))
    assert len(life.ask()) == 6


def test_what_was_purged_is_nowhere_any_more(life) -> None:
    store = life.server.store
    xml = an_instance(life.schema, {"name": "Gone", "child": [{"called": "Gone"}]}, instance_id="uuid:gone")
    assert life.server.phone().send(xml).accepted
    seq = life.seq("uuid:gone")
    store.write(lambda tx: store.trash.delete(tx, seq, reason="asked", now=now(), actor=None))
    assert names(life.ask(filter="__system/deletedAt ne null")) == ["Gone"]
    store.trash.purge(seq, reason="asked", now=now(), actor=None)
    assert life.ask(filter="__system/deletedAt ne null") == []
    assert "Gone" not in names(life.ask())
    assert not [each for each in life.ask("Submissions.children.child") if each["called"] == "Gone"]


def test_an_encrypted_submission_is_a_row_without_answers(life) -> None:
    key = (
        "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt0gunVTLw7onLRnrq0/"
        "IzW7yWR7QkrmBL7jTKEn5u+qKhbwKfBstIs+bMY2Zkp18gnTxKLxoS2tFczGkPLPgizskuemMghRniWaoLcyehkd3qqGElvW/VDL5AaWTg"
        "0nLVkjRo9z+40RQzuVaE8AkAFmxZzow3x+VJYKdjykkJ0iT9wCS0DRTXu269V264Vf/3jvredZiKRkgwlL9xNAwxXFg0x/XFw005UWVRIk"
        "dgcKWTjpBP2dPwVZ4WWC+9aGVd+Gyn1o0CLelf4rEjGoXbAAEgAqeGUxrcIlbjXfbcmwIDAQAB"
    )
    version = life.server.publish(LOCKED + KEY.format(key=key))
    phone = life.server.phone()
    for number in (1, 2):
        xml = an_instance(
            version.schema, {"remark": "secret", "photo": "1.jpg"}, instance_id=f"uuid:sealed{number}"
        )
        manifest, files = encrypted(
            version.schema.public_key, xml, form_id="locked", version=version.version,
            instance_id=f"uuid:sealed{number}", media={"1.jpg": b"photo"},
        )  # fmt: skip
        if number == 2:
            del files["submission.xml.enc"]
        assert phone.send(manifest, files).accepted
    without, complete = life.ask(form="locked")
    assert set(complete) == {"__id", "__system"} == set(without)
    assert complete["__system"]["status"] == "notDecrypted"
    assert without["__system"]["status"] == "missingEncryptedFormData"
    assert (complete["__system"]["attachmentsPresent"], complete["__system"]["attachmentsExpected"]) == (2, 2)
    assert (without["__system"]["attachmentsPresent"], without["__system"]["attachmentsExpected"]) == (1, 2)
    assert len(life.ask(form="locked", filter="remark eq null")) == 2


def test_a_citizens_profile_is_nowhere(life) -> None:
    life.server.publish(SCORED)
    coordinator = life.server.program("coordinator")
    path = f"{ALL}/service.svc"
    assert 'Name="polite"' in coordinator.get(f"{path}/$metadata").text
    assert 'Name="age"' not in coordinator.get(f"{path}/$metadata").text
    schema = life.server.store.forms.get(1, "service").current.schema
    xml = an_instance(schema, {"stream": "C", "polite": "5", "age": "44"}, instance_id="uuid:citizen")
    assert life.server.phone().send(xml).accepted
    (row,) = coordinator.get(f"{path}/Submissions").json()["value"]
    assert row["polite"] == "5" and "age" not in row
    for options in ({"$filter": "age eq 44"}, {"$orderby": "age"}):
        assert coordinator.get(f"{path}/Submissions", params=options).json()["code"] == 501.5
    assert coordinator.get(f"{path}/Submissions?$select=age").json()["code"] == 400.23
    assert life.reader.get(f"{path}/Submissions").status_code == 403  # these are the group's alone


def test_the_organisers_staff_sees_no_answers_on_the_executive_body(life) -> None:
    life.server.publish(
        SCORED.replace("| Service    | service | 1       | PSO", "| Office | office | 1 | EXEC")
    )
    both, coordinator = life.server.program("organiser", "coordinator"), life.server.program("coordinator")
    assert both.get(f"{ALL}/office.svc/Submissions").status_code == 403
    # nor in answers to a form for others, where these are about the body all the same
    body = OBJECTS + "office-1,EXEC,ao,Айыл өкмөтү,Айыл окмоту,ak-suu\n".encode()
    import_villages(life.server.store, 1, VILLAGES, now=now(), actor=None)
    import_objects(life.server.store, 1, body, now=now(), actor=None)
    schema = life.server.store.forms.get(1, "service").current.schema
    for thing in ("office-1", "wua-1"):
        xml = an_instance(schema, {"stream": "O", "object": thing}, instance_id=f"uuid:about-{thing}")
        assert life.server.phone().send(xml).accepted
    seen = {
        program: [row["__id"] for row in program.get(f"{ALL}/service.svc/Submissions").json()["value"]]
        for program in (both, coordinator)
    }
    assert seen[coordinator] == ["uuid:about-wua-1", "uuid:about-office-1", "uuid:citizen"]
    assert seen[both] == ["uuid:about-wua-1", "uuid:citizen"]
    assert both.get(f"{ALL}/service.svc/Submissions('uuid:about-office-1')").status_code == 404


def test_a_draft_has_tables_of_its_own(life) -> None:
    designer = life.server.program("designer")
    nickname = "| survey |\n| | type | name | label |\n| | text | nickname | Nickname |"
    heading = "| survey |\n|        | type                | name     | label    |"
    draft = md(FAMILY.replace(heading, nickname).replace("| family  | 1 ", "| family | 2 "))
    posted = designer.post(
        f"{ALL}/family/draft?ignoreWarnings=true", content=draft, headers={"Content-Type": "text/markdown"}
    )
    assert posted.status_code == 200, posted.text
    path = f"{ALL}/family/draft.svc"
    assert 'Name="nickname"' in designer.get(f"{path}/$metadata").text
    assert designer.get(path).json()["@odata.context"] == f"{life.server.address}{path}/$metadata"
    assert designer.get(f"{path}/Submissions").json()["value"] == []
    schema = life.server.store.drafts.get(1, "family").content.schema
    for number, more in enumerate(({}, {"child": [{"called": "Test child"}]})):
        xml = an_instance(
            schema, {"name": f"Test {number}", "nickname": "T", **more}, instance_id=f"uuid:t{number}"
        )
        sent = designer.post(
            f"{ALL}/family/draft/submissions", content=xml, headers={"Content-Type": "text/xml"}
        )
        assert sent.status_code == 200, sent.text
    page = designer.get(f"{path}/Submissions?$top=1&$count=true").json()
    assert page["@odata.count"] == 2 and page["value"][0]["nickname"] == "T"
    assert page["value"][0]["__id"] == "uuid:t1"
    assert page["@odata.nextLink"].startswith(f"{life.server.address}{path}/Submissions?")
    (last,) = designer.get(page["@odata.nextLink"]).json()["value"]
    assert last["name"] == "Test 0"
    (child,) = designer.get(f"{path}/Submissions.children.child").json()["value"]
    assert child["called"] == "Test child"
    assert designer.get(f"{path}/Submissions?$filter=nothing eq 1").json()["code"] == 501.5
    assert designer.get(f"{ALL}/family.svc/Submissions").status_code == 403
    assert designer.get(f"{ALL}/service/draft.svc").status_code == 404
    assert life.reader.get(f"{path}/Submissions").status_code == 403
    assert "nickname" not in life.ask()[0]


@pytest.mark.parametrize("table", ["Submissions", "Submissions.children.child"])
@pytest.mark.parametrize("order", [(), (Order("__id", True),)])
def test_what_comes_in_pieces_is_the_same_as_in_one(life, table, order) -> None:
    def answered(piece: int) -> bytes:
        asked = Asked(
            wanted=Wanted(project_id=1, form_id="family", now=now(), order=order),
            table=table,
            within=None,
            hidden=frozenset(),
            context="",
            next_link=lambda token: token,
            piece=piece,
        )
        senders = Senders(lambda actors: {}, lambda seqs: {})
        return b"".join(answer(life.server.context.warehouse, asked, senders))

    assert answered(2) == answered(2000)
    assert len(json.loads(answered(2))["value"]) > 2 * 2  # more than two pieces
