"""Where each submission stands, against what the decisions in the ledger tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from server.store.columns import AnyRow, moment_text
from server.store.tables import record, submission

BATCH = 500
REVIEWS = ("accepted", "returned", "void", "received", "edited")


@dataclass(slots=True)
class Told:
    """The last word of each kind on every version, as the ledger tells it."""

    states: dict[int, str] = field(default_factory=dict)
    rounds: dict[int, str] = field(default_factory=dict)
    trashed: dict[int, str | None] = field(default_factory=dict)  # when it was deleted; None: restored

    def learn(self, submission_seq: int, action: str, round_id: str | None, at: str) -> None:
        if action in REVIEWS:
            self.states[submission_seq] = action
        elif action == "assigned" and round_id is not None:
            self.rounds[submission_seq] = round_id
        elif action in ("deleted", "restored"):
            self.trashed.pop(submission_seq, None)  # the last word counts, so it comes last
            self.trashed[submission_seq] = at if action == "deleted" else None


def differing_states(connection: Connection, told: Told, last: int) -> Iterator[AnyRow]:
    """Rows of submissions that say otherwise than the decisions on them: state, round, trash, versions."""
    s = submission.c
    question = (
        select(
            s.seq,
            s.root_seq,
            s.replaced_by,
            s.state,
            s.round_id,
            s.deleted_at,
            record.c.subject,
            record.c.round,
        )
        .join(record, record.c.seq == s.seq)
        .where(s.seq <= last)
        .order_by(s.seq)
        .execution_options(yield_per=BATCH)
    )
    edited: dict[int, list[AnyRow]] = {}
    deleted = _deleted_roots(connection, told)
    for row in connection.execute(question):
        if row.root_seq != row.seq or row.replaced_by is not None:
            edited.setdefault(row.root_seq, []).append(row)
        begun = "received" if row.root_seq == row.seq else "edited"
        state = told.states.get(row.seq, begun)
        round_id = told.rounds.get(row.seq, row.round or None)
        deleted_at = moment_text(row.deleted_at) if row.deleted_at is not None else None
        same = (row.state, row.round_id, deleted_at) == (state, round_id, deleted.get(row.root_seq))
        if not same:
            yield row

    for root_seq, versions in edited.items():
        # each version replaces the one before it, and the first is the root of all
        seqs = [row.seq for row in versions]
        for row, replaced_by in zip(versions, [*seqs[1:], None], strict=True):
            later = row.replaced_by is not None and row.replaced_by > last  # has come meanwhile
            if seqs[0] != root_seq or (row.replaced_by != replaced_by and not later):
                yield row


def _deleted_roots(connection: Connection, told: Told) -> dict[int, str | None]:
    """When each submission was deleted, by its first version; None: it was restored."""
    roots: dict[int, int] = {}
    seqs = list(told.trashed)
    for start in range(0, len(seqs), BATCH):
        some = submission.c.seq.in_(seqs[start : start + BATCH])
        question = select(submission.c.seq, submission.c.root_seq).where(some)
        roots |= {row.seq: row.root_seq for row in connection.execute(question)}
    return {roots[seq]: at for seq, at in told.trashed.items() if seq in roots}
