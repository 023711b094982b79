"""What happened to submissions after they came, as temporary tables of one question: edits, the trash.

And which of them the reader may not look at.
"""

from __future__ import annotations

from dataclasses import dataclass

from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Changes:
    """Whether any submission of a form was edited, any is in the trash, any is not for this reader."""

    edits: bool
    deleted: bool
    hidden: bool


def make_changes(
    db: DuckDBPyConnection,
    project_id: int,
    form_id: str,
    not_object_types: tuple[str, ...],
    known: Changes | None,
    *,
    of_lines: bool,
) -> Changes:
    """Make the temporary tables `edited`, `superseded`, `deleted` and, if any is hidden, `hidden`.

    `known` says which of them are empty.
    """
    form: dict[str, object] = {"project_id": project_id, "form_id": form_id}
    edits = deleted = hidden = 0
    if known is not None and not known.edits:
        db.execute("CREATE OR REPLACE TEMP TABLE edited (root_seq BIGINT, current_seq BIGINT, edits BIGINT)")
    else:
        edits = number_of(db, _EDITED, form)
    if edits and of_lines:
        db.execute(
            "CREATE OR REPLACE TEMP TABLE superseded AS SELECT submission_seq FROM submission "
            "JOIN temp.edited AS edited USING (root_seq) WHERE submission_seq <> edited.current_seq"
        )
    if known is not None and not known.deleted:
        db.execute("CREATE OR REPLACE TEMP TABLE deleted (root_seq BIGINT, deleted_at TIMESTAMP)")
    else:
        deleted = number_of(db, _DELETED, form)
    if not_object_types and (known is None or known.hidden):
        types = {**form, "not_object_types": list(not_object_types)}
        # a form about no object at all, as most others are, hides nothing: that is quickly seen
        if number_of(db, _MAY_BE_HIDDEN, types):
            hidden = number_of(db, _HIDDEN, types)
    return Changes(edits > 0, deleted > 0, hidden > 0)


_EDITED = """
CREATE OR REPLACE TEMP TABLE edited AS
SELECT root_seq, max(submission_seq) AS current_seq, count(*) AS edits FROM submission
WHERE project_id = $project_id AND form_id = $form_id AND root_seq <> submission_seq GROUP BY root_seq"""

_DELETED = """
CREATE OR REPLACE TEMP TABLE deleted AS
SELECT root_seq, arg_max(decided_at, seq) AS deleted_at FROM decision JOIN submission USING (submission_seq)
WHERE action IN ('deleted', 'restored') AND project_id = $project_id AND form_id = $form_id
GROUP BY root_seq HAVING arg_max(action, seq) = 'deleted'"""


_MAY_BE_HIDDEN = """
SELECT EXISTS (
    FROM form_version WHERE project_id = $project_id AND form_id = $form_id
    AND list_contains($not_object_types, object_type)
) OR EXISTS (
    FROM submission WHERE project_id = $project_id AND form_id = $form_id AND object_id IS NOT NULL
)"""

# versions of submissions about objects that the reader may not look at
_HIDDEN = """
CREATE OR REPLACE TEMP TABLE hidden AS
SELECT hidden.submission_seq FROM submission AS hidden
LEFT JOIN object ON object.project_id = hidden.project_id AND object.object_id = hidden.object_id
LEFT JOIN (
    SELECT version, max(object_type) AS object_type FROM form_version
    WHERE project_id = $project_id AND form_id = $form_id GROUP BY version
) AS filled ON filled.version = hidden.version
WHERE hidden.project_id = $project_id AND hidden.form_id = $form_id
  AND list_contains($not_object_types, coalesce(object.type, filled.object_type, ''))"""


def number_of(db: DuckDBPyConnection, question: str, parameters: dict[str, object] | None = None) -> int:
    ((number,),) = db.execute(question, parameters or {}).fetchall()
    return int(number)
