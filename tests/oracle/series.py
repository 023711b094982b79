"""Three rounds one after the other, drawn from a seed, and what the reference says of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from analytics.rounds import FrozenRound
from tests.oracle.drawn import UNCHANGED, Drawn, DrawnRound, Meddling
from tests.oracle.rounds import RoundScore, round_score
from tests.oracle.trends import Trend, trend


@dataclass(frozen=True, slots=True)
class Played:
    """A round that was played to its end: what was frozen, and what should have been."""

    drawn: DrawnRound
    kind: str
    frozen: FrozenRound
    score: RoundScore
    trends: Mapping[str, Trend | None]


def a_series(
    seed: int, folder: Path, *, objects: int = 6, meddling: Meddling = UNCHANGED
) -> tuple[Drawn, list[Played]]:
    """Two rounds, the second sometimes of another kind, then a third with changed questionnaires."""
    drawn = Drawn(seed, folder, objects=objects, meddling=meddling)
    first = list(drawn.things)
    played: list[Played] = []
    _play(drawn, "r1", first, "evaluation_regular", played, {})
    kind = drawn.draw.choice(("evaluation_regular", "evaluation_regular", "evaluation_one_off"))
    second = [object_id for object_id in first if drawn.draw.random() < 0.8 or object_id == "exec0"]
    _play(drawn, "r2", second, kind, played, {})
    drawn.change_questionnaires()
    before: dict[str, str] = {}
    third = []
    for object_id in first:
        third.append(object_id)
        if object_id != "exec0" and drawn.draw.random() < 0.3:
            third[-1] = drawn.continued(object_id)
            before[third[-1]] = object_id
    _play(drawn, "r3", third, "evaluation_regular", played, before)
    return drawn, played


def _play(
    drawn: Drawn, round_id: str, objects: list[str], kind: str, played: list[Played], before: dict[str, str]
) -> None:
    a_round = drawn.round(round_id, objects, kind)
    frozen = drawn.evaluation.publish(round_id, as_of=a_round.as_of)
    score = round_score(a_round.questionnaires, a_round.things, a_round.sheets, a_round.type_weights)
    trends: dict[str, Trend | None] = {}
    for object_id, now in score.objects.items():
        # the latest published round of the same kind that scored the object, else its predecessor
        scored = [
            one.score.objects[name]
            for name in (before.get(object_id), object_id)
            for one in played
            if name
            and one.kind == kind
            and name in one.score.objects
            and one.score.objects[name].score is not None
        ]
        if scored:
            trends[object_id] = trend(now, scored[-1])
    played.append(Played(a_round, kind, frozen, score, trends))
