"""Forms and filled-in forms, written as Markdown and as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forms.xform import Schema, XForm
from forms.xlsform import Conversion

Values = Mapping[str, object]


def a_form(markdown: str) -> Conversion:
    """The form of an XLSForm in Markdown, converted once per text and test run."""
    raise NotImplementedError


def an_instance(
    form: XForm | Schema,
    values: Mapping[str, str | Sequence[Values]] | None = None,
    *,
    instance_id: str | None = "uuid:0a000000-0000-4000-8000-000000000001",
    deprecated_id: str | None = None,
    version: str | None = None,
) -> bytes:
    """A filled-in form as Collect writes it.

    `values` is name or path -> text, and repeat name or path -> a list of such mappings. A question
    without a value is written empty; one with None is absent.
    """
    raise NotImplementedError
