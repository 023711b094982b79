"""Whole journeys in a real browser, in Kyrgyz, on a desktop and on a phone of 360 pixels.

- A designer drops a workbook, sees the fault and its cell, drops the mended one and publishes it.
- A coordinator finds submissions by a filter without loading the page anew, accepts them, shows a phone its
  code, closes the round.
- Anyone finds the score of an object, on a desktop, on a phone and on paper.
- Every page can be read at 360 pixels: strong colours, whole words, named fields, a keyboard
  that shows where it is.
- Whoever was signed out meanwhile is told so, and comes back to where they were.
- Nowhere does the console complain, a request leave for another host, or a page stick out sideways.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESKTOP, PHONE, ky, open_window, window_of
from tests.browser.eyes import faults, walk
from tests.journeys.front_door import FrontDoor, as_xlsx
from tests.server.conftest import PASSWORD
from tests.worked_example import CITIZENS, FORM_ID, OBJECT_ID, OBSERVERS, WORKBOOK

pytestmark = pytest.mark.browser


def drop(page: Page, name: str, content: bytes) -> None:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    page.get_by_label("Excel файлын (XLSX) бул жерге таштаңыз").set_input_files(
        {"name": name, "mimeType": kind, "buffer": content}
    )
    page.get_by_role("button", name="Файлды окуу").click()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_1_a_designer_publishes_a_workbook(
    browser: Browser, front_door: FrontDoor, size: tuple[int, int]
) -> None:
    window = window_of(browser, front_door, "designer", size)
    version = "2026030101" if size == DESKTOP else "2026030102"
    workbook = WORKBOOK.replace("2026030101", version)
    page = window.page
    page.get_by_role("link", name="Анкеталар").first.click()
    window.check()
    drop(
        page,
        "broken.xlsx",
        as_xlsx(workbook.replace("| D6 | C | NUM | 3 | 24 | 4 |", "| D9 | C | NUM | 3 | 24 | 4 |")),
    )
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_text("criterion", exact=True)).to_be_visible()
    assert window.complaints == [] or all("422" in complaint for complaint in window.complaints)
    window.complaints.clear()  # the browser reports the refusal itself
    drop(page, "суу.xlsx", as_xlsx(workbook))
    expect(page.get_by_text("Суу суткасына канча саат келди?")).to_be_visible()
    window.check()
    page.get_by_role("button", name="Бул версияны жарыялоо").click()
    expect(page.get_by_role("status")).to_contain_text("Версия жарыяланды")
    with page.expect_download() as download:
        page.get_by_role("link", name="суу.xlsx").first.click()
    assert (
        Path(download.value.path()).read_bytes() == as_xlsx(workbook)
        or download.value.suggested_filename == "суу.xlsx"
    )
    window.check()


def test_2_a_coordinator_decides_and_closes(browser: Browser, front_door: FrontDoor) -> None:
    front_door.register("PSO", "dwu", OBJECT_ID)
    front_door.open_round("2026-1", [FORM_ID], [OBJECT_ID])
    for number, answers in enumerate((*CITIZENS, *OBSERVERS)):
        front_door.send(FORM_ID, answers, phone=number % 3)
    window = window_of(browser, front_door, "coordinator", DESKTOP)
    page = window.page
    page.get_by_role("link", name="Барактар").first.click()
    expect(page.get_by_text("9 барак табылды.")).to_be_visible()
    page.get_by_label("Ким жооп берди").select_option("C")  # htmx: no click on a button
    expect(page.get_by_text("6 барак табылды.")).to_be_visible()
    expect(page).to_have_url(re.compile("stream=C"))
    page.get_by_label("Ким жооп берди").select_option("")
    expect(page.get_by_text("9 барак табылды.")).to_be_visible()
    window.check()
    page.get_by_role("link", name=re.compile(OBJECT_ID)).first.click()
    expect(page.get_by_role("heading", name="Тарыхы")).to_be_visible()
    window.check()
    page.get_by_role("button", name="Кабыл алуу").click()
    expect(page.get_by_role("status")).to_contain_text("Чечим кабыл алынды: 1.")
    page.get_by_role("link", name="Барактар").first.click()
    page.get_by_label("Абалы").select_option("received")
    expect(page.get_by_text("8 барак табылды.")).to_be_visible()
    page.get_by_label("чыпка тапкан 8 барак боюнча").check()
    page.get_by_role("button", name="Улантуу").click()
    page.get_by_role("button", name="Ооба, чечим кабыл алынсын").click()
    expect(page.get_by_role("status").first).to_contain_text("8")
    window.choose("/app-users")
    page.get_by_label("Кимдин телефону").fill("Айгүл")
    page.locator("form[action$='/app-users']").get_by_role("button", name="Кошуу").click()
    expect(page.get_by_role("img", name=re.compile("Айгүл"))).to_be_visible()
    window.check()
    page.get_by_role("link", name="Раунддар").first.click()
    page.get_by_role("link", name="2026-1 ky").click()
    page.get_by_text("Раундду жабуу …").click()
    page.get_by_label("Ооба, баары текшерилди.").check()
    page.get_by_role("button", name="Раундду жабуу", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("упайлары бекитилди", timeout=30_000)
    window.check()
    front_door.publish_round("2026-1")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_3_anyone_finds_the_score(browser: Browser, front_door: FrontDoor, size: tuple[int, int]) -> None:
    window = open_window(browser, front_door.server.address, size, "ky-KG")
    page = window.go("/")
    window.check()
    page.get_by_role("main").get_by_role("link", name="2026-1 ky").first.click()
    window.check()
    page.get_by_role("link", name=f"{OBJECT_ID} ky").first.click()
    expect(page.get_by_role("main")).to_contain_text(
        "Упай 65,7 — жакшы (чекте). Ишеним аралыгы 46,0–85,5, тактыгы төмөн. 6 жаран жана 3 байкоочу катышты."
    )
    drawing = page.locator("figure svg.wide" if size == DESKTOP else "figure svg.narrow").first
    expect(drawing).to_be_visible()
    page.get_by_text("Таблица түрүндө көрсөтүү").first.click()
    expect(page.locator("figure table").first).to_be_visible()
    window.check()
    for path in ("/rounds/2026-1/method", "/data", "/data/2026-1", "/ledger", "/desk/sign-in"):
        window.go(path)
        window.check()
    page.get_by_role("link", name="Русский").click()
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    window.check()


def test_4_a_scorecard_fits_a_sheet_of_paper(browser: Browser, front_door: FrontDoor) -> None:
    window = open_window(browser, front_door.server.address, (794, 1123), "ky-KG")
    page = window.go(f"/rounds/2026-1/objects/{OBJECT_ID}")
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation").first).to_be_hidden()
    expect(page.locator("figure svg").first).to_be_visible()
    expect(page.locator("footer .hash")).to_be_visible()
    window.check()


def test_5_without_scripts_everything_still_works(browser: Browser, front_door: FrontDoor) -> None:
    context = browser.new_context(java_script_enabled=False, locale="ru-RU")
    page = context.new_page()
    page.goto(front_door.server.address + "/desk/sign-in")
    assert page.locator("form[action='/desk/sign-in'] button").is_visible()
    page.goto(front_door.server.address + "/rounds/2026-1")
    assert page.locator("svg.strip").first.is_visible()
    context.close()


ROUND = "/rounds/2026-1"
PUBLIC = ("/", ROUND, f"{ROUND}/objects/{OBJECT_ID}", f"{ROUND}/method", "/data/2026-1")
DESK = ("", "/forms", f"/forms/{FORM_ID}", "/submissions", ROUND, "/plan", "/lists/objects/new")
MANAGEMENT = ("/accounts", "/audit", "/links", "/app-users", "/encryption", "/tokens", "/project", "/nowhere")


@pytest.mark.parametrize("role", ["coordinator", "administrator"])
def test_6_everyone_can_read_every_page(browser: Browser, front_door: FrontDoor, role: str) -> None:
    window = window_of(browser, front_door, role, PHONE)
    mine = [*PUBLIC, *(f"/desk/1{page}" for page in DESK)]
    if role == "administrator":
        mine = [f"/desk/1{page}" for page in MANAGEMENT]
    for language in ("ru", "ky"):  # English is the shortest of the three
        window.go(f"{mine[0]}?lang={language}")
        for path in mine:
            page = window.go(path)
            assert page.locator("html").get_attribute("lang") == language
            assert faults(page) == [], (path, language)
    window.complaints.clear()  # the browser itself complains of the page that is nowhere
    window.check()
    window.go(mine[0])
    assert walk(window.page, 6)[0] == ky("Go to the content")
    window.page.context.close()


def test_7_a_session_that_ended_meanwhile_loses_nobody(browser: Browser, front_door: FrontDoor) -> None:
    window = window_of(browser, front_door, "organiser", PHONE)
    page = window.go("/desk/1/lists/objects/new")
    page.locator("select[name='p-type']").select_option("MUN")
    page.locator("select[name='p-subtype']").select_option("water")
    page.locator("input[name='p-object_id']").fill("new-pump")
    page.locator("input[name='p-name_ky']").fill("Жаңы насос")
    page.context.clear_cookies(name="baikoo_session")
    page.locator("form[action$='/new'] button").click()
    expect(page.get_by_role("status")).to_contain_text(
        ky("You had been signed out, so this was not done. Sign in, and do it once more.")
    )
    page.get_by_label(ky("E-mail")).fill(front_door.server.store.accounts.all()[-1].email)
    page.get_by_label(ky("Password")).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name=ky("Sign in")).click()
    expect(page).to_have_url(re.compile("/desk/1/lists/objects/new$"))
    window.check()
