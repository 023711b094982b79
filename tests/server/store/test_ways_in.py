"""Ways to come in, as the truth keeps them: roles in one form, API tokens, links, new passwords, HA1.

- A role in one form stands at the account; giving it twice is giving it once.
- A token is found by its text until it is revoked or expires, and its text is nowhere.
- A link to a new password is good once, for a day, and a newer one takes its place.
- A token of a link for once is claimed by one instance; released, it is as good as before.
- What somebody prefers, and what the site shows, is replaced and taken away.
- A deleted project takes the codes of its phones and links with it; where a round was held there is none.
- HA1 is kept for accounts that may use Digest, masked, and goes with the password and the e-mail.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from forms.errors import FormNotFound, ProjectNotFound
from forms.faults.people import (
    ActorPropertyNameInvalid,
    ActorPropertyTaken,
    ActorPropertyUnknown,
    LastProject,
    ProjectHasRounds,
    PublicLinkNotFound,
)
from server.store import Store
from server.store.accounts import Assignment, hash_password
from server.store.digests import REALM, ha1_of
from tests.server.store.making import NOW, a_campaign, publish

PASSWORD = "correct horse battery"
HASH = hash_password(PASSWORD)


@pytest.fixture
def actor(store: Store) -> int:
    return store.write(
        lambda tx: store.accounts.create(tx, email="asel@example.org", password_hash=HASH, now=NOW)
    )


def test_a_role_in_one_form_stands_at_the_account(store: Store, actor: int) -> None:
    publish(store, "wells")
    for is_new in (True, False):
        given = store.write(
            lambda tx: store.form_roles.assign(tx, actor, "data_collector", 1, "wells", now=NOW)
        )
        assert given == is_new
    assert store.accounts.get(actor).assignments == (Assignment("data_collector", 1, "wells"),)
    assert [(each.actor_id, each.form_id) for each in store.form_roles.of_project(1)] == [(actor, "wells")]
    with pytest.raises(FormNotFound):
        store.write(lambda tx: store.form_roles.assign(tx, actor, "viewer", 1, "none", now=NOW))
    for was_there in (True, False):
        taken = store.write(lambda tx: store.form_roles.unassign(tx, actor, "data_collector", 1, "wells"))
        assert taken == was_there
    assert store.accounts.get(actor).assignments == ()


def test_a_token_is_found_by_its_text_while_it_works(store: Store, actor: int) -> None:
    tokens, tomorrow = store.api_tokens, NOW + timedelta(days=1)
    new = store.write(
        lambda tx: tokens.create(tx, actor, "Excel", "read", now=NOW, project_id=1, expires_at=tomorrow)
    )
    found = tokens.find(new.text, NOW)
    assert found == new.token and found.scope == "read" and found.project_id == 1
    assert tokens.find(new.text, tomorrow) is None and tokens.find(new.text + "x", NOW) is None
    assert tokens.is_to_note(found, NOW) and not tokens.is_to_note(found, NOW + timedelta(minutes=5))
    store.write(lambda tx: tokens.note_use(tx, found.token_id, NOW))
    assert tokens.of(actor)[0].last_used_at == NOW and len(tokens.all()) == 1
    store.write(lambda tx: tokens.revoke_all(tx, actor, now=NOW))
    assert tokens.find(new.text, NOW) is None and tokens.all() == ()
    assert tokens.of(actor)[0].revoked_at == NOW


def test_a_link_to_a_new_password_is_good_once(store: Store, actor: int) -> None:
    resets = store.password_resets
    old = store.write(lambda tx: resets.give(tx, actor, now=NOW, created_by=None))
    new = store.write(lambda tx: resets.give(tx, actor, now=NOW, created_by=actor))
    assert resets.find(old.token, NOW) is None and resets.find(new.token, NOW) == actor
    assert resets.find(new.token, NOW + timedelta(hours=24)) is None
    assert store.write(lambda tx: resets.use(tx, new.token, now=NOW)) == actor
    assert store.write(lambda tx: resets.use(tx, new.token, now=NOW)) is None
    assert resets.find(new.token, NOW) is None


def test_a_link_and_its_tokens(store: Store) -> None:
    publish(store, "wells")
    links = store.public_links
    link = store.write(lambda tx: links.add(tx, 1, "wells", "Board", once=True, now=NOW))
    token = links.token(link)
    assert token is not None and len(token) == 64
    key = links.by_token(token)
    assert key is not None and key.link == link and key.admits_one is not None
    [slip] = store.write(lambda tx: links.add_slips(tx, link.actor_id, 1))
    own = links.by_token(slip)
    assert own is not None and own.admits_one not in (None, key.admits_one)
    digest = str(own.admits_one)
    claims = [
        store.write(lambda tx, name=name: links.claim(tx, digest, name, now=NOW))
        for name in ("uuid:1", "uuid:1", "uuid:2")
    ]
    assert claims == ["new", "again", "taken"]
    assert (links.slips(link.actor_id).made, links.slips(link.actor_id).used) == (2, 1)
    store.write(lambda tx: links.release(tx, digest, "uuid:1"))
    assert store.write(lambda tx: links.claim(tx, digest, "uuid:2", now=NOW)) == "new"
    store.write(lambda tx: links.revoke(tx, link.actor_id, now=NOW))
    assert links.by_token(token) is None and links.by_token(slip) is None
    assert links.token(links.get(1, "wells", link.actor_id)) is None
    store.write(lambda tx: links.delete(tx, link.actor_id, now=NOW))
    assert links.of_form(1, "wells") == () == links.of_project(1)
    with pytest.raises(PublicLinkNotFound):
        links.find(1, link.actor_id)


def test_a_link_for_many_admits_many(store: Store) -> None:
    publish(store, "wells")
    link = store.write(lambda tx: store.public_links.add(tx, 1, "wells", "Board", once=False, now=NOW))
    key = store.public_links.by_token(str(store.public_links.token(link)))
    assert key is not None and key.admits_one is None


def test_ha1_is_for_those_who_may(store: Store, actor: int) -> None:
    digests, email = store.digests, "asel@example.org"
    store.write(lambda tx: digests.keep(tx, actor, PASSWORD))
    assert digests.find(email) is None
    store.write(lambda tx: digests.allow(tx, actor, allowed=True))
    assert digests.find(email) is None
    store.write(lambda tx: digests.keep(tx, actor, PASSWORD))
    found = digests.find(email)
    assert found is not None and (found.actor_id, found.ha1) == (actor, ha1_of(email, REALM, PASSWORD))
    store.write(lambda tx: store.accounts.set_password(tx, actor, HASH, now=NOW))
    assert digests.find(email) is None
    store.write(lambda tx: digests.keep(tx, actor, PASSWORD))
    store.write(lambda tx: store.accounts.rename(tx, actor, "new@example.org", now=NOW))
    assert digests.find("new@example.org") is None
    store.write(lambda tx: digests.keep(tx, actor, PASSWORD))
    assert digests.find("new@example.org") is not None
    store.write(lambda tx: store.accounts.disable(tx, actor, now=NOW))
    assert digests.find("new@example.org") is None


def test_properties_of_phones_and_links_are_declared_first(store: Store) -> None:
    properties = store.actor_properties
    publish(store, "wells")
    phone = store.write(lambda tx: store.app_users.add(tx, 1, "Phone", now=NOW)).actor_id
    link = store.write(
        lambda tx: store.public_links.add(tx, 1, "wells", "Poster", once=False, now=NOW)
    ).actor_id
    assert properties.names(1) == () and properties.of(phone) == {}
    for name in ("village", "айыл.code"):
        store.write(lambda tx, name=name: properties.declare(tx, 1, name, now=NOW))
    with pytest.raises(ActorPropertyTaken):
        store.write(lambda tx: properties.declare(tx, 1, "village", now=NOW))
    for bad in ("", "name", "Label", "displayname", "__id", "a b", "1st", "x" * 201):
        with pytest.raises(ActorPropertyNameInvalid):
            store.write(lambda tx, bad=bad: properties.declare(tx, 1, bad, now=NOW))
    store.write(lambda tx: properties.set(tx, 1, phone, {"village": "Kara-Suu", "айыл.code": "7"}))
    store.write(lambda tx: properties.set(tx, 1, link, {"village": "Ak-Suu"}))
    assert properties.of(phone) == {"village": "Kara-Suu", "айыл.code": "7"}
    assert properties.in_use(1) == {"village": ("Ak-Suu", "Kara-Suu"), "айыл.code": ("7",)}
    store.write(lambda tx: properties.set(tx, 1, phone, {"village": None}))
    assert properties.of(phone) == {"айыл.code": "7"}
    with pytest.raises(ActorPropertyUnknown):
        store.write(lambda tx: properties.set(tx, 1, phone, {"age": "7"}))
    store.write(lambda tx: store.public_links.delete(tx, link, now=NOW))
    assert properties.in_use(1) == {"village": (), "айыл.code": ("7",)}


def test_what_people_prefer_and_what_the_site_shows_is_replaced_and_taken_away(
    store: Store, actor: int
) -> None:
    likes, shows = store.preferences, store.appearance
    for value in ('"old"', '{"a": [1, null]}'):
        store.write(lambda tx, value=value: likes.set(tx, actor, 0, "order", value))
    store.write(lambda tx: likes.set(tx, actor, 1, "order", "null"))
    assert likes.of(actor) == {0: {"order": '{"a": [1, null]}'}, 1: {"order": "null"}}
    taken = [store.write(lambda tx: likes.remove(tx, actor, 0, "order")) for _ in range(2)]
    assert taken == [True, False] and likes.of(actor) == {1: {"order": "null"}}
    for picture in (b"\x00old", b"\xff\x00new"):
        store.write(lambda tx, picture=picture: shows.set(tx, "logo", "image/png", picture, now=NOW))
    store.write(lambda tx: shows.set(tx, "words", "{}", None, now=NOW))
    assert shows.picture("logo") == b"\xff\x00new" and shows.picture("words") is None
    assert {name: each.is_picture for name, each in shows.all().items()} == {"logo": True, "words": False}
    store.write(lambda tx: shows.unset(tx, "logo"))
    assert list(shows.all()) == ["words"] and shows.picture("logo") is None


def test_a_deleted_project_takes_its_codes_with_it_and_back(store: Store) -> None:
    with pytest.raises(LastProject):
        store.write(lambda tx: store.projects.delete(tx, 1, now=NOW))
    other = store.write(lambda tx: store.projects.create(tx, name="Ak-Suu", now=NOW))
    publish(store, "pumps")
    phone = store.write(lambda tx: store.app_users.add(tx, 1, "Phone", now=NOW))
    link = store.write(lambda tx: store.public_links.add(tx, 1, "pumps", "Poster", once=True, now=NOW))
    tokens = store.app_users.token(phone), store.public_links.token(link) or ""
    store.write(lambda tx: store.projects.delete(tx, 1, now=NOW))
    assert [each.project_id for each in store.projects.all()] == [other]
    assert store.app_users.by_token(tokens[0]) is None and store.public_links.by_token(tokens[1]) is None
    for change in (store.projects.delete, lambda tx, number, now: store.projects.restore(tx, 99)):
        with pytest.raises(ProjectNotFound):
            store.write(lambda tx, change=change: change(tx, 1, now=NOW))
    assert [each.project_id for each in store.projects.deleted()] == [1]
    store.write(lambda tx: store.projects.restore(tx, 1))
    assert store.app_users.by_token(tokens[0]) is not None and store.public_links.by_token(tokens[1])
    a_campaign(store, opened=True)
    with pytest.raises(ProjectHasRounds):
        store.write(lambda tx: store.projects.delete(tx, 1, now=NOW))
