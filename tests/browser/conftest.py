"""A real browser before a real server: Debian's Chromium, or the one that CHROMIUM names."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from server.actions.accounts import add_account
from server.pages.words import catalogue
from server.settings import Settings
from tests.journeys.front_door import FrontDoor
from tests.server.conftest import PASSWORD, now, serve

SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE, DESKTOP = (360, 740), (1100, 900)


@dataclass(slots=True)
class Window:
    """A window of the browser; `complaints` is what its console and its network would tell a developer."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        self.page.goto(self.address + path)
        return self.page

    def choose(self, path: str) -> Page:
        """Go on through the desk's menu; the drawer in which the page lies is opened first."""
        link = self.page.locator(f".desk-bar a[href$='{path}']")
        if not link.is_visible():
            self.page.locator(f".drawer:has(a[href$='{path}']) > summary").click()
        link.click()
        return self.page

    def confirm(self, action: str) -> Page:
        """Do what is asked about before it is done: open the question, then press its button."""
        form = self.page.locator(f"details.ask form[action$='{action}']")
        expect(form).to_be_hidden()
        self.page.locator(f"details.ask:has(form[action$='{action}']) > summary").click()
        form.get_by_role("button").click()
        return self.page

    def check(self) -> None:
        """Nothing complained, nothing went to another host, nothing sticks out sideways."""
        assert not self.complaints
        width = self.page.evaluate("document.documentElement.scrollWidth")
        assert width <= self.page.viewport_size["width"], (self.page.url, width)  # type: ignore[index]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, headless=True, args=SWITCHES)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def front_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrontDoor]:
    for server in serve(Settings(data=tmp_path_factory.mktemp("data"), port=0)):
        door = FrontDoor(server)
        yield door
        door.close()


def open_window(browser: Browser, address: str, size: tuple[int, int], language: str) -> Window:
    context: BrowserContext = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale=language, accept_downloads=True
    )
    window = Window(context.new_page(), address)

    def noted(url: str) -> None:
        if not url.startswith((address, "data:", "blob:")):
            window.complaints.append(f"another host: {url}")

    window.page.on("request", lambda request: noted(request.url))
    window.page.on("pageerror", lambda error: window.complaints.append(str(error)))
    window.page.on(
        "console",
        lambda message: window.complaints.append(message.text) if message.type == "error" else None,
    )
    return window


def window_of(browser: Browser, front_door: FrontDoor, role: str, size: tuple[int, int]) -> Window:
    """A window in which a new account with this role has signed in."""
    store = front_door.server.store
    email = f"{role}{len(store.accounts.all())}@example.org"
    project_id = None if role == "administrator" else 1
    add_account(store, email, PASSWORD, ((role, project_id),), now=now(), actor=None, language="ky")
    window = open_window(browser, front_door.server.address, size, "ky-KG")
    sign_in(window, email, PASSWORD)
    return window


def sign_in(window: Window, email: str, password: str) -> None:
    page = window.go("/desk/sign-in")
    page.get_by_label(ky("E-mail")).fill(email)
    page.get_by_label(ky("Password")).fill(password)
    page.get_by_role("main").get_by_role("button", name=ky("Sign in")).click()
    expect(page).to_have_url(re.compile(r"/desk/1$"))


def ky(english: str) -> str:
    """What stands on a Kyrgyz page for a sentence of the templates."""
    return catalogue("ky").gettext(english)
