"""Roles and rights by the numbers and names that ODK Central gives them, ours beside them.

Scripts name a role by number (pyODK: 2 is an app user's) or by its short name. Roles of joint monitoring and
evaluation have numbers from 101 on and their own names. Verbs are Central's words for rights; what each role
may is said in server/permissions.py alone, and the verbs follow from it.
Spec: https://docs.getodk.org/central-api-accounts-and-users/#roles
"""

from __future__ import annotations

from dataclasses import dataclass

from forms.faults.people import RoleNotFound
from server import permissions as p
from server.permissions import Deed, Person

# who fills forms sees open forms alone, and Central has words of its own for that
_FILLERS = frozenset({p.DATA_COLLECTOR, p.MEMBER, p.APP_USER, p.PUBLIC_LINK})
_WITHOUT_PROJECT = frozenset({p.APP_USER, p.PUBLIC_LINK})  # they have no word in the project itself
_OF_FILLING = ("form.list", "form.read")
_VERBS: dict[str, Deed] = {
    "project.read": Deed.READ_PROJECT,
    "project.update": Deed.MANAGE_PROJECT,
    "project.delete": Deed.MANAGE_PROJECT,
    "form.list": Deed.READ_FORMS,
    "form.read": Deed.READ_FORMS,
    "form.create": Deed.WRITE_FORMS,
    "form.update": Deed.WRITE_FORMS,
    "form.delete": Deed.WRITE_FORMS,
    "form.restore": Deed.WRITE_FORMS,
    "submission.create": Deed.SUBMIT,
    "submission.list": Deed.READ_SUBMISSIONS,
    "submission.read": Deed.READ_SUBMISSIONS,
    "submission.update": Deed.EDIT_SUBMISSIONS,
    "submission.delete": Deed.EDIT_SUBMISSIONS,
    "submission.restore": Deed.EDIT_SUBMISSIONS,
    "dataset.list": Deed.READ_LISTS,
    "dataset.read": Deed.READ_LISTS,
    "dataset.create": Deed.MANAGE_LISTS,
    "dataset.update": Deed.MANAGE_LISTS,
    "dataset.delete": Deed.MANAGE_LISTS,
    "entity.list": Deed.READ_LISTS,
    "entity.read": Deed.READ_LISTS,
    "entity.create": Deed.WRITE_ENTITIES,
    "entity.update": Deed.WRITE_ENTITIES,
    "entity.delete": Deed.WRITE_ENTITIES,
    "entity.restore": Deed.WRITE_ENTITIES,
    "field_key.list": Deed.MANAGE_APP_USERS,
    "field_key.create": Deed.MANAGE_APP_USERS,
    "field_key.update": Deed.MANAGE_APP_USERS,
    "field_key.delete": Deed.MANAGE_APP_USERS,
    "actor_property.list": Deed.READ_LISTS,
    "actor_property.update": Deed.MANAGE_APP_USERS,
    "public_link.list": Deed.MANAGE_APP_USERS,
    "public_link.read": Deed.MANAGE_APP_USERS,
    "public_link.create": Deed.MANAGE_APP_USERS,
    "public_link.update": Deed.MANAGE_APP_USERS,
    "public_link.delete": Deed.MANAGE_APP_USERS,
    "session.end": Deed.MANAGE_APP_USERS,
    "assignment.list": Deed.MANAGE_PROJECT,
    "assignment.create": Deed.MANAGE_PROJECT,
    "assignment.delete": Deed.MANAGE_PROJECT,
    "project.create": Deed.OPERATE,
    "config.read": Deed.OPERATE,
    "config.set": Deed.OPERATE,
    "audit.read": Deed.READ_AUDIT,
    "user.list": Deed.MANAGE_ACCOUNTS,
    "user.create": Deed.MANAGE_ACCOUNTS,
    "user.read": Deed.MANAGE_ACCOUNTS,
    "user.update": Deed.MANAGE_ACCOUNTS,
    "user.delete": Deed.MANAGE_ACCOUNTS,
    "user.password.invalidate": Deed.MANAGE_ACCOUNTS,
}


@dataclass(frozen=True, slots=True)
class CentralRole:
    """A role as Central shows it; `role` is its name here."""

    number: int
    system: str
    title: str
    role: str

    @property
    def verbs(self) -> list[str]:
        return verbs_of({self.role})


def verbs_of(roles: set[str]) -> list[str]:
    """What these roles may, in Central's words."""
    verbs = set()
    for verb, deed in _VERBS.items():
        able = roles & p.ALLOWED[deed]
        if verb in _OF_FILLING and able <= _FILLERS:
            verb = f"open_{verb}"
        if verb.startswith("project.") or verb == "open_form.list":
            able -= _WITHOUT_PROJECT
        if able:
            verbs.add(verb)
    return sorted(verbs)


def verbs_on(person: Person, project_id: int | None) -> list[str]:
    """What somebody may in a project, or (None) on the whole server."""
    if project_id is None:
        return verbs_of({grant.role for grant in person.grants if grant.project_id is None})
    return verbs_of(person.roles_in(project_id))


CENTRAL_ROLES = (
    CentralRole(1, "admin", "Administrator", p.ADMINISTRATOR),
    CentralRole(2, "app-user", "App User", p.APP_USER),
    CentralRole(5, "manager", "Project Manager", p.MANAGER),
    CentralRole(6, "viewer", "Project Viewer", p.VIEWER),
    CentralRole(8, "formfill", "Data Collector", p.DATA_COLLECTOR),
    CentralRole(9, "pub-link", "Public Link", p.PUBLIC_LINK),
    CentralRole(101, "coordinator", "Coordinator", p.COORDINATOR),
    CentralRole(102, "organiser", "Organiser", p.ORGANISER),
    CentralRole(103, "designer", "Designer", p.DESIGNER),
    CentralRole(104, "member", "Member of the group", p.MEMBER),
    CentralRole(105, "deputy", "Deputy of the kenesh", p.DEPUTY),
)


def central_role(text: str) -> CentralRole:
    """A role by its number or short name, as it stands in an address. Raises: RoleNotFound."""
    for each in CENTRAL_ROLES:
        if text in (str(each.number), each.system):
            return each
    raise RoleNotFound(role=text[:50])
