"""What is refused about submissions that are there already: the trash, corrections, edits."""

from __future__ import annotations

from forms.errors import N_, Conflict, Denied, Invalid, NotFound


class SubmissionDeleted(Conflict):
    text = N_("The answers {instance_id} were deleted. Ask your coordinator to restore them first.")
    code = 409.18


class SubmissionPurged(SubmissionDeleted):
    text = N_(
        "The answers {instance_id} were erased for good and are not taken again. Fill in the form anew."
    )


class InstanceTaken(Conflict):
    text = N_("There are answers {instance_id} already. An edit names them in deprecatedID.")
    code = 409.3


class NotDeleted(NotFound):
    text = N_("The answers {instance_id} are not in the trash.")
    code = 404.1


class DeleteNeedsVoid(Conflict):
    text = N_(
        "These answers evaluate an object, so they can be deleted only when they are void. "
        "Make them void with a reason first."
    )


class AttachmentNeedsVoid(Conflict):
    text = N_(
        "This file belongs to answers that evaluate an object: it can be deleted only when they are void."
    )


class EditWithoutDeprecatedId(Invalid):
    text = N_(
        "An edit names in deprecatedID the version it replaces, and this one names none. "
        "Put the instanceID of the version there and give the edit an instanceID of its own."
    )
    code = 400.19


class VersionNotOfSubmission(NotFound):
    text = N_("{version_id} is no version of the answers {instance_id}.")
    code = 404.1


class NotCorrectable(Denied):
    text = N_("A citizen's answers are never corrected: accept them or make them void.")


class CorrectionOfUnknown(Invalid):
    text = N_("There is no question {question} in these answers whose value can be corrected.")
    code = 400.8


class CorrectionWithoutRow(Invalid):
    text = N_(
        "{question} is asked in every row of a repeated group. Say in which row to correct it: "
        "{instance_id}{row} is the first."
    )
    code = 400.2


class CorrectionOfNoRow(Invalid):
    text = N_("There is no row {row} in these answers in which {question} is asked.")
    code = 400.8


class CorrectionOfRole(Conflict):
    text = N_(
        "{question} says what or whom the sheet is about, so it cannot be corrected. "
        "Make the sheet void and send a right one."
    )


class CorrectionOfFile(Conflict):
    text = N_("{question} is a file. Upload another file under the same name instead.")


class CorrectionOfEncrypted(Conflict):
    text = N_("These answers are encrypted and cannot be read or corrected here.")


class CorrectionUnfit(Invalid):
    text = N_("{value} is no answer to the question {question}. It takes: {kind}.")
    code = 400.11


class CorrectionOfNothing(Conflict):
    text = N_("{question} has this very value already.")


class EditOfEvaluation(Conflict):
    text = N_(
        "These answers evaluate an object: they are not rewritten. Correct one value with a reason, "
        "or return them to whoever filled them in."
    )


class EditWhileClosing(Conflict):
    text = N_("The form {form_id} is closing or closed, so its answers are not edited. Open it again first.")
    code = 409.12


class EditChangesNothing(Conflict):
    text = N_("Nothing was changed, so nothing was kept.")
