"""What can go wrong with encrypted forms."""

from __future__ import annotations

from forms.errors import N_, Conflict, FormInvalid, Invalid, NotFound


class PassphraseWrong(Invalid):
    text = N_("This passphrase does not open the answers. Check it and try again: nothing was exported.")
    code = 400.12


class PassphraseTooShort(Invalid):
    text = N_(
        "A passphrase has at least {least} letters. Write it down and keep it where it cannot get lost."
    )
    code = 400.21


class AlreadyEncrypted(Conflict):
    text = N_("The forms of this project are encrypted already, and the key cannot be changed.")
    code = 409.4


class KeyNotFound(NotFound):
    text = N_("There is no key {key_id} here.")
    code = 404.1


class PublicKeyInvalid(FormInvalid):
    text = N_("The public_key of this form is no RSA key, and phones could not encrypt with it. Mend it.")
