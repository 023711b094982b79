"""Who may do what: the roles of joint monitoring and evaluation, and the rules of independence.

The executive body is at once organiser and evaluated object, so its staff (role organiser) never reads,
edits or voids raw answers on it, whatever other role they hold; an administrator keeps accounts and settings
and reads no raw answers on an object by that role. Where a form evaluates nothing, ODK Central's roles may
what they may there. Every route and verb asks here, and nowhere else.

Whoever comes with a token may at most what the token is for: a phone its forms, a link the sending of one
form, a draft's token the testing of that draft, an API token its scope of what its owner may.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from forms.errors import NotAllowed, SignInFirst

ADMINISTRATOR = "administrator"
COORDINATOR = "coordinator"  # chair or secretary of the group
ORGANISER = "organiser"  # the aiyl okmotu
DESIGNER = "designer"
MEMBER = "member"  # observer or expert of the group
DEPUTY = "deputy"  # of the kenesh
# ODK Central's, for projects and forms that evaluate nothing
MANAGER = "manager"
VIEWER = "viewer"
DATA_COLLECTOR = "data_collector"
ROLES = (ADMINISTRATOR, COORDINATOR, ORGANISER, DESIGNER, MEMBER, DEPUTY, MANAGER, VIEWER, DATA_COLLECTOR)

# not roles of accounts: whoever holds a token
APP_USER = "app_user"  # a phone with a token in its path
PUBLIC_LINK = "public_link"  # whoever was given the link to a form
TESTER = "tester"  # whoever scanned the code of a draft
OWNER = "owner"  # the command line of the owner of the data folder


class Deed(Enum):
    """What somebody may want to do."""

    READ_PROJECT = "read project"
    READ_FORMS = "read forms"
    WRITE_FORMS = "write forms"
    TEST_DRAFT = "test a draft"
    SUBMIT = "submit"
    READ_SUBMISSIONS = "read submissions"
    REVIEW = "review submissions"
    EDIT_SUBMISSIONS = "edit, correct and trash submissions"
    READ_LISTS = "read entity lists"
    WRITE_ENTITIES = "write entities"
    MANAGE_LISTS = "manage entity lists"
    MANAGE_KEYS = "manage encryption keys"
    MANAGE_PROJECT = "manage the project and who may do what in it"
    READ_AUDIT = "read the audit log"
    COUNT = "count submissions"
    MANAGE_APP_USERS = "manage app users"
    MANAGE_ACCOUNTS = "manage accounts"
    WRITE_REGISTRY = "write registry"
    PLAN_ROUND = "plan and open rounds"
    CLOSE_ROUND = "close rounds"
    PUBLISH_ROUND = "publish rounds"
    READ_ROUNDS = "read rounds"
    OPERATE = "operate the server"


_EVERY_ACCOUNT = frozenset(ROLES)
ALLOWED: dict[Deed, frozenset[str]] = {
    Deed.READ_PROJECT: _EVERY_ACCOUNT | {APP_USER},
    Deed.READ_FORMS: _EVERY_ACCOUNT | {APP_USER, PUBLIC_LINK},
    Deed.WRITE_FORMS: frozenset({DESIGNER, ADMINISTRATOR, MANAGER}),
    Deed.TEST_DRAFT: frozenset({DESIGNER, ADMINISTRATOR, MANAGER, TESTER}),
    Deed.SUBMIT: frozenset(
        {APP_USER, PUBLIC_LINK, MEMBER, COORDINATOR, ADMINISTRATOR, MANAGER, DATA_COLLECTOR}
    ),
    Deed.READ_SUBMISSIONS: frozenset({COORDINATOR, ADMINISTRATOR, MANAGER, VIEWER}),
    Deed.REVIEW: frozenset({COORDINATOR, ADMINISTRATOR, MANAGER}),
    Deed.EDIT_SUBMISSIONS: frozenset({COORDINATOR, ADMINISTRATOR, MANAGER}),
    Deed.COUNT: frozenset({COORDINATOR, ORGANISER, ADMINISTRATOR, DEPUTY, MANAGER, VIEWER}),
    Deed.READ_LISTS: frozenset({COORDINATOR, ORGANISER, ADMINISTRATOR, DESIGNER, MANAGER, VIEWER}),
    Deed.WRITE_ENTITIES: frozenset({COORDINATOR, ORGANISER, ADMINISTRATOR, MANAGER}),
    Deed.MANAGE_LISTS: frozenset({DESIGNER, ORGANISER, ADMINISTRATOR, MANAGER}),
    Deed.MANAGE_APP_USERS: frozenset({COORDINATOR, ADMINISTRATOR, MANAGER}),
    Deed.MANAGE_KEYS: frozenset({ADMINISTRATOR, MANAGER}),
    Deed.MANAGE_PROJECT: frozenset({ADMINISTRATOR, MANAGER}),
    Deed.MANAGE_ACCOUNTS: frozenset({ADMINISTRATOR}),
    Deed.WRITE_REGISTRY: frozenset({ORGANISER, ADMINISTRATOR}),
    Deed.PLAN_ROUND: frozenset({ORGANISER, COORDINATOR}),
    Deed.CLOSE_ROUND: frozenset({COORDINATOR}),
    Deed.PUBLISH_ROUND: frozenset({ORGANISER, COORDINATOR}),
    Deed.READ_ROUNDS: _EVERY_ACCOUNT,
    Deed.READ_AUDIT: frozenset({ADMINISTRATOR}),
    Deed.OPERATE: frozenset({ADMINISTRATOR}),
}
OF_ANSWERS = (Deed.SUBMIT, Deed.READ_SUBMISSIONS, Deed.REVIEW, Deed.EDIT_SUBMISSIONS)
# asked without a form these open a list or a door, and each form is asked for behind it
_AT_THE_DOOR = (Deed.READ_PROJECT, Deed.READ_FORMS, Deed.SUBMIT)
# of the whole server: a role in one project gives none of it
_OF_THE_SERVER = (Deed.MANAGE_ACCOUNTS, Deed.READ_AUDIT, Deed.OPERATE)
# their word counts where nothing is evaluated: answers on an object are the group's alone
NOT_OF_THE_GROUP = frozenset({ADMINISTRATOR, MANAGER, VIEWER, DATA_COLLECTOR})

EVERYTHING = "everything"
_READING = frozenset(
    {
        Deed.READ_PROJECT,
        Deed.READ_FORMS,
        Deed.READ_SUBMISSIONS,
        Deed.READ_LISTS,
        Deed.READ_ROUNDS,
        Deed.READ_AUDIT,
        Deed.COUNT,
    }
)
_SENDING = frozenset({Deed.READ_PROJECT, Deed.READ_FORMS, Deed.SUBMIT})
_WRITING = frozenset(
    {
        Deed.WRITE_FORMS,
        Deed.TEST_DRAFT,
        Deed.REVIEW,
        Deed.EDIT_SUBMISSIONS,
        Deed.WRITE_ENTITIES,
        Deed.MANAGE_LISTS,
        Deed.WRITE_REGISTRY,
    }
)
# what an API token may at most, of what its owner may
SCOPES: dict[str, frozenset[Deed]] = {
    "read": _READING,
    "submit": _SENDING,
    "write": _READING | _SENDING | _WRITING,
    EVERYTHING: frozenset(Deed),
}
_ONLY_READS = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Grant:
    """A role: in one form, in one project, or (project_id None) in all of them."""

    role: str
    project_id: int | None = None
    form_id: str | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """What an API token leaves of its owner's rights."""

    scope: str
    project_id: int | None = None  # None: in every project


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks. `actor` is the number that stands in the ledger; None is the owner's command line."""

    actor: int | None
    name: str
    grants: tuple[Grant, ...]
    language: str | None = None
    kind: str = "account"  # account, app_user, public_link, draft, owner
    form_ids: frozenset[str] | None = None  # of an app user: the forms it was limited to
    session: str | None = field(default=None, compare=False)  # sha256 of a session's token
    csrf: str | None = field(default=None, compare=False)
    limit: Limit | None = None  # of who comes with an API token
    admits_one: str | None = field(
        default=None, compare=False
    )  # sha256 of a link's token good for one answer

    def roles_in(self, project_id: int | None, form_id: str | None = None) -> set[str]:
        """Their roles in a project (None: in any), and those they have in this form alone."""
        return {
            grant.role
            for grant in self.grants
            if (grant.project_id is None or project_id is None or grant.project_id == project_id)
            and (grant.form_id is None or grant.form_id == form_id)
        }

    def roles_anywhere_in(self, project_id: int | None) -> set[str]:
        """Also those they have in single forms of it."""
        return {
            grant.role
            for grant in self.grants
            if grant.project_id is None or project_id is None or grant.project_id == project_id
        }


