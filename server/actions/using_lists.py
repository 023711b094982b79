"""Which forms write into an entity list, and which look things up in it."""

from __future__ import annotations

from dataclasses import dataclass

from forms.faults.entities import EntityListInUse
from server.store import Store, Tx
from server.store.entities import EntityList
from server.store.forms import FormVersion


@dataclass(frozen=True, slots=True)
class UsingForm:
    """A form that uses a list; `properties` are those it writes."""

    form_id: str
    title: str
    properties: tuple[str, ...] = ()
    repeat: str | None = None


@dataclass(frozen=True, slots=True)
class Using:
    """`sources` write into the list, `linked` are given its rows."""

    sources: tuple[UsingForm, ...]
    linked: tuple[UsingForm, ...]


def forms_using(store: Store, known: EntityList) -> Using:
    """By the current version of every published form."""
    current = [form.current for form in store.forms.all(known.project_id) if form.current is not None]
    sources = [_writes(version, known.name) for version in current]
    linked = [
        UsingForm(version.form_id, version.title)
        for version in current
        if any(
            media.entity_list == known.name or (media.sha256 is None and media.name == f"{known.name}.csv")
            for media in version.content.media
        )
    ]
    return Using(tuple(one for one in sources if one is not None), tuple(linked))


def _writes(version: FormVersion, name: str) -> UsingForm | None:
    declared = [each for each in version.schema.entity_lists if each.name == name]
    if not declared:
        return None
    saved = [prop for each in declared for prop in each.saves.values()]
    return UsingForm(version.form_id, version.title, tuple(dict.fromkeys(saved)), declared[0].path or None)


def remove_list(store: Store, tx: Tx, known: EntityList) -> None:
    """Remove a list that no form uses, and everything in it. Raises: EntityListInUse, RegistryFixed."""
    using = forms_using(store, known)
    for form in (*using.sources, *using.linked):
        raise EntityListInUse(name=known.name, form_id=form.form_id)
    store.entity_lists.remove(tx, known)
