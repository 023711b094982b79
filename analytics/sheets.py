"""Which answers a round reads: for each of its forms and streams, the indicators and where their answers lie.

A Sheet is one kind of sheet people fill in, observers' or citizens', of one form of the round. What it says
is read from the reading's own tables; analytics/sheet_sql.py makes the statements that read the answers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from duckdb import DuckDBPyConnection

from forms.decoding import decode
from forms.scales import NUMBER, SCALES
from forms.schema import Schema


@dataclass(frozen=True, slots=True)
class AnswerColumn:
    """A column of the typed table of a form: its name and its SQL type."""

    name: str
    sql_type: str


@dataclass(frozen=True, slots=True)
class SheetIndicator:
    """One indicator as a sheet asks it.

    `points` and `nonresponse` are by choice; `hidden_in` are the form versions in which the question has a
    condition, so that its absence means NA there. `subtypes` empty: it concerns every object.
    """

    number: int
    code: str
    scale: str
    best: float | None
    worst: float | None
    cumulative: bool
    points: Mapping[str, float]
    nonresponse: Mapping[str, str]
    companion: str | None
    companion_nonresponse: Mapping[str, str]
    evidence: tuple[str, ...]
    hidden_in: frozenset[str]
    subtypes: tuple[str, ...]

    @property
    def is_number(self) -> bool:
        return self.scale == NUMBER


@dataclass(frozen=True, slots=True)
class Sheet:
    """`name` is that of its temporary table; `table_schema` is None while nothing was ever sent in."""

    name: str
    form_id: str
    stream: str
    table_schema: str | None
    versions: frozenset[str]
    indicators: tuple[SheetIndicator, ...]
    columns: Mapping[str, AnswerColumn] = field(default_factory=dict)  # by question
    corrected: frozenset[str] = frozenset()  # questions of which some answer was corrected


def sheets_of_round(db: DuckDBPyConnection) -> tuple[Sheet, ...]:
    """The sheets of the round in `asked_round`, one per form and stream that has indicators."""
    return tuple(_sheets(db))


def _sheets(db: DuckDBPyConnection) -> Iterator[Sheet]:
    forms = db.execute(
        """
        SELECT project_id, form_id, version, table_schema, form_schema
        FROM form_version JOIN asked_round USING (project_id)
        WHERE form_id IN (SELECT form_id FROM round_indicator)
        ORDER BY form_id, seq
        """
    ).fetchall()
    fixed = dict(
        db.execute(
            "SELECT form_id, version FROM round_form JOIN asked_round USING (round_id, project_id)"
        ).fetchall()
    )
    corrected = frozenset(
        name
        for (name,) in db.execute(
            "SELECT DISTINCT question FROM correction JOIN asked_round ON seq <= as_of"
        ).fetchall()
    )
    number = 0
    for form_id, version in sorted(fixed.items()):
        versions = {row[2]: row[4] for row in forms if row[1] == form_id}
        schemas = {row[2]: row[3] for row in forms if row[1] == form_id}
        conditional = _conditional_questions(versions)
        columns = _columns(db, schemas.get(version))
        for stream in ("C", "O"):
            indicators = tuple(_indicators(db, form_id, version, stream, conditional))
            if indicators:
                number += 1
                yield Sheet(
                    f"sheet_{number}",
                    form_id,
                    stream,
                    schemas.get(version) if columns else None,
                    frozenset(versions),
                    indicators,
                    columns,
                    corrected if stream == "O" else frozenset(),  # a citizen's answer is never corrected
                )


def _conditional_questions(versions: Mapping[str, str | None]) -> dict[str, frozenset[str]]:
    """Question -> the versions in which it, or a group around it, has a condition."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for version, schema in versions.items():
        if schema:
            for question in decode(schema, Schema).questions:
                if question.conditional:
                    found[question.name].add(version)
    return {name: frozenset(where) for name, where in found.items()}


def _columns(db: DuckDBPyConnection, table_schema: str | None) -> dict[str, AnswerColumn]:
    """Question -> its column; of several questions of one name, the one the column is named after."""
    rows = db.execute(
        """
        SELECT name, column_name, data_type
        FROM form_column
        JOIN duckdb_columns() AS typed USING (table_name, column_name)
        WHERE form_column.table_schema = $1 AND schema_name = $1 AND table_name = 'submissions'
          AND database_name = current_database()
        ORDER BY name = column_name, position DESC
        """,
        [table_schema],
    ).fetchall()
    return {name: AnswerColumn(column, kind) for name, column, kind in rows}


def _indicators(
    db: DuckDBPyConnection, form_id: str, version: str, stream: str, conditional: Mapping[str, frozenset[str]]
) -> Iterator[SheetIndicator]:
    rows = db.execute(
        """
        SELECT indicator_code, scale, best, worst, cumulative, companion, evidence, round_indicator.subtypes
        FROM round_indicator
        JOIN (SELECT indicator_code, companion, evidence FROM indicator JOIN asked_round USING (project_id)
              WHERE form_id = $1 AND version = $2) AS asked USING (indicator_code)
        WHERE form_id = $1 AND stream = $3 AND computed IS NULL
        ORDER BY position, indicator_code
        """,
        [form_id, version, stream],
    ).fetchall()
    choices: defaultdict[str, list[tuple[str, float | None, str | None, bool]]] = defaultdict(list)
    for code, *choice in db.execute(
        """
        SELECT indicator_code, choice, points, nullif(nonresponse, ''), coalesce(of_companion, false)
        FROM indicator_choice JOIN asked_round USING (project_id)
        WHERE form_id = $1 AND version = $2
        ORDER BY indicator_code, position, choice
        """,
        [form_id, version],
    ).fetchall():
        choices[code].append((choice[0], choice[1], choice[2], choice[3]))
    for number, (code, scale, best, worst, cumulative, companion, evidence, subtypes) in enumerate(
        rows, start=1
    ):
        own = [
            (choice, points, non) for choice, points, non, of_companion in choices[code] if not of_companion
        ]
        named = {choice: points for choice, points, non in own if points is not None and non is None}
        nonresponse = {choice: non for choice, _, non in own if non is not None}
        yield SheetIndicator(
            number=number,
            code=code,
            scale=scale,
            best=best,
            worst=worst,
            cumulative=cumulative,
            # another version may have used another name of the same step: "better" for "improved"
            points={k: v for k, v in {**_points(scale), **named}.items() if k not in nonresponse},
            nonresponse={"NA": "NA", **nonresponse} if "NA" not in named else nonresponse,
            companion=companion or None,
            companion_nonresponse={c: non for c, _, non, of in choices[code] if of and non is not None},
            evidence=tuple(evidence or ()),
            hidden_in=conditional.get(code, frozenset()),
            subtypes=tuple(subtypes or ()),
        )


def _points(scale: str) -> dict[str, float]:
    """The choices a named scale has, with those that mean the same."""
    known = SCALES[scale]
    return {**known.points, **{also: known.points[name] for also, name in known.also.items()}}
