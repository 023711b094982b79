"""The words of the audit log: actions as ODK Central names them, and the kinds a filter may ask for."""

from __future__ import annotations

from collections.abc import Mapping

# the words of our rooms -> Central's for the same; whatever is not here is written as it is called
CENTRAL: Mapping[str, str] = {
    "account.create": "user.create",
    "account.update": "user.update",
    "account.password": "user.update",
    "account.disable": "user.delete",
    "account.assign": "user.assignment.create",
    "account.unassign": "user.assignment.delete",
    "app_user.create": "field_key.create",
    "app_user.update": "field_key.update",
    "app_user.assign": "field_key.assignment.create",
    "app_user.unassign": "field_key.assignment.delete",
    "app_user.renew": "field_key.session.end",
    "app_user.revoke": "field_key.session.end",
    "form.state": "form.update",
}
# a kind of record in the ledger -> what was done
OF_RECORDS: Mapping[str, str] = {
    "form": "form.update.publish",
    "decision": "submission.update",
    "round": "round.update",
    "registry": "registry.update",
    "erasure": "submission.purge",
    "submission": "submission.create",
    "attachment": "submission.attachment.update",
}
# of decisions on submissions, those that Central has a word for
OF_DECISIONS: Mapping[str, str] = {"deleted": "submission.delete", "restored": "submission.restore"}
# one by one there are too many of them for a person who reads what changed
VERBOSE = ("entity.", "submission.", "read.", "user.session.")
# a kind -> the beginnings of its actions
KINDS: Mapping[str, tuple[str, ...]] = {
    "user": ("user.",),
    "field_key": ("field_key.",),
    "public_link": ("public_link.",),
    "project": ("project.", "actor_property."),
    "form": ("form.",),
    "submission": ("submission.",),
    "dataset": ("dataset.", "entity.bulk."),
    "entity": ("entity.",),
    "round": ("round.",),
    "registry": ("registry.",),
    "token": ("api_token.",),
    "download": ("read.", "form.submission.export"),
    "config": ("config.",),
}
NONVERBOSE = "nonverbose"


def action_of(word: str) -> str:
    """Central's name of an action, whoever names it."""
    return CENTRAL.get(word, word)
