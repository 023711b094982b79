"""Submissions as files for those who may see them: up to the last record that was acknowledged."""

from __future__ import annotations

from collections.abc import Iterator

from analytics.exports.csv_pieces import file_chunks
from analytics.exports.submissions_csv import CsvWanted, ReadFile, Senders, submissions_csv, submissions_zip
from forms.errors import RoundBusy
from server.context import Context
from server.permissions import ORGANISER, OWNER, Person

PROFILE_ROLES = ("sex", "age", "token")  # of citizens: the group reviews their answers without them
CATCH_UP_S = 60.0


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
    """Types of objects whose raw answers this person never sees: the organiser's staff, those on itself."""
    return ("EXEC",) if ORGANISER in person.roles_in(project_id) and person.kind != OWNER else ()


def export_csv(context: Context, wanted: CsvWanted) -> Iterator[bytes]:
    """The CSV of the submissions, newest first, in pieces; whoever calls has asked for the right to.

    Raises, before the first piece: FormNotFound, RoundBusy, ReadingBeingMade.
    """
    senders = _ready(context, wanted)
    return submissions_csv(context.warehouse, wanted, senders)


def export_zip(context: Context, wanted: CsvWanted, *, with_media: bool) -> Iterator[bytes]:
    """The same with one file per repeat, packed, and the attachments in a folder where asked for."""
    senders = _ready(context, wanted)

    return submissions_zip(context.warehouse, wanted, senders, _kept(context), with_media=with_media)


def _kept(context: Context) -> ReadFile:
    blobs = context.store.blobs

    def read(sha256: str) -> Iterator[bytes] | None:
        # a blob that was erased by law is named still, and not there
        return file_chunks(blobs.path(sha256)) if blobs.exists(sha256) else None

    return read


def _ready(context: Context, wanted: CsvWanted) -> Senders:
    store = context.store
    store.forms.get(wanted.project_id, wanted.form_id)
    if not context.loader.caught_up(timeout_s=CATCH_UP_S):
        raise RoundBusy()
    names = [(user.actor_id, user.display_name) for user in store.app_users.all(wanted.project_id)]
    names += [(account.actor_id, account.display_name or account.email) for account in store.accounts.all()]
    return Senders(names, store.submissions.devices(wanted.project_id, wanted.form_id))
