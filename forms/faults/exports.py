"""What can be wrong in what is asked of an export."""

from __future__ import annotations

from forms.errors import N_, Invalid


class LanguageUnknown(Invalid):
    text = N_("This form has no labels in the language {language}. Ask for one of these: {languages}")
    code = 400.8


class OnePlaceOnly(Invalid):
    text = N_("Ask for one place at a time, not for {count}.")
    code = 400.41
