"""Every number and label of a frozen round is what the reference says, in many rounds drawn by lot.

- All tables that a closing round freezes, after rounding to six decimals: indicators with counts, intervals,
  shares and flags; criteria; objects; types; the aimak; suppliers and customers; covariances; trends.
- What is drawn speaks of nearly every rule of domain.md 5, and of each of them often: see test_coverage.
- On a failure the seed is printed; `a_series(seed, folder)` plays it again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.oracle.compare import differences
from tests.oracle.series import Played, a_series

SEEDS = (1, 4, 17, 24)
OBJECTS = 8  # of every type but the executive body, in each of three rounds


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, list[Played]]]:
    found = {}
    for seed in SEEDS:
        drawn, found[seed] = a_series(seed, tmp_path_factory.mktemp(f"seed{seed}"), objects=OBJECTS)
        drawn.evaluation.warehouse.close()
    yield found


@pytest.mark.parametrize("seed", SEEDS)
def test_a_frozen_round_says_what_the_reference_says(series: dict[int, list[Played]], seed: int) -> None:
    found = [
        f"seed {seed}, round {played.drawn.round_id}: {difference}"
        for played in series[seed]
        for difference in differences(played.frozen, played.score, played.trends)
    ]
    assert not found, "\n".join(found[:20])


def test_what_is_drawn_speaks_of_every_rule(series: dict[int, list[Played]]) -> None:
    """A comparison of rounds in which nothing happens would promise nothing."""
    seen: Counter[str] = Counter()
    for played in (each for rounds in series.values() for each in rounds):
        seen["aimak " + played.score.aimak.band] += 1
        seen.update(one.word for one in played.trends.values() if one is not None)
        for thing in played.score.objects.values():
            seen[thing.band] += 1
            seen.update((*thing.flags, thing.precision or "no interval"))
            seen["both streams vary"] += thing.df is not None and min(thing.n.values()) > 1
            seen.update(f"criterion {one.status}" for one in thing.criteria.values())
            for one in thing.indicators.values():
                seen[one.status] += 1
                seen.update((*one.flags, *(kind for kind, n in one.counts.items() if n)))
                seen[f"{one.indicator.stream} {one.indicator.scale}"] += one.status == "scored"
                seen["computed"] += one.status == "scored" and bool(one.indicator.computed)
    wanted = [
        *("scored", "not_scored", "not_applicable", "valid", "NA", "DK", "REF", "missing", "computed"),
        *("mostly_empty", "borderline", "depends_on_weights", "little_information", "disagreement"),
        *("unverified", "off_scale", "high", "medium", "low", "improved", "worsened", "no_change"),
        *("not_comparable", "very_good", "good", "fair", "poor", "very_poor", "insufficient"),
    ]
    wanted += ["no interval", "both streams vary", "aimak insufficient", "criterion insufficient"]
    wanted += [
        f"{stream} {scale}" for stream in "CO" for scale in ("S5", "F5+", "F5-", "Y3", "Y2", "Y2-", "NUM")
    ]
    assert not [what for what in wanted if not seen[what]]
