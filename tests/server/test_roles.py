"""Who may do what: the roles of domain.md 2, and the rules of independence.

- An administrator reads no raw answers by that role; an organiser neither, and never those on itself.
- A coordinator reviews; a designer writes forms; a member sends; nobody else does.
- On a form that evaluates nothing, ODK Central's roles may what they may there.
- A role in one project is none in another, and none of the whole server; one in a form opens that form alone.
- A phone that was let read answers reads them, and fills in no more forms than before.
- A token may at most what it is for: a phone, a link, a draft's; an API token its scope, in its project.
"""

from __future__ import annotations

import pytest

from server import permissions
from server.permissions import (
    PUBLIC_LINK,
    ROLES,
    SCOPES,
    Deed,
    Grant,
    Limit,
    Person,
    fits_method,
    is_whole,
    may,
    owner,
)

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


def test_a_role_in_one_form_opens_that_form_alone() -> None:
    viewer = Person(7, "Viewer", (Grant("viewer", 1, "wells"),))
    assert may(viewer, Deed.READ_SUBMISSIONS, 1, form_id="wells")
    assert not may(viewer, Deed.READ_SUBMISSIONS, 1, form_id="springs")
    assert not may(viewer, Deed.READ_SUBMISSIONS, 2, form_id="wells")
    assert not may(viewer, Deed.READ_SUBMISSIONS, 1) and not may(viewer, Deed.READ_LISTS, 1)
    assert may(viewer, Deed.READ_FORMS, 1)  # the door to a list, each form of which is asked for
    assert not may(viewer, Deed.READ_SUBMISSIONS, 1, "PSO", form_id="wells")


def test_whoever_is_the_organisers_in_one_form_sees_nothing_on_it() -> None:
    both = Person(7, "Both", (Grant("coordinator", 1), Grant("organiser", 1, "wells")))
    assert not may(both, Deed.READ_SUBMISSIONS, 1, "EXEC", form_id="office")


@pytest.mark.parametrize("deed", [Deed.MANAGE_ACCOUNTS, Deed.READ_AUDIT, Deed.OPERATE])
def test_an_administrator_of_one_project_is_none_of_the_server(deed: Deed) -> None:
    assert may(person("administrator"), deed, None) and may(person("administrator"), deed, 1)
    assert not may(person("administrator", project_id=1), deed, None)
    assert not may(person("administrator", project_id=1), deed, 1)


def test_a_link_sends_to_its_form_and_does_nothing_else() -> None:
    guest = Person(9, "Link", (Grant(PUBLIC_LINK, 1, "a"),), kind=PUBLIC_LINK, form_ids=frozenset({"a"}))
    allowed = {deed for deed in Deed if may(guest, deed, 1, form_id="a")}
    assert allowed == {Deed.READ_FORMS, Deed.SUBMIT}
    assert not any(may(guest, deed, 1, form_id="b") for deed in Deed)
    assert may(guest, Deed.SUBMIT, 1, "EXEC", form_id="a")  # citizens', on whatever is evaluated


def test_the_token_of_a_draft_tests_that_draft() -> None:
    allowed = {deed for deed in Deed if may(permissions.tester(1, "a"), deed, 1, form_id="a")}
    assert allowed == {Deed.TEST_DRAFT}
    assert not may(permissions.tester(1, "a"), Deed.TEST_DRAFT, 1, form_id="b")


@pytest.mark.parametrize("scope", SCOPES)
def test_an_api_token_may_its_scope_of_what_its_owner_may(scope: str) -> None:
    for role in ROLES:
        limited = Person(7, "Script", (Grant(role),), limit=Limit(scope))
        for deed in Deed:
            assert may(limited, deed, 1) == (may(person(role), deed, 1) and deed in SCOPES[scope])
    here = Person(7, "Script", (Grant("administrator"),), limit=Limit(scope, 1))
    assert may(here, Deed.READ_FORMS, 1)
    assert not any(may(here, deed, place) for deed in Deed for place in (2, None))
    assert is_whole(limited) == (scope == "everything") and not is_whole(here)
    assert fits_method(limited, "GET") and fits_method(limited, "POST") == (scope != "read")


def test_a_phone_that_reads_answers_fills_in_no_more_forms() -> None:
    grants = (Grant("app_user", 1), Grant("viewer", 1))
    phone = Person(8, "Phone", grants, kind="app_user", form_ids=frozenset({"wells"}))
    assert may(phone, Deed.SUBMIT, 1, form_id="wells") and not may(phone, Deed.SUBMIT, 1, form_id="pumps")
    assert may(phone, Deed.READ_SUBMISSIONS, 1, form_id="pumps")
    assert not may(phone, Deed.READ_SUBMISSIONS, 1, "EXEC", form_id="pumps")  # the group's alone
    assert not may(phone, Deed.READ_SUBMISSIONS, 2)
