"""The tables of a form for spreadsheets and programs: up to the last record that was acknowledged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain

from analytics.odata.functions import NAMES
from analytics.odata.metadata import metadata_document, service_document
from analytics.odata.rows import Senders
from analytics.odata.service import Asked, answer, shape_of_form
from analytics.odata.shape import Shape
from forms.errors import RoundBusy
from server.actions.draft_reading import draft_reading, test_submissions
from server.actions.export_submissions import CATCH_UP_S
from server.context import Context
from server.store.senders import devices_of, names_of


def service(shape: Shape, address: str) -> dict[str, object]:
    """The service document; `address` is that of the metadata."""
    return service_document(shape, address)


def metadata(shape: Shape) -> bytes:
    """What a form's tables hold, as CSDL."""
    return metadata_document(shape, NAMES).encode()


def form_shape(context: Context, project_id: int, form_id: str, hidden: frozenset[str]) -> Shape:
    """The tables of a published form. Raises: FormNotFound, RoundBusy, ReadingBeingMade."""
    _catch_up(context, project_id, form_id)
    return shape_of_form(context.warehouse, project_id, form_id, hidden)


def form_rows(context: Context, asked: Asked) -> Iterator[bytes]:
    """The rows asked for, in pieces; whoever calls has asked for the right to.

    Raises, before the first piece: those of `answer`, RoundBusy, ReadingBeingMade.
    """
    _catch_up(context, asked.wanted.project_id, asked.wanted.form_id)
    database = context.store.database
    senders = Senders(lambda actors: names_of(database, actors), lambda seqs: devices_of(database, seqs))
    return answer(context.warehouse, asked, senders)


def draft_shape(context: Context, project_id: int, form_id: str, now: datetime) -> Shape:
    """The tables of a form's draft. Raises: DraftNotFound."""
    with draft_reading(context, project_id, form_id, (), now) as reading:
        return shape_of_form(reading, project_id, form_id, frozenset())


def draft_rows(context: Context, asked: Asked) -> Iterator[bytes]:
    """The same of the test submissions of a draft, whose tables live as long as the answer takes.

    Raises, before the first piece: those of `answer`, DraftNotFound, ScratchTooLarge.
    """
    pieces = _draft_pieces(context, asked)
    return chain([next(pieces)], pieces)


def _draft_pieces(context: Context, asked: Asked) -> Iterator[bytes]:
    project_id, form_id = asked.wanted.project_id, asked.wanted.form_id
    devices: dict[int, str] = {}
    sent = test_submissions(context, project_id, form_id, devices)
    with draft_reading(context, project_id, form_id, sent, asked.wanted.now) as reading:
        database = context.store.database
        yield from answer(
            reading, asked, Senders(lambda actors: names_of(database, actors), lambda _: devices)
        )


def _catch_up(context: Context, project_id: int, form_id: str) -> None:
    context.store.forms.get(project_id, form_id)
    if not context.loader.caught_up(timeout_s=CATCH_UP_S):
        raise RoundBusy()
