"""The whole of a project at once: its name, and of each form the state and who has which role in it.

This is what a page with many boxes saves: everything is looked at first, and then done in one change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast, get_args

from forms.errors import FormStateUnknown
from forms.faults.people import AssignmentIncomplete, FormsListDiffers, FormTwice, NoSuchNumber, RoleNotFound
from server.actions.assignments import note_role, require_reach
from server.actions.projects import checked_name
from server.central_roles import CentralRole, central_role
from server.permissions import APP_USER, PUBLIC_LINK, Person
from server.store import Store, Tx
from server.store.accounts import Assignment
from server.store.app_users import READER, AppUser
from server.store.forms import FormState
from server.store.projects import Project

Given = tuple[int | None, int | str | None]
"""(number of who is to have it, number or name of the role)"""
Holder = tuple[int, str]
"""(number of who has it, our name of the role)"""
Change = Callable[[Tx], None]


@dataclass(frozen=True, slots=True)
class WantedForm:
    """`state`, `assignments`: None leaves them as they are."""

    form_id: str
    state: str | None
    assignments: Sequence[Given] | None


@dataclass(frozen=True, slots=True)
class WantedProject:
    """`aimak_code`, `forms`: None leaves them as they are."""

    name: str
    description: str
    aimak_code: str | None
    is_archived: bool
    forms: Sequence[WantedForm] | None


def replace_project(
    store: Store, project_id: int, wanted: WantedProject, *, person: Person, now: datetime
) -> Project:
    """Raises: NameMissing, NameTooLong, ProjectNotFound, FormsListDiffers, FormTwice, FormStateUnknown,
    AssignmentIncomplete, NoSuchNumber, RoleOutOfReach.
    """
    name, present = checked_name(wanted.name), store.projects.get(project_id)
    code = present.aimak_code if wanted.aimak_code is None else wanted.aimak_code
    changes = (
        list(_of_forms(store, project_id, wanted.forms, person, now)) if wanted.forms is not None else []
    )

    def change(tx: Tx) -> None:
        store.projects.describe(
            tx, project_id, name=name, description=wanted.description, aimak_code=code, now=now
        )
        store.projects.archive(tx, project_id, is_archived=wanted.is_archived, now=now)
        store.audit.add(tx, "project.update", str(project_id), now=now, actor=person.actor)
        for each in changes:
            each(tx)

    store.write(change)
    return store.projects.get(project_id)


def _of_forms(
    store: Store, project_id: int, wanted: Sequence[WantedForm], person: Person, now: datetime
) -> Iterator[Change]:
    """What is to be changed in the forms, each of them looked at before anything is done."""
    forms = {form.form_id: form for form in store.forms.all(project_id)}
    named = [each.form_id for each in wanted]
    for form_id in named:
        if named.count(form_id) > 1:
            raise FormTwice(field="xmlFormId", value=form_id[:100])
    if set(named) != set(forms):
        raise FormsListDiffers()
    phones = {phone.actor_id: phone for phone in store.app_users.all(project_id) if not phone.revoked_at}
    forms_of = {number: _forms_of(phone, forms) for number, phone in phones.items()}
    for each in wanted:
        form_id = each.form_id
        if each.state is not None and each.state not in get_args(FormState):
            raise FormStateUnknown(state=each.state[:100])
        if each.state is not None and each.state != forms[form_id].state:
            yield _state(store, project_id, form_id, cast(FormState, each.state), person, now)
        if each.assignments is None:
            continue
        given = {_checked(store, phones, one) for one in each.assignments}
        for number, has in forms_of.items():
            (has.add if (number, APP_USER) in given else has.discard)(form_id)
        roles = {one for one in given if one[1] != APP_USER}
        held = _holders(store, project_id, form_id)
        held |= {(number, READER) for number, phone in phones.items() if form_id in phone.reads}
        for actor_id, role in sorted(held ^ roles):
            require_reach(person, role, project_id)
            gives = (actor_id, role) in roles
            yield _role(store, project_id, form_id, actor_id, role, person, now, gives=gives)
    for number, has in forms_of.items():
        if has != _forms_of(phones[number], forms):
            yield _phone(store, phones[number], frozenset(has), person, now)


def _forms_of(phone: AppUser, forms: Iterable[str]) -> set[str]:
    return set(forms if phone.form_ids is None else phone.form_ids)


def _holders(store: Store, project_id: int, form_id: str) -> set[Holder]:
    """The accounts that have a role in this form."""
    return {
        (account.actor_id, given.role)
        for account in store.accounts.all()
        if account.disabled_at is None
        for given in account.assignments
        if (given.project_id, given.form_id) == (project_id, form_id)
    }


def _checked(store: Store, phones: Mapping[int, AppUser], given: Given) -> Holder:
    actor_id, number = given
    if actor_id is None or number is None:
        raise AssignmentIncomplete()
    role = _role_of(number)
    account = store.accounts.find_number(actor_id)
    if role.role == APP_USER or (role.role == READER and actor_id in phones):
        is_there = actor_id in phones
    else:  # a link has its form from the beginning, and no other
        is_there = role.role != PUBLIC_LINK and account is not None and account.disabled_at is None
    if not is_there:
        raise NoSuchNumber(field="actorId", value=actor_id)
    return actor_id, role.role


def _role_of(number: int | str) -> CentralRole:
    try:
        return central_role(str(number))
    except RoleNotFound as error:
        raise NoSuchNumber(field="roleId", value=str(number)[:20]) from error


def _state(
    store: Store, project_id: int, form_id: str, state: FormState, person: Person, now: datetime
) -> Change:
    def change(tx: Tx) -> None:
        store.forms.set_state(tx, project_id, form_id, state, now=now)
        subject, details = f"{project_id}/{form_id}", {"state": state}
        store.audit.add(tx, "form.state", subject, now=now, actor=person.actor, details=details)

    return change


def _phone(store: Store, phone: AppUser, form_ids: frozenset[str], person: Person, now: datetime) -> Change:
    """A phone that had every form, and loses one, has from then on those it is given."""

    def change(tx: Tx) -> None:
        store.app_users.limit_to(tx, phone.project_id, phone.actor_id, form_ids, now=now)
        subject, details = f"{phone.project_id}/{phone.actor_id}", {"forms": len(form_ids)}
        store.audit.add(tx, "app_user.update", subject, now=now, actor=person.actor, details=details)

    return change


def _role(
    store: Store,
    project_id: int,
    form_id: str,
    actor_id: int,
    role: str,
    person: Person,
    now: datetime,
    *,
    gives: bool,
) -> Change:
    def change(tx: Tx) -> None:
        if gives:
            store.form_roles.assign(tx, actor_id, role, project_id, form_id, now=now)
        else:
            store.form_roles.unassign(tx, actor_id, role, project_id, form_id)
        word = "account.assign" if gives else "account.unassign"
        note_role(store, tx, word, actor_id, Assignment(role, project_id, form_id), now, person.actor)

    return change
