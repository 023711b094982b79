"""The versions of a submission for programs: each as it was sent, and what changed between them."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.differences import Difference, differences, read_tree
from forms.faults.submissions import VersionNotOfSubmission
from server.actions.export_submissions import hidden_questions
from server.actions.review_submissions import repeats_of
from server.context import Context
from server.errors import json_response
from server.permissions import Deed, Person
from server.routes.actors import is_extended
from server.routes.asking import name_in_path
from server.routes.submission_shapes import Json, actors_of, submission_version_json
from server.routes.submissions import JSON, submission_in_path, xml_response
from server.store.submissions import Submission


async def get_versions(request: Request) -> Response:
    """Every version of a submission, newest first."""
    context, submission, _ = await submission_in_path(request)

    def shown() -> Response:
        versions = context.store.submissions.versions(submission.root_seq)
        return json_response(_versions_json(context, versions, is_extended(request)))

    return await asyncio.to_thread(shown)


async def get_version(request: Request) -> Response:
    """One version of a submission."""
    context, version, _ = await version_in_path(request)

    def shown() -> Response:
        [found] = _versions_json(context, (version,), is_extended(request))
        return json_response(found)

    return await asyncio.to_thread(shown)


def _versions_json(context: Context, versions: tuple[Submission, ...], extended: bool) -> list[Json]:
    shown = [submission_version_json(version) for version in versions]
    if not extended:
        return shown
    actors = actors_of(context.store, [version.submitter for version in versions])
    return [
        one | {"submitter": actors.get(version.submitter or 0)}
        for one, version in zip(shown, versions, strict=True)
    ]


async def get_version_xml(request: Request) -> Response:
    """One version, the very bytes that were sent."""
    context, version, person = await version_in_path(request)
    return await asyncio.to_thread(xml_response, context, version, person)


async def get_diffs(request: Request) -> Response:
    """What each version changed in the one before it, by its instanceID."""
    context, submission, person = await submission_in_path(request)

    def compared() -> Response:
        return Response(msgspec.json.encode(_diffs(context, submission, person)), media_type=JSON)

    return await asyncio.to_thread(compared)


def _diffs(context: Context, submission: Submission, person: Person) -> dict[str, tuple[Difference, ...]]:
    store, project_id, form_id = context.store, submission.project_id, submission.form_id
    hidden = hidden_questions(context, project_id, form_id, person)
    repeats = repeats_of(store, project_id, form_id)
    versions = [one for one in store.submissions.versions(submission.root_seq) if not one.erased]
    trees = [
        (one.instance_id, read_tree(store.submissions.xml(one.seq), repeats, hidden))
        for one in reversed(versions)
    ]
    return {name: differences(old, new) for (_, old), (name, new) in pairwise(trees)}


async def version_in_path(
    request: Request, deed: Deed = Deed.READ_SUBMISSIONS
) -> tuple[Context, Submission, Person]:
    """The version in the path. Raises: SubmissionNotFound, VersionNotOfSubmission."""
    context, submission, person = await submission_in_path(request, deed)
    version_id = name_in_path(request, "version_id")
    version = await asyncio.to_thread(
        context.store.submissions.get, submission.project_id, submission.form_id, version_id
    )
    if version.root_seq != submission.root_seq:
        raise VersionNotOfSubmission(version_id=version_id[:249], instance_id=submission.instance_id)
    return context, version, person


_ONE = "/v1/projects/{project_id}/forms/{form_id}/submissions/{instance_id}"
routes = [
    Route(f"{_ONE}/versions", get_versions),
    Route(f"{_ONE}/versions/{{version_id}}.xml", get_version_xml),
    Route(f"{_ONE}/versions/{{version_id}}", get_version),
    Route(f"{_ONE}/diffs", get_diffs),
]