def owner() -> Person:
    """Whoever can read the data folder; no rule of this program can keep anything from them."""
    return Person(None, "command line", (Grant(OWNER),), kind=OWNER)


def tester(project_id: int, form_id: str, name: str = "", actor: int | None = None) -> Person:
    """Whoever holds the token of a draft: may test that draft (Deed.TEST_DRAFT), and nothing else."""
    return Person(actor, name, (Grant(TESTER, project_id, form_id),), kind="draft")


def may(
    person: Person,
    deed: Deed,
    project_id: int | None,
    object_type: str | None = None,
    *,
    form_id: str | None = None,
) -> bool:
    """May this person do this in this project? Where answers are meant, `object_type` is their form's.

    Without `form_id`, a role in single forms counts for what only opens a list or a door; ask again with it
    for each form.
    """
    if person.limit is not None and not _leaves(person.limit, deed, project_id):
        return False
    anywhere = person.roles_anywhere_in(project_id)
    if OWNER in anywhere:
        return True
    if deed in OF_ANSWERS and object_type == "EXEC" and ORGANISER in anywhere:
        return False
    if deed in _OF_THE_SERVER:
        roles = {grant.role for grant in person.grants if grant.project_id is None}
    elif form_id is None and deed in _AT_THE_DOOR:
        roles = anywhere
    else:
        roles = person.roles_in(project_id, form_id)
        if form_id is not None and person.form_ids is not None and form_id not in person.form_ids:
            roles -= {APP_USER, PUBLIC_LINK}
    if deed in OF_ANSWERS and object_type is not None:
        roles -= NOT_OF_THE_GROUP
    return bool(roles & ALLOWED[deed])


def _leaves(limit: Limit, deed: Deed, project_id: int | None) -> bool:
    inside = limit.project_id is None or limit.project_id == project_id
    return inside and deed in SCOPES[limit.scope]


def is_whole(person: Person) -> bool:
    """Does nothing limit them but their roles? What is nobody's deed but one's own needs this."""
    return person.kind == "account" and (
        person.limit is None or (person.limit.scope == EVERYTHING and person.limit.project_id is None)
    )


def fits_method(person: Person, method: str) -> bool:
    """A token that may only read changes nothing, whatever deed the address asks for."""
    return person.limit is None or person.limit.scope != "read" or method in _ONLY_READS


def require(
    person: Person | None,
    deed: Deed,
    project_id: int | None,
    object_type: str | None = None,
    *,
    form_id: str | None = None,
) -> Person:
    """The person, when they may. Raises: SignInFirst (nobody known asks), NotAllowed."""
    if person is None:
        raise SignInFirst()
    if not may(person, deed, project_id, object_type, form_id=form_id):
        raise NotAllowed()
    return person


def projects_of(person: Person, all_projects: Iterable[int]) -> list[int]:
    """The projects in which this person may see anything."""
    return [project for project in all_projects if may(person, Deed.READ_PROJECT, project)]
