"""The ledger, what is counted beside it, and the audit log."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary

from server.store.columns import at, key, number, of_or_none, several, text, text_or_none
from server.store.tables.layout import table

record = table(
    "record",
    number("seq", primary_key=True),
    *several(text, "at", "kind", "subject"),
    number("actor"),  # 0: nobody but the owner of the data folder
    text("round"),  # "": none
    *several(text, "payload_sha256", "prev", "hash"),
    Column("payload", LargeBinary),  # NULL once it was erased by law
)
# one row, locked by whoever appends: SQLite locks the whole file anyway
chain = table("chain", number("id", primary_key=True))
# rises with every change of a family of tables, so that every process sees that its cache is old
generation = table("generation", text("family", primary_key=True), number("number"))
setting = table("setting", text("name", primary_key=True), text("value"))
# how the site shows itself: its pictures, and what stands where people sign in
appearance = table(
    "appearance",
    text("name", primary_key=True),
    text("value"),  # JSON; of a picture: its media type
    Column("picture", LargeBinary),
    at("set_at"),
)
audit = table(
    "audit",
    key(),
    at("at"),
    of_or_none("actor_id", "actor.id"),
    *several(text, "action", "subject", "details"),
    text_or_none("notes"),  # what the one who asked wrote beside the request
    Index(None, "at"),
    Index(None, "action"),
    Index(None, "actor_id"),
    Index(None, "subject"),
)
