"""Submissions as files for those who may see them: up to the last record that was acknowledged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Literal, get_args

from analytics.exports.csv_pieces import file_chunks
from analytics.exports.geojson import submissions_geojson
from analytics.exports.parquet import submissions_parquet
from analytics.exports.submissions_csv import CsvWanted, ReadFile, Senders, submissions_csv, submissions_zip
from analytics.exports.workbook import submissions_xlsx
from analytics.warehouse import Warehouse
from forms.errors import RoundBusy
from forms.evaluation import ObjectType
from server.actions.choice_labels import with_choice_labels
from server.actions.decrypt_submissions import (
    Opener,
    Unlocked,
    decrypted,
    unlocked_keys,
    unlocked_keys_of_draft,
)
from server.actions.draft_reading import draft_reading, test_submissions
from server.context import Context
from server.permissions import OWNER, Deed, Person, may

PROFILE_ROLES = ("sex", "age", "token")  # of citizens: the group reviews their answers without them
CATCH_UP_S = 60.0

Format = Literal["csv", "zip", "xlsx", "parquet", "geojson"]
FORMATS: dict[str, Format] = {name: name for name in get_args(Format)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What is exported, and as what. `fieldpath` chooses the place of a GeoJSON."""

    wanted: CsvWanted
    format: Format
    with_media: bool = True
    fieldpath: str | None = None


def hidden_questions(context: Context, project_id: int, form_id: str, person: Person) -> frozenset[str]:
    """Questions whose answers this person never sees, in any version of the form."""
    if person.kind == OWNER:
        return frozenset()
    hidden: set[str] = set()
    for version in context.store.forms.versions(project_id, form_id):
        if version.scheme is not None:
            hidden |= {version.scheme.roles[role] for role in PROFILE_ROLES if role in version.scheme.roles}
    return frozenset(hidden)


def hidden_object_types(project_id: int, person: Person) -> tuple[str, ...]:
    """Types of objects whose raw answers this person never sees.

    The organiser's staff, those on itself; whoever is not of the group, those on any object.
    """
    types: tuple[str, ...] = get_args(ObjectType)
    return tuple(each for each in types if not may(person, Deed.READ_SUBMISSIONS, project_id, each))


def export(context: Context, asked: Export, passphrases: Mapping[int, str] | None = None) -> Iterator[bytes]:
    """The file, newest submission first, in pieces; whoever calls has asked for the right to.

    `passphrases` by the number of the key open what phones have encrypted, in memory and for this once.
    What can go wrong is told before the first piece. Raises: FormNotFound, RoundBusy, ReadingBeingMade,
    PassphraseWrong, KeyNotFound, and those of the format and the filter.
    """
    wanted = asked.wanted
    context.store.forms.get(wanted.project_id, wanted.form_id)
    keys = unlocked_keys(context, wanted.project_id, wanted.form_id, passphrases or {})
    if not context.loader.caught_up(timeout_s=CATCH_UP_S):
        raise RoundBusy()
    pieces = _decrypted(context, asked, keys) if keys else _as_received(context, asked)
    first = next(pieces, b"")
    return chain([first], pieces)


def export_draft(
    context: Context, asked: Export, now: datetime, passphrases: Mapping[int, str] | None = None
) -> Iterator[bytes]:
    """The same of the test submissions of a draft. Raises: DraftNotFound, ScratchTooLarge, as `export`."""
    wanted = asked.wanted
    keys = unlocked_keys_of_draft(context, wanted.project_id, wanted.form_id, passphrases or {})
    pieces = _draft(context, asked, keys, now)
    return chain([next(pieces, b"")], pieces)


def _draft(context: Context, asked: Export, keys: Unlocked, now: datetime) -> Iterator[bytes]:
    wanted, devices = asked.wanted, dict[int, str]()
    opener = Opener(context, {}, any_version=next(iter(keys.values()), None))
    received = test_submissions(context, wanted.project_id, wanted.form_id, devices)
    sent = map(opener.opened_test, received) if keys else received
    draft = context.store.drafts.get(wanted.project_id, wanted.form_id)
    with draft_reading(context, wanted.project_id, wanted.form_id, sent, now) as reading:
        senders = Senders(_senders(context, wanted).names, devices.items(), opener.statuses.items())
        asked = replace(asked, wanted=with_choice_labels(context, reading, wanted, [draft.content]))
        yield from _written(reading, asked, senders, opener.reader(_kept(context)))


def _as_received(context: Context, asked: Export) -> Iterator[bytes]:
    asked = _with_labels(context, context.warehouse, asked)
    return _written(context.warehouse, asked, _senders(context, asked.wanted), _kept(context))


def _decrypted(context: Context, asked: Export, keys: Unlocked) -> Iterator[bytes]:
    with decrypted(context, asked.wanted, keys) as opened:
        asked = _with_labels(context, opened.reading, asked)
        senders = _senders(context, asked.wanted, opened.statuses)
        yield from _written(opened.reading, asked, senders, opened.reader(_kept(context)))


def _with_labels(context: Context, reading: Warehouse, asked: Export) -> Export:
    wanted = asked.wanted
    contents = [
        version.content for version in context.store.forms.versions(wanted.project_id, wanted.form_id)
    ]
    return replace(asked, wanted=with_choice_labels(context, reading, wanted, contents))


def _written(warehouse: Warehouse, asked: Export, senders: Senders, read: ReadFile) -> Iterator[bytes]:
    wanted = asked.wanted
    match asked.format:
        case "csv":
            return submissions_csv(warehouse, wanted, senders)
        case "zip":
            return submissions_zip(warehouse, wanted, senders, read, with_media=asked.with_media)
        case "xlsx":
            return submissions_xlsx(warehouse, wanted, senders)
        case "parquet":
            return submissions_parquet(warehouse, wanted, senders)
        case "geojson":
            return submissions_geojson(warehouse, wanted, senders, asked.fieldpath)


def _kept(context: Context) -> ReadFile:
    blobs = context.store.blobs

    def read(sha256: str) -> Iterator[bytes] | None:
        # a blob that was erased by law is named still, and not there
        return file_chunks(blobs.path(sha256)) if blobs.exists(sha256) else None

    return read


def _senders(context: Context, wanted: CsvWanted, statuses: Mapping[int, str] | None = None) -> Senders:
    store = context.store
    names = [(user.actor_id, user.display_name) for user in store.app_users.all(wanted.project_id)]
    names += [(account.actor_id, account.display_name or account.email) for account in store.accounts.all()]
    devices = store.submissions.devices(wanted.project_id, wanted.form_id)
    return Senders(names, devices, (statuses or {}).items())
