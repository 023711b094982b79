"""One submission for a client of ODK Aggregate: its newest version, and where its files are."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from forms.errors import NotAllowed
from forms.instance import parse_instance, read_answers
from server.actions.export_submissions import hidden_questions
from server.context import Context
from server.permissions import Person
from server.store.submissions import Submission


@dataclass(frozen=True, slots=True)
class Pulled:
    """The very bytes received, and (name, md5) of every file that has arrived."""

    submission: Submission
    xml: bytes
    files: tuple[tuple[str, str], ...]


def pull_submission(
    context: Context, project_id: int, form_id: str, instance_id: str, person: Person
) -> Pulled:
    """Whoever calls has asked for the right to read answers of this form.

    Raises: SubmissionNotFound, SubmissionErased, NotAllowed (it tells the profile of a citizen).
    """
    store = context.store
    found = store.submissions.get(project_id, form_id, instance_id)
    newest = store.submissions.current(found.root_seq)
    xml = store.submissions.xml(newest.seq)
    hidden = hidden_questions(context, project_id, form_id, person)
    if hidden:
        schema = store.forms.version(project_id, form_id, newest.version).schema
        asked = tuple(question for question in schema.questions if question.name in hidden)
        answers = read_answers(parse_instance(xml), replace(schema, questions=asked, repeats=()))
        if any(answers.values.values()):
            raise NotAllowed()
    files = []
    for file in store.submissions.files(newest.seq):
        if file.sha256 is not None and store.blobs.exists(file.sha256):
            with store.blobs.path(file.sha256).open("rb") as content:
                md5 = hashlib.file_digest(content, lambda: hashlib.md5(usedforsecurity=False))
            files.append((file.name, md5.hexdigest()))
    return Pulled(newest, xml, tuple(files))
