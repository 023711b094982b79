"""What becomes of corrected values when an edit arrives: the decisions of people outlive a document.

A phone edits what it has sent, and knows nothing of corrections. A value whose answer the edit left as it was
goes on counting in the new version (`kept`, in the name of whoever corrected it); where the edit answers
otherwise, its answer counts (`superseded`, in the name of whoever edited). Both are records of the ledger.
Spec: domain.md 2 (a correction is the word of the chair or secretary), design.md 2.1
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from forms.differences import Tree, read_tree
from forms.instance import parse_instance
from forms.places import followed, place_of, question_at, row_of, text_at, way_of
from forms.schema import Schema
from server.store.arrival import Arrival
from server.store.columns import AnyRow
from server.store.deciding import CORRECTING, append_decision
from server.store.forms import Forms
from server.store.tables import decision, form, form_version, record, submission
from server.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class Edit:
    """A version that has just been kept, and the one that it replaced."""

    seq: int
    old_seq: int
    arrival: Arrival


@dataclass(frozen=True, slots=True)
class _Carried:
    """A corrected value and what the edit does to it; `told` is what the new document says there."""

    action: str
    place: str
    told: str
    row: AnyRow


class Carrying:
    def __init__(self, forms: Forms) -> None:
        self._forms = forms

    def carry(self, tx: Tx, edits: Sequence[Edit]) -> dict[int, Counter[str]]:
        """Decide for each edit, in order, once its row is there; by its seq how many of each were decided."""
        done: dict[int, Counter[str]] = {}
        for edit in edits:
            corrected = self._corrected(tx, edit.old_seq)
            if corrected:
                done[edit.seq] = self._carry_one(tx, edit, corrected)
        return done

    def _corrected(self, tx: Tx, seq: int) -> list[AnyRow]:
        """The values that count in a version instead of what it says, the latest of each."""
        rows = tx.conn.execute(
            select(decision)
            .where(decision.c.submission == seq, decision.c.action.in_(CORRECTING))
            .order_by(decision.c.seq)
        )
        return list({row.question: row for row in rows if row.question}.values())

    def _carry_one(self, tx: Tx, edit: Edit, corrected: list[AnyRow]) -> Counter[str]:
        tx.flush()  # the version it replaces may have come in the same moment
        target = tx.conn.execute(
            select(submission.c.seq, submission.c.round_id, record.c.subject)
            .join(record, record.c.seq == submission.c.seq)
            .where(submission.c.seq == edit.seq)
        ).one()
        count: Counter[str] = Counter()
        for one in self._decided(tx, edit, corrected):
            kept, row = one.action == "kept", one.row
            count[one.action] += 1
            append_decision(
                tx,
                target,
                one.action,
                row.reason if kept else "",
                edit.arrival.at,
                row.actor_id if kept else edit.arrival.actor,
                question=one.place,
                old=one.told if kept else row.new_value,
                new=row.new_value if kept else one.told,
            )
        return count

    def _decided(self, tx: Tx, edit: Edit, corrected: list[AnyRow]) -> Iterator[_Carried]:
        arrival = edit.arrival
        old_schema, old = self._old(tx, edit.old_seq)
        schema = self._forms.version(arrival.project_id, arrival.form_id, arrival.version).schema
        new = _tree(arrival.xml, schema)
        for row in corrected:
            before = way_of(old_schema, row.question)
            after = followed(old, new, before) if before is not None else None
            asked = question_at(schema, after) if after is not None else None
            if after is None or asked is None:  # its row, or the question itself, is gone
                yield _Carried("superseded", row.question, "", row)
                continue
            place, told = place_of(schema, asked, row_of(after)), text_at(new, after) or ""
            untouched = told == (text_at(old, before or "") or "")
            kept = untouched and not arrival.knows_corrections
            yield _Carried("kept" if kept else "superseded", place, told, row)

    def _old(self, tx: Tx, seq: int) -> tuple[Schema, Tree]:
        row = tx.conn.execute(
            select(record.c.payload, form.c.project_id, form.c.form_id, form_version.c.version)
            .join(submission, submission.c.seq == record.c.seq)
            .join(form, form.c.id == submission.c.form)
            .join(form_version, form_version.c.id == submission.c.form_version)
            .where(record.c.seq == seq)
        ).one()
        schema = self._forms.version(row.project_id, row.form_id, row.version).schema
        return schema, _tree(bytes(row.payload), schema) if row.payload is not None else {}


def _tree(xml: bytes, schema: Schema) -> Tree:
    """The answers of a document; of an encrypted one, none."""
    if parse_instance(xml).encrypted:
        return {}
    return read_tree(xml, frozenset(repeat.path for repeat in schema.repeats))
