"""One submission with every answer in the order of the form, in words of a language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from analytics.answers import SUBMISSIONS, Tables, read_tables, repeat_table
from analytics.columns import SENT, Column
from analytics.exports.choice_labels import in_language
from analytics.submissions import ListedSubmission, Wanted, list_submissions
from forms.decoding import decode
from forms.places import place_of
from forms.schema import Question, Schema

Cell = str | int | float | bool | list[str] | dict[str, float | None] | None


@dataclass(frozen=True, slots=True)
class Answer:
    """One question and what was answered.

    `value` is the answer as it was sent or the names of its choices, `text` the same in words; both are empty
    when there is none. `absent`: it stood nowhere in what was sent, so it was never put. `misfit`: what was
    sent does not fit the type of the question; it stands in the XML alone. `corrected` is the value that
    counts instead, `corrected_text` the same in words. `place` is what a correction calls it (forms.places).
    """

    name: str
    path: str
    place: str
    label: str
    kind: str
    value: str
    text: str
    absent: bool
    empty: bool
    misfit: bool
    corrected: str | None = None
    corrected_text: str = ""


@dataclass(frozen=True, slots=True)
class AnsweredRepeat:
    """One row of a repeat, with the rows of the repeats inside it."""

    path: str
    label: str
    position: int
    answers: tuple[Answer, ...]
    repeats: tuple[AnsweredRepeat, ...] = ()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that belongs to a submission; `sha256` is None while it has not arrived."""

    name: str
    sha256: str | None
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class SubmissionDetail:
    """One version of a submission. `versions` are the seqs of all its versions, oldest first."""

    listed: ListedSubmission
    title: str
    answers: tuple[Answer, ...]
    repeats: tuple[AnsweredRepeat, ...]
    attachments: tuple[Attachment, ...]
    versions: tuple[int, ...]


def submission_detail(
    db: DuckDBPyConnection,
    wanted: Wanted,
    *,
    language: str,
    hidden: frozenset[str] = frozenset(),
) -> SubmissionDetail | None:
    """The submission that `wanted` names by its seq; questions named in `hidden` are left out.

    None when it is not loaded, or is none of those that may be shown.
    """
    page = list_submissions(db, wanted, language=language, limit=1)
    if not page.rows or wanted.submission_seq is None:
        return None
    listed = page.rows[0]
    row = db.execute(
        "SELECT title, form_schema, table_schema, places FROM form_version "
        "WHERE project_id = $project_id AND form_id = $form_id AND version = $version "
        "ORDER BY seq DESC LIMIT 1",
        {"project_id": listed.project_id, "form_id": listed.form_id, "version": listed.version},
    ).fetchone()
    if row is None:  # its answers were erased, the version with them
        return SubmissionDetail(
            listed, listed.form_id, (), (), _attachments(db, listed), _versions(db, listed)
        )
    title, schema, table_schema, places = row
    reader = _Reader(
        db,
        listed,
        decode(schema, Schema),
        read_tables(db, table_schema),
        decode(places, dict[str, tuple[str, str]]),
        language,
        hidden,
    )
    return SubmissionDetail(
        listed, title, reader.answers(), reader.repeats(), _attachments(db, listed), _versions(db, listed)
    )


