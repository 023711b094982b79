"""A person in front of the pages: follows links, fills in the forms that stand on a page, reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType

import httpx
from lxml import html

from server.actions.accounts import add_account
from tests.server.conftest import PASSWORD, RunningHere, now

Given = Mapping[str, str | list[str]]
Files = Mapping[str, tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Page:
    """What came back."""

    path: str
    status: int
    document: html.HtmlElement
    response: httpx.Response

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", self.document.text_content())

    @property
    def main(self) -> str:
        """What stands between head and foot of the page."""
        return re.sub(r"\s+", " ", self.document.find(".//main").text_content())

    @property
    def links(self) -> list[str]:
        return [link.get("href") or "" for link in self.document.iter("a")]

    def form(self, action: str) -> html.FormElement:
        """The form on this page that posts to this address."""
        found = [form for form in self.document.forms if form.get("action") == action]
        assert found, f"no form to {action} among {[form.get('action') for form in self.document.forms]}"
        return found[0]


class Visitor:
    """A browser without scripts, with cookies."""

    def __init__(self, address: str, language: str = "en") -> None:
        self.client = httpx.Client(
            base_url=address, timeout=60, follow_redirects=True, headers={"Accept-Language": language}
        )

    def __enter__(self) -> Visitor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    def get(self, path: str) -> Page:
        return self._page(self.client.get(path))

    def fill(self, page: Page, action: str, given: Given | None = None, files: Files | None = None) -> Page:
        """Fill in a form of the page and send it, hidden fields and what was chosen already included."""
        fields: dict[str, str | list[str]] = {}
        for name, value in page.form(action).form_values():
            before = fields.get(name)
            if before is None:
                fields[name] = value
            else:
                fields[name] = [*(before if isinstance(before, list) else [before]), value]
        fields |= dict(given or {})
        uploads = {name: (filename, content) for name, (filename, content) in (files or {}).items()}
        for name in uploads:
            fields.pop(name, None)
        return self._page(self.client.post(action, data=fields, files=uploads or None))

    def sign_in(self, email: str, password: str = PASSWORD) -> Page:
        door = self.get("/desk/sign-in")
        return self.fill(door, "/desk/sign-in", {"email": email, "password": password})

    def _page(self, response: httpx.Response) -> Page:
        document = html.document_fromstring(response.text or "<html><main></main></html>")
        return Page(response.url.path, response.status_code, document, response)


def at_desk(server: RunningHere, *roles: str, project_id: int | None = 1) -> Visitor:
    """A new account with these roles, signed in; an administrator is one of the whole server."""
    email = f"visitor{len(server.store.accounts.all())}@example.org"
    assigned = tuple((role, None if role == "administrator" else project_id) for role in roles)
    add_account(server.store, email, PASSWORD, assigned, now=now(), actor=None, display_name=email)
    visitor = Visitor(server.address)
    page = visitor.sign_in(email)
    assert page.status == 200, page.text
    return visitor
