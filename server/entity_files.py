"""Entity lists as phones load them: CSV, made once per change and kept as a file.

The tag of a list is worked out from its count of changes, not from its content: a manifest is asked for far
more often than a list changes, and a list may have a million rows. Spec: protocol.md 4.2
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

from forms.decoding import decoder
from forms.entity_csv import csv_lines, picker
from server.store import Store
from server.store.columns import moment_text
from server.store.entities import EntityList, Scope

UNUSED_S = 600.0  # so long nobody has asked for an older state: its file goes


class EntityFiles:
    """Safe from any thread; a list that several ask for at once is made once."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def tag(self, known: EntityList, scope: Scope) -> str:
        """Hex of 32 letters: another one whenever the list, or what this phone sees of it, may be another."""
        seen = "" if scope.everything else f"{scope.owner}/{scope.having}"
        # the time tells apart two changes of one number, of which a restored backup has forgotten one
        state = f"{known.list_id}/{known.changes}/{moment_text(known.changed_at)}/{seen}"
        return hashlib.md5(state.encode(), usedforsecurity=False).hexdigest()

    def path(self, known: EntityList, scope: Scope) -> Path:
        """The file with the rows of a list that somebody sees, newest first."""
        path = self._folder / f"{known.list_id}-{self.tag(known, scope)}.csv"
        with self._locks[path.name]:
            try:
                os.utime(path)
            except FileNotFoundError:
                self._make(path, known, scope)
        return path

    def _make(self, path: Path, known: EntityList, scope: Scope) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._remove_old(f"{known.list_id}-*.csv")
        columns, pick = known.property_names, picker(known.property_names)
        decode = decoder(dict[str, str]).decode
        part = path.with_suffix(".part")
        with part.open("w", encoding="utf-8", newline="") as file:
            file.write(csv_lines([["name", "label", "__version", *columns]]))
            for rows in self._store.entities.listed(known, scope):
                some = (
                    (uuid, label, str(number), *pick(decode(text))) for _, uuid, label, number, text in rows
                )
                file.write(csv_lines(some))
        part.replace(path)

    def _remove_old(self, pattern: str) -> None:
        self._locks_of_old()
        for old in self._folder.glob(pattern):
            with suppress(OSError):  # gone, or still being read
                if time.time() - old.stat().st_mtime > UNUSED_S:
                    old.unlink()

    def _locks_of_old(self) -> None:
        """Locks of states that are gone, kept from piling up."""
        if len(self._locks) > 5000:
            for name, lock in list(self._locks.items()):
                if not lock.locked():
                    self._locks.pop(name, None)
