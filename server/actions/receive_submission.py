"""Keep what a phone sent: all of it, or nothing, and say so in the person's language.

A phone that lost the network sends again, and a large submission comes in several requests: the same bytes
under the same instanceID only add media. What is refused although it could be read is kept in quarantine,
because a phone cannot mend it. Spec: protocol.md 7.
"""

from __future__ import annotations

import asyncio
import hashlib
import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from analytics.rows import filled_on
from forms.errors import N_, BaikooError, Closed, Conflict, NotFound, Sentence
from forms.faults.instance import EncryptedWithoutId
from forms.faults.submissions import SubmissionDeleted
from forms.instance import Answers, Instance, expected_media, parse_instance, read_answers
from forms.schema import Schema
from server.actions.claim_link import Claim
from server.context import Context
from server.multipart import Posted, PostedFile
from server.permissions import Deed, Person, require
from server.store import Arrival, ArrivedFile, Incoming, Outcome, Store
from server.store.forms import FormVersion

LARGE_XML_BYTES = 200_000  # what takes longer to parse than others should wait for goes into a thread
LONGEST_NAME = 500  # of a file: an answer that is longer names none

RECEIVED = Sentence(N_("Thank you! Your answers have been received."))
RECEIVED_AGAIN = Sentence(N_("Thank you! These answers had been received before; they count once."))
RECEIVED_EDIT = Sentence(N_("Thank you! The corrected answers have been received."))
RECEIVED_IN_PART = N_("Your answers have been received. Photos or files still to come: {count}.")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends, and what their phone says about itself."""

    person: Person
    device_id: str | None = None
    user_agent: str | None = None
    knows_corrections: bool = False  # what they edit begins with the values that count


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of it, and the sentence for the person who sent it."""

    instance_id: str
    form_id: str
    outcome: Outcome
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What has to be read of an instance before it is acknowledged, out of all its questions."""

    schema: Schema
    object_path: str | None


async def receive_submission(
    context: Context, project_id: int, posted: Posted, sender: Sender, now: datetime
) -> Receipt:
    """Keep one instance and the files that came with it; on return it is on disk.

    Raises: InstanceInvalid, FormNotFound, FormVersionNotFound, FormClosed, NotAllowed, InstanceConflict,
    EditOutdated, EditConflict, EditedNotFound, SubmissionDeleted, LinkUsed, LinkCannotEdit, DiskFull,
    StoreBroken.
    Spec: protocol.md 7.6.
    """
    if len(posted.xml) > LARGE_XML_BYTES:
        instance = await asyncio.to_thread(parse_instance, posted.xml)
    else:
        instance = parse_instance(posted.xml)
    instance_id = instance.instance_id or made_up_id(instance, project_id, posted.xml)
    # first of all: whoever may send one form alone learns nothing of others, and fills no quarantine
    require(sender.person, Deed.SUBMIT, project_id, form_id=instance.form_id)
    claim = Claim(context.store, sender.person, instance_id)
    try:
        version = context.store.forms.require_open(project_id, instance.form_id, instance.version)
        _may_submit(sender.person, project_id, version)
        await claim.make(is_edit=instance.deprecated_id is not None, now=now)
        arrival = _arrival(context, version, instance, instance_id, posted, sender, now)
        if posted.files:
            await asyncio.to_thread(context.store.blobs.keep_all, map(incoming, posted.files))
        plain = is_plain(context.store, version, instance, now)
        outcome = await context.store.take(arrival)
        if plain and outcome.kind != "again":
            await _tell_plain(context, outcome, sender, now)
    except (NotFound, Closed, Conflict) as refusal:
        await claim.release()
        return await _refuse(context, project_id, instance, instance_id, posted, sender, now, refusal)
    return Receipt(instance_id, instance.form_id, outcome, sentence_of(outcome))


def is_plain(store: Store, version: FormVersion, instance: Instance, arrived_at: datetime) -> bool:
    """Did answers arrive readable that the phone should have encrypted?

    It may name an older version, which asked for no encryption: what was offered when they came counts.
    """
    if instance.encrypted:
        return False
    versions = store.forms.versions(version.project_id, version.form_id)
    offered = next((each for each in versions if each.published_at <= arrived_at), version)
    return bool(version.schema.public_key or offered.schema.public_key)


async def _tell_plain(context: Context, outcome: Outcome, sender: Sender, now: datetime) -> None:
    """Say so in the audit log; the answers are kept, because the phone cannot send them otherwise."""
    store = context.store
    subject = (await asyncio.to_thread(store.ledger.record, outcome.root_seq)).subject
    actor, details = sender.person.actor, {"submission": outcome.seq}
    await store.change(
        lambda tx: store.audit.add(tx, "submission.plain", subject, now=now, actor=actor, details=details)
    )


def made_up_id(instance: Instance, project_id: int, xml: bytes) -> str:
    """An instanceID for an instance without one: the same bytes sent again get the same.

    Raises: EncryptedWithoutId (its signature and keys are bound to an id that is not there).
    """
    if instance.encrypted:
        raise EncryptedWithoutId()
    digest = hashlib.sha256(f"{project_id}/{instance.form_id}/".encode() + xml).digest()
    return f"uuid:{uuid.UUID(bytes=digest[:16], version=4)}"


def round_of(context: Context, version: FormVersion, answers: Answers, now: datetime) -> str | None:
    """The open round that these answers belong to by form, object and day; None: they wait in the queue."""
    wanted = _wanted(version)
    if wanted.object_path is None:
        return None
    named = answers.values.get(wanted.object_path, "").strip()
    object_id = context.store.registry.object_id_of(version.project_id, named) if named else None
    day = filled_on(answers.values, version.schema, now, context.zone(version.project_id))
    return context.store.rounds.round_for(version.project_id, version.form_id, object_id, day)


def _may_submit(person: Person, project_id: int, version: FormVersion) -> None:
    require(person, Deed.SUBMIT, project_id, version.object_type, form_id=version.form_id)


def _arrival(
    context: Context,
    version: FormVersion,
    instance: Instance,
    instance_id: str,
    posted: Posted,
    sender: Sender,
    now: datetime,
) -> Arrival:
    wanted = _wanted(version)
    answers = read_answers(instance, wanted.schema)
    expected = tuple(name for name in expected_media(answers, wanted.schema) if len(name) <= LONGEST_NAME)
    return Arrival(
        project_id=version.project_id,
        form_id=version.form_id,
        version=version.version,
        instance_id=instance_id,
        xml=posted.xml,
        at=now,
        deprecated_id=instance.deprecated_id,
        files=arrived(posted.files, expected),
        expected=expected,
        round_id=round_of(context, version, answers, now),
        actor=sender.person.actor,
        instance_name=instance.instance_name,
        device_id=sender.device_id,
        user_agent=sender.user_agent,
        link_token=sender.person.admits_one,
        knows_corrections=sender.knows_corrections,
        encrypted=instance.encrypted,
    )


def arrived(files: Sequence[PostedFile], expected: Sequence[str]) -> tuple[ArrivedFile, ...]:
    """Each file under its attachment name: the field's, else the file's where the instance names that.

    A name that a Mac took apart ("и" and a breve for "й"), here or in the instance, is still that name.
    """
    exact, whole = frozenset(expected), {composed(name): name for name in reversed(expected)}

    def name_of(file: PostedFile) -> str:
        for given in (file.name, file.filename):
            if given in exact:
                return given
        named = whole.get(composed(file.name)) or whole.get(composed(file.filename))
        return named if named is not None else storable(file.name)

    return tuple(ArrivedFile(name_of(file), file.sha256, file.size) for file in files)


def composed(name: str) -> str:
    """A name as its readers see it, however its letters were put together."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def storable(name: str) -> str:
    """The name as sent, but for what no database keeps: NUL, and more letters than a file system has."""
    return name.replace("\0", "\ufffd")[:LONGEST_NAME]


