"""What the desk calls things: senders, rounds and objects by name, in the language of the page."""

from __future__ import annotations

from server.context import Context
from server.pages.words import best_text, sort_key
from server.routes.desk.room import Visitor


def senders(context: Context, project_id: int) -> dict[int, str]:
    """Names of everyone who may have sent something."""
    names = {user.actor_id: user.display_name for user in context.store.app_users.all(project_id)}
    names |= {
        account.actor_id: account.display_name or account.email for account in context.store.accounts.all()
    }
    return names


def round_names(visitor: Visitor) -> dict[str, str]:
    rounds = visitor.context.store.rounds.all(visitor.project_id)
    return {
        round_.round_id: best_text(round_.titles, visitor.language) or round_.round_id for round_ in rounds
    }


def object_names(visitor: Visitor) -> dict[str, str]:
    """object_id -> name in the language of the page, in its alphabetical order."""
    named = {
        known.object.object_id: best_text(
            {"ky": known.object.name_ky, "ru": known.object.name_ru, "en": known.object.name_en},
            visitor.language,
        )
        for known in visitor.context.store.registry.objects(visitor.project_id)
    }
    return dict(sorted(named.items(), key=lambda pair: sort_key(pair[1])))


def trashed_form_ids(visitor: Visitor) -> tuple[str, ...]:
    """The forms whose answers no list shows, because they are in the trash."""
    return tuple(form.form_id for form in visitor.context.store.forms.trashed(visitor.project_id))
