"""What comes through a public link: never an edit, and through a token for once one instance alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from forms.faults.people import LinkCannotEdit, LinkUsed
from server.permissions import PUBLIC_LINK, Person
from server.store import Store


@dataclass(slots=True)
class Claim:
    """Holds a token for an instance while that is being taken; of other senders it asks nothing."""

    store: Store
    person: Person
    instance_id: str
    is_new: bool = False

    async def make(self, *, is_edit: bool, now: datetime) -> None:
        """The same instance may come again, in parts or after a lost reply.

        Raises: LinkCannotEdit, LinkUsed.
        """
        if self.person.kind == PUBLIC_LINK and is_edit:
            raise LinkCannotEdit()
        token = self.person.admits_one
        if token is None:
            return
        links, instance_id = self.store.public_links, self.instance_id
        claimed = await self.store.change(lambda tx: links.claim(tx, token, instance_id, now=now))
        if claimed == "taken":
            raise LinkUsed()
        self.is_new = claimed == "new"

    async def release(self) -> None:
        """The instance was not taken after all: the token is as good as before."""
        token = self.person.admits_one
        if token is not None and self.is_new:
            links, instance_id = self.store.public_links, self.instance_id
            await self.store.change(lambda tx: links.release(tx, token, instance_id))
