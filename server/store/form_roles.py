"""Roles in one form alone: of accounts, and of phones that do not have every form of their project."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from forms.errors import FormNotFound
from server.store.foundation import Foundation
from server.store.tables import form, form_role
from server.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class FormRole:
    actor_id: int
    role: str
    form_id: str


class FormRoles:
    def __init__(self, foundation: Foundation) -> None:
        self._database = foundation.database

    def of_project(self, project_id: int) -> tuple[FormRole, ...]:
        """Every role somebody has in one form of this project, in the order they were given."""
        question = (
            select(form_role.c.actor_id, form_role.c.role, form.c.form_id)
            .join(form, form.c.id == form_role.c.form)
            .where(form.c.project_id == project_id)
            .order_by(form_role.c.id)
        )
        with self._database.read() as connection:
            return tuple(FormRole(*row) for row in connection.execute(question))

    def assign(
        self, tx: Tx, actor_id: int, role: str, project_id: int, form_id: str, *, now: datetime
    ) -> bool:
        """Give a role; False when it was there already. Raises: FormNotFound."""
        number = form_number(tx, project_id, form_id)
        where = form_role.c.actor_id == actor_id, form_role.c.form == number, form_role.c.role == role
        if tx.conn.scalar(select(form_role.c.id).where(*where)) is not None:
            return False
        _touch(tx)
        tx.conn.execute(form_role.insert().values(actor_id=actor_id, form=number, role=role, assigned_at=now))
        return True

    def unassign(self, tx: Tx, actor_id: int, role: str, project_id: int, form_id: str) -> bool:
        """Take it again; False when it was not there. Raises: FormNotFound."""
        number = form_number(tx, project_id, form_id)
        _touch(tx)
        taken = tx.conn.execute(
            delete(form_role).where(
                form_role.c.actor_id == actor_id, form_role.c.form == number, form_role.c.role == role
            )
        )
        return taken.rowcount > 0


def form_number(tx: Tx, project_id: int, form_id: str) -> int:
    """The number of a form in the tables. Raises: FormNotFound."""
    number: int | None = tx.conn.scalar(
        select(form.c.id).where(form.c.project_id == project_id, form.c.form_id == form_id)
    )
    if number is None:
        raise FormNotFound(form_id=form_id)
    return number


def _touch(tx: Tx) -> None:
    tx.touch("accounts")
    tx.touch("app_users")
