"""The frozen tables of a round beside what the reference says: every row, every number, every label."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from fractions import Fraction

from analytics.rounds import FrozenRound
from tests.oracle.reference import ObjectScore
from tests.oracle.rounds import MeanScore, RoundScore, contract_means
from tests.oracle.trends import Trend, covariances

Cell = str | int | bool | Fraction | None
Row = dict[str, Cell]
Rows = dict[tuple[str, ...], Row]
INDICATOR_FLAGS = ("little_information", "disagreement", "unverified", "off_scale")
OBJECT_FLAGS = ("mostly_empty", "borderline", "depends_on_weights")
# half of a millionth, and what sums of doubles may be off
SLACK = Fraction(1, 2 * 10**6) + Fraction(1, 10**10)


def expected(score: RoundScore, trends: Mapping[str, Trend | None]) -> dict[str, Rows]:
    """Table -> key without the round -> column -> value, of everything the reference has an opinion on."""
    suppliers, customers = contract_means(score.objects.values())
    return {
        "indicator_score": {key: row for one in score.objects.values() for key, row in _indicators(one)},
        "criterion_score": {key: row for one in score.objects.values() for key, row in _criteria(one)},
        "object_score": {(name,): _object(one) for name, one in score.objects.items()},
        "type_score": {(kind,): _mean(one, "n_objects") for kind, one in score.types.items()},
        "aimak_score": {(): _mean(score.aimak, "n_objects")},
        "supplier_score": {(name,): _mean(one, "n_contracts") for name, one in suppliers.items()},
        "customer_score": {(name,): _mean(one, "n_contracts") for name, one in customers.items()},
        "covariance": {key: row for one in score.objects.values() for key, row in _covariances(one)},
        "trend": {(name,): _trend(one) for name, one in trends.items() if one is not None},
    }


def _indicators(one: ObjectScore) -> Iterator[tuple[tuple[str, ...], Row]]:
    for code, each in one.indicators.items():
        low, high = each.interval or (None, None)
        share = each.share or (None, None, None)
        row: Row = {
            "status": each.status, "score": each.score, "se": each.se, "ci_low": low, "ci_high": high,
            "share_positive": share[0], "share_low": share[1], "share_high": share[2],
            "n_min": each.indicator.n_min, "n_asked": each.n_asked, "n_valid": each.counts["valid"],
            "n_na": each.counts["NA"], "n_dk": each.counts["DK"], "n_ref": each.counts["REF"],
            "n_missing": each.counts["missing"],
        }  # fmt: skip
        yield (one.thing.object_id, code), row | {flag: flag in each.flags for flag in INDICATOR_FLAGS}


def _criteria(one: ObjectScore) -> Iterator[tuple[tuple[str, ...], Row]]:
    for code, each in one.criteria.items():
        yield (
            (one.thing.object_id, code),
            {
                "score": each.score,
                "coverage": each.coverage,
                "status": each.status,
                "equal_score": each.equal,
                "weight": each.weight,
            },
        )


def _object(one: ObjectScore) -> Row:
    low, high = one.interval or (None, None)
    row: Row = {
        "n_citizens": one.n_citizens, "n_observers": one.n_observers, "status": one.status,
        "score": one.score, "se": one.se, "df": one.df, "ci_low": low, "ci_high": high,
        "coverage": one.coverage, "band": one.band, "precision": one.precision, "equal_score": one.equal,
        "under_review": one.thing.under_review,
    }  # fmt: skip
    return row | {flag: flag in one.flags for flag in OBJECT_FLAGS}


def _mean(one: MeanScore, counted: str) -> Row:
    row: Row = {counted: one.n, "score": one.score, "band": one.band if one.score is not None else None}
    if counted == "n_objects":
        row |= {"se": one.se, "status": "scored" if one.score is not None else "insufficient"}
    return row


def _covariances(one: ObjectScore) -> Iterator[tuple[tuple[str, ...], Row]]:
    for stream in ("C", "O"):
        for (a, b), value in covariances(one, stream).items():
            yield (one.thing.object_id, stream, a, b), {"n": one.n[stream], "covariance": value}


def _trend(one: Trend) -> Row:
    return {
        "matched_share": one.matched_share, "score_now": one.score_now, "score_before": one.score_before,
        "se_now": one.se_now, "se_before": one.se_before, "delta": one.delta, "trend": one.word,
    }  # fmt: skip


def differences(frozen: FrozenRound, score: RoundScore, trends: Mapping[str, Trend | None]) -> list[str]:
    """What the two do not say alike, one line each."""
    found = []
    for table, rows in expected(score, trends).items():
        frozen_rows = _read(frozen.tables[table])
        for key in rows.keys() - frozen_rows.keys():
            found.append(f"{table} {key}: only the reference has it")
        for key in frozen_rows.keys() - rows.keys():
            found.append(f"{table} {key}: only the frozen table has it")
        for key in sorted(rows.keys() & frozen_rows.keys()):
            for column, value in rows[key].items():
                cell = frozen_rows[key][column]
                if not _same(cell, value):
                    ours = f"{float(value):.9f}" if isinstance(value, Fraction) else value
                    found.append(f"{table} {key} {column}: frozen {cell or None}, reference {ours}")
    return found


def _read(content: bytes) -> dict[tuple[str, ...], dict[str, str]]:
    rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    grain = [
        name for name in ("object_id", "stream", "type", "criterion_code", "indicator_code", "other_code",
                          "supplier_name", "customer_id")
        if rows and name in rows[0]
    ]  # fmt: skip
    return {tuple(row[name] for name in _keys(grain)): row for row in rows}


def _keys(grain: list[str]) -> list[str]:
    """The columns that name a row: an object's own attributes do not."""
    if "object_id" not in grain:
        return grain
    if "other_code" in grain:
        return ["object_id", "stream", "indicator_code", "other_code"]
    if "indicator_code" in grain:
        return ["object_id", "indicator_code"]
    return ["object_id", "criterion_code"] if "criterion_code" in grain else ["object_id"]


def _same(cell: str, value: Cell) -> bool:
    if value is None or cell == "":
        return value is None and cell == ""
    if isinstance(value, bool):
        return cell == ("true" if value else "false")
    return abs(Fraction(cell) - value) <= SLACK if isinstance(value, Fraction) else cell == str(value)
