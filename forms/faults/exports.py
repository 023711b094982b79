"""What can be wrong in what is asked of an export."""

from __future__ import annotations

from forms.errors import N_, Invalid


class LanguageUnknown(Invalid):
    text = N_("This form has no labels in the language {language}. Ask for one of these: {languages}")
    code = 400.8
