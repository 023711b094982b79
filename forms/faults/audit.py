"""What is refused about the audit log."""

from __future__ import annotations

from forms.errors import N_, Invalid


class NoteUnreadable(Invalid):
    text = N_("The header {field} cannot be read: write it percent-encoded, as UTF-8.")
    code = 400.6
