"""Every table of the truth. What ODK Central has, it has here too (protocol.md 2, 7, 13, 14).

Times are text in UTC with microseconds. JSON is text. A change here needs a migration beside it
(`migrations/versions`), and a test compares the two.
"""

from __future__ import annotations

from server.store.tables.entities import (
    entity,
    entity_batch,
    entity_held,
    entity_list,
    entity_property,
    entity_purged,
    entity_rule,
    entity_version,
    registry_object,
    village,
)
from server.store.tables.forms import (
    draft,
    draft_media,
    draft_submission,
    form,
    form_media,
    form_version,
    project,
)
from server.store.tables.keys import encryption_key
from server.store.tables.layout import metadata
from server.store.tables.ledger import appearance, audit, chain, generation, record, setting
from server.store.tables.people import (
    account,
    actor,
    actor_property,
    actor_property_value,
    api_token,
    app_user,
    assignment,
    form_role,
    interest,
    link_token,
    password_reset,
    public_link,
    session,
    sign_in_attempt,
    user_preference,
)
from server.store.tables.rounds import round_, round_file, round_form, round_object
from server.store.tables.submissions import (
    comment,
    decision,
    draft_submission_file,
    quarantine,
    replaced_file,
    submission,
    submission_file,
)

__all__ = [
    "account",
    "actor",
    "actor_property",
    "actor_property_value",
    "api_token",
    "app_user",
    "appearance",
    "assignment",
    "audit",
    "chain",
    "comment",
    "decision",
    "draft",
    "draft_media",
    "draft_submission",
    "draft_submission_file",
    "encryption_key",
    "entity",
    "entity_batch",
    "entity_held",
    "entity_list",
    "entity_property",
    "entity_purged",
    "entity_rule",
    "entity_version",
    "form",
    "form_media",
    "form_role",
    "form_version",
    "generation",
    "interest",
    "link_token",
    "metadata",
    "password_reset",
    "project",
    "public_link",
    "quarantine",
    "record",
    "registry_object",
    "replaced_file",
    "round_",
    "round_file",
    "round_form",
    "round_object",
    "session",
    "setting",
    "sign_in_attempt",
    "submission",
    "submission_file",
    "user_preference",
    "village",
]
