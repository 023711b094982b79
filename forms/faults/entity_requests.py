"""What can be wrong with what a program asks of an entity list."""

from __future__ import annotations

from forms.errors import N_, Invalid, NotFound


class EntitiesPending(Invalid):
    text = N_(
        "{count} submissions wait for approval to make entities. Say with convert=true that they are taken "
        "now, or with convert=false that they are not."
    )
    code = 400.29


class AccessFilterInvalid(Invalid):
    text = N_(
        "Say who sees what: type ownerOnly, or type property with rules, each of which names a "
        "datasetProperty and an actorProperty. Wrong is: {field}."
    )
    code = 400.8


class AccessRulesMissing(Invalid):
    text = N_("Choose at least one rule: a property of the entry, and one of the phone or link.")


class EntitiesUnexpected(Invalid):
    text = N_("This request should have: {expected}. It has: {actual}.")
    code = 400.31


class EntityLabelNeeded(Invalid):
    text = N_("An entity needs a label.")
    code = 400.2


class EntityLabelBlank(Invalid):
    text = N_("The label of an entity cannot be blank.")
    code = 400.8


class EntityValueNotText(Invalid):
    text = N_("Of another kind than expected: {field} should be {expected}.")
    code = 400.11


class EntitySourceMissing(Invalid):
    text = N_("Say with source.name where these entities come from, for instance the name of the file.")
    code = 400.2


class EntityChangesNothing(Invalid):
    text = N_("This change of an entity has neither a label nor data.")
    code = 400.28


class GeometryMissing(NotFound):
    text = N_("The entity list {name} has no property geometry, so there is nothing to put on a map.")
    code = 404.1
