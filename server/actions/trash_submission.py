"""Into the trash and out of it, and for good: by those who may edit; purged by who keeps the server.

What lies in the trash for 30 days is purged by itself, as in ODK Central.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from forms.errors import N_, BaikooError
from server.actions.entity_trash import purge_old_entities
from server.actions.review_submissions import object_type_of
from server.context import Context
from server.permissions import Deed, Person, require
from server.store import Store
from server.store.submissions import Submission

log = logging.getLogger("baikoo.trash")

KEPT = timedelta(days=30)
EVERY_S = 3600.0
AFTER_30_DAYS = N_("It lay in the trash for 30 days.")


def delete_submission(
    store: Store, submission: Submission, *, reason: str, person: Person, now: datetime
) -> None:
    """Put a submission with all its versions into the trash.

    Raises: NotAllowed, SubmissionDeleted, SubmissionRoundClosed, ReasonMissing, DeleteNeedsVoid.
    """
    _may_edit(store, submission, person)
    current = store.submissions.current(submission.root_seq)
    store.write(lambda tx: store.trash.delete(tx, current.seq, reason=reason, now=now, actor=person.actor))


def restore_submission(
    store: Store, submission: Submission, *, reason: str, person: Person, now: datetime
) -> None:
    """Take it out of the trash. Raises: NotAllowed, NotDeleted, SubmissionRoundClosed, ReasonMissing."""
    _may_edit(store, submission, person)
    current = store.submissions.current(submission.root_seq)
    store.write(lambda tx: store.trash.restore(tx, current.seq, reason=reason, now=now, actor=person.actor))


def purge_submission(
    store: Store, submission: Submission, *, reason: str, person: Person, now: datetime
) -> None:
    """Erase one in the trash, for administrators. Raises: NotAllowed, NotDeleted, ReasonMissing."""
    require(person, Deed.OPERATE, None)
    current = store.submissions.current(submission.root_seq)
    store.trash.purge(current.seq, reason=reason, now=now, actor=person.actor)


def purge_old(
    store: Store, now: datetime, *, stop: Callable[[], bool] = lambda: False, kept: timedelta = KEPT
) -> int:
    """Purge what was deleted so long ago, one by one so that phones are served between; how many."""
    purged = 0
    while not stop() and (due := store.trash.due(now - kept)):
        for seq in due:
            if stop():
                break
            try:
                store.trash.purge(seq, reason=AFTER_30_DAYS, now=now, actor=None)
            except BaikooError:  # restored or purged by somebody else meanwhile
                return purged
            purged += 1
    if purged:
        log.info("%d submissions were purged from the trash", purged)
    return purged


async def purge_by_and_by(context: Context) -> None:
    """While the server runs: see every hour what has lain in the trash long enough."""
    while not context.stopping.is_set():
        try:
            for purge in (purge_old, purge_old_entities):
                await asyncio.to_thread(purge, context.store, datetime.now(UTC), stop=context.stopping.is_set)
        except BaikooError as error:  # no room just now, say: tried again
            log.warning("the trash was not purged: %s", type(error).__name__)
        await asyncio.sleep(EVERY_S)


def _may_edit(store: Store, submission: Submission, person: Person) -> None:
    project_id, form_id = submission.project_id, submission.form_id
    object_type = object_type_of(store, project_id, form_id)
    require(person, Deed.EDIT_SUBMISSIONS, project_id, object_type, form_id=form_id)
