"""Entity lists and entities that were deleted: what lay in the trash long enough is purged."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from forms.registry_lists import LISTS
from server.store import Store, Tx
from server.store.entities import EntityList

log = logging.getLogger("baikoo.trash")

KEPT = timedelta(days=30)


def purge_old_entities(
    store: Store, now: datetime, *, stop: Callable[[], bool] = lambda: False, kept: timedelta = KEPT
) -> tuple[int, int]:
    """Purge lists and entities that were deleted so long ago; how many of each.

    A long list goes in small transactions, so that phones are served between.
    """
    lists = 0
    for trashed in store.entity_list_trash.due(now - kept):
        while not stop() and store.write(partial(_part, store, trashed.known, now)):
            pass
        if stop():
            break
        lists += 1
    entities = 0
    for project in store.projects.all():
        for known in store.entity_lists.all(project.project_id):
            if stop() or known.name in LISTS:
                continue
            if store.entities.count_deleted(known, now - kept):
                entities += store.write(partial(_deleted, store, known, now - kept, now))
    if lists or entities:
        log.info("%d entity lists and %d entities were purged from the trash", lists, entities)
    return lists, entities


def _part(store: Store, known: EntityList, now: datetime, tx: Tx) -> bool:
    more = store.entity_list_trash.purge_part(tx, known.list_id, now=now)
    if not more:
        store.audit.add(tx, "dataset.purge", f"{known.project_id}/{known.name}", now=now, actor=None)
    return more


def _deleted(store: Store, known: EntityList, before: datetime, now: datetime, tx: Tx) -> int:
    count = store.entities.purge(tx, known, deleted_before=before, now=now)
    if count:
        details = {"count": count}
        subject = f"{known.project_id}/{known.name}"
        store.audit.add(tx, "entity.purge", subject, now=now, actor=None, details=details)
    return count
