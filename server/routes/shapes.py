"""What the routes give, as types for their description; the shapes are ODK Central's, with our own beside.

A reply is found by the function that makes it (`SHAPES`), or by its route (`REPLIES`) where no function of
its own does. Central adds keys with every release, and so do we: a key that is not here may come.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

Moment = str  # UTC, three decimals, Z


class Shape(msgspec.Struct, rename="camel", kw_only=True):
    """Of every reply."""


class Success(Shape):
    """It is done."""

    success: bool


class Refusal(Shape):
    """Why not, in the language of who asks; `code` is Central's, its whole part the status."""

    message: str
    code: float
    details: dict[str, Any]


class Session(Shape):
    """A token for the next 24 hours."""

    token: str
    csrf: str
    created_at: Moment
    expires_at: Moment


class User(Shape):
    """Somebody with an account."""

    id: int
    type: str
    display_name: str
    created_at: Moment | None
    updated_at: Moment | None
    deleted_at: Moment | None


class Account(User):
    """Somebody with an account, as an administrator or they themselves see it."""

    email: str
    last_login_at: Moment | None
    language: str | None


class PasswordReset(Shape):
    """A link to a new password: shown this once, good once."""

    url: str
    token: str
    expires_at: Moment


class Role(Shape):
    """A role by Central's number and short name; ours have numbers from 101 on."""

    id: int
    name: str
    system: str
    verbs: list[str]


class Assignment(Shape):
    """Who has which role here."""

    actor_id: int
    role_id: int


class ApiToken(Shape):
    """A key for a program; its text is in the reply that makes it alone."""

    id: int
    name: str
    scope: str
    project_id: int | None
    actor_id: int
    created_at: Moment
    expires_at: Moment | None
    last_used_at: Moment | None
    revoked_at: Moment | None


class PublicLink(User):
    """A link to one form; `token` is null once it is revoked."""

    token: str | None
    once: bool
    server_url: str | None


class Project(Shape):
    """One aiyl aimak, or any other collection of forms."""

    id: int
    name: str
    description: str | None
    archived: bool | None
    key_id: int | None
    created_at: Moment
    updated_at: Moment | None
    deleted_at: Moment | None


class Form(Shape):
    """A form as it stands; every key is there, also where its value is null."""

    project_id: int
    xml_form_id: str
    name: str | None
    version: str
    hash: str
    state: str
    created_at: Moment
    updated_at: Moment | None
    published_at: Moment | None
    enketo_id: str | None
    key_id: int | None


class FormVersion(Shape):
    """One published version; it never changes."""

    project_id: int
    xml_form_id: str
    name: str | None
    version: str
    hash: str
    published_at: Moment | None


class Attachment(Shape):
    """A file that a form or a submission names."""

    name: str
    exists: bool


class Submission(Shape):
    """A filled-in form under its first instanceID."""

    instance_id: str
    submitter_id: int
    device_id: str | None
    user_agent: str | None
    instance_name: str | None
    review_state: str | None
    created_at: Moment
    updated_at: Moment | None


class Comment(Shape):
    """What somebody wrote beside a submission."""

    body: str
    actor_id: int
    created_at: Moment


class AppUser(Shape):
    """A phone with a token of its own; `token` is null once it is revoked."""

    project_id: int
    id: int
    display_name: str
    type: str
    token: str | None
    created_at: Moment
    updated_at: Moment | None
    deleted_at: Moment | None


class Round(Shape):
    """One campaign of evaluation."""

    round_id: str
    project_id: int
    titles: dict[str, str]
    kind: str
    state: str
    opens_on: str
    closes_on: str


class Audit(Shape):
    """Who did what to whom, and when."""

    id: int
    actor_id: int | None
    action: str
    actee_id: str | None
    details: dict[str, Any] | None
    logged_at: Moment
    notes: str | None


class Head(Shape):
    """The last record of the ledger."""

    seq: int
    hash: str


# function that makes a reply -> what it is
SHAPES: Mapping[str, type[Shape]] = {
    "success": Success,
    "project_json": Project,
    "form_json": Form,
    "version_json": FormVersion,
    "media_json": Attachment,
    "submission_json": Submission,
    "app_user_json": AppUser,
    "round_json": Round,
    "audit_json": Audit,
    "account_json": Account,
    "reset_json": PasswordReset,
    "role_json": Role,
    "token_json": ApiToken,
    "link_json": PublicLink,
}
_WHERE = ("/v1", "/v1/projects/{project_id}", "/v1/projects/{project_id}/forms/{form_id}")
_LINKS = "/v1/projects/{project_id}/forms/{form_id}/public-links"
# (method, route) -> what it gives, where no function of its own makes it
REPLIES: Mapping[tuple[str, str], object] = {
    ("POST", "/v1/sessions"): Session,
    ("GET", "/v1/users/current"): User,
    ("GET", "/v1/users"): list[Account],
    ("POST", "/v1/users"): Account,
    ("GET", "/v1/api-tokens"): list[ApiToken],
    ("GET", "/v1/projects"): list[Project],
    ("GET", "/v1/projects/{project_id}"): Project,
    ("GET", "/v1/projects/{project_id}/forms"): list[Form],
    ("GET", "/v1/projects/{project_id}/app-users"): list[AppUser],
    ("GET", "/v1/projects/{project_id}/app-users/{actor_id}"): AppUser,
    **{("GET", f"{where}/assignments"): list[Assignment] for where in _WHERE},
    **{("GET", f"{where}/assignments/{{role}}"): list[User] for where in _WHERE},
    ("GET", _LINKS): list[PublicLink],
    ("GET", f"{_LINKS}/{{id}}"): PublicLink,
    ("GET", "/v1/audits"): list[Audit],
    ("GET", "/v1/ledger/head"): Head,
    ("GET", "/v1/projects/{project_id}/forms/{form_id}/submissions"): list[Submission],
}
# endpoints whose docstring does not say it, because their name does
SUMMARIES: Mapping[str, str] = {
    "get_current_user": "Who is signed in.",
    "get_project": "One project.",
    "get_object": "One object of the registry.",
    "get_villages": "The villages of the registry.",
    "post_villages": "Import a spreadsheet (CSV) of villages.",
    "get_draft": "The draft of a form.",
    "delete_draft": "Discard the draft; what is published stays.",
    "get_draft_xml": "The XForm of the draft.",
    "get_draft_attachments": "The files that the draft names, and which of them are there.",
    "get_forms": "The forms of a project that the one who asks may see.",
    "get_form": "One form.",
    "get_versions": "Every version, newest first.",
    "get_version": "One version.",
    "get_version_xml": "One version, byte for byte.",
    "get_version_workbook": "The workbook of one version, byte for byte.",
    "get_version_attachment": "One file of one version.",
    "get_comments": "What was written beside a submission, newest first.",
    "post_comment": "Write something beside a submission.",
    "get_attachments": "The files that the submission names, and which of them have arrived.",
    "get_submission": "One submission; by a later version's number the way to that version.",
    "post_app_user": "A new phone, with its token.",
    "get_rounds": "The rounds of a project.",
    "get_round": "One round.",
    "get_user": "One account.",
    "get_draft_fields": "The questions of the draft.",
    "get_version_fields": "The questions of one version.",
    "get_draft_attachment": "One file of the draft.",
    "get_version_attachments": "The files that the version names, and which of them are there.",
    "get_app_user": "One phone.",
    "get_role": "One role, and what it may.",
    "delete_assignment": "Take a role away from somebody.",
    "get_link": "One public link.",
    "get_dataset": "One entity list with its properties.",
    "post_open": "Open a planned round: what arrives from now on may belong to it.",
}
