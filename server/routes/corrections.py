"""Corrected values for programs: one more, and the log of all that were made."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterable, Iterator

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from server.actions.correct_submission import correct_submission
from server.actions.export_submissions import hidden_questions
from server.actions.review_submissions import object_type_of
from server.context import Context
from server.errors import json_response
from server.permissions import Deed, Person, may
from server.routes.asking import CSV, attachment, context_of, iso, now, project_in_path, read_json
from server.routes.identity import known
from server.routes.submission_shapes import Json
from server.routes.submissions import answers_in_path, submission_in_path
from server.store.corrections import Correction

HEADINGS = (
    "corrected_at", "form_id", "instance_id", "form_version", "round_id", "question", "old_value",
    "new_value", "reason", "corrected_by", "corrected_by_id", "ledger_seq", "row", "action",
)  # fmt: skip
AT_ONCE = 1000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class NewCorrection(msgspec.Struct):
    """The question by its name, in a repeat with the KEY or __id of its row, the value that counts from now
    on, and why."""

    question: str
    value: str
    reason: str = ""
    row: str = ""


async def post_correction(request: Request) -> Response:
    """Let another value count for one question; what was sent stays as it is."""
    context, submission, person = await submission_in_path(request, Deed.EDIT_SUBMISSIONS)
    given = await read_json(request, NewCorrection)

    def correct() -> Response:
        seq = correct_submission(
            context.store,
            submission,
            given.question,
            given.value,
            row=given.row,
            reason=given.reason,
            person=person,
            zone=context.zone(submission.project_id),
            now=now(),
        )
        return json_response(correction_json(context.store.corrections.get(seq)))

    return await asyncio.to_thread(correct)


async def get_corrections(request: Request) -> Response:
    """The values that were corrected in a submission, newest first, and what edits did to them: `action` is
    corrected, kept or superseded."""
    context, submission, person = await submission_in_path(request)

    def listed() -> Response:
        found = context.store.corrections.of(submission.root_seq)
        hidden = hidden_questions(context, submission.project_id, submission.form_id, person)
        return json_response([correction_json(each) for each in found if each.question not in hidden])

    return await asyncio.to_thread(listed)


async def get_form_log(request: Request) -> Response:
    """Every correction of a form's answers as CSV, oldest first: which question, in a repeat which row, and
    what an edit did to it."""
    context, project_id, form_id, person = await answers_in_path(request)
    return _log(context, project_id, [form_id], person, f"{form_id} corrections.csv")


async def get_project_log(request: Request) -> Response:
    """Every correction in a project as CSV, oldest first: of the forms whose answers one may read."""
    context, project_id = context_of(request), project_in_path(request)
    person = await known(request, Deed.READ_SUBMISSIONS, project_id)

    def readable() -> list[str]:
        return [
            form.form_id
            for form in context.store.forms.all(project_id)
            if may(
                person,
                Deed.READ_SUBMISSIONS,
                project_id,
                object_type_of(context.store, project_id, form.form_id),
                form_id=form.form_id,
            )
        ]

    return _log(context, project_id, await asyncio.to_thread(readable), person, "corrections.csv")


def _log(context: Context, project_id: int, form_ids: list[str], person: Person, name: str) -> Response:
    headers = {"Content-Disposition": attachment(name)}
    lines = _lines(_readable(context, project_id, form_ids, person))
    return StreamingResponse(lines, headers=headers, media_type=CSV)


def _readable(context: Context, project_id: int, form_ids: list[str], person: Person) -> Iterator[Correction]:
    hidden = {form_id: hidden_questions(context, project_id, form_id, person) for form_id in form_ids}
    after = 0
    while page := context.store.corrections.page(project_id, form_ids, after=after, limit=AT_ONCE):
        yield from (each for each in page if each.question not in hidden[each.form_id])
        after = page[-1].seq


def _lines(corrections: Iterable[Correction]) -> Iterator[bytes]:
    yield _line(HEADINGS)
    for each in corrections:
        yield _line(
            (
                iso(each.at) or "",
                each.form_id,
                each.root_instance_id,
                each.version,
                each.round_id or "",
                each.question,
                each.old,
                each.new,
                each.reason,
                each.actor_name,
                str(each.actor or ""),
                str(each.seq),
                each.row,
                each.action,
            )
        )


def _line(cells: Iterable[str]) -> bytes:
    """One line of CSV; no spreadsheet takes a cell for a formula."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([_plain(cell) for cell in cells])
    return out.getvalue().encode()


def _plain(cell: str) -> str:
    if not cell.startswith(_FORMULA):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell


def correction_json(correction: Correction) -> Json:
    return {
        "instanceId": correction.root_instance_id,
        "question": correction.question,
        "row": correction.row or None,
        "action": correction.action,
        "old": correction.old,
        "new": correction.new,
        "reason": correction.reason,
        "actorId": correction.actor or 0,
        "createdAt": iso(correction.at),
        "ledgerSeq": correction.seq,
    }


_FORM = "/v1/projects/{project_id}/forms/{form_id}"
_ONE = f"{_FORM}/submissions/{{instance_id}}"
routes = [
    Route("/v1/projects/{project_id}/corrections.csv", get_project_log),
    Route(f"{_FORM}/corrections.csv", get_form_log),
    Route(f"{_ONE}/corrections", get_corrections, methods=["GET"]),
    Route(f"{_ONE}/corrections", post_correction, methods=["POST"]),
]
