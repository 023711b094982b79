"""What can be wrong with a filled-in form that arrives."""

from __future__ import annotations

from forms.errors import N_, InstanceInvalid, Invalid, TooLarge


class InstanceBroken(InstanceInvalid):
    text = N_("These answers arrived damaged or cut off. Nothing was lost on the phone: send them again.")


class InstanceForbidden(InstanceInvalid):
    text = N_("These answers have a DOCTYPE, which no ODK client writes. They were not taken.")


class InstanceTooLarge(TooLarge):
    text = N_(
        "These answers are more than Baikoo takes in one form ({size_bytes} bytes). "
        "Nothing was lost on the phone: tell your coordinator."
    )
    code = 413.2


class InstanceWithoutForm(InstanceInvalid):
    text = N_("These answers do not say which form they belong to. Nothing was lost: tell your coordinator.")


class EncryptedWithoutId(InstanceInvalid):
    text = N_(
        "These encrypted answers carry no number of their own, so nobody could open them later. "
        "Nothing was lost on the phone: tell your coordinator."
    )


class InstanceOfOtherForm(Invalid):
    text = N_("These answers belong to the form {form_id}, not to the one of this address.")
    code = 400.8
