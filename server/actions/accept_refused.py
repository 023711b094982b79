"""What stands in the quarantine, taken into the ledger after all or let go: by those who may review."""

from __future__ import annotations

from datetime import datetime

from forms.instance import expected_media, parse_instance, read_answers
from server.actions.receive_submission import LONGEST_NAME, round_of
from server.actions.review_submissions import object_type_of, strictest
from server.context import Context
from server.permissions import Deed, Person, require
from server.store import Outcome, Tx
from server.store.forms import FormVersion
from server.store.quarantine import Refused


def version_for(context: Context, refused: Refused) -> FormVersion | None:
    """The version that would hold it: the one it names, else the newest of its form; None without one."""
    store = context.store
    known = [form for form in store.forms.all(refused.project_id) if form.form_id == refused.form_id]
    if not known or known[0].current is None:
        return None
    for version in store.forms.versions(refused.project_id, refused.form_id):
        if version.version == refused.version:
            return version
    return known[0].current


def may_decide(context: Context, refused: Refused, person: Person) -> Person:
    """Raises: NotAllowed, SignInFirst."""
    return require(person, Deed.REVIEW, refused.project_id, object_type_of_refused(context, refused))


def object_type_of_refused(context: Context, refused: Refused) -> str | None:
    """What the answers may be about: of a form that is not there, whatever the project evaluates."""
    store, project_id = context.store, refused.project_id
    offered = [form for form in store.forms.all(project_id) if form.current is not None]
    named = [form for form in offered if form.form_id == refused.form_id]
    return strictest(object_type_of(store, project_id, form.form_id) for form in named or offered)


def accept_refused(context: Context, quarantine_id: int, *, person: Person, now: datetime) -> Outcome:
    """Take it as a submission like any other; the phone's next try succeeds.

    Raises: RefusedNotFound, RefusedDecided, NotAllowed, FormNotFound, InstanceInvalid.
    """
    store = context.store
    refused = store.quarantine.get(quarantine_id)
    may_decide(context, refused, person)
    version = version_for(context, refused) or store.forms.version(
        refused.project_id, refused.form_id, refused.version
    )
    answers = read_answers(parse_instance(store.quarantine.xml(quarantine_id)), version.schema)
    expected = tuple(name for name in expected_media(answers, version.schema) if len(name) <= LONGEST_NAME)
    round_id = round_of(context, version, answers, now)
    return store.write(
        lambda tx: store.quarantine.accept(
            tx,
            quarantine_id,
            version=version.version,
            round_id=round_id,
            expected=expected,
            now=now,
            actor=person.actor,
        )
    )


def discard_refused(context: Context, quarantine_id: int, *, person: Person, now: datetime) -> None:
    """Its bytes go, its number stays. Raises: RefusedNotFound, NotAllowed."""
    store = context.store
    may_decide(context, store.quarantine.get(quarantine_id), person)

    def discard(tx: Tx) -> None:
        store.quarantine.discard(tx, quarantine_id, now=now)
        store.audit.add(tx, "quarantine.discard", str(quarantine_id), now=now, actor=person.actor)

    store.write(discard)
