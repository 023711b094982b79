"""The truth: the ledger, the blobs and every table that cannot be derived from them.

`open_store(data)` gives a Store. What is read has a family (`store.forms`, `store.rounds` ...) whose read
functions take plain values; what is written takes a Tx and runs inside `store.write(...)`:

    round_ = store.write(lambda tx: store.rounds.open(tx, 1, "2026-1", actor=7, now=now))
"""

from server.store.arrival import Arrival, ArrivedFile, Outcome
from server.store.blobs import Blob, Blobs, Incoming
from server.store.ledger import Head, Ledger, Record
from server.store.store import Store, open_store
from server.store.transaction import Tx

__all__ = [
    "Arrival",
    "ArrivedFile",
    "Blob",
    "Blobs",
    "Head",
    "Incoming",
    "Ledger",
    "Outcome",
    "Record",
    "Store",
    "Tx",
    "open_store",
]
