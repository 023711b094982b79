"""One submission at the desk, beside deciding on it.

- A comment is kept and shown; an empty one is told.
- A corrected value is shown beside what was sent, with its reason in the history.
- Answers are edited in a plain form: a new version, and the page says what it changed.
- It goes into the trash and comes back; the trash is listed.
- Where the form evaluates: no rewriting, corrections of observed sheets alone, deleting only what is void.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote
from uuid import uuid4

import pytest

from server.actions.import_objects import import_objects, import_villages
from tests.make import an_instance
from tests.phone import Phone
from tests.server.conftest import RunningHere, now
from tests.server.forms import OBJECTS, SCORED, VILLAGES
from tests.server.test_submission_life import TAPS
from tests.visitor import Page, Visitor, at_desk


@pytest.fixture(scope="module")
def phone(server: RunningHere) -> Phone:
    server.publish(TAPS)
    return server.phone(language="en")


@pytest.fixture(scope="module")
def manager(server: RunningHere) -> Iterator[Visitor]:
    with at_desk(server, "manager") as visitor:
        yield visitor


@pytest.fixture(scope="module")
def coordinator(server: RunningHere) -> Iterator[Visitor]:
    with at_desk(server, "coordinator") as visitor:
        yield visitor


def send(
    server: RunningHere,
    phone: Phone,
    form_id: str = "taps",
    files: dict[str, bytes] | None = None,
    **answers: object,
) -> str:
    """Send a submission; the address of its page."""
    schema = server.store.forms.get(1, form_id).current.schema
    instance_id = f"uuid:{uuid4()}"
    assert phone.send(an_instance(schema, answers, instance_id=instance_id), files or {}).accepted
    return f"/desk/1/submissions/{server.store.submissions.get(1, form_id, instance_id).seq}"


def test_a_comment_is_kept_beside_it(server, phone, manager) -> None:
    path = send(server, phone, village="x")
    page = manager.fill(manager.get(path), f"{path}/comments", {"body": "Ask again <b>"})
    assert page.path == path and "Ask again <b>" in page.main
    empty = manager.fill(page, f"{path}/comments", {"body": " "})
    assert empty.status == 422


def test_a_corrected_value_is_shown_beside_what_was_sent(server, phone, manager) -> None:
    path = send(server, phone, village="Ак-Сув", faults="dry", depth="3", tap=[{"where": "n"}])
    page = manager.get(path)
    assert not corrections(page, path) and offered(page) == ["village", "depth", "faults", "/tap[1]/where"]
    page = manager.get(f"{path}?correct=faults")
    page = manager.fill(page, f"{path}/corrections", {"c:faults": ["dry", "dirty"], "reason": "seen again"})
    assert "Dry → Dry; Dirty" in page.main and "seen again" in page.main
    page = manager.get(f"{path}?correct=depth")
    wrong = manager.fill(page, f"{path}/corrections", {"a:depth": "deep", "reason": "x"})
    assert wrong.status == 422 and "deep is no answer" in wrong.main and corrections(wrong, path)


def test_an_answer_in_a_repeat_is_corrected_where_it_stands(server, phone, manager) -> None:
    path = send(server, phone, tap=[{"where": "n"}, {"where": "s"}])
    page = manager.get(f"{path}?correct=/tap[2]/where")
    assert "Tap 2" in page.main
    page = manager.fill(page, f"{path}/corrections", {"a:/tap[2]/where": "south", "reason": "x"})
    assert "s → south" in page.main.split("Tap 2")[1] and "Tap 2 / Where" in page.main


def corrections(page: Page, path: str) -> bool:
    return f"{path}/corrections" in {form.get("action") for form in page.document.forms}


def offered(page: Page) -> list[str]:
    """The places of all answers that the page offers to correct."""
    return [
        unquote(link.partition("?correct=")[2].partition("#")[0])
        for link in page.links
        if "?correct=" in link
    ]


def test_answers_are_edited_in_a_plain_form(server, phone, manager) -> None:
    path = send(server, phone, village="a", faults="dry", depth="3", tap=[{"where": "n"}, {"where": "s"}])
    form = manager.get(f"{path}/edit")
    assert "Tap 2" in form.main and "photo" not in form.main
    given = {"a:/village": "б & <c>", "c:/faults": ["dirty"], "a:/tap[2]/where": "south"}
    page = manager.fill(form, f"{path}/edit", given)
    assert page.path != path and page.path.startswith("/desk/1/submissions/")
    assert "б & <c>" in page.main and "What the edit of" in page.main
    for change in ("Tap 2 / Where", "south"):
        assert change in page.main
    same = manager.fill(manager.get(f"{page.path}/edit"), f"{page.path}/edit", {})
    assert same.status == 422 and "Nothing was changed" in same.main
    asked = manager.get(f"{page.path}?correct=village")
    manager.fill(asked, f"{page.path}/corrections", {"a:village": "corrected", "reason": "x"})
    kept = manager.fill(manager.get(f"{page.path}/edit"), f"{page.path}/edit", {"a:/depth": "4"})
    assert "corrected" in kept.main  # the edit says what counted, not what was sent
    back = manager.fill(manager.get(f"{kept.path}/edit"), f"{kept.path}/edit", {"a:/village": "б & <c>"})
    assert "Village village б & <c> Correct" in back.main  # even where that was sent before
    old = manager.get(path)
    assert "an edit has replaced it" in old.main and f"{path}/edit" not in old.links


def test_it_goes_into_the_trash_and_comes_back(server, phone, manager) -> None:
    path = send(server, phone, village="gone", photo="a b.jpg", files={"a b.jpg": b"photo"})
    page = manager.fill(manager.get(path), f"{path}/delete", {})
    assert "in the trash" in page.main
    [photo] = [link for link in page.links if link.endswith(".jpg")]
    assert manager.client.get(photo).content == b"photo"  # which whoever restores it wants to see
    assert manager.client.get(f"{photo}x").status_code == 404
    assert f'{path}"' not in manager.get("/desk/1/submissions").response.text
    trash = manager.get("/desk/1/submissions/trash")
    assert path in trash.links
    back = manager.fill(manager.get(path), f"{path}/restore", {})
    assert "counts again" in back.main
    assert path not in manager.get("/desk/1/submissions/trash").links
    assert f'{path}"' in manager.get("/desk/1/submissions").response.text


def test_answers_on_an_object_are_guarded(server, phone, manager, coordinator) -> None:
    import_villages(server.store, 1, VILLAGES, now=now(), actor=None)
    import_objects(server.store, 1, OBJECTS, now=now(), actor=None)
    server.publish(SCORED)
    values = {"object": "wua-1", "polite": "4", "quick": "2"}
    sheet, citizen = (send(server, phone, "service", stream=stream, **values) for stream in ("O", "C"))
    page = coordinator.get(sheet)
    assert offered(page) == ["polite", "quick"]
    actions = {form.get("action") for form in coordinator.get(citizen).document.forms}
    assert not offered(coordinator.get(citizen)) and not actions & {
        f"{citizen}/corrections",
        f"{citizen}/delete",
        f"{citizen}/edit",
    }
    assert coordinator.get(f"{sheet}/edit").status == 409
    decided = coordinator.fill(page, f"{sheet}/review", {"reason": "twice", "decision": "void"})
    assert coordinator.fill(decided, f"{sheet}/delete", {"reason": "twice"}).status == 200
    for tail in ("", "/edit"):
        assert manager.get(f"{citizen}{tail}").status == 403
    assert citizen not in manager.get("/desk/1/submissions/trash").links
