"""Which submissions an export holds, and the facts about each that stand beside its answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from duckdb import DuckDBPyConnection

from analytics.facts import insert, utc
from analytics.odata.filter import Filter
from analytics.odata.selection import Selection
from analytics.odata.shape import read_shape
from analytics.odata.wanted import Wanted

AT_ONCE = 10_000  # submissions whose facts are put together in one go: more would take more memory


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvWanted:
    """What an export holds and how it is written; the names of the options are Central's.

    `labels` is a language: headers and choices then in words instead of codes; `choice_labels` are those of
    choices that lie in files beside the form, by path of the question. `hidden` are names of
    questions that the reader may not see; `not_object_types` the objects they may not look at.
    """

    project_id: int
    form_id: str
    split_select_multiples: bool = False
    group_paths: bool = True
    deleted_fields: bool = False
    labels: str | None = None
    choice_labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    filter: Filter | None = None  # an OData $filter, on system fields and any question
    now: datetime | None = None  # what such a filter means by now()
    limit: int | None = None  # the newest so many
    hidden: frozenset[str] = frozenset()
    round_id: str | None = None
    states: tuple[str, ...] | None = None
    submitter_ids: tuple[int, ...] | None = None
    received_from: datetime | None = None
    received_before: datetime | None = None
    not_object_types: tuple[str, ...] = ()
    version_seq: int | None = None  # this version alone, under its own instanceID


@dataclass(frozen=True, slots=True)
class Senders:
    """What stands outside the reading: names of senders by actor id; by submission seq, device ids and what
    became of decrypting it, where that is worth a word."""

    names: Iterable[tuple[int, str]] = ()
    devices: Iterable[tuple[int, str]] = ()
    statuses: Iterable[tuple[int, str]] = ()


@dataclass(frozen=True, slots=True)
class SentVersion:
    """A version of a wanted submission as the reading knows it.

    `files` are (name, sha256, size), `corrections` (question, the value that counts).
    """

    seq: int
    root_seq: int
    instance_id: str
    variant: str
    version: str | None
    encrypted: bool
    is_current: bool
    received_at: datetime
    submitter_id: int | None
    round_id: str | None
    state: str
    files: tuple[tuple[str, str, int], ...]
    corrections: tuple[tuple[str, str], ...]


def sent_versions(db: DuckDBPyConnection, wanted: CsvWanted) -> list[SentVersion]:
    """Every version of the wanted submissions, in the order they came; erased ones have no version."""
    gather(db, wanted, Senders())
    rows = db.execute(_SENT).fetchall()
    corrected: dict[int, list[tuple[str, str]]] = {}
    for seq, question, value in db.execute(
        "SELECT submission_seq, question, arg_max(coalesce(new, ''), seq) FROM correction "
        "JOIN submission USING (submission_seq) JOIN temp.wanted ON wanted.root_seq = submission.root_seq "
        "GROUP BY ALL ORDER BY ALL"
    ).fetchall():
        corrected.setdefault(seq, []).append((question, value))
    made = []
    for *row, files in rows:
        named = tuple((file["name"], file["sha256"], file["size"]) for file in files)
        made.append(SentVersion(*[*row, named, tuple(corrected.get(row[0], ()))]))
    return made


def gather(db: DuckDBPyConnection, wanted: CsvWanted, senders: Senders) -> int:
    """Make the temporary table `wanted`, one row per submission, newest first; how many there are.

    A submission is one row however often it was edited: its answers are those of the latest version, its
    key, date, sender and form version those of the first. A file that came with an earlier version counts.
    """
    db.execute("CREATE OR REPLACE TEMP TABLE sender_name (actor_id BIGINT, name VARCHAR)")
    insert(db, "temp.sender_name", [[actor, name] for actor, name in senders.names])
    db.execute("CREATE OR REPLACE TEMP TABLE sender_device (submission_seq BIGINT, device_id VARCHAR)")
    insert(db, "temp.sender_device", [[seq, device] for seq, device in senders.devices])
    db.execute("CREATE OR REPLACE TEMP TABLE sender_status (submission_seq BIGINT, status VARCHAR)")
    insert(db, "temp.sender_status", [[seq, status] for seq, status in senders.statuses])
    db.execute(
        _CHOSEN.replace("AND filtered", _filtered(db, wanted)),
        {
            "project_id": wanted.project_id,
            "form_id": wanted.form_id,
            "version_seq": wanted.version_seq,
            "round_id": wanted.round_id,
            "states": list(wanted.states) if wanted.states is not None else None,
            "submitter_ids": list(wanted.submitter_ids) if wanted.submitter_ids is not None else None,
            "received_from": utc(wanted.received_from) if wanted.received_from else None,
            "received_before": utc(wanted.received_before) if wanted.received_before else None,
            "not_object_types": list(wanted.not_object_types),
            "with_deleted": wanted.filter is not None and wanted.filter.sees_deleted,
            "limit": wanted.limit,
        },
    )
    ((count,),) = db.execute("SELECT count(*) FROM temp.chosen").fetchall()
    db.execute(_ARRIVED, {"project_id": wanted.project_id, "form_id": wanted.form_id})
    begin = "CREATE OR REPLACE TEMP TABLE wanted AS"
    for first in range(1, max(count, 1) + 1, AT_ONCE):
        place = {"first": first, "last": first + AT_ONCE - 1, "version_seq": wanted.version_seq}
        db.execute(f"{begin} {_WANTED}", place)
        begin = "INSERT INTO temp.wanted"
    return int(count)


def _filtered(db: DuckDBPyConnection, wanted: CsvWanted) -> str:
    """The condition that a filter adds. Raises: FieldUnsupported, FilterTypesDiffer, FilterUnsupported."""
    if wanted.filter is None:
        return ""
    # what the reader may not see is no field either: a filter would tell it
    shape = read_shape(db, wanted.project_id, wanted.form_id, wanted.hidden)
    meant = Wanted(
        project_id=wanted.project_id,
        form_id=wanted.form_id,
        now=wanted.now or datetime.now(UTC),
        filter=wanted.filter,
    )
    selected = Selection(db, shape, shape.root, meant)
    selected.page(0, selected.total)
    return "AND sent.submission_seq IN (SELECT current_seq FROM temp.page)"


_SENT = """
WITH file AS (
    SELECT submission_seq, name, arg_max(sha256, seq) AS sha256, arg_max(size, seq) AS size
    FROM attachment GROUP BY ALL
)
SELECT sent.submission_seq, sent.root_seq, sent.instance_id, coalesce(sent.variant, ''), sent.version,
       coalesce(sent.encrypted, false), standing.is_current, sent.received_at, sent.submitter_id,
       standing.round_id, standing.state,
       coalesce(list({name: file.name, sha256: file.sha256, size: file.size})
                FILTER (file.name IS NOT NULL), [])
