"""The desk: pages for those who are signed in. Each module is one of its drawers."""

from __future__ import annotations

from server.routes.desk import (
    accounts,
    app_users,
    audit,
    encryption,
    entities,
    entity_lists,
    entry,
    exports,
    form_drafts,
    forms,
    links,
    new_password,
    overview,
    registry,
    rounds,
    submission,
    submission_changes,
    submissions,
    tokens,
    waiting,
)

routes = [
    *entry.routes,
    *new_password.routes,
    *overview.routes,
    *form_drafts.routes,
    *forms.routes,
    *submissions.routes,
    *submission.routes,
    *submission_changes.routes,
    *exports.routes,
    *encryption.routes,
    *waiting.routes,
    *rounds.routes,
    *app_users.routes,
    *links.routes,
    *tokens.routes,
    *registry.routes,
    *entity_lists.routes,
    *entities.routes,
    *accounts.routes,
    *audit.routes,
]
