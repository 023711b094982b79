"""One value of a submission corrected, with a reason; the original stays in what was sent.

Of answers on an evaluated object only observation sheets are corrected, by the chair or secretary of the
group, and not after the round has closed; a citizen's answer never is. Spec: domain.md 2
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo

from analytics.columns import WKT_READS, kind_of, reading_of
from analytics.odata.ids import row_id
from forms.edited_instance import answer_keys
from forms.faults.submissions import (
    CorrectionOfEncrypted,
    CorrectionOfFile,
    CorrectionOfNoRow,
    CorrectionOfNothing,
    CorrectionOfRole,
    CorrectionOfUnknown,
    CorrectionUnfit,
    CorrectionWithoutRow,
    NotCorrectable,
)
from forms.instance import parse_instance
from forms.places import path_of, place_of, question_at, question_name, row_of, way_of
from forms.schema import Question, Schema
from server.actions.review_submissions import object_type_of
from server.permissions import Deed, Person, require
from server.store import Store
from server.store.deciding import CORRECTING
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
    row: str,
    reason: str,
    person: Person,
    zone: tzinfo,
    now: datetime,
) -> int:
    """Let another value count for one answer, in the current version; the seq of the decision.

    `question` is its name, or its place; `row` is the row of a repeat as exports call it (KEY or __id), or
    empty. `zone` is meant where a time names none.

    Raises: NotAllowed, NotCorrectable, CorrectionOf…, CorrectionWithoutRow, CorrectionUnfit, ReasonMissing,
    SubmissionDeleted, SubmissionOutdated, SubmissionRoundClosed.
    """
    project_id, form_id = submission.project_id, submission.form_id
    object_type = object_type_of(store, project_id, form_id)
    require(person, Deed.EDIT_SUBMISSIONS, project_id, object_type, form_id=form_id)
    current = store.submissions.current(submission.root_seq)
    version = store.forms.version(project_id, form_id, current.version)
    sent = answers_sent(store, current, version)
    place = _place(version.schema, current, sent, question, row)
    asked = correctable(version, place)
    if version.scheme is not None and not is_sheet(version, sent):
        raise NotCorrectable()
    value = value.replace("\0", "").strip()[:LONGEST]
    _check(asked, value, zone)
    old = values_in_force(store, current, sent, version).get(way_of(version.schema, place) or "", "")
    if old == value:
        raise CorrectionOfNothing(question=asked.name)
    return store.write(
        lambda tx: store.decisions.correct(
            tx, current.seq, question=place, old=old, new=value, reason=reason, now=now, actor=person.actor
        )
    )


def correctable(version: FormVersion, place: str) -> Question:
    """The question at this place, when its answers may be corrected at all."""
    asked, name = question_at(version.schema, place), question_name(place)
    if asked is None or not _is_answered(asked) or version.content.privacy.get(name) == "drop":
        raise CorrectionOfUnknown(question=name[:200])
    if version.scheme is not None and name in version.scheme.roles.values():
        raise CorrectionOfRole(question=name)
    if kind_of(asked) in _NOT_CORRECTED:
        raise CorrectionOfFile(question=name)
    return asked


def _is_answered(asked: Question) -> bool:
    """Does somebody answer it? A calculation, a note and the meta block nobody does."""
    return "/meta/" not in asked.path and not asked.calculated and asked.control not in ("", "note")


def is_correctable(version: FormVersion, place: str) -> bool:
    try:
        correctable(version, place)
    except (CorrectionOfUnknown, CorrectionOfRole, CorrectionOfFile):
        return False
    return True


def answers_sent(store: Store, submission: Submission, version: FormVersion) -> Mapping[str, str]:
    """What the bytes of a version say, by the way to each answer. Raises: CorrectionOfEncrypted."""
    xml = store.submissions.xml(submission.seq)
    if parse_instance(xml).encrypted:
        raise CorrectionOfEncrypted()
    return {way: text for way, _path, text in answer_keys(xml, version.schema)}


def is_sheet(version: FormVersion, sent: Mapping[str, str]) -> bool:
    """Is this an observation sheet? Where the form does not say so, it is none."""
    name = version.scheme.roles.get("stream") if version.scheme is not None else None
    asked = version.schema.question(name) if name is not None else None
    return asked is not None and sent.get(asked.path, "").strip() == "O"


def values_in_force(
    store: Store, submission: Submission, sent: Mapping[str, str], version: FormVersion
) -> dict[str, str]:
    """Way -> the value that counts, corrections included."""
    corrected = {}
    for decision in store.decisions.of(submission.seq):
        if decision.action in CORRECTING and decision.question is not None:
            way = way_of(version.schema, decision.question)
            corrected[way or ""] = decision.new or ""
    return {**sent, **{way: text for way, text in corrected.items() if way in sent}}


def _place(schema: Schema, submission: Submission, sent: Mapping[str, str], question: str, row: str) -> str:
    """Where a request means. Raises: CorrectionWithoutRow, CorrectionOfNoRow."""
    repeats = dict.fromkeys(one.repeat for one in schema.questions if one.name == question and one.repeat)
    rows = [way for way in dict.fromkeys(map(row_of, sent)) if path_of(way) in repeats]
    if row:
        asked_in = next((way for way in rows if row in _names(submission, way)), None)
        if asked_in is None:
            raise CorrectionOfNoRow(row=row[:200], question=question[:200])
        around = path_of(asked_in)
        inside = next(one for one in schema.questions if one.name == question and one.repeat == around)
        return place_of(schema, inside, asked_in)
    asked = question_at(schema, question)
    if asked is None and repeats:
        first = rows[0] if rows else f"{next(iter(repeats))}[1]"
        raise CorrectionWithoutRow(
            question=question[:200], instance_id=submission.root_instance_id, row=first
        )
    if asked is not None and asked.repeat is not None and question not in sent:
        raise CorrectionOfNoRow(row=row_of(question)[:200], question=asked.name)
    return place_of(schema, asked, row_of(question)) if asked is not None else question


def _names(submission: Submission, way: str) -> tuple[str, ...]:
    """What a row is called: the KEY and the __id of exports, and the way to it."""
    root, own = submission.root_instance_id, submission.instance_id
    return way, root + way, own + way, row_id(root, own, own + way)


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
