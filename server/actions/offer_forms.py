"""What phones are offered: forms, and the files that travel with them, two of which the registry makes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from forms.entities import objects_csv, villages_csv
from forms.errors import MediaNotFound
from server.context import Context
from server.permissions import Deed, Person, may
from server.store.forms import FormMedia, FormVersion

VILLAGES = "villages.csv"
OBJECTS = "objects.csv"


@dataclass(frozen=True, slots=True)
class OfferedFile:
    """One file beside a form. `content` holds what the registry made; an uploaded one is a blob."""

    name: str
    md5: str
    content: bytes | None
    sha256: str | None


def offered_forms(context: Context, project_id: int, person: Person) -> list[FormVersion]:
    """The current version of every open form that this person may have, by form_id."""
    return [
        version
        for version in context.store.forms.offered(project_id)
        if may(person, Deed.READ_FORMS, project_id, form_id=version.form_id)
    ]


def files_of(context: Context, version: FormVersion) -> list[OfferedFile]:
    """The files of a version that are there, by name."""
    files = [_file(context, version.project_id, media) for media in version.content.media]
    return sorted((file for file in files if file is not None), key=lambda file: file.name)


def file_of(context: Context, version: FormVersion, name: str) -> OfferedFile:
    """Raises: MediaNotFound."""
    for media in version.content.media:
        if media.name == name:
            file = _file(context, version.project_id, media)
            if file is not None:
                return file
    raise MediaNotFound(name=name)


def _file(context: Context, project_id: int, media: FormMedia) -> OfferedFile | None:
    if media.sha256 is not None and media.md5 is not None:
        return OfferedFile(media.name, media.md5, None, media.sha256)
    if media.name in (VILLAGES, OBJECTS):
        content, md5 = registry_file(context, project_id, media.name)
        return OfferedFile(media.name, md5, content, None)
    return None  # nobody has uploaded it yet


def registry_file(context: Context, project_id: int, name: str) -> tuple[bytes, str]:
    """villages.csv or objects.csv as the registry stands now, and its md5; made once per change."""
    registry = context.store.registry
    generation = registry.generation()
    kept = context.registry_files.get((project_id, name))
    if kept is not None and kept[0] == generation:
        return kept[1], kept[2]
    if name == VILLAGES:
        content = villages_csv(registry.villages(project_id))
    else:
        content = objects_csv(registry.listed(project_id))
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    context.registry_files[project_id, name] = (generation, content, md5)
    return content, md5
