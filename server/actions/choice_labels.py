"""The labels of choices that lie in files beside a form: uploaded lists, and those made of entity lists.

Only the labels of choices that somebody made are looked for: a list of a million entities costs no more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from analytics.exports.choice_labels import in_language
from analytics.exports.layout import choices_given
from analytics.exports.wanted import CsvWanted
from analytics.warehouse import Warehouse
from forms.choice_files import ChoiceColumns, Row, choice_columns, rows_of_file
from forms.schema import Schema
from server.actions.offer_forms import OBJECTS, VILLAGES
from server.context import Context
from server.store.entities import Entity
from server.store.form_content import FormContent, FormMedia


def with_choice_labels(
    context: Context, warehouse: Warehouse, wanted: CsvWanted, contents: Iterable[FormContent]
) -> CsvWanted:
    """What is wanted, with the labels that phones show of such choices; `contents` are the newest first.

    Raises: FormNotFound.
    """
    if wanted.labels is None:
        return wanted
    versions = [(content, asked) for content in contents if (asked := _asked(content.schema))]
    paths = {path for _, asked in versions for path in asked}
    if not paths:
        return wanted
    with warehouse.read() as db:
        given = choices_given(db, wanted, paths)
    labels: dict[str, dict[str, str]] = defaultdict(dict)
    read: dict[str, tuple[ChoiceColumns, FormMedia]] = {}
    for content, asked in reversed(versions):
        columns = choice_columns(context.store.blobs.read(content.xform_sha256))
        media = {slot.name: slot for slot in content.media}
        for path, file in asked.items():
            if path not in columns or file not in media or read.get(path) == (columns[path], media[file]):
                continue
            read[path] = columns[path], media[file]
            for row in _rows(context, wanted.project_id, media[file], columns[path], given[path]):
                choice = columns[path].choice(row)
                if choice in given[path] and (words := in_language(columns[path].words(row), wanted.labels)):
                    labels[path][choice] = words
    return replace(wanted, choice_labels=labels)


def _asked(schema: Schema) -> Mapping[str, str]:
    """Path of a question -> the file with its choices; those of the registry the reading knows itself."""
    return {
        question.path: question.external
        for question in schema.questions
        if question.external and question.external not in (VILLAGES, OBJECTS)
    }


def _rows(
    context: Context, project_id: int, file: FormMedia, columns: ChoiceColumns, given: set[str]
) -> Iterator[Row]:
    store = context.store
    if file.sha256 is not None:
        if store.blobs.exists(file.sha256):
            yield from rows_of_file(file.name, store.blobs.read(file.sha256))
    elif file.entity_list is not None:
        known = store.entity_lists.find(project_id, file.entity_list)
        if known is None:
            return
        by_name = columns.value == "name"
        found = store.entities.named(known, sorted(given)) if by_name else store.entities.each(known)
        yield from map(_row, found)


def _row(entity: Entity) -> Row:
    """An entity as a row of the file that phones are given."""
    return {**entity.data, "name": entity.uuid, "label": entity.label}
