"""What can be wrong in the life of a form: its draft, its files, its trash."""

from __future__ import annotations

from collections.abc import Sequence

from forms.errors import (
    N_,
    Conflict,
    Fault,
    FormInvalid,
    Invalid,
    NotFound,
    WorkbookFaults,
)


class FormIdTaken(Conflict):
    """Of a form that is made, or taken out of the trash."""

    text = N_("There is a form {form_id} in this project already. Upload the workbook as its draft instead.")
    code = 409.3

    def for_programs(self) -> dict[str, object]:
        named = [str(self.details["project_id"]), str(self.details["form_id"])]
        return {"table": "forms", "fields": ["projectId", "xmlFormId"], "values": named}


class FormIdInUse(FormIdTaken):
    text = N_(
        "There is a form {form_id} in this project meanwhile. Put that one into the trash first, and then "
        "take this one out of it."
    )


class FormIdInTrash(Conflict):
    text = N_(
        "A form {form_id} is in the trash, and keeps its name there, because published results come from it. "
        "Restore it, or give the new form another form_id."
    )
    code = 409.3


class DraftOfOtherForm(Invalid):
    text = N_(
        "This is the form {form_id}, and not the one whose draft it should be. Give it the form_id of that "
        "one in the settings sheet, or upload it as a new form."
    )
    code = 400.8

    def for_programs(self) -> dict[str, object]:
        reason = "does not match the form you are updating"
        return {"field": "xmlFormId", "value": self.details["form_id"], "reason": reason}


class NothingToDraft(Invalid):
    text = N_("Nothing is published yet that a draft could begin with. Send a workbook or an XForm.")
    code = 400.2

    def for_programs(self) -> dict[str, object]:
        return {"field": "xml"}


class FormInOpenRound(Conflict):
    text = N_("The round {round_id} is open and uses this form. Close the round first.")


class FormInRounds(Conflict):
    text = N_(
        "The round {round_id} uses the answers to this form. They can only be erased on the machine "
        "of the server, with: baikoo form purge"
    )


class FormNotTrashed(NotFound):
    text = N_("There is no form with the number {number} in the trash.")
    code = 404.1


class FormNotInTrash(NotFound):
    text = N_("There is no form {form_id} in the trash.")
    code = 404.1


class FormsOfOneId(Conflict):
    text = N_("Several forms {form_id} lie in the trash. Say which, with --number: {numbers}")


class ListOfFormGone(Conflict):
    text = N_(
        "This form uses the entity list {name}, which was removed or has lost a property since. "
        "Make it again, and then restore the form."
    )
    code = 409.23


class FormNumberInvalid(Invalid):
    text = N_("{number} is not the number of a form. It stands in the list of the trash.")
    code = 400.11


class FormWithoutMeta(FormInvalid):
    text = N_("This XForm has no meta group, in which every answer carries its own number.")
    code = 400.27


class TypeChanged(WorkbookFaults):
    """A version whose questions are of another type than in a version before it; every one is listed."""

    text = N_(
        "The type of {path} has changed; it was {type}. Questions changed: {count}. Give each its old type "
        "back, or another name."
    )
    code = 400.17

    def __init__(self, faults: Sequence[Fault], path: str, kind: str) -> None:
        super().__init__(faults)
        self.details = {**self.details, "path": path, "type": kind}

    def for_programs(self) -> dict[str, object]:
        return {"path": self.details["path"], "type": self.details["type"]}


class DraftGone(NotFound):
    text = N_(
        "This draft is not open for tests any more. If the form was published, ask your coordinator for "
        "your own settings code; if there is a new draft, scan its code."
    )
    code = 404.4


class DraftOnly(Conflict):
    text = N_(
        "The form {form_id} was never published, so its draft is all there is. Delete the form instead."
    )
    code = 409.7


class LinkOfOtherFile(Invalid):
    text = N_("{name} is no data file, and only those can hold an entity list.")
    code = 400.26


class NotesTooLong(Invalid):
    text = N_("The notes are longer than {most} letters.")
    code = 400.13
