"""The method behind a published round: its questionnaires with their weights, its thresholds, its SQL."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace

from duckdb import DuckDBPyConnection

from analytics.publication import TYPES, read, require_round
from analytics.published import (
    Method,
    MethodChoice,
    MethodCriterion,
    MethodForm,
    MethodIndicator,
    ResultTable,
    Texts,
)
from analytics.tables import read_table
from forms.decoding import decode

# the results whose SQL the page of the method shows, from answers to the aimak
METHOD_TABLES = (
    "selection",
    "indicator_answer",
    "indicator_score",
    "criterion_score",
    "effective_weight",
    "covariance",
    "stream_variance",
    "object_score",
    "trend",
    "type_score",
    "aimak_score",
    "supplier_score",
    "customer_score",
)


@dataclass(frozen=True, slots=True)
class _Said:
    """What the frozen record says of itself."""

    software: str = ""
    thresholds: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Form:
    form_id: str
    version: str
    title: str
    object_type: str


@dataclass(frozen=True, slots=True)
class _Criterion:
    criterion_code: str
    labels: Texts
    weight: float


@dataclass(frozen=True, slots=True)
class _Offered:
    indicator_code: str
    choice: MethodChoice


@dataclass(frozen=True, slots=True)
class _Asked:
    criterion_code: str
    indicator: MethodIndicator


def method(db: DuckDBPyConnection, round_id: str) -> Method:
    """How a published round was computed. Raises: ResultNotFound."""
    summary = require_round(db, round_id)
    [(said, as_of)] = db.execute(
        "SELECT method, as_of FROM publication JOIN round USING (round_id) WHERE round_id = $1",
        [round_id],
    ).fetchall()
    frozen = decode(said or "{}", _Said)
    weights = db.execute(
        "SELECT type, weight FROM published_type_weight WHERE round_id = $1 ORDER BY list_position($2, type)",
        [round_id, TYPES],
    ).fetchall()
    return Method(
        round=summary,
        as_of_seq=as_of,
        software_version=frozen.software,
        forms=tuple(
            MethodForm(one.form_id, one.version, one.title, one.object_type, _criteria(db, round_id, one))
            for one in _forms(db, round_id)
        ),
        type_weights=dict(weights),
        thresholds=frozen.thresholds,
        tables=tuple(
            ResultTable(
                name=table.name,
                sentence=table.about.en,
                columns={name: text.en for name, text in table.described.items()},
                sql=table.sql,
            )
            for table in map(read_table, METHOD_TABLES)
        ),
    )


def _forms(db: DuckDBPyConnection, round_id: str) -> tuple[_Form, ...]:
    return read(
        db,
        _Form,
        """
        SELECT form_id, version, coalesce(form_version.title, '') AS title, round_form.object_type
        FROM round_form JOIN form_version USING (project_id, form_id, version)
        WHERE round_id = $round_id ORDER BY list_position($types, round_form.object_type), form_id
        """,
        {"round_id": round_id, "types": TYPES},
    )


def _criteria(db: DuckDBPyConnection, round_id: str, form: _Form) -> tuple[MethodCriterion, ...]:
    key = {"round_id": round_id, "form_version": f"{form.form_id}/{form.version}"}
    choices: defaultdict[str, list[MethodChoice]] = defaultdict(list)
    for offered in read(
        db,
        _Offered,
        """
        SELECT indicator_code,
               {'choice': choice, 'points': points, 'nonresponse': coalesce(nonresponse, ''),
                'labels': texts_of(text_ky, text_ru, text_en)} AS choice
        FROM published_codebook_choices
        WHERE round_id = $round_id AND form_version = $form_version
        ORDER BY indicator_code, points IS NULL, points, choice
        """,
        key,
    ):
        choices[offered.indicator_code].append(offered.choice)
    asked: defaultdict[str, list[MethodIndicator]] = defaultdict(list)
    for question in read(
        db,
        _Asked,
        """
        SELECT criterion_code,
               {'indicator_code': indicator_code, 'labels': texts_of(text_ky, text_ru, text_en),
                'stream': stream, 'scale': scale, 'unit': coalesce(unit, ''), 'best': best, 'worst': worst,
                'weight': w, 'n_min': n_min, 'sensitive': sensitive, 'choices': []} AS indicator
        FROM published_codebook
        WHERE round_id = $round_id AND form_version = $form_version
        ORDER BY position, indicator_code
        """,
        key,
    ):
        found = question.indicator
        asked[question.criterion_code].append(replace(found, choices=tuple(choices[found.indicator_code])))
    criteria = read(
        db,
        _Criterion,
        """
        SELECT criterion_code, any_value(texts_of(criterion_ky, criterion_ru, criterion_en)) AS labels,
               any_value(criterion_weight) AS weight
        FROM published_codebook
        WHERE round_id = $round_id AND form_version = $form_version
        GROUP BY criterion_code
        ORDER BY min(criterion_position), criterion_code
        """,
        key,
    )
    return tuple(
        MethodCriterion(one.criterion_code, one.labels, one.weight, tuple(asked[one.criterion_code]))
        for one in criteria
    )
