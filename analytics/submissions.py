"""Submissions as a coordinator looks at them: the list of a project's, and one with every answer in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which submissions a list shows; None means all.

    `text`: a part of the instanceID, the first or the latest, or of the name of the instance.
    `not_object_types`: the rule of independence, objects of these types are never shown.
    """

    project_id: int
    form_id: str | None = None
    round_id: str | None = None
    waiting: bool = False  # only those without a round
    object_ids: tuple[str, ...] | None = None
    not_object_types: tuple[str, ...] = ()
    not_form_ids: tuple[str, ...] = ()  # forms in the trash
    states: tuple[str, ...] | None = None  # received, accepted, returned, void, edited
    streams: tuple[str, ...] | None = None
    filled_from: date | None = None
    filled_to: date | None = None
    submitter_id: int | None = None
    text: str | None = None
    root_seq: int | None = None
    submission_seq: int | None = None  # this very version, current or not


@dataclass(frozen=True, slots=True)
class ListedSubmission:
    """One row of the list: the latest version of one submission; `object_name` is empty where unknown."""

    submission_seq: int
    root_seq: int
    project_id: int
    form_id: str
    version: str
    instance_id: str
    root_instance_id: str
    instance_name: str
    round_id: str | None
    object_id: str | None
    object_name: str
    stream: str | None
    village: str | None
    filled_on: date | None
    received_at: datetime
    submitter_id: int | None
    state: str
    edits: int
    media_expected: int
    media_present: int
    is_current: bool


@dataclass(frozen=True, slots=True)
class SubmissionPage:
    """One page of a list, newest first, and how many there are in all."""

    rows: tuple[ListedSubmission, ...]
    total: int


def list_submissions(
    db: DuckDBPyConnection, wanted: Wanted, *, language: str, limit: int = 50, offset: int = 0
) -> SubmissionPage:
    """Submissions of a project, newest first; names of objects in this language."""
    values: dict[str, object] = {
        "project_id": wanted.project_id,
        "form_id": wanted.form_id,
        "round_id": wanted.round_id,
        "waiting": wanted.waiting,
        "object_ids": _list(wanted.object_ids),
        "not_object_types": list(wanted.not_object_types),
        "not_form_ids": list(wanted.not_form_ids),
        "states": _list(wanted.states),
        "streams": _list(wanted.streams),
        "filled_from": wanted.filled_from,
        "filled_to": wanted.filled_to,
        "submitter_id": wanted.submitter_id,
        "text": wanted.text,
        "root_seq": wanted.root_seq,
        "submission_seq": wanted.submission_seq,
    }
    total = db.execute(f"SELECT count(*) {_MEANT}", values).fetchone()
    rows = db.execute(
        _LISTED, {**values, "language": language, "limit": max(0, limit), "offset": max(0, offset)}
    ).fetchall()
    return SubmissionPage(tuple(ListedSubmission(*row) for row in rows), int(total[0]) if total else 0)


def _list(names: tuple[str, ...] | None) -> list[str] | None:
    return list(names) if names is not None else None


_MEANT = """
FROM submission AS sent
JOIN submission_state AS standing ON standing.submission_seq = sent.submission_seq
JOIN submission AS root ON root.submission_seq = sent.root_seq
LEFT JOIN object ON object.project_id = sent.project_id AND object.object_id = sent.object_id
LEFT JOIN (
    SELECT project_id, form_id, version, max(object_type) AS object_type FROM form_version GROUP BY ALL
) AS filled ON filled.project_id = sent.project_id AND filled.form_id = sent.form_id
 AND filled.version = sent.version
WHERE sent.project_id = $project_id
  AND CASE WHEN $submission_seq IS NULL THEN standing.is_current
           ELSE sent.submission_seq = $submission_seq END
  AND ($root_seq IS NULL OR sent.root_seq = $root_seq)
  AND ($form_id IS NULL OR sent.form_id = $form_id)
  AND NOT list_contains($not_form_ids, sent.form_id)
  AND ($round_id IS NULL OR standing.round_id = $round_id)
  AND (NOT $waiting OR (standing.round_id IS NULL AND filled.object_type IS NOT NULL))
  AND ($object_ids IS NULL OR list_contains($object_ids, sent.object_id))
  AND NOT list_contains($not_object_types, coalesce(object.type, filled.object_type, ''))
  AND ($states IS NULL OR list_contains($states, standing.state))
  AND ($streams IS NULL OR list_contains($streams, sent.stream))
  AND ($filled_from IS NULL OR sent.filled_on >= $filled_from)
  AND ($filled_to IS NULL OR sent.filled_on <= $filled_to)
  AND ($submitter_id IS NULL OR sent.submitter_id = $submitter_id)
  AND ($text IS NULL OR contains(root.instance_id, $text) OR contains(sent.instance_id, $text)
       OR contains(lower(coalesce(sent.instance_name, '')), lower($text)))
"""

_LISTED = f"""
WITH meant AS (
    SELECT sent.submission_seq, sent.root_seq, sent.project_id, sent.form_id, sent.version, sent.instance_id,
           root.instance_id AS root_instance_id, coalesce(sent.instance_name, '') AS instance_name,
           standing.round_id, sent.object_id,
           coalesce(CASE $language WHEN 'ru' THEN nullif(name_ru, '') WHEN 'en' THEN nullif(name_en, '') END,
                    nullif(name_ky, ''), nullif(name_ru, ''), '') AS object_name,
           sent.stream, sent.village, sent.filled_on, sent.received_at, sent.submitter_id,
           standing.state, standing.edits, sent.media, standing.is_current
    {_MEANT}
    ORDER BY sent.submission_seq DESC LIMIT $limit OFFSET $offset
), file AS (
    SELECT submission.root_seq, list(DISTINCT attachment.name) AS names
    FROM attachment JOIN submission USING (submission_seq)
    WHERE submission.root_seq IN (SELECT root_seq FROM meant)
    GROUP BY submission.root_seq
)
SELECT meant.* EXCLUDE (media, is_current), coalesce(len(media), 0),
       coalesce(len(list_filter(media, lambda name: list_contains(file.names, name))), 0), is_current
FROM meant LEFT JOIN file ON file.root_seq = meant.root_seq
ORDER BY submission_seq DESC
"""  # noqa: S608  (both texts are ours)
