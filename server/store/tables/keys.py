"""Keys of encrypted forms: the public ones forms carry, and what the server keeps of its own."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint

from server.store.columns import at, key, of_or_none, text, text_or_none
from server.store.tables.layout import table

encryption_key = table(
    "encryption_key",
    key(),
    of_or_none("project_id", "project.id"),  # the project whose forms the server encrypts with it
    text("public_key"),
    text_or_none("locked_key"),  # the private one under the passphrase, which is kept nowhere
    text("hint"),
    at("created_at"),
    UniqueConstraint("public_key"),
    UniqueConstraint("project_id"),
)
