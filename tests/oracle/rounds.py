"""A whole round: every object, then types and the aimak (domain.md 5.1.6, 5.1.7, 5.7.25, 5.7.26)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tests.oracle.answers import Questionnaire, Sheet, Thing, selected
from tests.oracle.figures import band, mean, root, six
from tests.oracle.reference import ObjectScore, object_score

TYPE_WEIGHTS = {"EXEC": 35, "MUN": 25, "PSO": 25, "SUP": 15}


@dataclass(frozen=True, slots=True)
class MeanScore:
    """Of a type, an aimak, a supplier or a customer."""

    n: int
    score: Fraction | None
    se: Fraction | None
    band: str


@dataclass(frozen=True, slots=True)
class RoundScore:
    objects: Mapping[str, ObjectScore]
    types: Mapping[str, MeanScore]
    aimak: MeanScore


NOTHING = MeanScore(0, None, None, "insufficient")


def round_score(
    questionnaires: Mapping[str, Questionnaire],
    things: Sequence[Thing],
    sheets: Sequence[Sheet],
    type_weights: Mapping[str, Fraction] | None = None,
) -> RoundScore:
    """Everything of one round; `questionnaires` by object type, `sheets` those of the round."""
    chosen = selected(sheets, things)
    objects = {
        thing.object_id: object_score(
            thing,
            questionnaires[thing.type],
            [sheet for sheet in chosen if sheet.object_id == thing.object_id],
        )
        for thing in things
    }
    types = {kind: type_score(kind, objects.values()) for kind in sorted({thing.type for thing in things})}
    v = type_weights or {kind: Fraction(weight) for kind, weight in TYPE_WEIGHTS.items()}
    return RoundScore(objects, types, aimak_score(types, v))


def type_score(kind: str, objects: Iterable[ObjectScore]) -> MeanScore:
    """5.1.6; a contract under review stays out (5.7.26)."""
    of_type = [one for one in objects if one.thing.type == kind and not one.thing.under_review]
    scores = [(Fraction(1), one.score) for one in of_type if one.score is not None]
    if not scores:
        return NOTHING
    squares = sum((one.se**2 for one in of_type if one.se is not None), Fraction(0))
    score = mean(scores)
    return MeanScore(len(scores), score, root(squares) / len(scores), band(score))


def aimak_score(types: Mapping[str, MeanScore], v: Mapping[str, Fraction]) -> MeanScore:
    """5.1.7 and 5.7.25: only with the executive body and at least one other type."""
    scored = {kind: one for kind, one in types.items() if one.score is not None and v.get(kind)}
    if "EXEC" not in scored or len(scored) < 2:
        return NOTHING
    whole = sum(v[kind] for kind in scored)
    score = mean((v[kind], one.score) for kind, one in scored.items() if one.score is not None)
    squares = sum(((v[kind] * (one.se or 0)) ** 2 for kind, one in scored.items()), Fraction(0))
    return MeanScore(sum(one.n for one in scored.values()), score, root(squares) / whole, band(score))


def contract_means(objects: Iterable[ObjectScore]) -> tuple[dict[str, MeanScore], dict[str, MeanScore]]:
    """Suppliers over their contracts without C1, and customers over C1 alone (domain.md 4.3)."""
    contracts = [one for one in objects if one.thing.type == "SUP" and not one.thing.under_review]
    of_supplier: dict[str, list[Fraction]] = {}
    of_customer: dict[str, list[Fraction]] = {}
    for one in contracts:
        score = _without(one, "C1")
        if one.thing.supplier and score is not None:
            of_supplier.setdefault(one.thing.supplier, []).append(score)
        first = one.criteria.get("C1")
        if one.thing.customer and first is not None and first.score is not None:
            of_customer.setdefault(one.thing.customer, []).append(first.score)
    suppliers = {name: _plain(scores) for name, scores in of_supplier.items() if len(scores) > 1}
    return suppliers, {name: _plain(scores) for name, scores in of_customer.items()}


def _plain(scores: Sequence[Fraction]) -> MeanScore:
    score = mean((Fraction(1), one) for one in scores)
    return MeanScore(len(scores), score, None, band(score))


def _without(one: ObjectScore, criterion: str) -> Fraction | None:
    """The score over the other criteria, where these cover enough."""
    others = [each for code, each in one.criteria.items() if code != criterion and each.coverage is not None]
    covered = [
        (each.weight, (each.coverage or Fraction(0)) if each.status == "scored" else Fraction(0))
        for each in others
    ]
    if not covered or six(mean(covered)) < Fraction(3, 5):
        return None
    return mean((each.weight, each.score) for each in others if each.score is not None)
