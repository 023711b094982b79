"""What phones are offered: forms, and the files that travel with them, some of which are made for them.

Two of those the registry makes; a file that is linked to an entity list holds its rows as they are now.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from forms.entities import objects_csv, villages_csv
from forms.errors import MediaNotFound
from forms.registry_lists import LISTS
from server.context import Context
from server.permissions import APP_USER, Deed, Person, may
from server.store.entities import EVERYTHING, EntityList, Scope
from server.store.forms import FormContent, FormMedia, FormVersion

VILLAGES = "villages.csv"
OBJECTS = "objects.csv"


@dataclass(frozen=True, slots=True)
class OfferedFile:
    """One file beside a form: uploaded (a blob), made from the registry (`content`), or an entity list.

    `md5` is that of its bytes; of an entity list it is any text that changes with what this person sees.
    """

    name: str
    md5: str
    content: bytes | None = None
    sha256: str | None = None
    entity_list: EntityList | None = None
    scope: Scope = EVERYTHING

    @property
    def type(self) -> str:
        """What a manifest says of it; phones make entities of a list with approval only once it is given."""
        if self.entity_list is None:
            return ""
        return "approvalEntityList" if self.entity_list.approval_required else "entityList"


def offered_forms(context: Context, project_id: int, person: Person) -> list[FormVersion]:
    """The current version of every open form that this person may have, by form_id."""
    return [
        version
        for version in context.store.forms.offered(project_id)
        if may(person, Deed.READ_FORMS, project_id, form_id=version.form_id)
        # a token that may also read answers fills in no more forms than before
        and (person.kind != APP_USER or may(person, Deed.SUBMIT, project_id, form_id=version.form_id))
    ]


def files_of(context: Context, project_id: int, content: FormContent, person: Person) -> list[OfferedFile]:
    """The files of a version or draft that are there, by name, as this person sees them."""
    files = [_file(context, project_id, media, person) for media in content.media]
    return sorted((file for file in files if file is not None), key=lambda file: file.name)


def file_of(
    context: Context, project_id: int, content: FormContent, name: str, person: Person
) -> OfferedFile:
    """Raises: MediaNotFound."""
    for media in content.media:
        if media.name == name:
            file = _file(context, project_id, media, person)
            if file is not None:
                return file
    raise MediaNotFound(name=name)


def scope_of(context: Context, known: EntityList, person: Person) -> Scope:
    """What this person sees of a list: all who may read lists, perhaps a part who only fills forms."""
    if may(person, Deed.READ_LISTS, known.project_id):
        return EVERYTHING
    if person.kind == "draft":  # the code of a draft is given by those who see all, to try the form with all
        return EVERYTHING
    if person.actor is None:  # nobody in particular
        return Scope(having=()) if known.owner_only or known.rules else EVERYTHING
    return context.store.entity_access.scope(known, person.actor)


def uses_list(content: FormContent, name: str) -> bool:
    """Does this version or draft look entities of this list up?"""
    return any(
        media.entity_list == name or (media.sha256 is None and media.name == f"{name}.csv" and name in LISTS)
        for media in content.media
    )


def _file(context: Context, project_id: int, media: FormMedia, person: Person) -> OfferedFile | None:
    if media.sha256 is not None and media.md5 is not None:
        return OfferedFile(media.name, media.md5, sha256=media.sha256)
    if media.name in (VILLAGES, OBJECTS):
        content, md5 = registry_file(context, project_id, media.name)
        listed = context.store.entity_lists.find(project_id, media.name.removesuffix(".csv"))
        return OfferedFile(media.name, md5, content, entity_list=listed)
    if media.entity_list is not None:
        known = context.store.entity_lists.find(project_id, media.entity_list)
        if known is not None:
            scope = scope_of(context, known, person)
            return OfferedFile(
                media.name, context.entity_files.tag(known, scope), entity_list=known, scope=scope
            )
    return None  # nobody has uploaded it yet


def registry_file(context: Context, project_id: int, name: str) -> tuple[bytes, str]:
    """villages.csv or objects.csv as the registry stands now, and its md5; made once per change."""
    registry = context.store.registry
    generation = registry.generation()
    kept = context.registry_files.get((project_id, name))
    if kept is not None and kept[0] == generation:
        return kept[1], kept[2]
    if name == VILLAGES:
        content = villages_csv(
            registry.villages(project_id),
            {known.village.name: known.version for known in registry.registered_villages(project_id)},
        )
    else:
        content = objects_csv(registry.listed(project_id))
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    context.registry_files[project_id, name] = (generation, content, md5)
    return content, md5
