"""Decisions of the group on submissions: accepted, returned, void; one by one or all that a filter finds.

Each is a record of the ledger with the person and a reason; the answers themselves are never touched. Many
are decided in small transactions, so that phones are served in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import cast, get_args

from forms.errors import ReviewStateUnknown
from server.permissions import Deed, Person, may, require
from server.store import Store
from server.store.decisions import Review
from server.store.submissions import Submission, Wanted

PAGE = 500

# ODK Central's words for the same states
FROM_CENTRAL = {
    "approved": "accepted",
    "hasIssues": "returned",
    "rejected": "void",
    "edited": "edited",
    None: "received",
}
TO_CENTRAL = {
    "accepted": "approved",
    "returned": "hasIssues",
    "void": "rejected",
    "edited": "edited",
    "received": None,
}


def review_of(state: str | None) -> Review:
    """The state that a program names, in our words or in Central's. Raises: ReviewStateUnknown."""
    named = FROM_CENTRAL.get(state, state)
    if named not in get_args(Review):
        raise ReviewStateUnknown(state=str(state)[:100])
    return cast(Review, named)


def object_type_of(store: Store, project_id: int, form_id: str) -> str | None:
    """The type of object that a form evaluates; it decides who may see its answers.

    A form of which any version evaluated objects, the executive body above all, stays one: its answers do
    not change sides by a new version without a scheme.
    """
    form = store.forms.get(project_id, form_id)
    if form.current is None:
        return None
    return strictest(version.object_type for version in store.forms.versions(project_id, form_id))


def strictest(types: Iterable[str | None]) -> str | None:
    """The type that decides where there are several: the executive body, else the first that is one."""
    evaluated = [each for each in types if each is not None]
    return "EXEC" if "EXEC" in evaluated else next(iter(evaluated), None)


def evaluates(store: Store, project_id: int, form_id: str) -> bool:
    """Does any version of this form evaluate an object? Then every decision on its answers has a reason."""
    return any(version.scheme is not None for version in store.forms.versions(project_id, form_id))


def repeats_of(store: Store, project_id: int, form_id: str) -> frozenset[str]:
    """Paths of all repeats that any version of a form has."""
    versions = store.forms.versions(project_id, form_id)
    return frozenset(repeat.path for version in versions for repeat in version.schema.repeats)


def review_submission(
    store: Store, submission: Submission, state: Review, *, reason: str, person: Person, now: datetime
) -> None:
    """Decide on one version. Without a reason, what the same person wrote beside it since the last decision
    is taken for one: a program of ODK Central's comments, and then decides.

    Raises: NotAllowed, SubmissionOutdated, ReasonMissing, RoundNotOpen.
    """
    project_id, form_id = submission.project_id, submission.form_id
    require(person, Deed.REVIEW, project_id, object_type_of(store, project_id, form_id), form_id=form_id)
    reason = reason.strip() or _latest_comment(store, submission, person)
    store.write(
        lambda tx: store.decisions.review(
            tx, submission.seq, state, reason=reason, now=now, actor=person.actor
        )
    )


def _latest_comment(store: Store, submission: Submission, person: Person) -> str:
    """What this person wrote beside a submission after the last decision on it; empty without any."""
    since = max(
        (decision.at for decision in store.decisions.of(submission.seq)), default=submission.received_at
    )
    for comment in store.submissions.comments(submission.root_seq):
        if comment.actor == person.actor and comment.created_at >= since:
            return comment.body.strip()
    return ""


def review_found(
    store: Store,
    wanted: Wanted,
    state: Review,
    *,
    reason: str,
    person: Person,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Decide alike on all current submissions that a filter finds; how many.

    Raises: NotAllowed, ReasonMissing.
    """
    seqs = [submission.seq for submission in found(store, wanted, person) if submission.state != state]
    return review_seqs(store, seqs, state, reason=reason, person=person, progress=progress)


def review_seqs(
    store: Store,
    seqs: Sequence[int],
    state: Review,
    *,
    reason: str,
    person: Person,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Decide alike on these versions; whoever calls has asked for the right to."""
    return store.decisions.review_all(
        seqs,
        state,
        reason=reason,
        now=lambda: datetime.now(UTC),
        actor=person.actor,
        progress=progress,
    )


def found(store: Store, wanted: Wanted, person: Person) -> list[Submission]:
    """Every submission that the filter finds and this person may decide on. Raises: NotAllowed."""
    require(person, Deed.REVIEW, wanted.project_id)
    allowed = {
        form.form_id
        for form in store.forms.all(wanted.project_id)
        if may(person, Deed.REVIEW, wanted.project_id, object_type_of(store, wanted.project_id, form.form_id))
    }
    all_found: list[Submission] = []
    before: int | None = None
    while page := store.submissions.page(wanted, limit=PAGE, before=before):
        all_found += [submission for submission in page if submission.form_id in allowed]
        before = page[-1].seq
    return all_found


def assign_round(
    store: Store, submission: Submission, round_id: str, *, reason: str, person: Person, now: datetime
) -> None:
    """Give a submission that waits in the queue a round, never a closed one.

    Raises: NotAllowed, RoundNotOpen, RoundWithoutForm, ReasonMissing.
    """
    project_id, form_id = submission.project_id, submission.form_id
    require(person, Deed.REVIEW, project_id, object_type_of(store, project_id, form_id))
    store.write(
        lambda tx: store.decisions.assign(
            tx, submission.seq, round_id, reason=reason, now=now, actor=person.actor
        )
    )
