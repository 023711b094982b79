"""Entity lists that submissions, files and programs keep."""

from __future__ import annotations

import json
from decimal import Decimal
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# INTEGER on SQLite, because only that is the row's own number there
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# the properties of the registry's two lists
OBJECT = """
    object_id type subtype name_ky name_ru name_en status function short_name aliases legal_form
    org_tax_id founded_on founding_act_no aimak_code aimak_name_ky aimak_name_ru aimak_name_en district
    oblast villages_served address lat lon office_phone office_email website head_post head_name
    users_count users_unit staff_count annual_budget_som tariff_som tariff_unit tariff_act_no contract_no
    tender_no portal_link method customer_id supplier_name supplier_is_person subject_ky subject_ru
    subject_en category fund_source sum_initial_som sum_final_som signed_on start_on due_on finished_on
    accepted_on warranty_months site_lat site_lon valid_from valid_to predecessor_id local_matter
    responsible_unit under_review_until
""".split()  # noqa: SIM905 - sixty names in a column of their own are no better to read
VILLAGE = ("code", "label_ky", "label_ru", "label_en")


def _number(name: str, *, nullable: bool = True, counted: bool = False) -> sa.Column[int]:
    return sa.Column(name, NUMBER, nullable=nullable, autoincrement=counted)


def _text(name: str, *, nullable: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def upgrade() -> None:
    # the first layout had these four, and nothing that wrote into them
    for table in ("entity_version", "entity", "entity_property", "entity_list"):
        op.drop_table(table)
    op.create_table(
        "entity_list",
        _number("id", nullable=False, counted=True),
        _number("project_id", nullable=False),
        _text("name", nullable=False),
        sa.Column("approval_required", sa.Boolean(), nullable=False),
        sa.Column("owner_only", sa.Boolean(), nullable=False),
        _text("filter_property"),
        _number("changes", nullable=False),
        _text("changed_at", nullable=False),
        _text("created_at", nullable=False),
        _number("created_by"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_entity_list_project_id"),
        sa.ForeignKeyConstraint(["created_by"], ["actor.id"], name="fk_entity_list_created_by"),
        sa.PrimaryKeyConstraint("id", name="pk_entity_list"),
        sa.UniqueConstraint("project_id", "name", name="uq_entity_list_project_id_name"),
    )
    op.create_table(
        "entity_property",
        _number("entity_list", nullable=False),
        _text("name", nullable=False),
        _number("position", nullable=False),
        _text("published_at", nullable=False),
        sa.ForeignKeyConstraint(["entity_list"], ["entity_list.id"], name="fk_entity_property_entity_list"),
        sa.PrimaryKeyConstraint("entity_list", "name", name="pk_entity_property"),
    )
    op.create_table(
        "entity_view",
        _number("entity_list", nullable=False),
        _number("actor_id", nullable=False),
        _text("value", nullable=False),
        sa.ForeignKeyConstraint(["entity_list"], ["entity_list.id"], name="fk_entity_view_entity_list"),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name="fk_entity_view_actor_id"),
        sa.PrimaryKeyConstraint("entity_list", "actor_id", "value", name="pk_entity_view"),
    )
    op.create_table(
        "entity_batch",
        _number("id", nullable=False, counted=True),
        _number("entity_list", nullable=False),
        _text("name", nullable=False),
        _number("size"),
        _number("count", nullable=False),
        _number("created_by"),
        _text("user_agent"),
        _text("created_at", nullable=False),
        _text("undone_at"),
        sa.ForeignKeyConstraint(["entity_list"], ["entity_list.id"], name="fk_entity_batch_entity_list"),
        sa.ForeignKeyConstraint(["created_by"], ["actor.id"], name="fk_entity_batch_created_by"),
        sa.PrimaryKeyConstraint("id", name="pk_entity_batch"),
    )
    op.create_index("ix_entity_batch_entity_list", "entity_batch", ["entity_list"])
    _entities()
    op.create_table(
        "entity_held",
        _number("submission", nullable=False),
        _number("submission_root", nullable=False),
        _number("entity_list", nullable=False),
        _text("uuid", nullable=False),
        _text("branch_id", nullable=False),
        _number("branch_base_version", nullable=False),
        _text("held_at", nullable=False),
        sa.ForeignKeyConstraint(["entity_list"], ["entity_list.id"], name="fk_entity_held_entity_list"),
        sa.PrimaryKeyConstraint("submission", name="pk_entity_held"),
    )
    op.create_index("ix_entity_held_submission_root", "entity_held", ["submission_root"])
    op.create_index(
        "ix_entity_held_branch_id_branch_base_version", "entity_held", ["branch_id", "branch_base_version"]
    )
    op.create_table(
        "entity_purged",
        _text("uuid", nullable=False),
        _number("entity_list", nullable=False),
        _text("purged_at", nullable=False),
        sa.PrimaryKeyConstraint("uuid", name="pk_entity_purged"),
    )
    _registry()
    op.create_index("ix_audit_subject", "audit", ["subject"])


def _entities() -> None:
    op.create_table(
        "entity",
        _number("id", nullable=False, counted=True),
        _number("entity_list", nullable=False),
        _text("uuid", nullable=False),
        _number("version", nullable=False),
        _text("label", nullable=False),
        _text("data", nullable=False),
        _text("filter_value"),
        _text("conflict"),
        _text("created_at", nullable=False),
        _number("created_by"),
        _text("updated_at"),
        _text("deleted_at"),
        sa.ForeignKeyConstraint(["entity_list"], ["entity_list.id"], name="fk_entity_entity_list"),
        sa.ForeignKeyConstraint(["created_by"], ["actor.id"], name="fk_entity_created_by"),
        sa.PrimaryKeyConstraint("id", name="pk_entity"),
        sa.UniqueConstraint("uuid", name="uq_entity_uuid"),
    )
    op.create_index("ix_entity_entity_list_deleted_at_id", "entity", ["entity_list", "deleted_at", "id"])
    op.create_index("ix_entity_created_by", "entity", ["entity_list", "created_by", "id"])
    for name, column in (("ix_entity_filter_value", "filter_value"), ("ix_entity_conflict", "conflict")):
        columns = ["entity_list", *([column] if column == "filter_value" else []), "id"]
        where = sa.text(f"{column} IS NOT NULL")
        op.create_index(name, "entity", columns, sqlite_where=where, postgresql_where=where)
    op.create_table(
        "entity_version",
        _number("entity", nullable=False),
        _number("version", nullable=False),
        *(_text(name, nullable=False) for name in ("label", "data", "received")),
        *(_number(name) for name in ("base_version", "trunk_version", "branch_base_version")),
        *(_text(name) for name in ("branch_id", "conflict", "conflicting")),
        sa.Column("forced", sa.Boolean(), nullable=False),
        *(_number(name) for name in ("submission", "submission_root", "batch", "created_by")),
        _text("user_agent"),
        _text("created_at", nullable=False),
        sa.ForeignKeyConstraint(["entity"], ["entity.id"], name="fk_entity_version_entity"),
        sa.ForeignKeyConstraint(["batch"], ["entity_batch.id"], name="fk_entity_version_batch"),
        sa.ForeignKeyConstraint(["created_by"], ["actor.id"], name="fk_entity_version_created_by"),
        sa.PrimaryKeyConstraint("entity", "version", name="pk_entity_version"),
    )
    for name, column in (
        ("ix_entity_version_submission", "submission_root"),
        ("ix_entity_version_batch", "batch"),
    ):
        where = sa.text(f"{column} IS NOT NULL")
        op.create_index(name, "entity_version", [column], sqlite_where=where, postgresql_where=where)


def _registry() -> None:
    """Objects and villages become entities: their facts move there, told again by the ledger."""
    told = _told_by_the_ledger()
    moved = [*_villages(), *_objects()]
    for name in ("version", "type", "status", "attributes", "changed_at"):
        op.drop_column("registry_object", name)
    op.drop_table("village")
    op.create_table(
        "village",
        _number("project_id", nullable=False),
        *(_text(name, nullable=False) for name in ("name", "uuid")),
        *(_number(name, nullable=False) for name in ("position", "seq")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_village_project_id"),
        sa.PrimaryKeyConstraint("project_id", "name", name="pk_village"),
        sa.UniqueConstraint("uuid", name="uq_village_uuid"),
    )
    lists: dict[tuple[int, str], int] = {}
    for project_id, list_name, code, uuid, position, seq in moved:
        versions = told.get((project_id, list_name, code), [])
        if not versions:
            continue
        if (project_id, list_name) not in lists:
            lists[project_id, list_name] = _list(project_id, list_name, versions[0][0])
        _entity(lists[project_id, list_name], uuid, versions)
        if list_name == "villages":
            _insert("village", project_id=project_id, name=code, uuid=uuid, position=position, seq=seq)


def _objects() -> list[tuple[int, str, str, str, int, int]]:
    rows = op.get_bind().execute(sa.text("SELECT project_id, object_id, uuid, seq FROM registry_object"))
    return [(row.project_id, "objects", row.object_id, row.uuid, 0, row.seq) for row in rows]


def _villages() -> list[tuple[int, str, str, str, int, int]]:
    rows = op.get_bind().execute(sa.text("SELECT project_id, name, position, seq FROM village"))
    return [
        (row.project_id, "villages", row.name, str(uuid4()), row.position, row.seq) for row in rows.fetchall()
    ]


def _told_by_the_ledger() -> dict[tuple[int, str, str], list[tuple[str, int, str, dict[str, str]]]]:
    """(project, list, code) -> (at, actor, label, data) of every version."""
    told: dict[tuple[int, str, str], list[tuple[str, int, str, dict[str, str]]]] = {}
    records = op.get_bind().execute(
        sa.text("SELECT at, actor, subject, payload FROM record WHERE kind = 'registry' ORDER BY seq")
    )
    for row in records.fetchall():
        if row.payload is None:
            continue
        said = json.loads(bytes(row.payload))
        village = said.get("village")
        if village is not None:
            key, names = "villages", (village["label_ky"], village["label_ru"])
            data = {("code" if name == "name" else name): text for name, text in village.items() if text}
        else:
            key, names = "objects", (said["name_ky"], said["name_ru"])
            data = {name: text for name in OBJECT if (text := _as_text(said.get(name)))}
        label = f"{names[0]} / {names[1]}" if names[1] and names[1] != names[0] else names[0]
        code = data["code" if village is not None else "object_id"]
        project = int(row.subject.split("/")[0])
        told.setdefault((project, key, code), []).append((row.at, row.actor, label, data))
    return told


def _as_text(value: object) -> str:
    match value:
        case None | False:
            return ""
        case True:
            return "yes"
        case float():
            return format(Decimal(repr(value)), "f").removesuffix(".0")
        case list():
            return " ".join(map(str, value))
        case _:
            return str(value)


def _insert(table: str, **values: object) -> None:
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - names of ours
    op.get_bind().execute(sa.text(statement), values)


def _number_of(table: str, column: str, value: object) -> int:
    question = f"SELECT max(id) FROM {table} WHERE {column} = :value"  # noqa: S608 - names of ours
    found = op.get_bind().execute(sa.text(question), {"value": value})
    return int(found.scalar_one())


def _list(project_id: int, name: str, at: str) -> int:
    _insert(
        "entity_list", project_id=project_id, name=name, approval_required=False, owner_only=False, changes=1,
        changed_at=at, created_at=at,
    )  # fmt: skip
    number = _number_of("entity_list", "project_id", project_id)
    for position, column in enumerate(OBJECT if name == "objects" else VILLAGE):
        _insert("entity_property", entity_list=number, name=column, position=position, published_at=at)
    return number


def _entity(list_id: int, uuid: str, versions: list[tuple[str, int, str, dict[str, str]]]) -> None:
    at, actor, label, data = versions[-1]
    texts = {"label": label, "data": _json(data)}
    _insert(
        "entity", entity_list=list_id, uuid=uuid, version=len(versions), **texts, created_at=versions[0][0],
        created_by=versions[0][1] or None, updated_at=at if len(versions) > 1 else None,
    )  # fmt: skip
    number = _number_of("entity", "uuid", uuid)
    for version, (at, actor, label, data) in enumerate(versions, start=1):
        _insert(
            "entity_version", entity=number, version=version, label=label, data=_json(data), received="",
            base_version=version - 1 or None, forced=False, created_by=actor or None, created_at=at,
        )  # fmt: skip


def _json(data: dict[str, str]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
