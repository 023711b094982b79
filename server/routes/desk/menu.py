"""The menu of the desk: what one does every day stands open, the rest lies in three drawers."""

from __future__ import annotations

from collections.abc import Callable

from forms.errors import N_
from server.pages.frame import MenuEntry
from server.permissions import Deed

Page = tuple[str, str, Deed]  # its address under the desk, its name, who is shown it

EVERY_DAY: tuple[Page, ...] = (
    ("", N_("Overview"), Deed.READ_PROJECT),
    ("forms", N_("Questionnaires"), Deed.READ_FORMS),
    ("submissions", N_("Submissions"), Deed.READ_SUBMISSIONS),
    ("rounds", N_("Rounds"), Deed.READ_ROUNDS),
)
DRAWERS: tuple[tuple[str, tuple[Page, ...]], ...] = (
    (
        N_("Who sends"),
        (
            ("app-users", N_("Phones"), Deed.MANAGE_APP_USERS),
            ("links", N_("Links"), Deed.MANAGE_APP_USERS),
        ),
    ),
    (
        N_("Registry and lists"),
        (
            ("registry", N_("Registry"), Deed.READ_PROJECT),
            ("lists", N_("Lists"), Deed.READ_LISTS),
        ),
    ),
    (
        N_("Management"),
        (
            ("accounts", N_("Accounts"), Deed.MANAGE_ACCOUNTS),
            ("audit", N_("Audit log"), Deed.READ_AUDIT),
            ("project", N_("Project"), Deed.MANAGE_PROJECT),
            ("site", N_("Appearance"), Deed.OPERATE),
            ("encryption", N_("Encryption"), Deed.MANAGE_KEYS),
        ),
    ),
)
YOURS: tuple[Page, ...] = (("tokens", N_("API tokens"), Deed.READ_PROJECT),)
# pages that no menu names, and the entry they belong to
BELONGS = {"queue": "submissions", "quarantine": "submissions", "plan": "rounds"}


def desk_menu(root: str, path: str, may: Callable[[Deed], bool]) -> list[MenuEntry]:
    """What this person is shown; a drawer with a single page in it is that page."""
    entries = _entries(EVERY_DAY, root, path, may)
    for name, pages in DRAWERS:
        inside = _entries(pages, root, path, may)
        if len(inside) > 1:
            entries.append(MenuEntry("", name, any(entry.current for entry in inside), tuple(inside)))
        else:
            entries += inside
    return entries


def own_menu(root: str, path: str, may: Callable[[Deed], bool]) -> list[MenuEntry]:
    """What is a person's own, beside their password."""
    return _entries(YOURS, root, path, may)


def _entries(pages: tuple[Page, ...], root: str, path: str, may: Callable[[Deed], bool]) -> list[MenuEntry]:
    here = path.removeprefix(root).strip("/").split("/")[0]
    here = BELONGS.get(here, here)
    return [
        MenuEntry(f"{root}/{name}".rstrip("/"), label, name == here)
        for name, label, deed in pages
        if may(deed)
    ]
