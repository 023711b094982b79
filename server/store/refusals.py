"""What the families of the store refuse, as sentences."""

from __future__ import annotations

from forms.errors import N_, Conflict, Denied, Invalid, NotFound, TooMany


class AccountNotFound(NotFound):
    text = N_("There is no account {name}.")
    code = 404.1


class EmailInvalid(Invalid):
    text = N_("{email} is not an e-mail address.")
    code = 400.11


class EmailTaken(Conflict):
    text = N_("There is an account with the address {email} already.")
    code = 409.3


class PasswordTooShort(Invalid):
    text = N_("A password needs at least {least} characters.")
    code = 400.21


class PasswordTooLong(Invalid):
    text = N_("A password has at most {most} characters.")
    code = 400.38


class PasswordTooWeak(Invalid):
    text = N_("This password is among the first that somebody would try. Take several words of your own.")
    code = 400.44


class TooManyAttempts(TooMany):
    text = N_("Too many attempts to sign in. Wait {minutes} minutes and try again.")
    code = 429.1


class AppUserNotFound(NotFound):
    text = N_("There is no app user {actor_id} in this project.")
    code = 404.1


class AppUserRevoked(Denied):
    text = N_("The app user {name} was revoked: renew it to get a settings code for it.")


class TokenLost(Conflict):
    text = N_(
        "The settings code of {name} cannot be shown, because secret.key is not the one it was made with. "
        "The phone goes on working; renew the app user to get a new code."
    )


class DraftNotFound(NotFound):
    text = N_("There is no draft of the form {form_id}.")
    code = 404.1


class ObjectNotFound(NotFound):
    text = N_("There is no object {object_id} in the registry.")
    code = 404.1


class RoundNotFound(NotFound):
    text = N_("There is no round {round_id}.")
    code = 404.1


class RoundTaken(Conflict):
    text = N_("There is a round {round_id} already. Give this one another short name.")
    code = 409.3


class RoundNameInvalid(Invalid):
    text = N_(
        "{round_id} cannot be the short name of a round: it has up to 64 letters a-z, digits, dots and "
        "dashes, because it stands in addresses. For example: 2026-1"
    )


class RoundKindUnknown(Invalid):
    text = N_("A round cannot be {kind}. Choose one of: {kinds}.")


class LinkInvalid(Invalid):
    text = N_("{link} is no address of a page. Copy it from the browser: it begins with https://")


class RoundDatesInvalid(Invalid):
    text = N_("The round would close on {closes_on}, before it opens on {opens_on}. Correct the dates.")


class RoundEmpty(Invalid):
    text = N_("The round {round_id} needs at least one form and one object.")


class RoundWeightsInvalid(Invalid):
    text = N_("The weights of the types have to be zero or more, and not all zero.")


class RoundNotPlanned(Conflict):
    text = N_("The round {round_id} was opened already: only a planned one can be changed or opened.")


class RoundNotOpen(Conflict):
    text = N_("The round {round_id} is not open, and this needs an open one.")


class RoundNotClosed(Conflict):
    text = N_("The round {round_id} is not a closed one, and this needs a closed one.")


class RoundNotFrozen(Conflict):
    text = N_("The scores of the round {round_id} are not frozen yet. Close it again to finish that.")


class RoundOverlap(Conflict):
    text = N_(
        "The round {other} is open at the same time with the same form {form_id} and object {object_id}, "
        "so answers would belong to both. Change the dates, or close the other one first."
    )


class RoundWithoutForm(Conflict):
    text = N_("The round {round_id} does not use the form {form_id} of these answers.")


class FormUnpublished(Conflict):
    text = N_("The form {form_id} has no published version. Publish it, then open the round.")


class FormWithoutScheme(Conflict):
    text = N_("The form {form_id} says nothing about scores, so a round cannot use it.")


class SubmissionNotFound(NotFound):
    text = N_("There are no answers {instance_id} here.")
    code = 404.1


class SubmissionErased(NotFound):
    text = N_("The answers {instance_id} were erased by law.")
    code = 404.1


class SubmissionOutdated(Conflict):
    text = N_("The answers {instance_id} were replaced by corrected ones. Decide on those.")


class SubmissionRoundClosed(Conflict):
    text = N_("The round {round_id} of these answers has closed: what it counted is fixed.")


class ReasonMissing(Invalid):
    text = N_("Write the reason: it stands in the ledger with your name.")


class NotErasable(Conflict):
    text = N_("Record {seq} is no answer and no file of one; only those can be erased.")


class RefusedNotFound(NotFound):
    text = N_("There is no refused submission {quarantine_id}.")
    code = 404.1


class RefusedDecided(Conflict):
    text = N_("Somebody has decided on the refused submission {quarantine_id} already.")


class BackupInvalid(Invalid):
    text = N_("The folder {folder} holds no backup of Baikoo, or not all of one: {reason}")


class PgDumpMissing(Conflict):
    text = N_("pg_dump was not found. Install PostgreSQL's client programs, or run yourself: {command}")


class PgRestoreMissing(Conflict):
    text = N_("pg_restore was not found. Install PostgreSQL's client programs, or run yourself: {command}")


class PostgresFailed(Conflict):
    text = N_("{program} did not succeed: {reason}")


class DatabaseNotEmpty(Conflict):
    text = N_("The database named holds tables already. Name an empty one; nothing was changed.")
