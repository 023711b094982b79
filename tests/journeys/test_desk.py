"""The desk does the whole work of an evaluation, without scripts in the browser.

- A designer drops a workbook, reads every fault with sheet, row and column, mends it, looks at the questions
  and publishes; a scheme that an open round uses stays a draft.
- An organiser imports the registry, all or nothing, with faults by row; plans a round; publishes it.
- A coordinator gives phones their codes, reads submissions in words without the profile of the citizen,
  decides with a reason, one or many; sees counts and no scores; closes the round after confirming.
- The public site then shows the scores, and the figures lead back to what was decided.
- Who belongs to the executive body sees no answers on it.
- What was refused can be taken after all; what has no round is given one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.journeys.front_door import VILLAGES, FrontDoor, as_xlsx, today
from tests.visitor import Visitor, at_desk
from tests.worked_example import CITIZENS, FORM_ID, OBJECT_ID, OBSERVERS, WORKBOOK

HERE = f"/desk/1/forms/{FORM_ID}"
OBJECTS = (
    "object_id,type,subtype,name_ky,name_ru,name_en,aimak_code,villages_served\n"
    f"{OBJECT_ID},PSO,dwu,«Ак-Булак» ИПАКБ,СООППВ «Ак-Булак»,Ak-Bulak water union,KG-1,v1\n"
)


@pytest.fixture(scope="module")
def designer(front_door: FrontDoor) -> Iterator[Visitor]:
    with at_desk(front_door.server, "designer") as visitor:
        yield visitor


@pytest.fixture(scope="module")
def organiser(front_door: FrontDoor) -> Iterator[Visitor]:
    with at_desk(front_door.server, "organiser") as visitor:
        yield visitor


@pytest.fixture(scope="module")
def coordinator(front_door: FrontDoor) -> Iterator[Visitor]:
    with at_desk(front_door.server, "coordinator") as visitor:
        yield visitor


def drop(visitor: Visitor, markdown: str) -> str:
    """Drop a workbook; gives the text of the page that follows."""
    files = {"workbook": ("суу.xlsx", as_xlsx(markdown))}
    page = visitor.fill(visitor.get("/desk/1/forms"), "/desk/1/forms", files=files)
    return f"{page.status} {page.path} {page.main}"


def test_01_a_designer_reads_every_fault_with_its_cell(designer: Visitor) -> None:
    broken = WORKBOOK.replace("| D6 | C | NUM | 3 | 24 | 4 |", "| D9 | C | NUM | 3 | 4 | 4 |")
    files = {"workbook": ("суу.xlsx", as_xlsx(broken))}
    page = designer.fill(designer.get("/desk/1/forms"), "/desk/1/forms", files=files)
    assert page.status == 422
    rows = [[cell.text_content().strip() for cell in row] for row in page.document.iter("tr")]
    cells = {(row[0], row[1], row[2]) for row in rows}
    assert ("survey", "8", "criterion") in cells
    assert any(row[:2] == ["survey", "8"] and row[2] in ("best", "worst") for row in rows)
    assert "Choose a file first." in designer.fill(page, "/desk/1/forms").main


def test_02_a_designer_looks_and_publishes(designer: Visitor) -> None:
    seen = drop(designer, WORKBOOK)
    assert seen.startswith(f"200 {HERE}/draft")
    assert "How many hours a day did water run?" in seen and "Water service" in seen
    page = designer.fill(designer.get(f"{HERE}/draft"), f"{HERE}/draft/publish")
    assert page.path == HERE and "The version is published" in page.main
    original = designer.client.get(f"{HERE}/versions/2026030101/workbook")
    assert original.content == as_xlsx(WORKBOOK) or original.content.startswith(b"PK")
    assert (
        "суу" in original.headers["content-disposition"]
        or "%D1%81" in original.headers["content-disposition"]
    )
    assert "Water service" in designer.get(f"{HERE}/versions/2026030101").main


def test_03_the_registry_is_taken_whole_or_not_at_all(organiser: Visitor) -> None:
    page = organiser.get("/desk/1/registry")
    page = organiser.fill(page, "/desk/1/registry/villages", files={"list": ("v.csv", VILLAGES)})
    assert "Added 1, changed 0, unchanged 0." in page.main
    wrong = OBJECTS + "x,NONE,dwu,Ката,,,KG-1,v1\n"
    page = organiser.fill(page, "/desk/1/registry/objects", files={"list": ("o.csv", wrong.encode())})
    assert page.status == 422
    assert any("3" in row.text_content() and "type" in row.text_content() for row in page.document.iter("tr"))
    assert OBJECT_ID not in organiser.get("/desk/1/registry").main
    page = organiser.fill(page, "/desk/1/registry/objects", files={"list": ("o.csv", OBJECTS.encode())})
    assert "Added 1" in page.main and "Ak-Bulak water union" in page.main
    assert "KG-1" in organiser.get(f"/desk/1/registry/objects/{OBJECT_ID}").main


def test_04_a_round_is_planned_and_opened(organiser: Visitor, front_door: FrontDoor) -> None:
    page = organiser.get("/desk/1/plan")
    given = {
        "round_id": "2026-1",
        "title_ky": "Жазгы раунд",
        "opens_on": str(today() - timedelta(days=9)),
        "closes_on": str(today() + timedelta(days=9)),
        "weight_EXEC": "many",
    }
    wrong = organiser.fill(page, "/desk/1/rounds", given)
    assert wrong.status == 422 and "and not many" in wrong.main
    assert wrong.form("/desk/1/rounds").fields["title_ky"] == "Жазгы раунд"
    page = organiser.fill(wrong, "/desk/1/rounds", {"weight_EXEC": "35"})
    assert page.path == "/desk/1/rounds/2026-1" and "The round is planned." in page.main
    unsure = organiser.fill(page, "/desk/1/rounds/2026-1/open")
    assert unsure.status == 422 and "cannot be taken back" in unsure.main
    page = organiser.fill(page, "/desk/1/rounds/2026-1/open", {"sure": "yes"})
    assert "The round is open." in page.main
    for phone in front_door.phones:
        phone.refresh()


def test_05_a_coordinator_gives_a_phone_its_code(coordinator: Visitor, front_door: FrontDoor) -> None:
    page = coordinator.get("/desk/1/app-users")
    assert "Give it a name first." in coordinator.fill(page, "/desk/1/app-users", {"name": " "}).main
    page = coordinator.fill(page, "/desk/1/app-users", {"name": "Айгүл", "language": "ru"})
    assert page.response.headers["cache-control"] == "no-store"
    address = next(area.text_content() for area in page.document.iter("textarea"))
    assert front_door.anyone.get(f"{address.strip()}/formList").status_code == 200
    assert page.document.find_class("qr")
    picture = coordinator.client.get(f"{page.path}/code.png")
    assert picture.content.startswith(b"\x89PNG") and picture.headers["cache-control"] == "no-store"
    page = coordinator.fill(page, f"{page.path}/revoke")
    assert "revoked" in page.main
    assert front_door.anyone.get(f"{address.strip()}/formList").status_code == 403


def test_06_answers_are_read_in_words_and_decided_with_a_reason(
    coordinator: Visitor, front_door: FrontDoor
) -> None:
    for number, answers in enumerate((*CITIZENS, *OBSERVERS)):
        front_door.send(FORM_ID, answers, phone=number % 3)
    page = coordinator.get(f"/desk/1/submissions?form={FORM_ID}&stream=C")
    assert "6 submissions found." in page.main and "Ak-Bulak water union" in page.main
    one = coordinator.get(next(link for link in page.links if link.startswith("/desk/1/submissions/")))
    assert "How many hours a day did water run?" in one.main and "Drinking" not in one.main
    assert "unchanged" in one.main  # the label of D5.4's answer, whose code is "same"
    review = f"{one.path}/review"
    refused = coordinator.fill(one, review, {"decision": "void"})
    assert refused.status == 422 and "Write the reason." in refused.main
    done = coordinator.fill(one, review, {"decision": "void", "reason": "Filled in twice"})
    assert "Decided on 1." in done.main and "Filled in twice" in done.main
    coordinator.fill(done, review, {"decision": "accepted", "reason": "Not twice after all"})


def test_07_many_are_decided_together_after_confirming(coordinator: Visitor) -> None:
    page = coordinator.get("/desk/1/submissions?state=received")
    review = "/desk/1/submissions/review"
    nothing = coordinator.fill(page, review, {"decision": "accepted"})
    assert nothing.status == 422 and "Choose at least one" in nothing.main
    asked = coordinator.fill(page, review, {"decision": "accepted", "scope": "all"})
    assert "Decide on 8 submissions?" in asked.main
    stale = coordinator.fill(asked, review, {"confirmed": "yes", "n": "7"})
    assert stale.status == 422 and "finds 8 submissions" in stale.main
    done = coordinator.fill(asked, review, {"confirmed": "yes"})
    assert "Decided on 8." in done.main
    assert "9 submissions found." in coordinator.get("/desk/1/submissions?state=accepted").main


def test_08_counts_and_no_scores_while_it_is_open(coordinator: Visitor) -> None:
    page = coordinator.get("/desk/1/rounds/2026-1")
    row = next(row for row in page.document.iter("tr") if "Ak-Bulak" in row.text_content())
    assert [cell.text_content() for cell in row][1:] == ["6", "6", "3", "3", "0", "0"]
    assert "65.7" not in page.main


def test_09_the_scheme_of_an_open_round_stays_as_it_is(designer: Visitor) -> None:
    changed = WORKBOOK.replace("2026030101", "2026030102").replace("| Fees | 15 |", "| Fees | 20 |")
    assert drop(designer, changed).startswith(f"200 {HERE}/draft")
    page = designer.fill(designer.get(f"{HERE}/draft"), f"{HERE}/draft/publish")
    assert page.status == 422 and "kept as a draft" in page.main
    gone = designer.fill(designer.get(f"{HERE}/draft"), f"{HERE}/draft/discard")
    assert "The draft is gone." in gone.main


def test_10_what_was_refused_can_be_taken_after_all(
    coordinator: Visitor, designer: Visitor, front_door: FrontDoor
) -> None:
    closed = designer.fill(designer.get(HERE), f"{HERE}/state", {"state": "closed"})
    assert "The form has its new state." in closed.main
    with pytest.raises(AssertionError, match="409"):
        front_door.send(FORM_ID, CITIZENS[0])
    designer.fill(designer.get(HERE), f"{HERE}/state", {"state": "open"})
    page = coordinator.get("/desk/1/quarantine")
    assert "is closed" in page.main
    accept = next(form.get("action") for form in page.document.forms if "/accept" in form.get("action"))
    taken = coordinator.fill(page, accept)
    assert "Taken after all." in taken.main and "It is empty." in taken.main


def test_11_closing_is_confirmed_and_publishing_shows_the_scores(
    coordinator: Visitor, organiser: Visitor, front_door: FrontDoor
) -> None:
    void = coordinator.get("/desk/1/submissions?state=received")
    asked = coordinator.fill(
        void, "/desk/1/submissions/review", {"decision": "void", "scope": "all", "reason": "late"}
    )
    coordinator.fill(asked, "/desk/1/submissions/review", {"confirmed": "yes"})
    page = coordinator.get("/desk/1/rounds/2026-1")
    close = "/desk/1/rounds/2026-1/close"
    assert coordinator.fill(page, close).status == 422
    page = coordinator.fill(page, close, {"sure": "yes"})
    assert "its scores are fixed" in page.main
    with Visitor(front_door.server.address) as anyone:
        assert "65.7" not in anyone.get("/rounds/2026-1").main
        given = {"sure": "yes", "kenesh_resolution_no": "7/2"}
        page = organiser.fill(organiser.get("/desk/1/rounds/2026-1"), "/desk/1/rounds/2026-1/publish", given)
        assert "The round is published" in page.main
        assert "Жазгы раунд" in anyone.get("/").main
        page = anyone.get("/rounds/2026-1")
        assert "7/2" in page.main and "Ak-Bulak water union" in page.main
        page = anyone.get(f"/objects/{OBJECT_ID}")
        assert page.path == f"/rounds/2026-1/objects/{OBJECT_ID}"
        assert (
            "Score 65.7 — good (borderline). Interval 46.0–85.5, low precision. "
            "6 citizens and 3 observers took part." in page.main
        )
        row = next(row for row in page.document.iter("tr") if "D2.5" in row.text_content())
        assert "<10" in row.text_content() and "suppressed" in row.text_content()
        assert "criterion_score" in anyone.get("/rounds/2026-1/method").main
        page = anyone.get("/data/2026-1")
        for link in [link for link in page.links if link.startswith("/data/2026-1/")]:
            assert anyone.client.get(link).status_code == 200
        workbook = next(
            link for link in anyone.get("/rounds/2026-1/method").links if link.startswith("/workbooks/")
        )
        assert anyone.client.get(workbook).content.startswith(b"PK")


def test_12_a_decision_after_closing_is_refused_on_the_same_page(coordinator: Visitor) -> None:
    page = coordinator.get("/desk/1/submissions?state=accepted")
    one = coordinator.get(next(link for link in page.links if link.startswith("/desk/1/submissions/")))
    refused = coordinator.fill(one, f"{one.path}/review", {"decision": "void", "reason": "too late"})
    assert refused.status == 422
    assert refused.form(f"{one.path}/review").fields["reason"] == "too late"


def test_13_the_executive_body_s_staff_see_no_answers_on_it(front_door: FrontDoor) -> None:
    executive = WORKBOOK.replace("drinking_water_short", "executive_short").replace("| PSO |", "| EXEC |")
    front_door.publish(executive)
    with at_desk(front_door.server, "coordinator", "organiser") as both:
        forms = both.get("/desk/1/forms/executive_short")
        assert "Look at the submissions" not in forms.main
        assert both.client.get("/v1/projects/1/forms/executive_short/submissions.csv").status_code == 403


def test_14_an_administrator_gives_roles_and_one_time_passwords(front_door: FrontDoor) -> None:
    with at_desk(front_door.server, "administrator", project_id=None) as administrator:
        page = administrator.get("/desk/1/accounts")
        given: dict[str, str | list[str]] = {"email": "no e-mail", "name": "Чынара", "role": ["deputy"]}
        wrong = administrator.fill(page, "/desk/1/accounts", given)
        assert wrong.status == 422 and wrong.form("/desk/1/accounts").fields["name"] == "Чынара"
        page = administrator.fill(page, "/desk/1/accounts", {**given, "email": "deputy@example.org"})
        password = page.document.find(".//p[@class='big']/code").text_content()
        with Visitor(front_door.server.address) as deputy:
            assert deputy.sign_in("deputy@example.org", password).path == "/desk/password"
        actor = front_door.server.store.accounts.find("deputy@example.org")
        assert actor is not None
        page = administrator.fill(
            administrator.get("/desk/1/accounts"),
            f"/desk/1/accounts/{actor.actor_id}/roles",
            {"role": ["deputy", "member"]},
        )
        assert "Changed." in page.main
        held = front_door.server.store.accounts.get(actor.actor_id).assignments
        assert {given.role for given in held} == {"deputy", "member"}
        administrator.fill(page, f"/desk/1/accounts/{actor.actor_id}/disable")
        with Visitor(front_door.server.address) as deputy:
            assert deputy.sign_in("deputy@example.org", password).status == 422
