"""One submission at the desk, beside deciding on it.

- A comment is kept and shown; an empty one is told.
- A corrected value is shown beside what was sent, with its reason in the history.
- Answers are edited in a plain form: a new version, and the page says what it changed.
- It goes into the trash and comes back; the trash is listed.
- Where the form evaluates: no rewriting, corrections of observed sheets alone, deleting only what is void.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from server.actions.import_objects import import_objects, import_villages
from tests.make import an_instance
from tests.phone import Phone
from tests.server.conftest import RunningHere, now
from tests.server.forms import OBJECTS, SCORED, VILLAGES
from tests.server.test_submission_life import TAPS
from tests.visitor import Visitor, at_desk


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


def send(server: RunningHere, phone: Phone, form_id: str = "taps", **answers: object) -> str:
    """Send a submission; the address of its page."""
    schema = server.store.forms.get(1, form_id).current.schema
    instance_id = f"uuid:{uuid4()}"
    assert phone.send(an_instance(schema, answers, instance_id=instance_id)).accepted
    return f"/desk/1/submissions/{server.store.submissions.get(1, form_id, instance_id).seq}"


def test_a_comment_is_kept_beside_it(server, phone, manager) -> None:
    path = send(server, phone, village="x")
    page = manager.fill(manager.get(path), f"{path}/comments", {"body": "Ask again <b>"})
    assert page.path == path and "Ask again <b>" in page.main
    empty = manager.fill(page, f"{path}/comments", {"body": " "})
    assert empty.status == 422


def test_a_corrected_value_is_shown_beside_what_was_sent(server, phone, manager) -> None:
    path = send(server, phone, village="Ак-Сув", faults="dry", depth="3")
    given = {"question": "faults", "value": "dry dirty", "reason": "seen again"}
    page = manager.fill(manager.get(path), f"{path}/corrections", given)
    assert "Dry → Dry; Dirty" in page.main and "seen again" in page.main
    wrong = manager.fill(page, f"{path}/corrections", {"question": "depth", "value": "deep", "reason": "x"})
    assert wrong.status == 422 and "deep is no answer" in wrong.main
    options = [option.get("value") for option in page.form(f"{path}/corrections").iter("option")]
    assert options == ["village", "depth", "faults"]


def test_answers_are_edited_in_a_plain_form(server, phone, manager) -> None:
    path = send(server, phone, village="a", faults="dry", depth="3", tap=[{"where": "n"}, {"where": "s"}])
    form = manager.get(f"{path}/edit")
    assert "Tap 2" in form.main and "photo" not in form.main
    given = {"a:/village": "б & <c>", "c:/faults": ["dirty"], "a:/tap[2]/where": "south"}
    page = manager.fill(form, f"{path}/edit", given)
    assert page.path != path and page.path.startswith("/desk/1/submissions/")
    assert "б & <c>" in page.main and "What the edit of" in page.main
    for change in ("tap 2 / where", "south"):
        assert change in page.main
    same = manager.fill(manager.get(f"{page.path}/edit"), f"{page.path}/edit", {})
    assert same.status == 422 and "Nothing was changed" in same.main
    given = {"question": "village", "value": "corrected", "reason": "x"}
    manager.fill(page, f"{page.path}/corrections", given)
    kept = manager.fill(manager.get(f"{page.path}/edit"), f"{page.path}/edit", {"a:/depth": "4"})
    assert "corrected" in kept.main  # the edit says what counted, not what was sent
    old = manager.get(path)
    assert "an edit has replaced it" in old.main and f"{path}/edit" not in old.links


def test_it_goes_into_the_trash_and_comes_back(server, phone, manager) -> None:
    path = send(server, phone, village="gone")
    page = manager.fill(manager.get(path), f"{path}/delete", {})
    assert "in the trash" in page.main
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
    options = [option.get("value") for option in page.form(f"{sheet}/corrections").iter("option")]
    assert options == ["polite", "quick"]
    actions = {form.get("action") for form in coordinator.get(citizen).document.forms}
    assert not actions & {f"{citizen}/corrections", f"{citizen}/delete", f"{citizen}/edit"}
    assert coordinator.get(f"{sheet}/edit").status == 409
    decided = coordinator.fill(page, f"{sheet}/review", {"reason": "twice", "decision": "void"})
    assert coordinator.fill(decided, f"{sheet}/delete", {"reason": "twice"}).status == 200
    for tail in ("", "/edit"):
        assert manager.get(f"{citizen}{tail}").status == 403
    assert citizen not in manager.get("/desk/1/submissions/trash").links
