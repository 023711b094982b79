"""What was sent to a draft for a try, for those who write forms; and sending it by account.

The files of a test submission are in draft_submission_files.py.
"""

from __future__ import annotations

import asyncio
from itertools import pairwise

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from forms.differences import differences, read_tree
from forms.faults.submissions import VersionNotOfSubmission
from server.context import Context
from server.errors import json_response
from server.permissions import Deed, Person
from server.routes.actors import is_extended
from server.routes.asking import XML, name_in_path, tagged, whole_number
from server.routes.drafts import draft_asked
from server.routes.questionnaires import form_in_path
from server.routes.submission_shapes import Json, actors_of, sent_version_json, test_json
from server.routes.submissions import JSON
from server.routes.testing import take_instance, take_posted
from server.store.draft_submissions import DraftSubmission
from server.store.drafts import Draft

AT_ONCE = 500
MOST = 10_000


async def get_submissions(request: Request) -> Response:
    """The test submissions of a draft, newest first."""
    context, draft, _ = await draft_asked(request)
    limit = whole_number(request, "limit", AT_ONCE, MOST)

    def listed() -> Response:
        page = context.store.draft_submissions.page(draft.project_id, draft.form_id, limit=limit)
        return json_response(_shown(context, [_whole(context, one) for one in page], is_extended(request)))

    return await asyncio.to_thread(listed)


async def get_submission(request: Request) -> Response:
    """One of them, by the instanceID of any of its versions."""
    context, versions = await versions_asked(request)
    whole = (versions[-1], versions[0])
    [shown] = await asyncio.to_thread(_shown, context, [whole], is_extended(request))
    return json_response(shown)


async def get_submission_xml(request: Request) -> Response:
    """The bytes of its latest version, as they came."""
    context, versions = await versions_asked(request)
    return await _bytes(request, context, versions[0])


async def get_submitters(request: Request) -> Response:
    """Everybody who sent something for a try, but for those who only had the code."""
    context, draft, _ = await draft_asked(request)

    def named() -> Response:
        page = context.store.draft_submissions.page(draft.project_id, draft.form_id, limit=MOST)
        actors = actors_of(context.store, [one.submitter for one in page])
        return json_response(sorted(actors.values(), key=lambda actor: str(actor["displayName"])))

    return await asyncio.to_thread(named)


async def get_versions(request: Request) -> Response:
    """Every version of one of them, newest first."""
    _, versions = await versions_asked(request)
    return json_response([sent_version_json(one) for one in versions])


async def get_version(request: Request) -> Response:
    """One version."""
    _, version = await version_asked(request)
    return json_response(sent_version_json(version))


async def get_version_xml(request: Request) -> Response:
    """The bytes of one version, as they came."""
    context, version = await version_asked(request)
    return await _bytes(request, context, version)


async def get_diffs(request: Request) -> Response:
    """What each version changed in the one before it, by its instanceID."""
    context, draft, _ = await draft_asked(request)
    _, versions = await versions_asked(request)

    def compared() -> Response:
        repeats = frozenset(repeat.path for repeat in draft.content.schema.repeats)
        kept = context.store.draft_submissions
        trees = [(one.instance_id, read_tree(kept.xml(one.number), repeats, frozenset())) for one in versions]
        told = {name: differences(old, new) for (_, old), (name, new) in pairwise(reversed(trees))}
        return Response(msgspec.json.encode(told), media_type=JSON)

    return await asyncio.to_thread(compared)


async def post_submission(request: Request) -> Response:
    """Send one for a try, as XML; files come by their own addresses, or by the OpenRosa one."""
    return await take_instance(request, *await _tested(request))


async def put_submission(request: Request) -> Response:
    """An edit: XML whose deprecatedID is the latest version of the one in the address."""
    context, draft, person = await _tested(request)
    _, versions = await versions_asked(request, Deed.TEST_DRAFT)
    return await take_instance(request, context, draft, person, edits=versions[0])


async def before_posted(request: Request) -> Response:
    """HEAD (and GET): exactly 204."""
    await _tested(request)
    return Response(status_code=204)


async def post_posted(request: Request) -> Response:
    """Send one for a try, as a phone does."""
    return await take_posted(request, *await _tested(request))


async def _tested(request: Request) -> tuple[Context, Draft, Person]:
    context, project_id, form_id, person = await form_in_path(request, Deed.TEST_DRAFT)
    return context, await asyncio.to_thread(context.store.drafts.get, project_id, form_id), person


async def versions_asked(
    request: Request, deed: Deed = Deed.WRITE_FORMS
) -> tuple[Context, tuple[DraftSubmission, ...]]:
    """The test submission in the path, its versions newest first.

    Raises: DraftNotFound, SubmissionNotFound.
    """
    context, project_id, form_id, _ = await form_in_path(request, deed)
    instance_id = name_in_path(request, "instance_id")
    store = context.store

    def found() -> tuple[DraftSubmission, ...]:
        draft = store.drafts.get(project_id, form_id)
        one = store.draft_submissions.get(draft.project_id, draft.form_id, instance_id)
        return store.draft_submissions.versions(one)

    return context, await asyncio.to_thread(found)


async def version_asked(request: Request) -> tuple[Context, DraftSubmission]:
    """The version in the path. Raises: VersionNotOfSubmission, and those of versions_asked."""
    context, versions = await versions_asked(request)
    version_id = name_in_path(request, "version_id")
    for version in versions:
        if version.instance_id == version_id:
            return context, version
    raise VersionNotOfSubmission(version_id=version_id[:249], instance_id=versions[-1].instance_id)


def _whole(context: Context, one: DraftSubmission) -> tuple[DraftSubmission, DraftSubmission]:
    """Its first version and its latest."""
    edited = one.instance_id != one.root_instance_id
    return (context.store.draft_submissions.versions(one)[-1] if edited else one), one


def _shown(
    context: Context, found: list[tuple[DraftSubmission, DraftSubmission]], extended: bool
) -> list[Json]:
    if not extended:
        return [test_json(root, newest) for root, newest in found]
    actors = actors_of(context.store, [each.submitter for whole in found for each in whole])
    return [
        test_json(root, newest)
        | {
            "submitter": actors.get(root.submitter or 0),
            "currentVersion": sent_version_json(newest) | {"submitter": actors.get(newest.submitter or 0)},
        }
        for root, newest in found
    ]


async def _bytes(request: Request, context: Context, version: DraftSubmission) -> Response:
    xml = await asyncio.to_thread(context.store.draft_submissions.xml, version.number)
    return tagged(request, xml, XML, f'"draft-{version.number}"')


_DRAFT = "/v1/projects/{project_id}/forms/{form_id}/draft"
_ALL = f"{_DRAFT}/submissions"
_ONE = f"{_ALL}/{{instance_id}}"
routes = [
    Route(f"{_DRAFT}/submission", post_posted, methods=["POST"]),
    Route(f"{_DRAFT}/submission", before_posted, methods=["GET", "HEAD"]),
    Route(_ALL, get_submissions, methods=["GET"]),
    Route(_ALL, post_submission, methods=["POST"]),
    Route(f"{_ALL}/submitters", get_submitters),
    Route(f"{_ONE}.xml", get_submission_xml),
    Route(f"{_ONE}/versions", get_versions),
    Route(f"{_ONE}/versions/{{version_id}}.xml", get_version_xml),
    Route(f"{_ONE}/versions/{{version_id}}", get_version),
    Route(f"{_ONE}/diffs", get_diffs),
    Route(_ONE, put_submission, methods=["PUT"]),
    Route(_ONE, get_submission, methods=["GET"]),
]
