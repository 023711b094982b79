"""What can be wrong with an XForm."""

from __future__ import annotations

from forms.errors import N_, FormInvalid, TooLarge


class FormBroken(FormInvalid):
    text = N_("This XForm is not well-formed XML: see line {line}.")
    code = 400.1


class FormForbidden(FormInvalid):
    text = N_("This XForm has a DOCTYPE, which Baikoo does not take. Remove it.")


class FormTooLarge(TooLarge):
    text = N_("This XForm is larger or nested deeper than Baikoo takes ({size_bytes} bytes).")


class FormWithoutInstance(FormInvalid):
    text = N_("This is not an XForm: it has no model with an instance whose root carries an id.")
    code = 400.2

    def for_programs(self) -> dict[str, object]:
        return {"field": "formId"}


class FormWithoutTitle(FormInvalid):
    text = N_("This XForm has no title, and phones refuse such a form. Give it one.")


class FormIdInvalid(FormInvalid):
    text = N_(
        "The form_id {form_id} cannot be used: it has up to 249 characters, no line break, no space at its "
        "ends, and does not end in .xml, .xls or .xlsx."
    )
    code = 400.8

    def for_programs(self) -> dict[str, object]:
        return {"field": "formId", "value": self.details["form_id"], "reason": str(self)}


class FormVersionInvalid(FormInvalid):
    text = N_("The version of this form is too long or has a line break: it has up to 249 characters.")


class FormAddressInvalid(FormInvalid):
    text = N_(
        "The submission_url {address} is not a web address, and phones refuse such a form. "
        "Leave it empty, and answers come to this server."
    )


class FormEntitiesUnknown(FormInvalid):
    text = N_("This form writes into entity lists in a way Baikoo does not know (version {version}).")
    code = 400.25
