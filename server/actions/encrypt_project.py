"""Encryption by the server's own key: turned on for a project, once and for all its forms.

From then on phones encrypt what they fill in, and the answers open only with the passphrase that was given
here and is kept nowhere. As in ODK Central every form gets a version of its own under the key. Forms that
evaluate and forms that write into entity lists stay readable: the server has to read their answers.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

from forms.encryption import read_public_key
from forms.errors import N_, Fault, ParameterInvalid, Sentence
from forms.evaluation import Scheme
from forms.faults.encryption import AlreadyEncrypted, PassphraseTooShort, PublicKeyInvalid
from forms.project_key import new_key
from forms.schema import Schema
from forms.xform import XForm, parse_xform
from forms.xform_key import under_key
from server.store import Store, Tx
from server.store.forms import FormContent

SHORTEST_PASSPHRASE = 10  # as ODK Central asks for
LONGEST_HINT = 500
STAYS_PLAIN = N_(
    "This project encrypts answers, but not those to this form: it evaluates or writes into entity lists, "
    "and so the server has to read them."
)


def encryptable(schema: Schema, scheme: Scheme | None) -> bool:
    """May phones encrypt the answers to this form, so that the server cannot read them?"""
    return scheme is None and not schema.entity_lists and not schema.public_key


def stays_plain(schema: Schema, scheme: Scheme | None) -> bool:
    """Does the server have to read the answers to this form, whatever key the project has?"""
    return not schema.public_key and not encryptable(schema, scheme)


def plain_forms(store: Store, project_id: int) -> tuple[str, ...]:
    """The form_ids, published or drafts, that a key of the project leaves readable."""
    found = []
    for form in store.forms.all(project_id):
        draft = store.drafts.find(project_id, form.form_id)
        contents = [each.content for each in (form.current, draft) if each is not None]
        if any(stays_plain(content.schema, content.scheme) for content in contents):
            found.append(form.form_id)
    return tuple(found)


def plain_warnings(store: Store, project_id: int, content: FormContent) -> tuple[Fault, ...]:
    """What whoever publishes it is told, where the project encrypts and this form does not."""
    if store.keys.of_project(project_id) is None or not stays_plain(content.schema, content.scheme):
        return ()
    return (Fault("settings", None, None, Sentence(STAYS_PLAIN)),)


def xform_of_project(store: Store, project_id: int, xform: XForm, scheme: Scheme | None) -> XForm:
    """The form as this project publishes it: under the project's key, where it has one.

    Raises: PublicKeyInvalid (it brings a key of its own, and that is none).
    """
    if xform.schema.public_key and read_public_key(xform.schema.public_key) is None:
        raise PublicKeyInvalid()
    key = store.keys.of_project(project_id)
    if key is None or not encryptable(xform.schema, scheme):
        return xform
    return under_key(xform, key.public_key)


def encrypt_project(
    store: Store, project_id: int, passphrase: str, hint: str, *, now: datetime, actor: int | None
) -> tuple[str, ...]:
    """Give a project its key and every form of it a version under that key; the form_ids that got one.

    Takes seconds. Raises: ProjectNotFound, AlreadyEncrypted, PassphraseTooShort, ParameterInvalid.
    """
    store.projects.get(project_id)
    if store.keys.of_project(project_id) is not None:
        raise AlreadyEncrypted()
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise PassphraseTooShort(least=SHORTEST_PASSPHRASE)
    if len(hint) > LONGEST_HINT or "\0" in hint:
        raise ParameterInvalid(name="hint", value=hint[:40].replace("\0", ""))
    public_key, locked = new_key(passphrase)
    forms, drafts = _under_key(store, project_id, public_key)

    def change(tx: Tx) -> None:
        store.keys.add_to_project(tx, project_id, public_key, locked, hint, now=now)
        details = {"encrypted": 1, "forms": len(forms)}
        store.audit.add(tx, "project.update", str(project_id), now=now, actor=actor, details=details)
        publish(tx)

    def publish(tx: Tx) -> None:
        _keep(store, tx, project_id, forms, drafts, now, actor)

    store.write(change)
    done = [content.schema.form_id for content in (*forms, *drafts)]
    forms, drafts = _under_key(store, project_id, public_key)
    if forms or drafts:  # published in the same moment
        store.write(publish)
        done += [content.schema.form_id for content in (*forms, *drafts)]
    return tuple(dict.fromkeys(done))


def bring_under_key(store: Store, project_id: int, *, now: datetime, actor: int | None) -> None:
    """Give the forms that lay in the trash meanwhile a version under the project's key."""
    key = store.keys.of_project(project_id)
    if key is None:
        return
    forms, drafts = _under_key(store, project_id, key.public_key)
    if forms or drafts:
        store.write(lambda tx: _keep(store, tx, project_id, forms, drafts, now, actor))


def _keep(
    store: Store,
    tx: Tx,
    project_id: int,
    forms: list[FormContent],
    drafts: list[FormContent],
    now: datetime,
    actor: int | None,
) -> None:
    for content in forms:
        store.forms.publish(tx, project_id, content, now=now, actor=actor)
    for content in drafts:
        store.drafts.save(tx, project_id, content, now=now, actor=actor)


def _under_key(store: Store, project_id: int, public_key: str) -> tuple[list[FormContent], list[FormContent]]:
    """What phones are offered, and the drafts, under the key: those that are not yet."""
    forms, drafts = [], []
    for form in store.forms.all(project_id):
        if form.current is not None and encryptable(form.current.schema, form.current.scheme):
            forms.append(_content(store, form.current.content, public_key))
        draft = store.drafts.find(project_id, form.form_id)
        if draft is not None and encryptable(draft.content.schema, draft.content.scheme):
            drafts.append(_content(store, draft.content, public_key))
    return forms, drafts


def _content(store: Store, content: FormContent, public_key: str) -> FormContent:
    xform = under_key(parse_xform(store.blobs.read(content.xform_sha256)), public_key)
    return replace(
        content,
        xform_sha256=store.blobs.keep(xform.xml).sha256,
        xform_md5=hashlib.md5(xform.xml, usedforsecurity=False).hexdigest(),
        schema=xform.schema,
    )
