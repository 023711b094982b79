"""One value of a submission corrected, with a reason; the original stays in what was sent.

Of answers on an evaluated object only observation sheets are corrected, by the chair or secretary of the
group, and not after the round has closed; a citizen's answer never is. Spec: domain.md 2
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo

from analytics.columns import WKT_READS, kind_of, reading_of
from forms.faults.submissions import (
    CorrectionOfEncrypted,
    CorrectionOfFile,
    CorrectionOfNothing,
    CorrectionOfRole,
    CorrectionOfUnknown,
    CorrectionUnfit,
    NotCorrectable,
)
from forms.instance import parse_instance, read_answers
from forms.schema import Question
from server.actions.review_submissions import object_type_of
from server.permissions import Deed, Person, require
from server.store import Store
from server.store.forms import FormVersion
from server.store.submissions import Submission

LONGEST = 10_000
_NOT_CORRECTED = ("file",)


def correct_submission(
    store: Store,
    submission: Submission,
    question: str,
    value: str,
    *,
    reason: str,
    person: Person,
    zone: tzinfo,
    now: datetime,
) -> int:
    """Let another value count for one question, in the current version; the seq of the decision.

    `zone` is meant where a time names none. Raises: NotAllowed, NotCorrectable, CorrectionOf…,
    CorrectionUnfit, ReasonMissing, SubmissionDeleted, SubmissionOutdated, SubmissionRoundClosed.
    """
    project_id, form_id = submission.project_id, submission.form_id
    object_type = object_type_of(store, project_id, form_id)
    require(person, Deed.EDIT_SUBMISSIONS, project_id, object_type, form_id=form_id)
    current = store.submissions.current(submission.root_seq)
    version = store.forms.version(project_id, form_id, current.version)
    asked = correctable(version, question)
    sent = answers_sent(store, current, version)
    if version.scheme is not None and not is_sheet(version, sent):
        raise NotCorrectable()
    value = value.replace("\0", "").strip()[:LONGEST]
    _check(asked, value, zone)
    old = values_in_force(store, current, sent, version).get(asked.name, "")
    if old == value:
        raise CorrectionOfNothing(question=question)
    return store.write(
        lambda tx: store.decisions.correct(
            tx,
            current.seq,
            question=asked.name,
            old=old,
            new=value,
            reason=reason,
            now=now,
            actor=person.actor,
        )
    )


def correctable(version: FormVersion, name: str) -> Question:
    """The question of this name, when its answers may be corrected at all."""
    asked = version.schema.question(name)
    if asked is None or asked.repeat is not None or "/meta/" in asked.path:
        raise CorrectionOfUnknown(question=name[:200])
    if asked.calculated or asked.control in ("", "note"):  # nobody answered it
        raise CorrectionOfUnknown(question=name[:200])
    if version.content.privacy.get(name) == "drop":
        raise CorrectionOfUnknown(question=name[:200])
    if version.scheme is not None and name in version.scheme.roles.values():
        raise CorrectionOfRole(question=name)
    if kind_of(asked) in _NOT_CORRECTED:
        raise CorrectionOfFile(question=name)
    return asked


def correctable_questions(version: FormVersion) -> tuple[str, ...]:
    """Names of all the questions whose answers may be corrected."""
    names = []
    for question in version.schema.questions:
        try:
            correctable(version, question.name)
        except (CorrectionOfUnknown, CorrectionOfRole, CorrectionOfFile):
            continue
        names.append(question.name)
    return tuple(dict.fromkeys(names))


def answers_sent(store: Store, submission: Submission, version: FormVersion) -> Mapping[str, str]:
    """What the bytes of a version say, by path. Raises: CorrectionOfEncrypted."""
    instance = parse_instance(store.submissions.xml(submission.seq))
    if instance.encrypted:
        raise CorrectionOfEncrypted()
    return read_answers(instance, version.schema).values


def is_sheet(version: FormVersion, sent: Mapping[str, str]) -> bool:
    """Is this an observation sheet? Where the form does not say so, it is none."""
    name = version.scheme.roles.get("stream") if version.scheme is not None else None
    asked = version.schema.question(name) if name is not None else None
    return asked is not None and sent.get(asked.path, "").strip() == "O"


def values_in_force(
    store: Store, submission: Submission, sent: Mapping[str, str], version: FormVersion
) -> dict[str, str]:
    """Question -> its value, corrections included; of questions outside repeats."""
    values = {
        question.name: sent.get(question.path, "")
        for question in reversed(version.schema.questions)
        if question.repeat is None
    }
    for decision in store.decisions.of(submission.seq):
        if decision.action == "corrected" and decision.question is not None:
            values[decision.question] = decision.new or ""
    return values


def _check(asked: Question, value: str, zone: tzinfo) -> None:
    """Does this value fit the question? Raises: CorrectionUnfit."""
    if not value:
        return
    kind = kind_of(asked)
    offered = {choice.name for choice in asked.choices}
    if offered and not asked.external and kind in ("choice", "choices"):
        chosen = value.split() if kind == "choices" else [value]
        if not offered.issuperset(chosen):
            raise CorrectionUnfit(
                value=value[:200], question=asked.name, kind=", ".join(sorted(offered))[:500]
            )
        return
    read = reading_of(kind, zone) or WKT_READS.get(kind)
    if read is None:
        return
    try:
        read(value)
    except (ValueError, OverflowError) as error:
        raise CorrectionUnfit(value=value[:200], question=asked.name, kind=kind) from error
