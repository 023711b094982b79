"""Which forms write into an entity list, and which look things up in it; that keeps it from being removed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from forms.faults.entities import EntityListInUse, EntityPropertyInUse, EntityPropertyNotFound
from server.store import Store, Tx
from server.store.drafts import Draft
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
    """`sources` write into the list, `linked` are given its rows; the same of drafts."""

    sources: tuple[UsingForm, ...] = ()
    linked: tuple[UsingForm, ...] = ()
    draft_sources: tuple[UsingForm, ...] = ()
    draft_linked: tuple[UsingForm, ...] = ()

    @property
    def writing(self) -> tuple[UsingForm, ...]:
        """Each form once that writes into it, published or as a draft."""
        return tuple({form.form_id: form for form in (*self.draft_sources, *self.sources)}.values())


def forms_using(store: Store, known: EntityList) -> Using:
    """By the current version of every published form, and by the drafts."""
    return using_of(store, [known])[0]


def using_of(store: Store, lists: Iterable[EntityList]) -> list[Using]:
    """The same of several lists of one project."""
    lists = list(lists)
    if not lists:
        return []
    project_id = lists[0].project_id
    current = [form.current for form in store.forms.all(project_id) if form.current is not None]
    drafts = store.drafts.all(project_id)
    return [
        Using(
            tuple(_writing(current, known.name)),
            tuple(_reading(current, known.name)),
            tuple(_writing(drafts, known.name)),
            tuple(_reading(drafts, known.name)),
        )
        for known in lists
    ]


def _writing(forms: Iterable[FormVersion | Draft], name: str) -> Iterable[UsingForm]:
    for form in forms:
        declared = [each for each in form.content.schema.entity_lists if each.name == name]
        if declared:
            saved = dict.fromkeys(prop for each in declared for prop in each.saves.values())
            yield UsingForm(form.form_id, form.title, tuple(saved), _folder(declared[0].repeat))


def _folder(repeat: str | None) -> str | None:
    return None if repeat is None else f"{repeat}/"


def _reading(forms: Iterable[FormVersion | Draft], name: str) -> Iterable[UsingForm]:
    for form in forms:
        if any(
            media.entity_list == name or (media.sha256 is None and media.name == f"{name}.csv")
            for media in form.content.media
        ):
            yield UsingForm(form.form_id, form.title)


def remove_list(store: Store, tx: Tx, known: EntityList, *, now: datetime, actor: int | None) -> None:
    """Put a list that no form and no draft uses into the trash. Raises: EntityListInUse, RegistryFixed."""
    using = forms_using(store, known)
    if any((using.sources, using.linked, using.draft_sources, using.draft_linked)):
        raise EntityListInUse(known.name, {
            "sourceForms": _told(using.sources),
            "linkedForms": _told(using.linked),
            "draftSourceForms": _told(using.draft_sources),
            "draftLinkedForms": _told(using.draft_linked),
        })  # fmt: skip
    store.entity_list_trash.put(tx, known, now=now)
    store.audit.add(tx, "dataset.delete", f"{known.project_id}/{known.name}", now=now, actor=actor)


def remove_property(
    store: Store, tx: Tx, known: EntityList, name: str, *, now: datetime, actor: int | None
) -> None:
    """Remove a property that no form writes and no entity has a value of.

    Raises: EntityPropertyNotFound, EntityPropertyInUse, RegistryFixed.
    """
    if name not in known.property_names:
        raise EntityPropertyNotFound(name=name)
    writing = [form for form in forms_using(store, known).writing if name in form.properties]
    count, examples = store.entities.having(tx, known, name, limit=3)
    if writing or count:
        raise EntityPropertyInUse(name, [(form.title, form.form_id) for form in writing], count, examples)
    store.entity_lists.remove_property(tx, known, name, now=now)
    subject, details = f"{known.project_id}/{known.name}", {"removed": name}
    store.audit.add(tx, "dataset.update", subject, now=now, actor=actor, details=details)


def _told(forms: Iterable[UsingForm]) -> list[dict[str, str]]:
    return [{"name": form.title, "xmlFormId": form.form_id} for form in forms]
