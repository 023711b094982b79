"""Who may do what: the roles of domain.md 2, and the rules of independence.

- An administrator reads no raw answers by that role; an organiser neither, and never those on itself.
- A coordinator reviews; a designer writes forms; a member sends; nobody else does.
- On a form that evaluates nothing, ODK Central's roles may what they may there.
- A role in one project is none in another.
"""

from __future__ import annotations

import pytest

from server.permissions import ROLES, Deed, Grant, Person, may, owner

ALLOWED = {
    Deed.WRITE_FORMS: "designer administrator manager",
    Deed.SUBMIT: "member coordinator",
    Deed.READ_SUBMISSIONS: "coordinator",
    Deed.REVIEW: "coordinator",
    Deed.EDIT_SUBMISSIONS: "coordinator",
    Deed.MANAGE_APP_USERS: "coordinator administrator manager",
    Deed.MANAGE_ACCOUNTS: "administrator",
    Deed.READ_AUDIT: "administrator",
    Deed.WRITE_REGISTRY: "organiser administrator",
    Deed.PUBLISH_ROUND: "organiser coordinator",
    Deed.CLOSE_ROUND: "coordinator",
}
WHERE_NOTHING_IS_EVALUATED = {
    Deed.SUBMIT: "member coordinator administrator manager data_collector",
    Deed.READ_SUBMISSIONS: "coordinator administrator manager viewer",
    Deed.REVIEW: "coordinator administrator manager",
    Deed.EDIT_SUBMISSIONS: "coordinator administrator manager",
}


def person(*roles: str, project_id: int | None = None) -> Person:
    return Person(7, "Somebody", tuple(Grant(role, project_id) for role in roles))


@pytest.mark.parametrize("deed", ALLOWED, ids=lambda deed: deed.value)
def test_a_deed_is_for_its_roles_alone(deed: Deed) -> None:
    allowed = {role for role in ROLES if may(person(role), deed, 1, "PSO")}
    assert allowed == set(ALLOWED[deed].split())


@pytest.mark.parametrize("deed", WHERE_NOTHING_IS_EVALUATED, ids=lambda deed: deed.value)
def test_where_nothing_is_evaluated_roles_are_as_in_odk_central(deed: Deed) -> None:
    allowed = {role for role in ROLES if may(person(role), deed, 1)}
    assert allowed == set(WHERE_NOTHING_IS_EVALUATED[deed].split())


@pytest.mark.parametrize("deed", [Deed.READ_SUBMISSIONS, Deed.REVIEW, Deed.SUBMIT])
def test_the_organisers_staff_has_nothing_to_do_with_answers_on_itself(deed: Deed) -> None:
    both = person("organiser", "coordinator", "member")
    assert not may(both, deed, 1, "EXEC")
    assert may(both, deed, 1, "PSO")
    assert may(person("coordinator"), deed, 1, "EXEC")


def test_a_role_in_one_project_is_none_in_another() -> None:
    assert may(person("coordinator", project_id=1), Deed.REVIEW, 1)
    assert not may(person("coordinator", project_id=1), Deed.REVIEW, 2)
    assert may(person("coordinator"), Deed.REVIEW, 2)


def test_a_phone_limited_to_some_forms_has_no_others() -> None:
    phone = Person(9, "Phone", (Grant("app_user", 1),), kind="app_user", form_ids=frozenset({"a"}))
    assert may(phone, Deed.SUBMIT, 1, form_id="a")
    assert not may(phone, Deed.SUBMIT, 1, form_id="b")
    assert not may(phone, Deed.READ_SUBMISSIONS, 1)


def test_the_owner_of_the_data_folder_may_everything() -> None:
    assert all(may(owner(), deed, 1, "EXEC") for deed in Deed)
