"""Forms, versions and drafts.

- A version never changes: the same content again is nothing new, other content is refused.
- The newest version of an open form is offered; a closed form takes nothing, a closing one still does.
- What was read from a workbook comes back as it was.
- A draft replaces a draft and keeps its address, until that is renewed or the draft is gone.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from forms.errors import (
    FormClosed,
    FormNotFound,
    FormVersionNotFound,
    MediaNotFound,
    ProjectNotFound,
    VersionTaken,
)
from server.store import Store
from server.store.form_content import content_row, derived_hashes
from server.store.forms import FormMedia
from server.store.refusals import DraftNotFound
from tests.server.store.making import NOW, content, later, publish


def test_a_published_version_is_offered_and_read_back(store: Store) -> None:
    told = content(store, scored=True)
    media = (
        FormMedia("map.png", "image", "a" * 64, "b" * 32, 3, NOW),
        FormMedia("villages.csv", "file", *[None] * 4),
    )
    told = replace(told, media=media)
    version = store.write(lambda tx: store.forms.publish(tx, 1, told, now=NOW, actor=None))
    assert store.forms.version(1, "wells", "1") == version
    assert version.content == told and version.object_type == "MUN"
    assert store.forms.offered(1) == (version,)
    assert store.forms.get(1, "wells").current == version
    assert store.forms.xform(version) == b"<h:html>wells 1 </h:html>"
    record = store.ledger.record(version.seq)
    assert (record.kind, record.subject) == ("form", "1/wells/1")
    assert json.loads(record.payload or b"") == {
        "project_id": 1,
        "form_id": "wells",
        "version": "1",
        "title": "Wells",
        "xform_sha256": told.xform_sha256,
        "xform_md5": told.xform_md5,
        "workbook_sha256": told.workbook_sha256,
        "published_by": None,
        "media": {"map.png": "a" * 64},
        **derived_hashes(content_row(told)),
        "notes_sha256": None,
    }


def test_the_same_content_again_changes_nothing(store: Store) -> None:
    first, again = publish(store), publish(store)
    assert first == again and store.ledger.head().seq == 1


def test_a_version_with_other_content_is_refused(store: Store) -> None:
    publish(store)
    for other in (content(store, text="changed"), content(store, scored=True)):
        with pytest.raises(VersionTaken):
            store.write(lambda tx, other=other: store.forms.publish(tx, 1, other, now=NOW, actor=None))


def test_the_newest_version_is_offered_and_the_older_ones_stay(store: Store) -> None:
    first, second = publish(store, version="10"), publish(store, version="9")
    assert store.forms.offered(1) == (second,)
    assert store.forms.versions(1, "wells") == (second, first)
    assert store.forms.require_open(1, "wells", "10") == first


def test_no_version_is_a_version_too(store: Store) -> None:
    version = publish(store, version="")
    assert store.forms.version(1, "wells", "") == version


def test_a_closed_form_takes_nothing_and_a_closing_one_still_does(store: Store) -> None:
    version = publish(store)
    for state, offered, taken in (("closing", 0, True), ("closed", 0, False), ("open", 1, True)):
        store.write(lambda tx, s=state: store.forms.set_state(tx, 1, "wells", s, now=later()))
        assert len(store.forms.offered(1)) == offered
        if taken:
            assert store.forms.require_open(1, "wells", "1") == version
        else:
            with pytest.raises(FormClosed):
                store.forms.require_open(1, "wells", "1")


def test_what_is_not_there_is_said(store: Store) -> None:
    publish(store)
    with pytest.raises(FormNotFound):
        store.forms.require_open(1, "springs", "1")
    with pytest.raises(FormVersionNotFound):
        store.forms.require_open(1, "wells", "2")
    with pytest.raises(FormNotFound):
        store.write(lambda tx: store.forms.set_state(tx, 1, "springs", "closed", now=NOW))
    with pytest.raises(ProjectNotFound):
        told = content(store)
        store.write(lambda tx: store.forms.publish(tx, 99, told, now=NOW, actor=None))
    assert store.forms.all(99) == () and store.forms.offered(99) == ()


def test_a_form_of_one_project_is_not_in_another(store: Store) -> None:
    publish(store)
    other = store.write(lambda tx: store.projects.create(tx, name="Another aimak", now=NOW))
    assert store.forms.all(other) == ()


def test_a_draft_replaces_a_draft_and_keeps_its_address(store: Store) -> None:
    first, second = content(store), content(store, text="better")
    store.write(lambda tx: store.drafts.save(tx, 1, first, now=NOW, actor=None))
    token = store.drafts.get(1, "wells").token
    store.write(lambda tx: store.drafts.save(tx, 1, second, now=later(), actor=None, warnings='["w"]'))
    draft = store.drafts.get(1, "wells")
    assert (draft.content, draft.token, draft.warnings) == (second, token, '["w"]')
    assert store.drafts.by_token(token) == draft and store.drafts.all(1) == (draft,)
    form = store.forms.get(1, "wells")
    assert form.current is None and form.has_draft and store.forms.offered(1) == ()


def test_a_draft_is_published_by_publishing_its_content(store: Store) -> None:
    told = content(store)
    store.write(lambda tx: store.drafts.save(tx, 1, told, now=NOW, actor=None))
    store.write(
        lambda tx: store.forms.publish(tx, 1, store.drafts.get(1, "wells").content, now=NOW, actor=None)
    )
    store.write(lambda tx: store.drafts.discard(tx, 1, "wells"))
    assert not store.forms.get(1, "wells").has_draft and store.drafts.find(1, "wells") is None
    assert [version.version for version in store.forms.offered(1)] == ["1"]


def test_media_are_put_into_the_slots_of_a_draft(store: Store) -> None:
    told = replace(content(store), media=(FormMedia("map.png", "image", None, None, None, None),))
    store.write(lambda tx: store.drafts.save(tx, 1, told, now=NOW, actor=None))

    def put(name: str) -> None:
        store.write(
            lambda tx: store.drafts.set_media(
                tx, 1, "wells", name, sha256="a" * 64, md5="b" * 32, size=3, now=NOW
            )
        )

    put("map.png")
    assert store.drafts.get(1, "wells").content.media == (
        FormMedia("map.png", "image", "a" * 64, "b" * 32, 3, NOW),
    )
    with pytest.raises(MediaNotFound):
        put("other.png")


def test_a_draft_is_discarded_and_its_address_opens_nothing(store: Store) -> None:
    told = content(store)
    store.write(lambda tx: store.drafts.save(tx, 1, told, now=NOW, actor=None))
    first = store.drafts.get(1, "wells").token
    second = store.write(lambda tx: store.drafts.renew_token(tx, 1, "wells"))
    assert store.drafts.by_token(first) is None and store.drafts.get(1, "wells").token == second
    store.write(lambda tx: store.drafts.discard(tx, 1, "wells"))
    assert store.drafts.by_token(second) is None and store.ledger.head().seq == 0
    with pytest.raises(DraftNotFound):
        store.drafts.get(1, "wells")


def test_a_slot_holds_a_file_or_an_entity_list_or_nothing(store: Store) -> None:
    told = replace(content(store), media=(FormMedia("trees.csv", "file", None, None, None, None),))
    store.write(lambda tx: store.drafts.save(tx, 1, told, now=NOW, actor=None))

    def held() -> tuple[str | None, str | None]:
        [media] = store.drafts.get(1, "wells").content.media
        return media.sha256, media.entity_list

    store.write(
        lambda tx: store.drafts.set_media(
            tx, 1, "wells", "trees.csv", sha256="a" * 64, md5="b" * 32, size=3, now=NOW
        )
    )
    assert held() == ("a" * 64, None)
    store.write(lambda tx: store.drafts.link_media(tx, 1, "wells", "trees.csv", "trees", now=NOW))
    assert held() == (None, "trees")
    version = store.write(
        lambda tx: store.forms.publish(
            tx, 1, store.drafts.get(1, "wells").content, now=NOW, actor=None, notes="First"
        )
    )
    assert [media.entity_list for media in version.content.media] == ["trees"] and version.notes == "First"
    store.write(lambda tx: store.drafts.clear_media(tx, 1, "wells", "trees.csv", now=NOW))
    assert held() == (None, None)
    with pytest.raises(MediaNotFound):
        store.write(lambda tx: store.drafts.clear_media(tx, 1, "wells", "other.csv", now=NOW))
