"""The registry as its entities say it, for comparison with the ledger."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Table, select

from forms.registry_lists import OBJECTS, VILLAGES, RegistryFacts, read_facts
from server.store.columns import AnyRow
from server.store.entities.rows import entity_of
from server.store.registry_keeping import registry_payload
from server.store.tables import entity, registry_object, village

Told = tuple[Table, AnyRow, tuple[str, ...], dict[str, object] | None]


def registry_rows(connection: Connection, last: int) -> Iterator[Told]:
    """(table, row, names of the subject, what its record has to say) of each object and village.

    What is said is None where the entity breaks a rule, or says it in other words than the rules write.
    """
    for table, code, name in (
        (registry_object, registry_object.c.object_id, OBJECTS),
        (village, village.c.name, VILLAGES),
    ):
        question = (
            select(table.c.project_id, code.label("code"), table.c.seq, entity)
            .outerjoin(entity, entity.c.uuid == table.c.uuid)
            .where(table.c.seq <= last)
        )
        for row in connection.execute(question):
            yield table, row, (row.code,) if name == OBJECTS else ("village", row.code), _said(row, name)


def _said(row: AnyRow, name: str) -> dict[str, object] | None:
    if row.uuid is None:
        return None
    found = entity_of(row)
    facts = read_facts(name, found.label, found.data, None)
    if not isinstance(facts, RegistryFacts) or (facts.label, facts.data) != (found.label, found.data):
        return None
    if facts.key != row.code:
        return None
    return registry_payload(facts, found.uuid, found.version, deleted=found.deleted_at is not None)