class _Reader:
    """Reads the typed rows of one submission back into questions and answers."""

    def __init__(
        self,
        db: DuckDBPyConnection,
        listed: ListedSubmission,
        schema: Schema,
        tables: Tables,
        places: Mapping[str, tuple[str, str]],
        language: str,
        hidden: frozenset[str],
    ) -> None:
        self._db = db
        self._listed = listed
        self._schema = schema
        self._tables = tables
        self._places = places
        self._language = language
        self._hidden = hidden
        self._corrected: dict[str, tuple[str, str]] = {  # by place
            place: (sent, counts)
            for place, sent, counts in db.execute(
                "SELECT question, arg_min(coalesce(old, ''), seq), arg_max(coalesce(new, ''), seq) "
                "FROM correction WHERE submission_seq = $seq GROUP BY question",
                {"seq": listed.submission_seq},
            ).fetchall()
        }

    def answers(self) -> tuple[Answer, ...]:
        rows = self._rows(SUBMISSIONS)
        return self._of_row(rows[0], None) if rows else ()

    def repeats(self) -> tuple[AnsweredRepeat, ...]:
        """The repeats at the top, in the order of the form, each with those inside it."""
        under: dict[tuple[str, str], list[tuple[str, AnsweredRepeat]]] = defaultdict(list)
        for repeat in reversed(self._schema.repeats):  # those inside come before those around them
            for row in self._rows(repeat_table(repeat.path)):
                key, parent = str(row["_key"]), str(row["_parent_key"])
                inner = [
                    one
                    for child in self._schema.repeats
                    if child.parent == repeat.path
                    for _key, one in under[child.path, key]
                ]
                label = in_language(repeat.labels, self._language) or repeat.path.rpartition("/")[2]
                answered = AnsweredRepeat(
                    repeat.path,
                    label,
                    int(str(row["_position"])),
                    self._of_row(row, repeat.path),
                    tuple(inner),
                )
                under[repeat.path, parent].append((key, answered))
        return tuple(
            one
            for repeat in self._schema.repeats
            if repeat.parent is None
            for _key, one in under[repeat.path, self._listed.instance_id]
        )

    def _rows(self, table: str) -> list[dict[str, Cell]]:
        cursor = self._db.execute(
            f"FROM {self._tables.qualified(table)} WHERE _seq = $seq ORDER BY rowid",
            {"seq": self._listed.submission_seq},
        )
        names = [str(column[0]) for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def _of_row(self, row: Mapping[str, Cell], repeat: str | None) -> tuple[Answer, ...]:
        made = []
        for question in self._schema.questions:
            place = self._places.get(question.path)
            if question.repeat != repeat or question.name in self._hidden or place is None:
                continue
            made.append(self._answer(question, self._tables.of(place[0])[place[1].lower()], row))
        return tuple(made)

    def _place(self, question: Question, row: Mapping[str, Cell]) -> str:
        way = str(row["_key"])[len(str(row["_instance_id"])) :] if question.repeat is not None else ""
        return place_of(self._schema, question, way)

    def _answer(self, question: Question, column: Column, row: Mapping[str, Cell]) -> Answer:
        cell = row[column.name]
        empty, misfit = (column.name in (row[name] or ()) for name in ("_empty", "_misfit"))  # type: ignore[operator]
        sent = row.get(column.name + SENT) if cell is not None else None
        value = str(sent) if sent is not None else _text(cell)
        labels = self._labels(question)
        place = self._place(question, row)
        corrected = self._corrected.get(place)
        if corrected is not None:  # the row holds what counts; what was sent stands with the correction
            value, counts = corrected
            empty, misfit = value == "", False
        return Answer(
            name=question.name,
            path=question.path,
            place=place,
            label=in_language(question.labels, self._language) or question.name,
            kind=column.kind,
            value=value,
            text=_in_words(column, labels, value),
            absent=cell is None and not empty and not misfit and corrected is None,
            empty=empty,
            misfit=misfit,
            corrected=counts if corrected is not None else None,
            corrected_text=_in_words(column, labels, counts) if corrected is not None else "",
        )

    def _labels(self, question: Question) -> dict[str, str]:
        """Choice -> label, of the form's own list or of the registry."""
        if question.external == "objects.csv":
            thing = self._listed
            uuid = self._db.execute(
                "SELECT name FROM object WHERE project_id = $project_id AND object_id = $object_id",
                {"project_id": thing.project_id, "object_id": thing.object_id},
            ).fetchone()
            return {name: thing.object_name for name in (thing.object_id, *(uuid or ())) if name}
        if question.external == "villages.csv":
            rows = self._db.execute(
                "SELECT name, label_ky, label_ru, label_en FROM village WHERE project_id = $project_id",
                {"project_id": self._listed.project_id},
            ).fetchall()
            return {
                name: in_language({"ky": ky or "", "ru": ru or "", "en": en or ""}, self._language) or name
                for name, ky, ru, en in rows
            }
        return {
            choice.name: in_language(choice.labels, self._language) or choice.name
            for choice in question.choices
        }


def _in_words(column: Column, labels: Mapping[str, str], value: str) -> str:
    """A value in the words of its choices, where it has any."""
    if not labels or not value:
        return value
    names = value.split() if column.kind == "choices" else [value]
    return "; ".join(labels.get(name, name) for name in names)


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, list):
        return " ".join(map(str, cell))
    if isinstance(cell, dict):
        return " ".join(str(number) for number in cell.values() if number is not None)
    return str(cell)


def _attachments(db: DuckDBPyConnection, listed: ListedSubmission) -> tuple[Attachment, ...]:
    """The files it names, then those that came unasked; one that came with an earlier version counts."""
    rows = db.execute(
        "WITH arrived AS ("
        "  SELECT attachment.name, arg_max(sha256, attachment.seq) AS sha256,"
        "         arg_max(size, attachment.seq) AS size"
        "  FROM attachment JOIN submission USING (submission_seq)"
        "  WHERE root_seq = $root_seq AND submission_seq <= $seq GROUP BY attachment.name"
        "), named AS ("
        "  SELECT unnest(media) AS name, generate_subscripts(media, 1) AS position"
        "  FROM submission WHERE submission_seq = $seq"
        ") SELECT coalesce(named.name, arrived.name), sha256, size "
        "FROM named FULL JOIN arrived USING (name) ORDER BY position NULLS LAST, arrived.name",
        {"root_seq": listed.root_seq, "seq": listed.submission_seq},
    ).fetchall()
    return tuple(Attachment(*row) for row in rows)


def _versions(db: DuckDBPyConnection, listed: ListedSubmission) -> tuple[int, ...]:
    rows = db.execute(
        "SELECT submission_seq FROM submission WHERE root_seq = $root_seq ORDER BY submission_seq",
        {"root_seq": listed.root_seq},
    ).fetchall()
    return tuple(int(seq) for (seq,) in rows)
