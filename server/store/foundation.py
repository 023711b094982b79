"""What every family of tables stands on."""

from __future__ import annotations

from dataclasses import dataclass

from server.store.blobs import Blobs
from server.store.database import Database
from server.store.generations import Generations


@dataclass(frozen=True, slots=True)
class Foundation:
    database: Database
    generations: Generations
    blobs: Blobs
    secret: bytes
