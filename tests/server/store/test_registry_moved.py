"""A registry of an older layout becomes two entity lists, and nothing of it is lost:

- objects and villages stand as before, with their numbers, and with every version that the ledger tells of;
- rounds still name their objects; the tables agree with the ledger afterwards.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from forms.registry import RegistryObject, Village
from server.store import chain, migrations, open_store
from server.store.columns import moment_text
from server.store.database import Database
from server.store.migrations import _first_rows
from server.store.verify import verify
from tests import postgresql

AT = datetime(2025, 3, 1, 5, 0, tzinfo=UTC)
UUID = "11111111-1111-4111-8111-111111111111"
ROAD = RegistryObject(
    object_id="road-1", type="SUP", subtype="works", name_ky="Жол", name_ru="Дорога",
    villages_served=("ak-suu",), lat=42.5, lon=74.0, sum_final_som=150.125, supplier_is_person=True,
    finished_on=date(2025, 2, 1), local_matter=("LM06",),
)  # fmt: skip
VILLAGE = {"name": "ak-suu", "label_ky": "Ак-Суу", "label_ru": "", "label_en": "Ak-Suu"}


def lay_out(data: Path, database: str | None) -> None:
    """Tables as they were before entity lists, with a registry in them."""
    data.mkdir(parents=True, exist_ok=True)
    opened = Database(data, database)
    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with opened.writing.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        _first_rows(connection)
        _fill(connection)
    opened.close()


def _fill(connection: Connection) -> None:
    said = "INSERT INTO project (id, name, description, aimak_code, created_at) VALUES (1, 'A', '', '', :at)"
    connection.execute(text(said), {"at": moment_text(AT)})
    first, second = (msgspec.to_builtins(road) for road in (ROAD, replace(ROAD, name_ky="Жаңы жол")))
    payloads = [
        ("1/village/ak-suu", {"village": VILLAGE}),
        ("1/road-1", {**first, "name": UUID, "version": 1}),
        ("1/road-1", {**second, "name": UUID, "version": 2}),
    ]
    prev = chain.BEGINNING
    for seq, (subject, payload) in enumerate(payloads, start=1):
        content = chain.canonical(payload)
        header = chain.header(seq, moment_text(AT), "registry", subject, 0, "", chain.sha256(content), prev)
        row = {
            "seq": seq,
            "at": moment_text(AT),
            "kind": "registry",
            "subject": subject,
            "actor": 0,
            "round": "",
            "payload_sha256": chain.sha256(content),
            "prev": prev,
            "hash": chain.sha256(header),
            "payload": content,
        }
        names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
        connection.execute(text(f"INSERT INTO record ({names}) VALUES ({marks})"), row)
        prev = row["hash"]  # type: ignore[assignment]
    connection.execute(
        text(
            "INSERT INTO registry_object (project_id, object_id, uuid, version, type, status, attributes, "
            "seq, changed_at) VALUES (1, 'road-1', :uuid, 2, 'SUP', 'active', :attributes, 3, :at)"
        ),
        {"uuid": UUID, "attributes": json.dumps(second), "at": moment_text(AT)},
    )
    connection.execute(
        text(
            "INSERT INTO village (project_id, name, position, label_ky, label_ru, label_en, seq) "
            "VALUES (1, 'ak-suu', 0, 'Ак-Суу', '', 'Ak-Suu', 1)"
        )
    )


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """The address of a database without tables; None for SQLite in the data folder."""
    if request.param == "sqlite":
        yield None
        return
    server: str = request.getfixturevalue("postgresql_server")
    with postgresql.new_database(server, "without_tables") as address:
        yield address


def test_a_registry_of_an_older_layout_becomes_entity_lists(tmp_path: Path, empty: str | None) -> None:
    lay_out(tmp_path / "data", empty)
    with open_store(tmp_path / "data", empty) as store:
        known = store.registry.get(1, "road-1")
        assert (known.uuid, known.version, known.seq) == (UUID, 2, 3)
        assert (known.object.name_ky, known.object.sum_final_som) == ("Жаңы жол", 150.125)
        assert known.object.supplier_is_person and known.object.villages_served == ("ak-suu",)
        assert store.registry.villages(1) == (Village(name="ak-suu", label_ky="Ак-Суу", label_en="Ak-Suu"),)
        objects = store.entity_lists.get(1, "objects")
        versions = store.entities.versions(store.entities.get(objects, UUID))
        assert [one.label for one in versions] == ["Жол / Дорога", "Жаңы жол / Дорога"]
        assert verify(store).findings == ()
