"""The test submissions of a draft as a reading in memory, for its tables and its exports."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime

from analytics.scratch import ScratchFile, ScratchSubmission, ScratchVersion, scratch_reading
from analytics.warehouse import Warehouse
from server.context import Context


def draft_reading(
    context: Context,
    project_id: int,
    form_id: str,
    sent: Iterator[ScratchSubmission] | tuple[()],
    now: datetime,
) -> AbstractContextManager[Warehouse]:
    """The tables that a draft makes, with these test submissions. Raises: DraftNotFound, ScratchTooLarge.

    Phones that have not fetched the latest upload name the version before it: theirs are among the rows too.
    """
    content = context.store.drafts.get(project_id, form_id).content
    version = ScratchVersion(schema=content.schema, published_at=now, scheme=content.scheme)
    zone = context.zone(project_id)
    return scratch_reading([version], sent, project_id=project_id, zone=zone, any_version=True)


def test_submissions(
    context: Context, project_id: int, form_id: str, devices: dict[int, str]
) -> Iterator[ScratchSubmission]:
    """Test submissions oldest first, an edited one under its first instanceID; notes their devices."""
    kept = context.store.draft_submissions
    for one, xml in kept.with_xml(project_id, form_id):
        if one.device_id is not None:
            devices[one.number] = one.device_id
        yield ScratchSubmission(
            seq=one.number,
            received_at=one.received_at,
            instance_id=one.root_instance_id,
            xml=xml,
            submitter_id=one.submitter,
            files=tuple(
                ScratchFile(file.name, file.sha256, file.size or 0)
                for file in kept.files(one.number)
                if file.sha256 is not None
            ),
        )
