"""Rounds of evaluation: planned, open, closed, published; each step a record of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

import msgspec
from sqlalchemy import Connection, select

from server.store import chain
from server.store.blobs import Blob
from server.store.forms import Forms
from server.store.foundation import Foundation
from server.store.generations import Cached
from server.store.ledger import subject_of
from server.store.refusals import (
    FormUnpublished,
    FormWithoutScheme,
    RoundEmpty,
    RoundNotClosed,
    RoundNotFrozen,
    RoundNotOpen,
    RoundNotPlanned,
    RoundTaken,
)
from server.store.round_rows import (
    KINDS,
    TYPE_WEIGHTS,
    Round,
    RoundForm,
    RoundKind,
    RoundState,
    load_rounds,
    require_round,
    round_payload,
    store_round,
)
from server.store.round_rules import check_round, refuse_overlap, require_link
from server.store.tables import round_file
from server.store.transaction import Tx

__all__ = ["KINDS", "TYPE_WEIGHTS", "Round", "RoundFile", "RoundForm", "RoundKind", "RoundState", "Rounds"]


@dataclass(frozen=True, slots=True)
class RoundFile:
    """A frozen table (kind frozen) or a file of the release (kind release)."""

    kind: Literal["frozen", "release"]
    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class _All:
    """Every round, and the open ones by what a submission names."""

    by_id: dict[str, Round]
    open: dict[tuple[int, str, str], tuple[Round, ...]]


def _load(connection: Connection, _: None) -> _All:
    by_id = load_rounds(connection)
    opened: dict[tuple[int, str, str], tuple[Round, ...]] = {}
    for known in by_id.values():
        if known.state == "open":
            for form in known.forms:
                for object_id in known.objects:
                    key = (known.project_id, form.form_id, object_id)
                    opened[key] = (*opened.get(key, ()), known)
    return _All(by_id, opened)


class Rounds:
    def __init__(self, foundation: Foundation, forms: Forms) -> None:
        self._database = foundation.database
        self._forms = forms
        self._cached: Cached[None, _All] = Cached(foundation.generations, "rounds", _load)

    def all(self, project_id: int) -> tuple[Round, ...]:
        """The rounds of a project, newest first; cached."""
        known = (one for one in self._cached.get(None).by_id.values() if one.project_id == project_id)
        return tuple(sorted(known, key=lambda one: (one.opens_on, one.round_id), reverse=True))

    def get(self, round_id: str) -> Round:
        """Raises: RoundNotFound."""
        return require_round(self._cached.get(None).by_id, round_id)

    def round_for(self, project_id: int, form_id: str, object_id: str | None, day: date) -> str | None:
        """The open round that a submission filled in on this day belongs to; cached, asked per submission."""
        if object_id is None:
            return None
        for known in self._cached.get(None).open.get((project_id, form_id, object_id), ()):
            if known.opens_on <= day <= known.closes_on:
                return known.round_id
        return None

    def open_with_form(self, project_id: int, form_id: str) -> tuple[Round, ...]:
        """The open rounds that use a form."""
        return tuple(
            one for one in self.all(project_id) if one.state == "open" and one.form(form_id) is not None
        )

    def unfrozen(self) -> tuple[Round, ...]:
        """Closed rounds whose scores are not frozen yet: a crash came between the two records."""
        known = self._cached.get(None).by_id.values()
        return tuple(one for one in known if one.state == "closed" and one.frozen_seq is None)

    def files(self, round_id: str) -> tuple[RoundFile, ...]:
        with self._database.read() as connection:
            rows = connection.execute(
                select(round_file.c.kind, round_file.c.name, round_file.c.sha256, round_file.c.size)
                .where(round_file.c.round_id == round_id)
                .order_by(round_file.c.kind, round_file.c.name)
            ).all()
        return tuple(RoundFile(*row) for row in rows)

    def plan(self, tx: Tx, wanted: Round, *, now: datetime, actor: int | None) -> None:
        """Plan a round, or change one that is still planned.

        Raises: RoundNameInvalid, RoundKindUnknown, RoundDatesInvalid, RoundWeightsInvalid, LinkInvalid,
        RoundTaken, RoundNotPlanned, FormNotFound, ObjectNotFound.
        """
        before = load_rounds(tx.conn, wanted.round_id).get(wanted.round_id)
        if before is not None and before.project_id != wanted.project_id:
            raise RoundTaken(round_id=wanted.round_id)
        if before is not None and before.state != "planned":
            raise RoundNotPlanned(round_id=wanted.round_id, state=before.state)
        check_round(tx, wanted, {form.form_id for form in self._forms.all(wanted.project_id)})
        forms = tuple(replace(form, version=None) for form in wanted.forms)
        planned = replace(
            wanted,
            state="planned",
            forms=forms,
            opened_seq=None,
            closed_seq=None,
            frozen_seq=None,
            published_seq=None,
            opened_at=None,
            closed_at=None,
            published_at=None,
        )
        self._append(tx, planned, "planned", now, actor)
        store_round(tx, planned)

    def open(self, tx: Tx, round_id: str, *, now: datetime, actor: int | None) -> Round:
        """Open it: fixes the version of every form (the current one).

        Raises: RoundNotFound, RoundNotPlanned, RoundEmpty, RoundOverlap, FormUnpublished, FormWithoutScheme.
        """
        known = self._require(tx, round_id)
        if known.state != "planned":
            raise RoundNotPlanned(round_id=round_id, state=known.state)
        if not known.forms or not known.objects:
            raise RoundEmpty(round_id=round_id)
        forms = []
        for form in known.forms:
            current = self._forms.get(known.project_id, form.form_id).current
            if current is None:
                raise FormUnpublished(form_id=form.form_id)
            if current.scheme is None:
                raise FormWithoutScheme(form_id=form.form_id)
            forms.append(RoundForm(form.form_id, current.version, current.object_type))
        for other in load_rounds(tx.conn).values():
            refuse_overlap(known, other)
        opened = replace(known, state="open", forms=tuple(forms), opened_at=now)
        opened = replace(opened, opened_seq=tx.head.seq + 1)
        self._append(tx, opened, "opened", now, actor)
        store_round(tx, opened)
        return opened

    def close(self, tx: Tx, round_id: str, *, now: datetime, actor: int | None) -> Round:
        """The record `closed`; the scores are frozen next. Raises: RoundNotFound, RoundNotOpen."""
        known = self._require(tx, round_id)
        if known.state != "open":
            raise RoundNotOpen(round_id=round_id, state=known.state)
        closed = replace(known, state="closed", closed_at=now, closed_seq=tx.head.seq + 1)
        self._append(tx, closed, "closed", now, actor)
        store_round(tx, closed)
        return closed

    def freeze(
        self,
        tx: Tx,
        round_id: str,
        *,
        as_of: int,
        tables: Mapping[str, Blob],
        method: bytes,
        now: datetime,
        actor: int | None,
    ) -> Round:
        """The record `frozen`: sha256 of every table, and the method (JSON). A second time changes nothing.

        Raises: RoundNotFound, RoundNotClosed.
        """
        known = self._require(tx, round_id)
        if known.state not in ("closed", "published"):
            raise RoundNotClosed(round_id=round_id, state=known.state)
        if known.frozen_seq is not None:
            return known
        self._keep_files(tx, round_id, "frozen", tables)
        frozen = replace(known, frozen_seq=tx.head.seq + 1)
        said: dict[str, chain.Json] = {
            "as_of": as_of,
            "tables": {name: blob.sha256 for name, blob in tables.items()},
            "method": msgspec.json.decode(method),
        }
        self._append(tx, frozen, "frozen", now, actor, said)
        store_round(tx, frozen)
        return frozen

    def publish(
        self,
        tx: Tx,
        round_id: str,
        *,
        release: Mapping[str, Blob],
        kenesh_resolution_no: str,
        kenesh_resolution_link: str,
        now: datetime,
        actor: int | None,
    ) -> Round:
        """Raises: RoundNotFound, RoundNotClosed, RoundNotFrozen, LinkInvalid."""
        known = self._require(tx, round_id)
        if known.state != "closed":
            raise RoundNotClosed(round_id=round_id, state=known.state)
        if known.frozen_seq is None:
            raise RoundNotFrozen(round_id=round_id)
        require_link(kenesh_resolution_link)
        self._keep_files(tx, round_id, "release", release)
        published = replace(
            known,
            state="published",
            published_at=now,
            published_seq=tx.head.seq + 1,
            kenesh_resolution_no=kenesh_resolution_no,
            kenesh_resolution_link=kenesh_resolution_link,
        )
        said: dict[str, chain.Json] = {"release": {name: blob.sha256 for name, blob in release.items()}}
        self._append(tx, published, "published", now, actor, said)
        store_round(tx, published)
        return published

    def _require(self, tx: Tx, round_id: str) -> Round:
        return require_round(load_rounds(tx.conn, round_id), round_id)

    def _append(
        self,
        tx: Tx,
        told: Round,
        step: str,
        now: datetime,
        actor: int | None,
        more: dict[str, chain.Json] | None = None,
    ) -> None:
        subject = subject_of(told.project_id, told.round_id)
        payload = chain.canonical({**round_payload(told), "state": step, **(more or {})})
        tx.append("round", subject, payload, at=now, actor=actor, round_id=told.round_id)
        tx.touch("rounds")

    def _keep_files(
        self, tx: Tx, round_id: str, kind: Literal["frozen", "release"], files: Mapping[str, Blob]
    ) -> None:
        rows = [
            {"round_id": round_id, "kind": kind, "name": name, "sha256": blob.sha256, "size": blob.size}
            for name, blob in sorted(files.items())
        ]
        if rows:
            tx.conn.execute(round_file.insert(), rows)
