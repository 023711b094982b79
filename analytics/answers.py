"""The typed tables of a form: which column holds which question, and how they grow with each version.

One DuckDB schema per form_id serves all projects. A project whose form of that id disagrees about a type
gets a schema of its own, with what it had so far. A column is named after its question, so a question that
moved into another group stays one column; it is named after the path where the name is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from duckdb import DuckDBPyConnection

from analytics.columns import AS_TEXT, PLAIN, Column, kind_of
from forms.schema import Question, Schema

SUBMISSIONS = "submissions"
OF_SUBMISSIONS = (
    "_seq BIGINT",
    "_project_id INTEGER",
    "_instance_id VARCHAR",
    "_empty VARCHAR[]",
    "_misfit VARCHAR[]",
)
OF_REPEATS = (*OF_SUBMISSIONS, "_parent_key VARCHAR", "_key VARCHAR", "_position INTEGER")
RESERVED = frozenset(definition.partition(" ")[0] for definition in OF_REPEATS)


@dataclass(slots=True)
class Tables:
    """The typed tables of one DuckDB schema as they are: table name -> columns by lower-case name."""

    schema: str
    columns: dict[str, dict[str, Column]] = field(default_factory=dict)

    def of(self, table: str) -> dict[str, Column]:
        return self.columns.setdefault(table, {})

    def qualified(self, table: str) -> str:
        return f"{identifier(self.schema)}.{identifier(table)}"


@dataclass(frozen=True, slots=True)
class Placing:
    """Where a version's questions go. `places` is path -> (table, column name)."""

    places: dict[str, tuple[str, str]]
    added: tuple[tuple[str, Column], ...]
    to_text: tuple[tuple[str, Column], ...]
    clashes: tuple[str, ...]  # paths whose type another version or project holds differently


def schema_name(form_id: str, project_id: int | None = None) -> str:
    """The DuckDB schema of a form: readable, and never the same for two forms.

    DuckDB does not tell capitals from small letters, so everything but small Latin letters, digits, "_", "-"
    and "." is written as its bytes. With a project: the schema of that project alone.
    """
    plain = "abcdefghijklmnopqrstuvwxyz0123456789_-."
    written = "".join(
        char if char in plain else "".join(f"%{byte:02x}" for byte in char.encode()) for char in form_id
    )
    return f"form_{written}" if project_id is None else f"form_{written}@{project_id}"


def repeat_table(path: str) -> str:
    """The table of a repeat, named by its path: "children/child"."""
    name = path.removeprefix("/")
    return "/" + name if name.lower() == SUBMISSIONS else name


def table_of(question: Question) -> str:
    return SUBMISSIONS if question.repeat is None else repeat_table(question.repeat)


def read_tables(db: DuckDBPyConnection, schema: str) -> Tables:
    """What the reading has of this schema; without any table when it does not exist."""
    tables = Tables(schema)
    rows = db.execute(
        "SELECT table_name, column_name, kind, list(path ORDER BY position) FROM form_column "
        "WHERE table_schema = $schema GROUP BY ALL",
        {"schema": schema},
    ).fetchall()
    for table, name, kind, paths in rows:
        tables.of(table)[name.lower()] = Column(name, kind, tuple(paths))
    for (table,) in db.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = 'reading' AND schema_name = $schema",
        {"schema": schema},
    ).fetchall():
        tables.of(table)
    return tables


