"""One row beside the ledger against the record that tells of it."""

from __future__ import annotations

from collections.abc import Mapping

from server.store import chain
from server.store.columns import AnyRow, moment_text
from server.store.form_content import derived_hashes, notes_hash, original_id
from server.store.ledger import subject_of
from server.store.receiving import instance_key


def same_submission(row: AnyRow, told: AnyRow) -> bool:
    subject = subject_of(row.project_id, original_id(row.form_id), row.instance_id)
    return (
        bytes(row.instance_key) == instance_key(told.subject)
        and (told.subject == subject or told.subject == f"{subject}/{told.payload_sha256[:16]}")
        and row.actor_id == told.actor
        and moment_text(row.received_at) == told.at
    )


def same_derived(row: AnyRow, said: Mapping[str, chain.Json]) -> bool:
    """Are the JSON and the notes beside a version of a form still what they were when it was published?

    The oldest records say nothing of notes.
    """
    hashes = derived_hashes(dict(row._mapping))
    if "notes_sha256" in said:
        hashes |= notes_hash(row.notes)
    return all(said.get(name) == sha256 for name, sha256 in hashes.items())


def as_canonical(said: object) -> bytes:
    return chain.canonical(said) if isinstance(said, dict) else b""
