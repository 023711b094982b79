"""App users and their tokens.

- A token has 64 characters that are safe in an address, can be shown again, and is kept as sha256 only.
- A revoked one opens nothing from that moment on, in every process; a renewed one has a new token.
- Another secret key shows no wrong tokens: phones go on working, and the old token cannot be shown.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from forms.errors import FormNotFound
from server.store import Store, open_store
from server.store.app_users import AppUser, is_token
from server.store.refusals import AppUserNotFound, AppUserRevoked, TokenLost
from server.store.tables import app_user
from tests.server.store.making import NOW, publish


@pytest.fixture
def phone(store: Store) -> AppUser:
    return store.write(lambda tx: store.app_users.add(tx, 1, "Phone 1", now=NOW))


def test_a_token_is_found_and_can_be_shown_again(store: Store, phone: AppUser) -> None:
    token = store.app_users.token(phone)
    assert is_token(token) and len(token) == 64
    assert store.app_users.token(store.app_users.get(1, phone.actor_id)) == token
    assert store.app_users.by_token(token) == phone
    assert phone.language == "ky" and phone.form_ids is None
    with store.database.read() as connection:
        assert token not in str(connection.execute(app_user.select()).all())


def test_another_token_opens_nothing(store: Store, phone: AppUser) -> None:
    token = store.app_users.token(phone)
    other = ("A" if token[0] != "A" else "B") + token[1:]
    assert store.app_users.by_token(other) is None and is_token(other)
    for malformed in ("", "short", token[:-1], token + "x", token[:-1] + "/"):
        assert not is_token(malformed) and store.app_users.by_token(malformed) is None


def test_tokens_of_app_users_differ(store: Store, phone: AppUser) -> None:
    other = store.write(lambda tx: store.app_users.add(tx, 1, "Phone 2", now=NOW, language="ru"))
    assert store.app_users.token(other) != store.app_users.token(phone)
    assert store.app_users.all(1) == (phone, other)


def test_a_revoked_token_opens_nothing(store: Store, phone: AppUser) -> None:
    token = store.app_users.token(phone)
    assert store.app_users.by_token(token) is not None
    store.write(lambda tx: store.app_users.revoke(tx, 1, phone.actor_id, now=NOW))
    assert store.app_users.by_token(token) is None
    with pytest.raises(AppUserRevoked):
        store.app_users.token(store.app_users.get(1, phone.actor_id))


def test_a_renewed_one_has_a_new_token(store: Store, phone: AppUser) -> None:
    old = store.app_users.token(phone)
    store.write(lambda tx: store.app_users.revoke(tx, 1, phone.actor_id, now=NOW))
    renewed = store.write(lambda tx: store.app_users.renew(tx, 1, phone.actor_id))
    new = store.app_users.token(renewed)
    assert new != old
    assert store.app_users.by_token(old) is None and store.app_users.by_token(new) == renewed


def test_another_process_sees_a_revoked_token_within_a_second(
    tmp_path: Path, database: str | None, store: Store, phone: AppUser
) -> None:
    token = store.app_users.token(phone)
    with open_store(tmp_path / "data", database) as other:
        assert other.app_users.by_token(token) is not None
        store.write(lambda tx: store.app_users.revoke(tx, 1, phone.actor_id, now=NOW))
        until = time.monotonic() + 5
        while other.app_users.by_token(token) is not None and time.monotonic() < until:
            time.sleep(0.05)
        assert other.app_users.by_token(token) is None


def test_an_app_user_belongs_to_its_project(store: Store, phone: AppUser) -> None:
    other = store.write(lambda tx: store.projects.create(tx, name="Another aimak", now=NOW))
    with pytest.raises(AppUserNotFound):
        store.app_users.get(other, phone.actor_id)
    with pytest.raises(AppUserNotFound):
        store.write(lambda tx: store.app_users.revoke(tx, other, phone.actor_id, now=NOW))


def test_an_app_user_may_be_limited_to_some_forms(store: Store, phone: AppUser) -> None:
    publish(store, "wells")
    publish(store, "springs")
    wells = frozenset({"wells"})
    store.write(lambda tx: store.app_users.limit_to(tx, 1, phone.actor_id, wells, now=NOW))
    known = store.app_users.by_token(store.app_users.token(phone))
    assert known is not None and known.form_ids == wells
    with pytest.raises(FormNotFound):
        none = frozenset({"no such"})
        store.write(lambda tx: store.app_users.limit_to(tx, 1, phone.actor_id, none, now=NOW))
    store.write(lambda tx: store.app_users.limit_to(tx, 1, phone.actor_id, None, now=NOW))
    assert store.app_users.get(1, phone.actor_id).form_ids is None


def test_with_another_secret_key_no_wrong_token_is_shown(tmp_path: Path, database: str | None) -> None:
    data = tmp_path / "elsewhere"
    with open_store(data, database) as store:
        phone = store.write(lambda tx: store.app_users.add(tx, 1, "Phone", now=NOW))
        token = store.app_users.token(phone)
    (data / "secret.key").unlink()
    with open_store(data, database) as store:
        known = store.app_users.by_token(token)
        assert known is not None
        with pytest.raises(TokenLost):
            store.app_users.token(known)
        renewed = store.write(lambda tx: store.app_users.renew(tx, 1, phone.actor_id))
        assert store.app_users.by_token(store.app_users.token(renewed)) == renewed


def test_the_secret_key_is_made_once_and_readable_by_its_owner_alone(sqlite_store: Store) -> None:
    path = sqlite_store.data / "secret.key"
    assert len(sqlite_store.secret) == 32 and bytes.fromhex(path.read_text().strip()) == sqlite_store.secret
    if path.stat().st_mode & 0o777 != 0o666:  # Windows knows no such rights
        assert path.stat().st_mode & 0o077 == 0
