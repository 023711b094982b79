"""What a person can put right: ten kinds of error, and one class for every situation.

A sentence says what happened, where, and what to do now. It is written in English here, found by the
catalogue in Kyrgyz and Russian, and shown by server/errors.py in the voice the client understands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


def N_(text: str) -> str:
    """Mark an English sentence for the catalogues; it is translated where it is shown."""
    return text


class Sentence:
    """A sentence for a person: an English template and the details that fill it."""

    __slots__ = ("details", "text")

    def __init__(self, text: str, **details: str | int | float) -> None:
        self.text = text
        self.details = details

    def __str__(self) -> str:
        return self.text.format(**self.details) if self.details else self.text

    def __repr__(self) -> str:
        return f"Sentence({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sentence) and (self.text, self.details) == (other.text, other.details)

    def __hash__(self) -> int:
        return hash((self.text, tuple(sorted(self.details.items()))))


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend in a workbook; `row` counts from 1 as Excel does, `column` is the heading."""

    sheet: str
    row: int | None
    column: str | None
    message: Sentence

    @property
    def place(self) -> str:
        """Where it stands, in letters and figures that need no translation."""
        where = [self.sheet, f"row {self.row}" if self.row else "", self.column or ""]
        return ", ".join(part for part in where if part)

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class BaikooError(Exception):
    """Something a person can put right. `code` is ODK Central's number, where it has one."""

    text: ClassVar[str] = N_("Something went wrong.")
    code: ClassVar[float | None] = None

    def __init__(self, **details: str | int | float) -> None:
        super().__init__(details)
        self.details = details

    @property
    def sentence(self) -> Sentence:
        return Sentence(self.text, **self.details)

    def for_programs(self) -> dict[str, object]:
        """The details under the names that ODK Central gives them, where programs look for those."""
        return dict(self.details)

    def __str__(self) -> str:
        return str(self.sentence)


class Invalid(BaikooError):
    """What was sent cannot be read or does not fit."""


class Unauthenticated(BaikooError):
    """We do not know who asks."""


class Denied(BaikooError):
    """We know who asks, and they may not."""


class NotFound(BaikooError):
    """There is no such thing."""


class Closed(BaikooError):
    """It exists, and takes nothing any more."""


class Conflict(BaikooError):
    """It clashes with what is already there."""


class TooLarge(BaikooError):
    """More bytes, rows or levels than we take."""


class TooMany(BaikooError):
    """Too often in too short a time."""


class Unsupported(BaikooError):
    """A thing the standard has and we do not."""


class Unavailable(BaikooError):
    """Not now: try again later, nothing is lost."""


class WorkbookFaults(Invalid):
    """A workbook that cannot be published, with every fault found."""

    text = N_("Faults in the workbook: {count}. Mend the cells listed and upload it again.")
    code = 400.15

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(count=len(faults))
        self.faults = tuple(faults)


class FormInvalid(Invalid):
    text = N_("This is not an XForm that Baikoo can read: {reason}")
    code = 400.5


class InstanceInvalid(Invalid):
    text = N_("These answers cannot be read: {reason} Nothing was lost on the phone: tell your coordinator.")
    code = 400.2


class FormNotFound(NotFound):
    text = N_("There is no form {form_id} here. Ask your coordinator for the right settings code.")
    code = 404.1


class FormVersionNotFound(NotFound):
    text = N_("Version {version} of form {form_id} is unknown here. Tell your coordinator this number.")
    code = 404.6


class FormClosed(Closed):
    text = N_("The form {form_id} is closed and takes no more answers. Tell your coordinator.")
    code = 409.2


class InstanceConflict(Conflict):
    text = N_(
        "These answers were received before with different content. "
        "Nothing was lost: please tell your coordinator the number {instance_id}."
    )
    code = 409.1


class EditOutdated(Conflict):
    text = N_(
        "These answers were changed by someone else before. "
        "Nothing was lost: please tell your coordinator the number {instance_id}."
    )
    code = 409.9


