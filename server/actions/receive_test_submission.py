"""Keep what a phone sent while somebody tries a draft: like any submission, but nowhere that counts."""

from __future__ import annotations

import asyncio
from datetime import datetime

from forms.errors import FormNotFound
from forms.instance import expected_media, parse_instance, read_answers
from server.actions.receive_submission import (
    LONGEST_NAME,
    Receipt,
    Sender,
    arrived,
    incoming,
    made_up_id,
    sentence_of,
)
from server.context import Context
from server.multipart import Posted
from server.store import Arrival
from server.store.drafts import Draft


async def receive_test_submission(
    context: Context, draft: Draft, posted: Posted, sender: Sender, now: datetime
) -> Receipt:
    """Keep one test submission and its files; any version of the form is taken, because drafts change.

    Raises: InstanceInvalid, FormNotFound, DraftNotFound, InstanceConflict, EditOutdated, EditConflict,
    EditedNotFound, DiskFull, StoreBroken.
    """
    instance = await asyncio.to_thread(parse_instance, posted.xml)
    if instance.form_id != draft.form_id:
        raise FormNotFound(form_id=instance.form_id[:249])
    instance_id = instance.instance_id or made_up_id(instance, draft.project_id, posted.xml)
    schema = draft.content.schema
    expected = tuple(
        name for name in expected_media(read_answers(instance, schema), schema) if len(name) <= LONGEST_NAME
    )
    arrival = Arrival(
        project_id=draft.project_id,
        form_id=draft.form_id,
        version=instance.version,
        instance_id=instance_id,
        xml=posted.xml,
        at=now,
        deprecated_id=instance.deprecated_id,
        files=arrived(posted.files, expected),
        expected=expected,
        actor=sender.person.actor,
        instance_name=instance.instance_name,
        device_id=sender.device_id,
        user_agent=sender.user_agent,
    )
    if posted.files:
        await asyncio.to_thread(context.store.blobs.keep_all, map(incoming, posted.files))
    outcome = await context.store.change(lambda tx: context.store.draft_submissions.receive(tx, arrival))
    return Receipt(instance_id, draft.form_id, outcome, sentence_of(outcome))
