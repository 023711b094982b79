"""What can be wrong with a spreadsheet that is uploaded into an entity list, and with undoing it."""

from __future__ import annotations

from forms.errors import N_, Conflict, RegistryFaults


class UploadFaults(RegistryFaults):
    """Rows that cannot be taken, with every fault found. Nothing of the file was taken."""

    text = N_(
        "The file has {count} faults, and nothing of it was taken. Mend the cells named and upload it again."
    )
    code = 400.28


class UploadNotLast(Conflict):
    text = N_("Another upload came after this one. Undo that one first.")
    code = 409.2


class UploadOvertaken(Conflict):
    text = N_(
        "Somebody changed the list while the file was read, so nothing of it was taken. Upload it again."
    )
    code = 409.2
