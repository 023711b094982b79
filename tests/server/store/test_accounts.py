"""Accounts, sessions, and how often somebody may try.

- A password is kept as argon2id only, and changing it ends every session.
- A role is given once, in one project or in all.
- A session is found by its token until it expires; at rest there is only the token's sha256.
- Who tries too often has to wait, whatever the password; other people do not.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.store import Store
from server.store.accounts import Assignment, hash_password, one_time_password
from server.store.refusals import (
    AccountNotFound,
    EmailInvalid,
    EmailTaken,
    PasswordTooShort,
    PasswordTooWeak,
    TooManyAttempts,
)
from server.store.tables import account, session
from tests.server.store.making import NOW, later

PASSWORD = "correct horse battery"
HASHED = hash_password(PASSWORD)


@pytest.fixture
def actor_id(store: Store) -> int:
    return store.write(
        lambda tx: store.accounts.create(tx, email=" Chair@Example.org ", password_hash=HASHED, now=NOW)
    )


def test_an_account_is_found_whatever_the_case_of_its_letters(store: Store, actor_id: int) -> None:
    known = store.accounts.find("CHAIR@example.ORG")
    assert known is not None and known.actor_id == actor_id and known.email == "chair@example.org"
    assert store.accounts.get(actor_id) == known and store.accounts.all() == (known,)


def test_only_the_right_password_opens(store: Store, actor_id: int) -> None:
    assert store.accounts.check_password("chair@example.org", "wrong wrong wrong") is None
    assert store.accounts.check_password("nobody@example.org", PASSWORD) is None
    known = store.accounts.check_password("Chair@example.org", PASSWORD)
    assert known is not None and known.actor_id == actor_id
    store.write(lambda tx: store.accounts.disable(tx, actor_id, now=NOW))
    assert store.accounts.check_password("chair@example.org", PASSWORD) is None


def test_a_password_is_kept_as_argon2id_only(store: Store, actor_id: int) -> None:
    with store.database.read() as connection:
        kept = connection.scalar(account.select().with_only_columns(account.c.password_hash))
    assert kept is not None and kept.startswith("$argon2id$") and PASSWORD not in kept


def test_what_cannot_be_an_account_is_refused(store: Store, actor_id: int) -> None:
    for email, refusal in (("no address", EmailInvalid), ("chair@example.org", EmailTaken)):
        with pytest.raises(refusal):
            store.write(
                lambda tx, email=email: store.accounts.create(tx, email=email, password_hash=HASHED, now=NOW)
            )
    with pytest.raises(PasswordTooShort):
        hash_password("short")
    for easy in ("hunter2!!!", "P@ssw0rd!!", "password password", "пароль2024", "1234567890", "abababababab"):
        with pytest.raises(PasswordTooWeak):
            hash_password(easy)
    with pytest.raises(AccountNotFound):
        store.write(lambda tx: store.accounts.set_password(tx, 999, HASHED, now=NOW))


def test_a_one_time_password_has_to_be_changed(store: Store) -> None:
    password = one_time_password()
    assert len(password) >= 19 and not set(password) & set("lo01")
    hashed = hash_password(password)
    actor_id = store.write(
        lambda tx: store.accounts.create(
            tx, email="new@example.org", password_hash=hashed, now=NOW, must_change_password=True
        )
    )
    assert store.accounts.get(actor_id).must_change_password
    store.write(lambda tx: store.accounts.set_password(tx, actor_id, HASHED, now=NOW))
    assert not store.accounts.get(actor_id).must_change_password


def test_a_role_is_given_once_in_a_project_or_in_all(store: Store, actor_id: int) -> None:
    for _ in range(2):
        store.write(lambda tx: store.accounts.assign(tx, actor_id, "coordinator", 1, now=NOW))
        store.write(lambda tx: store.accounts.assign(tx, actor_id, "administrator", None, now=NOW))
    roles = (Assignment("coordinator", 1), Assignment("administrator", None))
    assert store.accounts.get(actor_id).assignments == roles
    store.write(lambda tx: store.accounts.unassign(tx, actor_id, "administrator", None))
    assert store.accounts.get(actor_id).assignments == roles[:1]


def test_a_session_lasts_until_it_expires_or_ends(store: Store, actor_id: int) -> None:
    new = store.write(lambda tx: store.sessions.begin(tx, actor_id, now=NOW, lifetime=timedelta(hours=1)))
    known = store.sessions.find(new.token, later(59))
    assert known is not None and (known.actor_id, known.csrf) == (actor_id, new.csrf)
    assert store.sessions.find(new.token, later(61)) is None
    assert store.sessions.find("another token", NOW) is None
    with store.database.read() as connection:
        row = connection.execute(session.select()).one()
    assert new.token not in str(row)
    store.write(lambda tx: store.sessions.end(tx, known.token_sha256))
    assert store.sessions.find(new.token, NOW) is None


def test_a_new_password_ends_every_session(store: Store, actor_id: int) -> None:
    tokens = [store.write(lambda tx: store.sessions.begin(tx, actor_id, now=NOW)).token for _ in range(2)]
    store.write(lambda tx: store.accounts.set_password(tx, actor_id, HASHED, now=NOW))
    assert [store.sessions.find(token, NOW) for token in tokens] == [None, None]


def test_who_tries_too_often_has_to_wait(store: Store) -> None:
    def attempt(email: str, address: str, minutes: int = 0) -> None:
        store.write(lambda tx: store.sessions.begin_attempt(tx, email, address, later(minutes)))

    for _ in range(10):
        attempt("chair@example.org", "10.0.0.1")
    with pytest.raises(TooManyAttempts):
        attempt("Chair@example.org", "10.0.0.1")
    attempt("chair@example.org", "10.0.0.2")
    attempt("chair@example.org", "10.0.0.1", minutes=16)


def test_who_succeeds_begins_anew(store: Store) -> None:
    for _ in range(3):
        for _ in range(10):
            store.write(lambda tx: store.sessions.begin_attempt(tx, "a@example.org", "10.0.0.1", NOW))
        store.write(lambda tx: store.sessions.attempt_succeeded(tx, "a@example.org", "10.0.0.1"))


def test_trying_one_account_from_many_places_is_limited_too(store: Store) -> None:
    def attempt(number: int) -> None:
        store.write(lambda tx: store.sessions.begin_attempt(tx, "a@example.org", f"10.0.0.{number}", NOW))

    for number in range(50):
        attempt(number)
    with pytest.raises(TooManyAttempts):
        attempt(50)


def test_trying_many_names_from_one_place_is_limited_too(store: Store) -> None:
    with pytest.raises(TooManyAttempts):
        for number in range(51):
            store.write(
                lambda tx, n=number: store.sessions.begin_attempt(tx, f"{n}@example.org", "10.0.0.1", NOW)
            )