def place(schema: Schema, tables: Tables, dropped: frozenset[str] = frozenset()) -> Placing:
    """Find a column for every question of a version; `dropped` names those that are never stored."""
    places: dict[str, tuple[str, str]] = {}
    added: list[tuple[str, Column]] = []
    to_text: list[tuple[str, Column]] = []
    clashes: list[str] = []
    claimed: dict[str, set[str]] = {}

    def claim(question: Question, table: str, column: Column) -> None:
        claimed.setdefault(table, set()).add(column.name.lower())
        places[question.path] = (table, column.name)
        if kind_of(question) in PLAIN and column.kind not in PLAIN:
            to_text.append((table, column))

    questions = [question for question in schema.questions if question.name not in dropped]
    by_path: dict[tuple[str, str], list[Column]] = {}
    for table, columns in tables.columns.items():
        for column in columns.values():
            for path in column.paths:
                by_path.setdefault((table, path), []).append(column)
    waiting = []
    for question in questions:
        table = table_of(question)
        # forms of one id, one after the other, may have asked there with different types: the same type first
        known = min(
            by_path.get((table, question.path), ()),
            key=lambda column: (column.kind != kind_of(question), not _fits(column.kind, kind_of(question))),
            default=None,
        )
        if known is None or known.name.lower() in claimed.get(table, ()):
            waiting.append(question)
        elif _fits(known.kind, kind_of(question)):
            claim(question, table, known)
        else:
            clashes.append(question.path)
            waiting.append(question)
    for question in waiting:
        table = table_of(question)
        for name in _names(question):
            key = name.lower()
            if key in RESERVED or key in claimed.get(table, ()):
                continue
            there = tables.columns.get(table, {}).get(key)
            if there is None:
                column = Column(name, kind_of(question), (question.path,))
                added.append((table, column))
                claim(question, table, column)
                break
            if _fits(there.kind, kind_of(question)):
                claim(question, table, there)
                break
            clashes.append(question.path)
    return Placing(places, tuple(added), tuple(to_text), tuple(dict.fromkeys(clashes)))


def changed_types(before: Schema, after: Schema) -> list[tuple[str, str, str]]:
    """Questions whose new type cannot stand in the old column: (name, old kind, new kind).

    For publishing, which refuses them; any type may become text.
    """
    old = {question.path: kind_of(question) for question in before.questions}
    return [
        (question.name, old[question.path], kind_of(question))
        for question in after.questions
        if question.path in old and not _fits(old[question.path], kind_of(question))
    ]


def make_tables(
    db: DuckDBPyConnection, project_id: int, schema: Schema, dropped: frozenset[str] = frozenset()
) -> tuple[str, dict[str, tuple[str, str]]]:
    """Make or widen the tables for a version; gives the DuckDB schema and the place of every path."""
    own, shared = schema_name(schema.form_id, project_id), schema_name(schema.form_id)
    users = {
        (name, project)
        for name, project in db.execute(
            "SELECT DISTINCT table_schema, project_id FROM form_version WHERE form_id = $form_id",
            {"form_id": schema.form_id},
        ).fetchall()
    }
    name = own if (own, project_id) in users else shared
    tables = read_tables(db, name)
    placing = place(schema, tables, dropped)
    alone = all(project == project_id for used, project in users if used == shared)
    if name == shared and not alone and (placing.clashes or placing.to_text):
        if (shared, project_id) in users:
            tables = _move_out(db, project_id, schema.form_id, tables, own)
        else:
            tables = Tables(own)
        placing = place(schema, tables, dropped)
    _grow(db, tables, schema, placing)
    return tables.schema, placing.places


def _names(question: Question) -> Iterator[str]:
    """The names a column may get, the best first; no question is called like any but the first."""
    path = question.path.removeprefix("/")
    if question.repeat is not None:
        path = question.path.removeprefix(question.repeat + "/")
    longer = path if "/" in path else "/" + path
    yield question.name
    yield longer
    number = 1
    while True:
        number += 1
        yield f"{longer}~{number}"


def _fits(column: str, question: str) -> bool:
    """May answers of this kind go into a column of that kind, or turn it into text?"""
    return column == question or question in PLAIN


