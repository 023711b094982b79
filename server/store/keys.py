"""Keys of encrypted forms: a project's own, made here, and those that forms brought with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from forms.faults.encryption import AlreadyEncrypted, KeyNotFound
from server.store.forms import Forms
from server.store.foundation import Foundation
from server.store.generations import Cached
from server.store.tables import encryption_key
from server.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class EncryptionKey:
    """`locked` is the private key under its passphrase; None: its owner keeps it, we never saw it."""

    key_id: int
    project_id: int | None
    public_key: str
    locked: str | None
    hint: str
    created_at: datetime

    @property
    def managed(self) -> bool:
        return self.locked is not None


def _load(connection: Connection, _: None) -> tuple[EncryptionKey, ...]:
    rows = connection.execute(select(encryption_key).order_by(encryption_key.c.id.desc()))
    return tuple(EncryptionKey(*row) for row in rows)


class Keys:
    """Read from a cache that follows the family of forms: a key comes with a form, or into a project."""

    def __init__(self, foundation: Foundation, forms: Forms) -> None:
        self._forms = forms
        self._cached: Cached[None, tuple[EncryptionKey, ...]] = Cached(foundation.generations, "forms", _load)

    def all(self) -> tuple[EncryptionKey, ...]:
        """Every key, the newest first."""
        return self._cached.get(None)

    def get(self, key_id: int) -> EncryptionKey:
        """Raises: KeyNotFound."""
        for known in self.all():
            if known.key_id == key_id:
                return known
        raise KeyNotFound(key_id=key_id)

    def of_project(self, project_id: int) -> EncryptionKey | None:
        """The key with which the server encrypts the forms of a project; None: it does not."""
        return next((key for key in self.all() if key.project_id == project_id), None)

    def of_public(self, public_key: str) -> EncryptionKey | None:
        """The key whose public half a form carries."""
        return next((key for key in self.all() if key.public_key == public_key), None)

    def of_form(self, project_id: int, form_id: str) -> tuple[EncryptionKey, ...]:
        """The keys that any published version of a form carries, the newest first. Raises: FormNotFound."""
        carried = {version.schema.public_key for version in self._forms.versions(project_id, form_id)}
        return tuple(key for key in self.all() if key.public_key in carried)

    def add_to_project(
        self, tx: Tx, project_id: int, public_key: str, locked: str, hint: str, *, now: datetime
    ) -> int:
        """Give a project its key, once and for all; its number. Raises: AlreadyEncrypted."""
        taken = tx.conn.scalar(select(encryption_key.c.id).where(encryption_key.c.project_id == project_id))
        if taken is not None:
            raise AlreadyEncrypted()
        tx.touch("forms")
        tx.touch("projects")
        return _insert(tx, project_id, public_key, locked, hint, now)

    def ensure(self, tx: Tx, public_key: str, *, now: datetime) -> int:
        """The number of a key that a form brings, made known where it was not."""
        known = tx.conn.scalar(select(encryption_key.c.id).where(encryption_key.c.public_key == public_key))
        if known is not None:
            return int(known)
        tx.touch("forms")
        return _insert(tx, None, public_key, None, "", now)


def _insert(
    tx: Tx, project_id: int | None, public_key: str, locked: str | None, hint: str, now: datetime
) -> int:
    added = tx.conn.execute(
        encryption_key.insert().values(
            project_id=project_id, public_key=public_key, locked_key=locked, hint=hint, created_at=now
        )
    )
    return int(added.inserted_primary_key[0])  # type: ignore[index]  # one row, one key
