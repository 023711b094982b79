"""What is published, for the pages and the API: everything here reads the publication layer.

`db` is a cursor of the reading (`warehouse.read()`). Nothing in this module reads below the views
`published_...` (analytics/scores/published_*.sql), so nothing that they hide can be shown. Every function
raises ResultNotFound where there is no such published thing: an open or merely closed round is not there.
"""

from __future__ import annotations

from dataclasses import replace

from duckdb import DuckDBPyConnection

from analytics.method import method
from analytics.publication import TYPES, ResultNotFound, published_rounds, read, require_round
from analytics.published import (
    CriterionScore,
    CustomerScore,
    GroupScore,
    HistoryPoint,
    IndicatorScore,
    Method,
    MethodChoice,
    MethodCriterion,
    MethodForm,
    MethodIndicator,
    ObjectResult,
    ObjectScore,
    ResultTable,
    RoundResults,
    RoundSummary,
    SupplierScore,
    Texts,
)

__all__ = [
    "CriterionScore",
    "CustomerScore",
    "GroupScore",
    "HistoryPoint",
    "IndicatorScore",
    "Method",
    "MethodChoice",
    "MethodCriterion",
    "MethodForm",
    "MethodIndicator",
    "ObjectResult",
    "ObjectScore",
    "ResultNotFound",
    "ResultTable",
    "RoundResults",
    "RoundSummary",
    "SupplierScore",
    "Texts",
    "method",
    "object_result",
    "published_rounds",
    "round_results",
]

TELLING = 3  # so many strongest and weakest indicators stand on a scorecard


def round_results(db: DuckDBPyConnection, round_id: str) -> RoundResults:
    """All objects of a published round with the scores of types and aimak. Raises: ResultNotFound."""
    summary = require_round(db, round_id)
    types = read(
        db,
        GroupScore,
        """
        SELECT type, coalesce(aimak_code, '') AS aimak_code, n_objects, weight, score, se, band, status
        FROM published_scores_type LEFT JOIN published_type_weight USING (round_id, type)
        WHERE round_id = $round_id ORDER BY list_position($types, type)
        """,
        {"round_id": round_id, "types": TYPES},
    )
    aimak = read(
        db,
        GroupScore,
        """
        SELECT '' AS type, coalesce(aimak_code, '') AS aimak_code, n_objects, NULL AS weight, score, se, band,
               status
        FROM published_scores_aimak WHERE round_id = $round_id
        """,
        {"round_id": round_id},
    )
    suppliers = read(
        db,
        SupplierScore,
        """
        SELECT supplier_name, n_contracts, score, band
        FROM published_supplier_score WHERE round_id = $round_id ORDER BY supplier_name
        """,
        {"round_id": round_id},
    )
    objects = _objects(db, round_id, None)
    return RoundResults(summary, types, aimak[0] if aimak else None, objects, suppliers)


def object_result(db: DuckDBPyConnection, round_id: str, object_id: str) -> ObjectResult:
    """One object in one published round. Raises: ResultNotFound."""
    summary = require_round(db, round_id)
    found = _objects(db, round_id, object_id)
    if not found:
        raise ResultNotFound
    indicators = _indicators(db, round_id, object_id)
    strongest, weakest = _telling(indicators)
    customer = read(
        db,
        CustomerScore,
        """
        SELECT n_contracts, score, band
        FROM published_customer_score WHERE round_id = $round_id AND customer_id = $object_id
        """,
        {"round_id": round_id, "object_id": object_id},
    )
    return ObjectResult(
        round=summary,
        object=found[0],
        criteria=tuple(
            replace(one, indicators=tuple(i for i in indicators if i.criterion_code == one.criterion_code))
            for one in _criteria(db, round_id, object_id)
        ),
        strongest=strongest,
        weakest=weakest,
        history=_history(db, object_id),
        procurement=customer[0] if customer else None,
    )


