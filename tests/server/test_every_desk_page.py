"""Every page of the desk, found by following its links as each role does.

- No link that a page shows is refused: to a page, to a file, or to what a program reads.
- A page has one heading of the first rank and skips no rank below it; no id stands twice.
- What is filled in has a label, a table has a caption and named columns, a picture has a text.
- No style and no script stands in a page, so that the strict Content-Security-Policy hides nothing.
- What is destroyed is asked about first.
"""

from __future__ import annotations

import itertools
import re

import pytest
from lxml import html

from server.actions.form_drafts import save_draft
from server.actions.form_trash import trash_form
from server.actions.import_objects import import_objects, import_villages
from tests.make import a_form, an_instance
from tests.server.conftest import RunningHere, now, workbook
from tests.server.forms import OBJECTS, SCORED, VILLAGES, WELL
from tests.server.test_drafts import TREES
from tests.visitor import at_desk

SAME = re.compile(r"(?<=/)([0-9]+|[0-9a-f-]{36}|wua-1|dwu-1|ak-suu|en-chi)(?=/|$)")
DECIDING = "/review"  # a decision can be taken anew, so its button asks for a reason alone


@pytest.fixture(scope="module")
def furnished(server: RunningHere) -> RunningHere:
    """A desk with something in every drawer."""
    store = server.store
    import_villages(store, 1, VILLAGES, now=now(), actor=None)
    import_objects(store, 1, OBJECTS, now=now(), actor=None)
    server.publish(SCORED)
    server.publish(WELL)
    server.publish(WELL.replace("well_visit", "old_form"))
    trash_form(store, 1, "old_form", now=now(), actor=None)
    save_draft(store, 1, workbook(TREES), now=now(), actor=None)
    phone = server.phone(language="en")
    for number in range(2):
        xml = an_instance(a_form(WELL), {"village": "x"}, instance_id=f"uuid:{number}")
        assert phone.send(xml).accepted
    with at_desk(server, "manager") as visitor:
        page = visitor.fill(visitor.get("/desk/1/lists"), "/desk/1/lists", {"name": "pumps"})
        page = visitor.fill(page, "/desk/1/lists/pumps/properties", {"name": "code"})
        file = {"list": ("pumps.csv", b"label,code\nOne,1\n")}
        page = visitor.fill(page, "/desk/1/lists/pumps/upload", files=file)
        visitor.fill(page, "/desk/1/lists/pumps/take")
        link = {"name": "Village", "form": "well_visit", "once": "yes"}
        visitor.fill(visitor.get("/desk/1/links"), "/desk/1/links", link)
        newest = store.submissions.get(1, "well_visit", "uuid:1").seq
        here = f"/desk/1/submissions/{newest}"
        visitor.fill(visitor.get(here), f"{here}/delete")
    return server


@pytest.mark.parametrize(
    "role", ["administrator", "coordinator", "organiser", "designer", "member", "viewer"]
)
def test_every_link_leads_somewhere_and_every_page_can_be_read(furnished: RunningHere, role: str) -> None:
    with at_desk(furnished, role) as visitor:
        token = {"name": "A program"}
        visitor.fill(visitor.get("/desk/1/tokens"), "/desk/1/tokens", token)
        waiting, seen = ["/desk/1"], set()
        while waiting:
            path = waiting.pop()
            if (kind := SAME.sub("#", path.partition("?")[0])) in seen:
                continue
            seen.add(kind)
            response = visitor.client.get(path)
            assert response.status_code == 200, f"{role} is shown {path}"
            if not response.headers["content-type"].startswith("text/html"):
                continue
            document = html.document_fromstring(response.text)
            assert faults(document) == [], path
            waiting += [to for a in document.iter("a") if (to := followed(path, a.get("href", "")))]
        assert {"/desk/#/forms", "/desk/#/tokens", "/desk/password"} <= seen


def followed(path: str, link: str) -> str:
    """Where a link of a page leads, if that belongs to the desk or is handed out by it."""
    link = link.partition("#")[0]
    link = path.partition("?")[0] + link if link.startswith("?") else link
    return link if link.startswith(("/desk", "/v1")) and "lang=" not in link else ""


def faults(root: html.HtmlElement) -> list[str]:
    """What would stop somebody who hears the page, or uses it by keyboard."""
    found: list[str] = []
    ranks = [int(heading.tag[1]) for heading in root.iter("h1", "h2", "h3", "h4")]
    if ranks.count(1) != 1 or any(after > before + 1 for before, after in itertools.pairwise(ranks)):
        found.append(f"headings {ranks}")
    ids = [element.get("id") for element in root.xpath("//*[@id]")]
    found += [f"id {each} twice" for each in set(ids) if ids.count(each) > 1]
    found += [outline(each) for each in root.xpath("//*[@style] | //style | //script[not(@src)]")]
    found += [outline(each) for each in root.xpath("//table[not(caption)] | //th[not(normalize-space())]")]
    found += [outline(each) for each in root.xpath("//img[not(@alt)] | //svg[not(@role or @aria-hidden)]")]
    for box in root.xpath("//select | //textarea | //input[not(@type='hidden')]"):
        named = box.get("aria-label") or box.xpath("ancestor::label")
        if not named and not root.xpath("//label[@for=$id]", id=box.get("id") or ""):
            found.append(outline(box))
    for button in root.xpath("//button[contains(@class, 'danger')][not(ancestor::details)]"):
        if not button.xpath("string(ancestor::form/@action)").endswith(DECIDING):
            found.append(outline(button))
    return found


def outline(element: html.HtmlElement) -> str:
    return html.tostring(element, encoding="unicode")[:120]