class EditConflict(Conflict):
    text = N_("The corrected answers carry a number that is already taken: {instance_id}.")
    code = 409.3


class EditedNotFound(NotFound):
    text = N_("The answers that these correct have not arrived yet. Send those first, then these again.")
    code = 404.5


class VersionTaken(Conflict):
    text = N_(
        "A version “{version}” of the form {form_id} was published before, and no version ever changes. "
        "Give this one another version: in the settings sheet, or where you publish it."
    )
    code = 409.6

    def for_programs(self) -> dict[str, object]:
        return {"xmlFormId": self.details["form_id"], "version": self.details["version"]}


class SignInFirst(Unauthenticated):
    text = N_("Sign in first.")
    code = 401.2


class CredentialsWrong(Unauthenticated):
    text = N_("The name or the password is not right. Check both and try again.")
    code = 401.2


class NotAllowed(Denied):
    text = N_("Your role does not allow this. Ask the administrator if you need it for your work.")
    code = 403.1


class ProjectNotFound(NotFound):
    text = N_("There is no project {project_id} here.")
    code = 404.1


class ParameterInvalid(Invalid):
    text = N_("The part {name} of this request cannot be read: {value}")
    code = 400.2


class FormWithdrawn(Denied):
    text = N_("The form {form_id} is closed. Tell your coordinator.")
    code = 403.1


class MediaNotFound(NotFound):
    text = N_("There is no file {name} here.")
    code = 404.1


class RoleUnknown(Invalid):
    text = N_("There is no role {role}. Choose one of: {roles}.")
    code = 400.8


class NameMissing(Invalid):
    text = N_("Give it a name first.")
    code = 400.2


class NameTooLong(Invalid):
    text = N_("This name is too long. Give one of at most {most} letters.")
    code = 400.2


class FormWarnings(Invalid):
    """A workbook that can be published, with things to look at first; `faults` are the warnings.

    `gone`: those of them about questions that the version before still asks; `twin`: that a form of this id
    lies in the trash.
    """

    text = N_("The workbook has {count} warnings. Look at them, then publish it all the same or mend it.")
    code = 400.16

    def __init__(
        self, faults: Sequence[Fault], gone: Sequence[Fault] = (), twin: Sequence[Fault] = ()
    ) -> None:
        super().__init__(count=len(faults) + len(gone) + len(twin))
        self.faults = (*faults, *gone, *twin)
        self.of_workbook = tuple(faults)
        self._gone, self._twin = gone, twin

    @property
    def of_life(self) -> list[dict[str, object]]:
        """Those about what was here before, as ODK Central's clients know them."""
        told: list[dict[str, object]] = [
            {"type": "deletedFormExists", "details": {"xmlFormId": fault.message.details["form_id"]}}
            for fault in self._twin
        ]
        if self._gone:
            told.append({"type": "structureChanged", "details": [fault.column for fault in self._gone]})
        return told


class SchemeLocked(Conflict):
    text = N_(
        "The round {round_id} is open, and this version changes how answers are scored ({changed}). "
        "It was kept as a draft: publish it when the round has closed."
    )
    code = 409.20


class RoundBusy(Unavailable):
    text = N_(
        "Not everything received has reached the tables yet. Try again in a few minutes; nothing is lost."
    )


class RegistryFaults(Invalid):
    """A registry that cannot be imported, with every fault found. Nothing of it was taken."""

    text = N_(
        "The list has {count} faults, and nothing of it was taken. Mend the cells named and import it again."
    )
    code = 400.15

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(count=len(faults))
        self.faults = tuple(faults)


class FormStateUnknown(Invalid):
    text = N_("A form cannot be {state}. Choose one of: open, closing, closed.")
    code = 400.8


class ReviewStateUnknown(Invalid):
    text = N_("A submission cannot be {state}. Choose one of: accepted, returned, void, received.")
    code = 400.8
