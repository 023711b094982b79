"""A day's work of each role at the desk in a real browser, in Kyrgyz, some on a phone of 360 pixels.

- A designer drops a workbook, tries the draft from a phone by its code, gives it its files, publishes it;
  on a phone, drops it changed, reads what is new, and publishes that as the next version.
- A coordinator opens what came in, corrects a value, edits the answers, comments, and downloads it for Excel.
- An administrator adds an account, hands over a link to a password, makes a token for a program, and finds
  all of it in the audit log.
- An organiser makes an entity list, looks at what a spreadsheet would do, takes it, and undoes it.
- What cannot be taken back is asked before it is done; nothing sticks out sideways; no console complains.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

import httpx
import openpyxl
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import DESKTOP, PHONE, ky, open_window, sign_in, window_of
from tests.browser.test_journeys import drop
from tests.journeys.front_door import FrontDoor, as_xlsx
from tests.make import a_form, an_instance
from tests.phone import Phone

pytestmark = pytest.mark.browser

TREES = """
| survey |
| | type                         | name   | label    | media::image |
| | select_one_from_file trees.csv | tree   | Дарак    |              |
| | integer                      | height | Бийиктиги | leaf.png     |
| settings |
| | form_title | form_id | version |
| | Дарактар   | trees   | 1       |
"""
VISIT = """
| survey |
| | type | name | label |
| | text | remark | Эскертүү |
| | integer | taps | Чоргосу |
| settings |
| | form_title | form_id | version |
| | Барып көрүү | visit | 1 |
"""
LEAF = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def test_a_designer_tries_a_draft_and_publishes_it(browser: Browser, front_door: FrontDoor) -> None:
    window = window_of(browser, front_door, "designer", DESKTOP)
    drop(window.choose("/forms"), "trees.xlsx", as_xlsx(TREES))
    page = window.page
    expect(page.get_by_role("heading", name=ky("Try it on a phone"))).to_be_visible()
    expect(page.locator("svg.qr")).to_be_visible()
    window.check()
    page.get_by_text(ky("Without a camera"), exact=True).click()
    address = page.get_by_label(ky("Address of the server, to be typed into Collect")).input_value()
    with Phone(address) as phone:
        assert [form.form_id for form in phone.form_list()] == ["trees"]
        assert phone.send(an_instance(a_form(TREES), {"height": "3"}, instance_id="uuid:try")).accepted
    page.reload()
    expect(page.get_by_role("row", name="uuid:try")).to_be_visible()
    expect(page.locator("main .tag.returned")).to_have_count(2)  # both files are missing
    page.get_by_label(ky("Drop the files here, or choose them")).set_input_files(
        [
            {"name": "trees.csv", "mimeType": "text/csv", "buffer": "name,label\nalma,Алма\n".encode()},
            {"name": "leaf.png", "mimeType": "image/png", "buffer": LEAF},
        ]
    )
    page.get_by_role("button", name=ky("Upload"), exact=True).first.click()
    expect(page.locator("main .tag.returned")).to_have_count(0)
    window.check()
    page.get_by_label(ky("Notes: what is new in it")).fill("Биринчи версия")
    page.get_by_role("button", name=ky("Publish this version")).click()
    expect(page.get_by_role("status")).to_contain_text(
        ky("The version is published; phones are offered it now.")
    )
    window.check()
    phone = front_door.phones[0]
    listed = next(form for form in phone.form_list() if form.form_id == "trees")
    assert {media.name for media in phone.manifest(listed)} == {"trees.csv", "leaf.png"}

    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    drop(window.go("/desk/1/forms"), "trees.xlsx", as_xlsx(TREES.replace("Бийиктиги", "Канча метр")))
    expect(page.get_by_role("row", name="height").first).to_contain_text("Бийиктиги")  # how it was worded
    expect(page.get_by_label(ky("Version"))).to_have_value("2")  # the workbook still says 1
    window.check()
    page.get_by_role("button", name=ky("Publish this version")).click()
    page.get_by_role("link", name="2", exact=True).click()
    expect(page.get_by_role("row", name="height").first).to_contain_text("Бийиктиги")
    window.check()


def test_a_coordinator_corrects_edits_and_downloads(browser: Browser, front_door: FrontDoor) -> None:
    front_door.server.publish(VISIT)
    xml = an_instance(a_form(VISIT), {"remark": "суу жок", "taps": "3"}, instance_id="uuid:visit-1")
    assert front_door.phones[0].send(xml).accepted
    window = window_of(browser, front_door, "coordinator", PHONE)
    page = window.choose("/submissions")
    page.locator("#found tbody th a").first.click()
    window.check()
    page.locator("a[href*='correct=taps']").click()
    window.check()
    corrections = page.locator("form[action$='/corrections']")
    corrections.locator("input[type=number]").fill("4")
    corrections.get_by_label(ky("Reason")).fill("Кайра саналды")
    corrections.get_by_role("button").click()
    expect(page.get_by_role("status")).to_contain_text(
        ky("The new value counts from now on; what was sent is kept.")
    )
    expect(page.locator("dl.answers")).to_contain_text("→ 4")
    page.get_by_label(ky("Write something beside it")).fill("Айылга барып текшердик")
    page.get_by_role("button", name=ky("Keep the comment")).click()
    expect(page.get_by_text("Айылга барып текшердик")).to_be_visible()
    window.check()
    page.get_by_role("button", name=ky("Edit the answers")).click()
    page.get_by_label("Эскертүү").fill("суу бар")
    window.check()
    page.get_by_role("button", name=ky("Keep a new version")).click()
    expect(page.get_by_role("status")).to_contain_text(
        ky("The new version is kept; the one before can still be read.")
    )
    expect(page.locator("dl.answers")).to_contain_text("суу бар")
    window.check()
    window.choose("/submissions")
    page.locator("select[name=form]").select_option("visit")
    page.locator("#found").get_by_role("link", name=ky("Download answers")).click()
    page.get_by_role("radio", name=ky("Excel")).check()
    window.check()
    with page.expect_download() as download:
        page.get_by_role("button", name=ky("Download"), exact=True).click()
    book = openpyxl.load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()), read_only=True)
    cells = {str(cell) for row in book.worksheets[0].iter_rows(values_only=True) for cell in row}
    assert "суу бар" in cells and "суу жок" not in cells


def test_an_administrator_lets_people_and_programs_in(browser: Browser, front_door: FrontDoor) -> None:
    window = window_of(browser, front_door, "administrator", DESKTOP)
    page = window.choose("/accounts")
    window.check()
    new = page.locator("form[action$='/accounts']")
    new.get_by_label(ky("E-mail")).fill("aigul@example.org")
    new.get_by_label(ky("Name"), exact=True).fill("Айгүл")
    new.locator("input[name=role][value=designer]").check()
    new.get_by_role("button").click()
    expect(page.get_by_role("status")).to_contain_text("aigul@example.org")
    row = page.get_by_role("row", name=re.compile("aigul@example.org"))
    row.locator("details:has(form[action$='/link']) > summary").click()
    row.locator("form[action$='/link'] button").click()
    link = page.get_by_role("status").locator("textarea").input_value()
    window.check()
    hers = open_window(browser, front_door.server.address, PHONE, "ky-KG")
    hers.page.goto(link)
    hers.check()
    for label in ("new", "again"):
        hers.page.locator(f"input[name={label}]").fill("токой суу таш кум")
    hers.page.get_by_role("button", name=ky("Set the password")).click()
    expect(hers.page.get_by_role("status")).to_contain_text(ky("Your password is set. Sign in with it."))
    sign_in(hers, "aigul@example.org", "токой суу таш кум")
    hers.check()
    window.choose("/tokens")
    page.get_by_label(ky("What it is for")).fill("Power BI")
    page.get_by_role("button", name=ky("Make"), exact=True).click()
    token = page.get_by_role("status").locator("textarea").input_value()
    window.check()
    bearer = {"Authorization": f"Bearer {token}"}
    address = f"{front_door.server.address}/v1/users/current"
    assert httpx.get(address, headers=bearer).status_code == 200
    window.choose("/tokens")
    window.confirm("/revoke")
    expect(page.get_by_role("status")).to_contain_text(ky("The token is worth nothing any more."))
    assert httpx.get(address, headers=bearer).status_code == 401
    window.choose("/audit")
    page.locator("select[name=action]").select_option("user")
    page.get_by_role("button", name=ky("Search")).click()
    expect(page.get_by_text("user.create").first).to_be_visible()
    page.locator("select[name=action]").select_option("token")
    page.get_by_role("button", name=ky("Search")).click()
    expect(page.locator("tbody tr").first).to_be_visible()
    window.check()


def test_an_organiser_takes_a_spreadsheet_and_undoes_it(browser: Browser, front_door: FrontDoor) -> None:
    window = window_of(browser, front_door, "organiser", PHONE)
    page = window.choose("/lists")
    page.get_by_label(ky("Name, as forms call it")).fill("wells")
    page.get_by_role("button", name=ky("Make it")).click()
    page.get_by_label(ky("One more property")).fill("depth")
    page.locator("form[action$='/properties'] button").click()
    window.check()
    page.get_by_label(ky("File"), exact=True).set_input_files(
        {
            "name": "wells.csv",
            "mimeType": "text/csv",
            "buffer": "label,depth\nЖогорку,12\nТөмөнкү,8\n".encode(),
        }
    )
    page.get_by_role("button", name=ky("Look at it")).click()
    expect(page.get_by_text(ky("Nothing is written yet."))).to_be_visible()
    window.check()
    page.get_by_role("button", name=ky("Take it")).click()
    expect(page.get_by_role("link", name="Жогорку")).to_be_visible()
    window.check()
    page.get_by_role("link", name="Төмөнкү").click()
    expect(page.get_by_role("heading", name=ky("History"))).to_be_visible()
    window.check()
    page.go_back()
    window.confirm("/undo")
    expect(page.get_by_role("link", name="Жогорку")).to_have_count(0)
    expect(page.get_by_text(ky("undone"), exact=True)).to_be_visible()
    window.check()