def _objects(db: DuckDBPyConnection, round_id: str, object_id: str | None) -> tuple[ObjectScore, ...]:
    return read(
        db,
        ObjectScore,
        """
        SELECT object_id, scores.type, coalesce(scores.subtype, '') AS subtype,
               coalesce(scores.aimak_code, '') AS aimak_code, texts_of(name_ky, name_ru, name_en) AS names,
               coalesce(form_version, '') AS form_version,
               CASE WHEN shown THEN scores.status ELSE 'under_review' END AS status,
               n_citizens, n_observers, score, se, df, ci_low AS low, ci_high AS high, coverage, band,
               precision, delta, trend, flags_of(flags) AS flags
        FROM published_object_score AS scores
        LEFT JOIN published_objects AS objects USING (round_id, object_id)
        WHERE round_id = $round_id AND ($object_id IS NULL OR object_id = $object_id)
        ORDER BY list_position($types, scores.type), name_ky, object_id
        """,
        {"round_id": round_id, "object_id": object_id, "types": TYPES},
    )


def _criteria(db: DuckDBPyConnection, round_id: str, object_id: str) -> tuple[CriterionScore, ...]:
    return read(
        db,
        CriterionScore,
        """
        SELECT criterion_code, any_value(texts_of(criterion_ky, criterion_ru, criterion_en)) AS labels,
               any_value(criterion_weight) AS weight, any_value(scores.score) AS score,
               any_value(scores.coverage) AS coverage, any_value(scores.status) AS status, [] AS indicators
        FROM published_scores_criterion AS scores
        JOIN (SELECT round_id, object_id, type FROM published_object_score) USING (round_id, object_id)
        JOIN published_codebook USING (round_id, type, criterion_code)
        WHERE round_id = $round_id AND object_id = $object_id
        GROUP BY criterion_code
        ORDER BY min(criterion_position), criterion_code
        """,
        {"round_id": round_id, "object_id": object_id},
    )


def _indicators(db: DuckDBPyConnection, round_id: str, object_id: str) -> tuple[IndicatorScore, ...]:
    return read(
        db,
        IndicatorScore,
        """
        SELECT indicator_code, criterion_code, texts_of(text_ky, text_ru, text_en) AS labels, stream, scale,
               coalesce(unit, '') AS unit, best, worst, w AS weight, n_min, sensitive, status, n_asked,
               n_valid, n_na, n_dk, n_ref, n_missing, n_no_answer, score, se, ci_low AS low, ci_high AS high,
               share_positive, share_low, share_high, flags_of(flags) AS flags
        FROM published_scores_indicator
        JOIN (SELECT round_id, object_id, type FROM published_object_score) USING (round_id, object_id)
        JOIN published_codebook USING (round_id, type, indicator_code)
        WHERE round_id = $round_id AND object_id = $object_id
        ORDER BY criterion_position, published_codebook.position, indicator_code
        """,
        {"round_id": round_id, "object_id": object_id},
    )


def _telling(
    indicators: tuple[IndicatorScore, ...],
) -> tuple[tuple[IndicatorScore, ...], tuple[IndicatorScore, ...]]:
    """The strongest and the weakest of the scored indicators; with few of them, none is both."""
    scored = [(indicator.score, indicator) for indicator in indicators if indicator.score is not None]
    ordered = [indicator for _, indicator in sorted(scored, key=lambda pair: -pair[0])]
    strongest = ordered[: min(TELLING, (len(ordered) + 1) // 2)]
    weakest = ordered[::-1][: min(TELLING, len(ordered) - len(strongest))]
    return tuple(strongest), tuple(weakest)


def _history(db: DuckDBPyConnection, object_id: str) -> tuple[HistoryPoint, ...]:
    return read(
        db,
        HistoryPoint,
        """
        WITH RECURSIVE line (object_id) AS (
            SELECT $object_id
            UNION
            SELECT predecessor_id FROM published_objects JOIN line USING (object_id)
            WHERE predecessor_id <> ''
        )
        SELECT round_id, object_id, texts_of(title_ky, title_ru, title_en) AS titles, kind, closed_on,
               CASE WHEN shown THEN status ELSE 'under_review' END AS status,
               score, ci_low AS low, ci_high AS high, band
        FROM published_object_score
        JOIN published_rounds USING (round_id)
        WHERE object_id IN (FROM line)
        ORDER BY closed_on, round_id, object_id
        """,
        {"object_id": object_id},
    )