FROM submission AS sent
JOIN temp.wanted ON wanted.root_seq = sent.root_seq
JOIN submission_state AS standing ON standing.submission_seq = sent.submission_seq
LEFT JOIN file ON file.submission_seq = sent.submission_seq
GROUP BY ALL
ORDER BY sent.submission_seq
"""

# which submissions, in narrow rows: to order wide ones takes several times the memory
_CHOSEN = """
CREATE OR REPLACE TEMP TABLE chosen AS
SELECT row_number() OVER (ORDER BY sent.root_seq DESC) AS position, sent.submission_seq, sent.root_seq,
       standing.state, standing.edits
FROM submission AS sent
JOIN submission_state AS standing ON standing.submission_seq = sent.submission_seq
     AND CASE WHEN $version_seq IS NULL THEN standing.is_latest ELSE sent.submission_seq = $version_seq END
JOIN submission AS root ON root.submission_seq = sent.root_seq
LEFT JOIN object ON object.project_id = sent.project_id AND object.object_id = sent.object_id
LEFT JOIN (
    SELECT version, max(object_type) AS object_type FROM form_version
    WHERE project_id = $project_id AND form_id = $form_id GROUP BY version
) AS filled ON filled.version = sent.version
WHERE sent.project_id = $project_id AND sent.form_id = $form_id
  AND ($with_deleted OR standing.deleted_at IS NULL)
  AND ($round_id IS NULL OR standing.round_id = $round_id)
  AND ($states IS NULL OR list_contains($states, standing.state))
  AND ($submitter_ids IS NULL OR list_contains($submitter_ids, root.submitter_id))
  AND ($received_from IS NULL OR root.received_at >= $received_from)
  AND ($received_before IS NULL OR root.received_at < $received_before)
  AND NOT list_contains($not_object_types, coalesce(object.type, filled.object_type, ''))
  AND filtered
ORDER BY position LIMIT $limit
"""

_ARRIVED = """
CREATE OR REPLACE TEMP TABLE arrived AS
SELECT root_seq, list(DISTINCT attachment.name) AS names
FROM attachment JOIN submission USING (submission_seq)
WHERE project_id = $project_id AND form_id = $form_id
GROUP BY root_seq
"""

_WANTED = """
SELECT chosen.position, sent.submission_seq, sent.instance_id, chosen.root_seq,
       CASE WHEN $version_seq IS NULL THEN root.instance_id ELSE sent.instance_id END AS key,
       root.received_at, strftime(root.received_at, '%Y-%m-%dT%H:%M:%S.%gZ') AS submission_date,
       root.submitter_id, sender_name.name AS submitter_name,
       coalesce(len(list_filter(sent.media, lambda name: list_contains(arrived.names, name))), 0)
           AS attachments_present,
       len(sent.media) AS attachments_expected,
       CASE WHEN sender_status.status IS NOT NULL THEN sender_status.status
            WHEN NOT sent.encrypted THEN NULL
            -- the answers themselves are the last file that an encrypted submission names
            WHEN NOT EXISTS (FROM attachment WHERE attachment.submission_seq = sent.submission_seq
                             AND attachment.name = sent.media[-1])
            THEN 'missing encrypted form data'
            ELSE 'not decrypted' END AS status,
       CASE chosen.state WHEN 'accepted' THEN 'approved' WHEN 'returned' THEN 'hasIssues'
            WHEN 'void' THEN 'rejected' WHEN 'edited' THEN 'edited' END AS review_state,
       sender_device.device_id, chosen.edits,
       nullif(root.version, '') AS form_version, coalesce(sent.version, '') AS own_version
FROM temp.chosen
JOIN submission AS sent ON sent.submission_seq = chosen.submission_seq
JOIN submission AS root ON root.submission_seq = chosen.root_seq
LEFT JOIN temp.arrived ON arrived.root_seq = chosen.root_seq
LEFT JOIN temp.sender_name ON sender_name.actor_id = root.submitter_id
LEFT JOIN temp.sender_device ON sender_device.submission_seq = root.submission_seq
LEFT JOIN temp.sender_status ON sender_status.submission_seq = sent.submission_seq
WHERE chosen.position BETWEEN $first AND $last
ORDER BY position
"""
