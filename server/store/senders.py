"""Who sent what, and with which device: outside the ledger and the reading, asked for a page at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import select

from server.store.database import Database
from server.store.tables import account, actor, submission

AT_ONCE = 500
SPARSE = 4  # to name every one of a few hundred records costs more than to read some between them


def names_of(database: Database, actors: Sequence[int]) -> dict[int, str]:
    """How these senders are called: accounts, app users and public links, those that are gone too."""
    names: dict[int, str] = {}
    with database.read() as connection:
        for some in _parts(sorted(set(actors))):
            question = (
                select(actor.c.id, actor.c.display_name, account.c.email)
                .outerjoin(account, account.c.actor_id == actor.c.id)
                .where(actor.c.id.in_(some))
            )
            for number, name, email in connection.execute(question):
                names[number] = name or email or ""
    return names


def devices_of(database: Database, seqs: Sequence[int]) -> dict[int, str]:
    """The device that sent each of these submissions, where one was named."""
    devices: dict[int, str] = {}
    known = select(submission.c.seq, submission.c.device_id).where(submission.c.device_id.is_not(None))
    with database.read() as connection:
        for some in _parts(sorted(seqs)):
            dense = some[-1] - some[0] < SPARSE * len(some)  # as those of a page mostly are
            which = submission.c.seq.between(some[0], some[-1]) if dense else submission.c.seq.in_(some)
            devices |= {row.seq: row.device_id for row in connection.execute(known.where(which))}
    return devices


def _parts(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    for first in range(0, len(numbers), AT_ONCE):
        yield numbers[first : first + AT_ONCE]
