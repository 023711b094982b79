"""What can be wrong with entity lists: in a form that declares them, in what was sent, in a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forms.errors import N_, BaikooError, Conflict, Denied, FormInvalid, Invalid, NotFound


class EntityFormInvalid(FormInvalid):
    text = N_("What this form says of entity lists cannot be used.")
    code = 400.25


class EntityListNameBad(EntityFormInvalid):
    text = N_(
        "The entity list {name} needs another name: one that begins with a letter, has letters, digits, _ "
        "and -, no dot, and does not begin with two underscores."
    )


class EntityPropertyNameBad(EntityFormInvalid):
    text = N_(
        "The property {name} needs another name: one that begins with a letter, is not name or label, and "
        "does not begin with two underscores."
    )


class EntityActionMissing(EntityFormInvalid):
    text = N_("The form names the entity list {name} and neither creates nor updates anything in it.")


class EntityVersionTooOld(EntityFormInvalid):
    text = N_(
        "Entities in repeats or in several lists need version 2025.1 of entities; this form says {version}."
    )


class EntityTwiceInOnePlace(EntityFormInvalid):
    text = N_("The form declares two entities in one place ({path}): a group or repeat holds one at most.")


class EntitySavedFromRepeat(EntityFormInvalid):
    text = N_("The answer {path} stands in a repeat, and the entity it should be saved to stands outside it.")


class EntityInEncryptedForm(EntityFormInvalid):
    text = N_("A form whose answers are encrypted cannot write into entity lists: nobody here can read them.")


class EntityListNotFound(NotFound):
    text = N_("There is no entity list {name} in this project.")
    code = 404.1


class EntityListNameInvalid(Invalid):
    text = N_(
        "An entity list cannot be named {name}: a name begins with a letter, has letters, digits, _ and -, "
        "and no dot."
    )
    code = 400.8


class EntityListTaken(Conflict):
    text = N_("There is an entity list {name} in this project already.")
    code = 409.3


class EntityListCaseClash(Conflict):
    text = N_(
        "There is an entity list {known} already, and {name} differs from it in capital letters only. "
        "Use the same letters."
    )
    code = 409.16


class EntityPropertyNotFound(NotFound):
    text = N_("The entity list has no property {name}.")
    code = 404.1


class EntityPropertyNameInvalid(Invalid):
    text = N_(
        "A property cannot be named {name}: a name begins with a letter, has letters, digits, _ - and dots, "
        "and is not name or label."
    )
    code = 400.8


class EntityPropertyTaken(Conflict):
    text = N_("The entity list has a property {name} already.")
    code = 409.3


class EntityPropertyCaseClash(Conflict):
    text = N_(
        "The entity list has a property {known} already, and {name} differs from it in capital letters only. "
        "Use the same letters."
    )
    code = 409.17


class EntityPropertyAlike(EntityPropertyCaseClash):
    """A property that is asked for by itself: there Central sees the same name."""

    code = 409.3


class EntityPropertyInUse(Conflict):
    """`forms` write it (title, form_id); `count` entities have a value of it, such as (uuid, label)."""

    text = N_(
        "The property {name} cannot be removed: forms that write it: {forms}, entities that have a value of "
        "it: {count}."
    )
    code = 409.22

    def __init__(
        self,
        name: str,
        forms: Sequence[tuple[str, str]],
        count: int,
        examples: Sequence[tuple[str, str]],
    ) -> None:
        super().__init__(name=name, forms=len(forms), count=count)
        self._forms, self._count, self._examples = forms, count, examples

    def for_programs(self) -> dict[str, object]:
        needed: dict[str, object] = {}
        if self._forms:
            named = [{"formName": title, "xmlFormId": form_id} for title, form_id in self._forms]
            needed["dependentForms"] = {"message": str(self), "details": {"forms": named}}
        if self._count:
            some = [{"uuid": uuid, "label": label} for uuid, label in self._examples]
            told = {"totalCount": self._count, "entities": some}
            needed["nonEmptyEntities"] = {"message": str(self), "details": told}
        return {"propertyName": self.details["name"], "prerequisites": needed}


class AccessRuleInvalid(Invalid):
    text = N_("The rule who sees what cannot be kept: there is no {field} {value}.")
    code = 400.8


class EntityListInUse(Conflict):
    """`forms` by what they are to the list, as programs are told."""

    text = N_("The entity list {name} cannot be removed: the form {form_id} uses it.")
    code = 409.21

    def __init__(self, name: str, forms: Mapping[str, Sequence[Mapping[str, str]]]) -> None:
        first = next(form["xmlFormId"] for some in forms.values() for form in some)
        super().__init__(name=name, form_id=first)
        self._forms = forms

    def for_programs(self) -> dict[str, object]:
        return dict(self._forms)


class EntityListNotTrashed(NotFound):
    text = N_("There is no entity list with the number {number} in the trash.")
    code = 404.1


class EntityIdInvalid(Invalid):
    text = N_("{uuid} is no name of an entity: it has to be a UUID of version 4.")
    code = 400.11


class EntityIdMissing(Invalid):
    text = N_("The entity has no id.")
    code = 400.2


class EntityLabelMissing(Invalid):
    text = N_("The entity {uuid} has no label.")
    code = 400.2


class EntityBaseVersionMissing(Invalid):
    text = N_("The update of the entity {uuid} does not say which version it began from.")
    code = 400.2


class EntityNumberInvalid(Invalid):
    text = N_("{name} of an entity has to be a whole number, and is {value}.")
    code = 400.11


class EntityBranchInvalid(Invalid):
    text = N_("The branch {branch} of an offline update has to be a UUID of version 4.")
    code = 400.11


class EntityBranchMissing(Invalid):
    text = N_("The offline update of the entity {uuid} names a trunk version and no branch.")
    code = 400.2


class EntityInvalid(Invalid):
    text = N_("The entity list has no property {name}. Add it first, or leave the value out.")
    code = 400.28


class EntityWithoutConflict(Invalid):
    text = N_("The entity {uuid} has no conflict.")
    code = 400.32


class EntityActionNotPermitted(Denied):
    text = N_("This version of the form may not do this with entities of the list {name}: {action}.")
    code = 403.2


class EntityListUnknown(NotFound):
    text = N_("The answers name the entity list {name}, and there is none here.")
    code = 404.7


class EntityNotFound(NotFound):
    text = N_("There is no entity {uuid} in the list {name}.")
    code = 404.8


class EntityVersionNotFound(NotFound):
    text = N_("There is no version {version} of the entity {uuid} in the list {name}.")
    code = 404.9


class EntityDeleted(NotFound):
    text = N_("The entity {uuid} was deleted.")
    code = 404.11


class EntityTaken(Conflict):
    text = N_("There is an entity {uuid} already.")
    code = 409.3


class EntityTakenByDeleted(Conflict):
    text = N_("The name {uuid} belonged to an entity that was deleted, and cannot be used again.")
    code = 409.19


class EntityVersionConflict(Conflict):
    text = N_(
        "The entity stands at version {current}, and this change began from version {provided}. "
        "Look at it again, or force the change."
    )
    code = 409.15


class EntityBatchNotFound(NotFound):
    text = N_("There is no upload {batch_id} into this entity list.")
    code = 404.1


class EntityBatchUndone(Conflict):
    text = N_("This upload was undone before.")


class EntitiesFailed(Invalid):
    """Several entities in one submission, of which some could not be applied: none was."""

    text = N_("Of {total} entities in these answers {count} could not be applied, so none was: {first}")
    code = 400.43

    def __init__(self, total: int, errors: Sequence[tuple[int, BaikooError]]) -> None:
        super().__init__(count=len(errors), total=total, first=str(errors[0][1]))
        self.errors = tuple(errors)