def incoming(file: PostedFile) -> Incoming:
    return Incoming(file.sha256, file.size, file.data, file.path)


_wanted_of: dict[tuple[int, str, str, int], _Wanted] = {}


def _wanted(version: FormVersion) -> _Wanted:
    """Object, day and file questions of a version; worked out once, because a version never changes."""
    key = (version.project_id, version.form_id, version.version, version.seq)
    wanted = _wanted_of.get(key)
    if wanted is None:
        schema, scheme = version.schema, version.scheme
        object_name = scheme.roles.get("object") if scheme is not None else None
        named = schema.question(object_name) if object_name else None
        days = [question for name in ("end", "today") if (question := schema.question(name)) is not None]
        asked = {question.path for question in (named, *days) if question is not None}
        questions = tuple(
            question for question in schema.questions if question.path in asked or question.type == "binary"
        )
        around = {question.repeat for question in questions}
        repeats = tuple(
            repeat
            for repeat in schema.repeats
            if any(inner == repeat.path or (inner or "").startswith(repeat.path + "/") for inner in around)
        )
        wanted = _Wanted(
            replace(schema, questions=questions, repeats=repeats), named.path if named is not None else None
        )
        if len(_wanted_of) > 1000:
            _wanted_of.clear()
        _wanted_of[key] = wanted
    return wanted


def sentence_of(outcome: Outcome) -> Sentence:
    if outcome.missing:
        return Sentence(RECEIVED_IN_PART, count=len(outcome.missing))
    return {"new": RECEIVED, "again": RECEIVED_AGAIN, "edited": RECEIVED_EDIT}[outcome.kind]


async def _refuse(
    context: Context,
    project_id: int,
    instance: Instance,
    instance_id: str,
    posted: Posted,
    sender: Sender,
    now: datetime,
    refusal: BaikooError,
) -> Receipt:
    """Keep what is refused; or acknowledge it, where somebody has taken it out of the quarantine."""
    store = context.store
    accepted = await asyncio.to_thread(store.quarantine.accepted, project_id, posted.xml)
    if accepted is not None:
        return Receipt(instance_id, instance.form_id, accepted, sentence_of(accepted))
    if isinstance(refusal, SubmissionDeleted) and instance.deprecated_id is None:
        raise refusal  # its bytes are in the trash, or were purged on purpose
    await store.change(
        lambda tx: store.quarantine.keep(
            tx,
            project_id,
            posted.xml,
            refusal,
            form_id=instance.form_id,
            version=instance.version,
            instance_id=instance_id,
            deprecated_id=instance.deprecated_id,
            actor=sender.person.actor,
            device_id=sender.device_id,
            now=now,
        )
    )
    raise refusal
