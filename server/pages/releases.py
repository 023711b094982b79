"""What a release of open data says of itself, in one language: read from its datapackage.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from forms.decoding import decode
from forms.errors import N_
from server.pages.words import best_text, catalogue

DESCRIPTOR = "datapackage.json"
_ABOUT_DESCRIPTOR = N_("Describes every table and column of this release, for programs.")


@dataclass(frozen=True, slots=True)
class DescribedColumn:
    name: str
    type: str
    about: str


@dataclass(frozen=True, slots=True)
class DescribedFile:
    """A file of a release and what is in it; a table has columns."""

    name: str
    size_bytes: int
    about: str
    columns: tuple[DescribedColumn, ...] = ()


@dataclass(frozen=True, slots=True)
class Release:
    """`attribution` is how the source is to be named."""

    attribution: str
    files: tuple[DescribedFile, ...]


class _Field(msgspec.Struct):
    name: str
    type: str = "string"
    description: str = ""
    description_ky: str = ""
    description_ru: str = ""


class _Schema(msgspec.Struct):
    fields: list[_Field] = []


class _Resource(msgspec.Struct):
    path: str
    description: str = ""
    description_ky: str = ""
    description_ru: str = ""
    schema: _Schema = msgspec.field(default_factory=_Schema)


class _Package(msgspec.Struct):
    attribution: str = ""
    attribution_ky: str = ""
    attribution_ru: str = ""
    resources: list[_Resource] = []


def read_release(package: bytes, sizes: Mapping[str, int], language: str) -> Release:
    """The files of a release: `sizes` names those that are there, `package` says what they are."""
    said = decode(package, _Package)
    left = dict(sizes)
    files = [
        DescribedFile(
            DESCRIPTOR, left.pop(DESCRIPTOR, len(package)), catalogue(language).gettext(_ABOUT_DESCRIPTOR)
        )
    ]
    for resource in said.resources:
        if resource.path in left:
            columns = tuple(
                DescribedColumn(field.name, field.type, _about(field, language))
                for field in resource.schema.fields
            )
            size_bytes = left.pop(resource.path)
            files.append(DescribedFile(resource.path, size_bytes, _about(resource, language), columns))
    files += [DescribedFile(name, size_bytes, "") for name, size_bytes in left.items()]
    texts = {"ky": said.attribution_ky, "ru": said.attribution_ru, "en": said.attribution}
    return Release(best_text(texts, language), tuple(files))


def _about(described: _Field | _Resource, language: str) -> str:
    texts = {"ky": described.description_ky, "ru": described.description_ru, "en": described.description}
    return best_text(texts, language)
