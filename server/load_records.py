"""Records of the ledger with all that the reading needs of them, which they themselves only name."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from analytics.load import LoadRecord
from forms.decoding import decode
from forms.errors import NotFound
from forms.evaluation import Scheme
from forms.schema import Schema
from server.store import Store
from server.store.ledger import Record


class _Frozen(msgspec.Struct, frozen=True):
    """What a record of a round says of its frozen tables: their names and sha256."""

    state: str = ""
    tables: dict[str, str] = {}


class LedgerReader:
    """Reads the ledger for the loader: schemas of forms, bytes of frozen tables, tokens of links."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def after(self, seq: int, limit: int) -> list[LoadRecord]:
        """The records after `seq`, in order."""
        records = self._store.ledger.records_after(seq, limit)
        tokens = self._link_tokens(records)
        return [self._load_record(record, tokens) for record in records]

    def has(self, seq: int, known_hash: str) -> bool:
        """Is this the ledger whose record `seq` has this hash?"""
        try:
            return self._store.ledger.record(seq).hash == known_hash
        except NotFound:
            return False

    def _load_record(self, record: Record, tokens: Mapping[int, str]) -> LoadRecord:
        schema = scheme = privacy = frozen = fault = None
        try:
            schema, scheme, privacy = self._form(record)
            frozen = self._frozen(record)
        except (NotFound, ValueError) as error:  # of one record alone: it is set aside, the others go on
            fault = type(error).__name__
        return LoadRecord(
            seq=record.seq,
            hash=record.hash,
            at=record.at,
            kind=record.kind,
            subject=record.subject,
            actor=record.actor,
            round_id=record.round_id,
            payload=record.payload,
            schema=schema,
            scheme=scheme,
            privacy=privacy,
            frozen=frozen,
            link_token=tokens.get(record.seq),
            fault=fault,
        )

    def _form(self, record: Record) -> tuple[Schema | None, Scheme | None, Mapping[str, str] | None]:
        if record.kind != "form":
            return None, None, None
        version = self._store.forms.of_record(record.seq)
        if version is None:
            raise ValueError
        content = version.content
        return content.schema, content.scheme, content.privacy

    def _frozen(self, record: Record) -> Mapping[str, bytes] | None:
        if record.kind != "round" or record.payload is None:
            return None
        said = decode(record.payload, _Frozen)
        if said.state != "frozen":
            return None
        return {name: self._store.blobs.read(sha256) for name, sha256 in said.tables.items()}

    def _link_tokens(self, records: list[Record]) -> Mapping[int, str]:
        seqs = [record.seq for record in records if record.kind == "submission"]
        return self._store.submissions.link_tokens(seqs[0], seqs[-1]) if seqs else {}