def _grow(db: DuckDBPyConnection, tables: Tables, schema: Schema, placing: Placing) -> None:
    db.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(tables.schema)}")
    wanted = [
        (SUBMISSIONS, OF_SUBMISSIONS),
        *((repeat_table(repeat.path), OF_REPEATS) for repeat in schema.repeats),
    ]
    for table, fixed in wanted:
        columns = [column for at, column in placing.added if at == table]
        definitions = [
            f"{identifier(name)} {sql_type}"
            for column in columns
            for name, sql_type in ((column.name, column.sql_type), (column.companion, "VARCHAR"))
            if name
        ]
        if table not in tables.columns:
            db.execute(f"CREATE TABLE {tables.qualified(table)} ({', '.join([*fixed, *definitions])})")
        else:
            for definition in definitions:
                db.execute(f"ALTER TABLE {tables.qualified(table)} ADD COLUMN {definition}")
        for column in columns:
            tables.of(table)[column.name.lower()] = replace(column, paths=())
        tables.of(table)
    for table, column in placing.to_text:
        _become_text(db, tables, table, column)
    position = {question.path: index for index, question in enumerate(schema.questions)}
    for path, (table, name) in placing.places.items():
        column = tables.of(table)[name.lower()]
        if path not in column.paths:
            tables.of(table)[name.lower()] = replace(column, paths=(*column.paths, path))
            db.execute(
                "INSERT INTO form_column VALUES ($schema, $table, $column, $kind, $path, $name, $position)",
                {
                    "schema": tables.schema,
                    "table": table,
                    "column": name,
                    "kind": column.kind,
                    "path": path,
                    "name": path.rpartition("/")[2],
                    "position": position[path],
                },
            )


def _become_text(db: DuckDBPyConnection, tables: Tables, table: str, column: Column) -> None:
    """Rewrite a column as text, because a version asks for text where a number or a date was asked."""
    target, name = tables.qualified(table), identifier(column.name)
    companion = identifier(column.companion) if column.companion else ""
    if column.sql_type != "VARCHAR":
        written = AS_TEXT[column.kind].format(column=name, companion=companion)
        db.execute(f"ALTER TABLE {target} ADD COLUMN {identifier(column.name + '@text')} VARCHAR")
        db.execute(f"UPDATE {target} SET {identifier(column.name + '@text')} = {written}")  # noqa: S608  (quoted)
        db.execute(f"ALTER TABLE {target} DROP COLUMN {name}")
        db.execute(f"ALTER TABLE {target} RENAME COLUMN {identifier(column.name + '@text')} TO {name}")
    if companion:
        db.execute(f"ALTER TABLE {target} DROP COLUMN {companion}")
    tables.of(table)[column.name.lower()] = replace(column, kind="text")
    db.execute(
        "UPDATE form_column SET kind = 'text' "
        "WHERE table_schema = $schema AND table_name = $table AND column_name = $column",
        {"schema": tables.schema, "table": table, "column": column.name},
    )


def _move_out(db: DuckDBPyConnection, project_id: int, form_id: str, tables: Tables, own: str) -> Tables:
    """Give a project tables of its own, with its rows so far."""
    moved = Tables(own, {table: dict(columns) for table, columns in tables.columns.items()})
    db.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(own)}")
    for table in tables.columns:
        db.execute(
            f"CREATE TABLE {moved.qualified(table)} AS "
            f"FROM {tables.qualified(table)} WHERE _project_id = {project_id} ORDER BY _seq"
        )
        db.execute(f"DELETE FROM {tables.qualified(table)} WHERE _project_id = {project_id}")  # noqa: S608  (quoted)
    ids = {"own": own, "shared": tables.schema, "project_id": project_id, "form_id": form_id}
    db.execute(
        "INSERT INTO form_column SELECT $own, * EXCLUDE (table_schema) FROM form_column "
        "WHERE table_schema = $shared",
        {"own": own, "shared": tables.schema},
    )
    db.execute(
        "UPDATE form_version SET table_schema = $own "
        "WHERE project_id = $project_id AND form_id = $form_id AND table_schema = $shared",
        ids,
    )
    return moved


def identifier(name: str) -> str:
    """A name as SQL writes it, whatever letters it has."""
    return '"' + name.replace('"', '""') + '"'


def quoted(text: str) -> str:
    """A text as an SQL literal, for statements that take no parameters."""
    return "'" + text.replace("'", "''") + "'"
