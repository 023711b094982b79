"""Entity lists are shown by rules over what is noted of phones and links; a removed one lies in the trash."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("entity_list", sa.Column("deleted_at", sa.Text(), nullable=True))
    op.create_table(
        "entity_rule",
        sa.Column("entity_list", NUMBER, autoincrement=False, nullable=False),
        sa.Column("property", sa.Text(), nullable=False),
        sa.Column("actor_property", NUMBER, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["entity_list"], ["entity_list.id"], name="fk_entity_rule_entity_list"),
        sa.ForeignKeyConstraint(
            ["actor_property"], ["actor_property.id"], name="fk_entity_rule_actor_property"
        ),
        sa.PrimaryKeyConstraint("entity_list", "property", "actor_property", name="pk_entity_rule"),
    )
    op.create_index("ix_entity_rule_actor_property", "entity_rule", ["actor_property"])
    _turn_views_into_rules()
    op.drop_table("entity_view")
    op.drop_index("ix_entity_filter_value", "entity")
    op.drop_column("entity", "filter_value")
    op.drop_column("entity_list", "filter_property")


def _turn_views_into_rules() -> None:
    """What was named for app users stands in properties of theirs: a second value in a second property."""
    lists = op.get_bind().execute(
        sa.text(
            "SELECT id, project_id, filter_property, changed_at FROM entity_list "
            "WHERE filter_property IS NOT NULL ORDER BY id"
        )
    )
    for row in lists.fetchall():
        views = op.get_bind().execute(
            sa.text(
                "SELECT actor_id, value FROM entity_view WHERE entity_list = :id ORDER BY actor_id, value"
            ),
            {"id": row.id},
        )
        values: dict[int, list[str]] = {}
        for actor_id, value in views.fetchall():
            values.setdefault(actor_id, []).append(value)
        for place in range(max(map(len, values.values()), default=1)):
            number = _property(row.project_id, row.filter_property, row.changed_at)
            _insert("entity_rule", entity_list=row.id, property=row.filter_property, actor_property=number)
            for actor_id, some in values.items():
                if place < len(some):
                    _insert("actor_property_value", actor_id=actor_id, property=number, value=some[place])


def _property(project_id: int, name: str, at: str) -> int:
    """A new property of the project, named like this as far as that is free."""
    known = {
        text.lower()
        for text in op.get_bind()
        .execute(
            sa.text("SELECT name FROM actor_property WHERE project_id = :project"), {"project": project_id}
        )
        .scalars()
    } | {"displayname"}
    free, number = name, 1
    while free.lower() in known:
        number += 1
        free = f"{name}_{number}"
    _insert("actor_property", project_id=project_id, name=free, created_at=at)
    found = op.get_bind().execute(
        sa.text("SELECT id FROM actor_property WHERE project_id = :project AND name = :name"),
        {"project": project_id, "name": free},
    )
    return int(found.scalar_one())


def _insert(table: str, **values: object) -> None:
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - names of ours
    op.get_bind().execute(sa.text(statement), values)
