"""What stands around every page: whose site it is, where we are, the head of the ledger, who is signed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from server.store import Head


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A line of the desk's menu, or a drawer with lines inside."""

    href: str
    name: str  # English, translated by the template
    current: bool
    inside: tuple[MenuEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """What the site was told to show: addresses of pictures, words where people sign in; "" for ours."""

    logo: str = ""
    hero: str = ""
    title: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """`section` is the entry of the main menu; `head` is None where the truth could not be asked."""

    aimak: str
    section: str
    language_links: Mapping[str, str]
    head: Head | None = None
    person: str = ""  # the name of who is signed in
    csrf: str = ""
    menu: Sequence[MenuEntry] = field(default=())
    own_menu: Sequence[MenuEntry] = field(default=())  # what is this person's alone
    project_id: int = 1
    projects: Mapping[int, str] = field(default_factory=dict)  # where the person has several
    message: str = ""  # what was done a moment ago
    look: Look = field(default_factory=Look)
