"""A submission edited at the desk: a new version with other answers, as a phone would have sent it.

Only where a form evaluates nothing: sheets on an object are corrected value by value, with a reason.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from analytics.columns import kind_of
from forms.edited_instance import answer_keys, edited_instance
from forms.faults.submissions import EditChangesNothing, EditOfEvaluation
from forms.schema import Question
from server.actions.correct_submission import answers_sent, values_in_force
from server.actions.export_submissions import hidden_questions
from server.actions.receive_submission import Receipt, Sender, receive_submission
from server.actions.review_submissions import evaluates, object_type_of
from server.context import Context
from server.multipart import Posted
from server.permissions import Deed, Person, require
from server.store.submissions import Submission

EditField = tuple[str, Question, str]
"""(key, question, text) of an answer that can be edited; the key names its place: /child[2]/age."""


def editable_answers(context: Context, submission: Submission, person: Person) -> list[EditField]:
    """The answers of the current version that a person may change, in the order of the form, as they count:
    a corrected value instead of what was sent.

    Raises: NotAllowed, EditOfEvaluation, CorrectionOfEncrypted.
    """
    store = context.store
    _may_edit(context, submission, person)
    version = store.forms.version(submission.project_id, submission.form_id, submission.version)
    xml = store.submissions.xml(submission.seq)
    counting = values_in_force(store, submission, answers_sent(store, submission, version), version)
    hidden = hidden_questions(context, submission.project_id, submission.form_id, person)
    fields = []
    for key, path, _text in answer_keys(xml, version.schema):
        question = version.schema.at(path)
        if question is not None and question.name not in hidden and is_editable(question):
            fields.append((key, question, counting[key]))
    return fields


def is_editable(question: Question) -> bool:
    """A question that somebody answers by writing or choosing."""
    return (
        "/meta/" not in question.path
        and not question.calculated
        and question.control not in ("", "note")
        and kind_of(question) != "file"
    )


async def edit_submission(
    context: Context, submission: Submission, changes: Mapping[str, str], sender: Sender, now: datetime
) -> Receipt:
    """Send a new version of the current one with these answers; keys as in `editable_answers`.

    Raises: NotAllowed, EditOfEvaluation, EditChangesNothing, FormClosed, EditOutdated.
    """
    known = {key: text for key, _question, text in editable_answers(context, submission, sender.person)}
    answers = {key: changes.get(key, text) for key, text in known.items()}
    if answers == known:
        raise EditChangesNothing()
    store = context.store
    version = store.forms.version(submission.project_id, submission.form_id, submission.version)
    xml = store.submissions.xml(submission.seq)
    sent = {key: text for key, _path, text in answer_keys(xml, version.schema)}
    xml = edited_instance(
        xml,
        {key: text for key, text in answers.items() if text != sent[key]},
        schema=version.schema,
        instance_id=f"uuid:{uuid.uuid4()}",
        deprecated_id=submission.instance_id,
    )
    sender = replace(sender, knows_corrections=True)
    return await receive_submission(context, submission.project_id, Posted(xml), sender, now)


def _may_edit(context: Context, submission: Submission, person: Person) -> None:
    store, project_id, form_id = context.store, submission.project_id, submission.form_id
    object_type = object_type_of(store, project_id, form_id)
    require(person, Deed.EDIT_SUBMISSIONS, project_id, object_type, form_id=form_id)
    if evaluates(store, project_id, form_id):
        raise EditOfEvaluation()
