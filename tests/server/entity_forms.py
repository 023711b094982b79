"""A form that keeps wells as entities, and phones that send wells."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from server.store.entities import Entity, EntityList, EntityVersion
from tests.phone import Phone
from tests.server.conftest import RunningHere

_numbers = itertools.count(1)

FORM = """
| survey |
|        | type                           | name  | label | save_to |
|        | select_one_from_file {list}.csv | well  | Well  |         |
|        | integer                        | depth | Depth | depth   |
|        | text                           | owner | Owner | owner   |
| entities |
|          | list_name | entity_id | create_if  | update_if  | label     |
|          | {list}    | ${{well}}   | ${{depth}}!=1 | ${{depth}}!=2 | ${{owner}}  |
| settings |
|          | form_id | version |
|          | {form}  | 1       |
"""
REPEAT = """
| survey |
|        | type         | name   | label | save_to      |
|        | text         | place  | Place |              |
|        | begin_repeat | well   | Well  |              |
|        | integer      | depth  | Depth | {list}#depth |
|        | end_repeat   |        |       |              |
| entities |
|          | list_name | label    |
|          | {list}    | ${{depth}} |
| settings |
|          | form_id | version |
|          | {form}  | 1       |
"""


def a_uuid() -> str:
    return str(uuid.uuid4())


@dataclass
class Wells:
    """A published form of its own, with a list of its own, on a running server."""

    server: RunningHere
    phone: Phone
    name: str
    form_id: str
    last_instance: str = ""
    edits: dict[str, str] = field(default_factory=dict)

    @property
    def known(self) -> EntityList:
        return self.server.store.entity_lists.get(1, self.name)

    def send(
        self,
        entity: str,
        label: str | None = "Well",
        values: Mapping[str, str] | None = None,
        *,
        instance_id: str | None = None,
        deprecated_id: str | None = None,
        wait: bool = True,
    ) -> str:
        """Send an instance whose entity has these attributes; it is accepted, whatever becomes of that."""
        instance_id = instance_id or f"uuid:{a_uuid()}"
        named = "" if label is None else f"<label>{label}</label>"
        self.send_xml(
            "".join(f"<{name}>{text}</{name}>" for name, text in (values or {}).items())
            + f'<meta><entity dataset="{self.name}" {entity}>{named}</entity>'
            f"<instanceID>{instance_id}</instanceID>"
            + (f"<deprecatedID>{deprecated_id}</deprecatedID>" if deprecated_id else "")
            + "</meta>",
            wait=wait,
        )
        self.last_instance = instance_id
        return instance_id

    def send_xml(self, inside: str, *, wait: bool = True) -> None:
        sent = self.phone.send(f'<data id="{self.form_id}" version="1">{inside}</data>'.encode())
        assert sent.accepted, sent
        if wait:
            self.apply()

    def create(self, uuid: str, label: str = "Well", branch: str = "", **values: str) -> str:
        attributes = f'id="{uuid}" create="1"' + (f' trunkVersion="" branchId="{branch}"' if branch else "")
        return self.send(attributes, label, values)

    def update(
        self,
        uuid: str,
        base: int | str,
        trunk: int | None = None,
        branch: str = "",
        label: str | None = None,
        **values: str,
    ) -> str:
        attributes = f'id="{uuid}" update="1" baseVersion="{base}"'
        if branch:
            attributes += f' trunkVersion="{"" if trunk is None else trunk}" branchId="{branch}"'
        return self.send(attributes, label, values)

    def apply(self) -> None:
        assert self.server.context.entity_follower.caught_up()

    def find(self, uuid: str) -> Entity | None:
        return self.server.store.entities.find(self.known, uuid)

    def get(self, uuid: str) -> Entity:
        return self.server.store.entities.get(self.known, uuid)

    def versions(self, uuid: str) -> tuple[EntityVersion, ...]:
        return self.server.store.entities.versions(self.get(uuid))

    def bases(self, uuid: str) -> list[int | None]:
        return [one.base_version for one in self.versions(uuid)]

    def notes(self, instance_id: str | None = None) -> list[tuple[str, str]]:
        """What the audit log tells of a submission, oldest first: action, and Central's code of an error."""
        subject = f"1/{self.form_id}/{instance_id or self.last_instance}"
        return [
            (entry.action, str(entry.details.get("code", "")))
            for entry in reversed(self.server.store.audit.page(limit=100))
            if entry.subject == subject and entry.action.startswith(("entity.", "submission.backlog"))
        ]


def wells(server: RunningHere, markdown: str = FORM) -> Wells:
    number = next(_numbers)
    name, form_id = f"wells_{number}", f"visit_{number}"
    server.publish(markdown.format(list=name, form=form_id))
    return Wells(server, server.phone(f"Phone of {form_id}"), name, form_id)
