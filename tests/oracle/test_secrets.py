"""Nothing that is hidden can be found out from what is published: an attack on the whole public layer.

The same evaluation is played twice, once with other secrets. Whoever could compute a secret from public
tables, by subtraction or any other algebra, would have to see a difference; so the bytes of every published
table and everything the pages read must be the same. The secrets:

- answers to indicators that are not scored, how many are valid, and the others' kind; of both streams;
- answers of submissions that do not count: void, returned, replaced, focus groups;
- how the non-answers to a sensitive question split into DK, REF and missing;
- all answers about a contract under review; how many citizens answered, where they are one to four.

And directly: below the threshold every cell is empty, scored rows say what was computed, and whoever has the
published tables alone gets every sum above the indicators from them, so that nothing else is in it.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from random import Random

import pytest

from analytics import results
from analytics.dataset import release
from forms.evaluation import Indicator
from tests.oracle.answers import Sheet, answer_of, mostly_empty, selected
from tests.oracle.drawn import NUMBERS, UNCHANGED, Meddling, Place, Values
from tests.oracle.reference import ObjectScore
from tests.oracle.series import Played, a_series

OBJECTS = 6
DAY = date(2026, 6, 1)
HIDDEN = (
    "n_asked n_valid n_na n_dk n_ref n_missing n_no_answer score se ci_low ci_high share_positive share_low "
    "share_high flags"
)


@dataclass(frozen=True, slots=True)
class Published:
    """Everything anybody may see of three rounds, by file or page."""

    played: list[Played]
    seen: dict[str, object]


def publish(seed: int, folder: Path, meddling: Meddling = UNCHANGED) -> Published:
    drawn, played = a_series(seed, folder, objects=OBJECTS, meddling=meddling)
    seen: dict[str, object] = {}
    with drawn.evaluation.read() as db:
        for one in played:
            round_id = one.drawn.round_id
            for name, content in release(db, round_id, published_on=DAY).items():
                seen[f"{round_id}/{name}"] = content
            seen[f"{round_id}/page"] = results.round_results(db, round_id)
            # the number of the ledger's last record is told on purpose; the ledger's head is public too
            seen[f"{round_id}/method"] = replace(results.method(db, round_id), as_of_seq=0)
            for object_id in sorted(one.score.objects)[::4]:  # the pages of all read the same tables
                seen[f"{round_id}/{object_id}"] = results.object_result(db, round_id, object_id)
    drawn.evaluation.warehouse.close()
    return Published(played, seen)


class Secrets:
    """Other answers that nobody may tell from the true ones."""

    def __init__(self, seed: int, played: list[Played]) -> None:
        self.draw = Random(f"secrets {seed}")
        self.answers: dict[Place, Values] = {}
        self.copies: set[Place] = set()
        self.changed: Counter[str] = Counter()
        for one in played:
            counting = {sheet.seq for sheet in selected(one.drawn.sheets, one.drawn.things)}
            for thing in one.score.objects.values():
                about = [sheet for sheet in one.drawn.sheets if sheet.role("object") == thing.thing.object_id]
                for number, sheet in enumerate(about):
                    place = (one.drawn.round_id, thing.thing.object_id, number)
                    if sheet.seq not in counting:
                        self._all(place, sheet, "does not count")
                    elif thing.thing.under_review and one is played[-1]:
                        self._all(place, sheet, "under review")
                    else:
                        self._some(place, sheet, thing)
                citizens = [
                    number for number, sheet in enumerate(about)
                    if sheet.seq in counting and sheet.stream == "C"
                ]  # fmt: skip
                if 1 <= len(citizens) <= 3:
                    self.copies.add((one.drawn.round_id, thing.thing.object_id, citizens[0]))
                    self.changed["citizens"] += 1

    def _all(self, place: Place, sheet: Sheet, why: str) -> None:
        for one in sheet.questionnaire.scheme.indicators:
            if not one.computed and answer_of(sheet, one).kind == "valid":
                self._put(place, one, self._another(sheet, one), why)

    def _some(self, place: Place, sheet: Sheet, thing: ObjectScore) -> None:
        concerns = [each.indicator for each in thing.indicators.values() if sum(each.counts.values())]
        told = sheet
        for score in thing.indicators.values():
            one, path = score.indicator, sheet.questionnaire.path(score.indicator.code)
            if one.stream != sheet.stream or one.computed or path is None:
                continue
            kind = answer_of(sheet, one).kind
            if score.status == "not_scored" and kind == "valid":
                silent = [code for code, meaning in one.nonresponse.items() if meaning == "DK"]
                text = self._another(sheet, one)
                if silent and not one.cumulative and self.draw.random() < 0.3:
                    text = silent[0]
            elif kind in ("DK", "REF", "missing") and one.scale != "NUM" and (
                score.status == "not_scored" or (score.status == "scored" and one.sensitive)
            ):  # fmt: skip
                text = self._reason(sheet, one)
            else:
                continue
            other = replace(told, values={**told.values, path: text})
            if mostly_empty(other, concerns) == mostly_empty(told, concerns):  # which is told of every sheet
                told = other
                self._put(place, one, text, "sensitive" if score.status == "scored" else f"not_scored {kind}")

    def _another(self, sheet: Sheet, one: Indicator) -> str:
        return self.draw.choice([text for text in (*one.points,) or NUMBERS if text != sheet.value(one.code)])

    def _reason(self, sheet: Sheet, one: Indicator) -> str:
        """Another way of giving no answer: a code, or nothing at all."""
        codes = [code for code, kind in one.nonresponse.items() if kind in ("DK", "REF")]
        return self.draw.choice([text for text in (*codes, "") if text != sheet.value(one.code)] or [""])

    def _put(self, place: Place, one: Indicator, text: str, why: str) -> None:
        self.answers.setdefault(place, {})[one.code] = text
        self.changed[why] += 1


@pytest.mark.parametrize("seed", [14])
def test_other_secrets_publish_the_same(seed: int, tmp_path: Path) -> None:
    published = publish(seed, tmp_path / "one")
    secrets = Secrets(seed, published.played)
    wanted = ("not_scored valid", "not_scored DK", "sensitive", "does not count", "under review", "citizens")
    assert not [why for why in wanted if not secrets.changed[why]], secrets.changed
    other = publish(seed, tmp_path / "other", Meddling(secrets.answers, frozenset(secrets.copies)))
    told = [
        f"seed {seed}: {name} differs: {_first_difference(seen, other.seen[name])}"
        for name, seen in published.seen.items()
        if seen != other.seen[name]
    ]
    assert not told, "\n".join(told[:12])


@pytest.mark.parametrize("seed", [5])
def test_what_is_published_says_what_was_computed_and_nothing_below_the_threshold(
    seed: int, tmp_path: Path
) -> None:
    published = publish(seed, tmp_path)
    for one in published.played:
        below_the_threshold_every_cell_is_empty(published, one)
        published_scores_are_those_that_were_computed(published, one)
        whatever_is_summed_up_is_the_sum_of_what_is_shown(published, one)


def _first_difference(one: object, other: object) -> str:
    a, b = (
        (each.decode() if isinstance(each, bytes) else repr(each).replace(", ", "\n")).splitlines()
        for each in (one, other)
    )
    found = [(x, y) for x, y in zip(a, b, strict=False) if x != y]
    return " | ".join(found[0]) if found else f"{len(a)} and {len(b)} lines"


def below_the_threshold_every_cell_is_empty(published: Published, one: Played) -> None:
    for row in _rows(published, one, "scores_indicator"):
        score = one.score.objects[row["object_id"]].indicators[row["indicator_code"]]
        cells = {name: row[name] for name in HIDDEN.split()}
        if score.status == "not_scored":
            assert row["status"] == "suppressed" and not any(cells.values()), row
        elif score.status == "not_applicable":
            counted = score.counts["NA"] >= score.indicator.n_min
            assert [name for name, cell in cells.items() if cell and name[:2] != "n_"] == []
            assert any(cells.values()) == counted, row
        if score.indicator.sensitive:
            assert not any(row[name] for name in ("n_dk", "n_ref", "n_missing"))


def published_scores_are_those_that_were_computed(published: Published, one: Played) -> None:
    for row in _rows(published, one, "scores_object"):
        score = one.score.objects[row["object_id"]]
        hidden = ["score", "se", "df", "ci_low", "ci_high", "precision", "delta", "trend"]
        if score.thing.under_review:
            hidden += ["n_citizens", "n_observers", "coverage", "band"]
        else:
            n = score.n_citizens
            assert row["n_citizens"] == ("" if 1 <= n <= 4 else str(n))
            assert row["band"] == score.band
        if score.score is not None and not score.thing.under_review:
            assert float(row["score"]) == pytest.approx(float(score.score), abs=1e-6)
        else:
            assert not any(row[name] for name in hidden), row


def whatever_is_summed_up_is_the_sum_of_what_is_shown(published: Published, one: Played) -> None:
    """Criteria, objects and types follow from the published tables alone."""
    codebook = {(row["type"], row["indicator_code"]): row for row in _rows(published, one, "codebook")}
    kind_of = {row["object_id"]: row["type"] for row in _rows(published, one, "objects")}
    criterion: dict[tuple[str, str], list[Weighed]] = defaultdict(list)
    whole: dict[str, list[Weighed]] = defaultdict(list)
    weights: dict[tuple[str, str], float] = {}
    for row in _rows(published, one, "scores_indicator"):
        asked = codebook[kind_of[row["object_id"]], row["indicator_code"]]
        key = (row["object_id"], asked["criterion_code"])
        weights[key] = float(asked["criterion_weight"])
        criterion[key].append(Weighed(float(asked["w"]), row["score"], row["status"]))
    for row in _rows(published, one, "scores_criterion"):
        key = (row["object_id"], row["criterion_code"])
        covered = _covered(criterion[key], row, 0.5)
        whole[row["object_id"]].append(Weighed(weights[key], row["score"], row["status"], covered))
    of_type: dict[str, list[Weighed]] = defaultdict(list)
    for row in _rows(published, one, "scores_object"):
        if row["object_id"] in whole:
            _covered(whole[row["object_id"]], row, 0.6)
            of_type[kind_of[row["object_id"]]].append(
                Weighed(1, row["score"], "scored" if row["score"] else "")
            )
    for row in _rows(published, one, "scores_type"):
        scored = [each for each in of_type[row["type"]] if each.score]
        assert row["n_objects"] == str(len(scored))
        assert row["score"] == "" if not scored else float(row["score"]) == _mean(scored)


@dataclass(frozen=True, slots=True)
class Weighed:
    weight: float
    score: str
    status: str
    coverage: float = 1  # of what is below


def _covered(parts: list[Weighed], row: dict[str, str], least: float) -> float:
    """Check score and coverage of a row against its parts; gives the coverage that counts above it."""
    applicable = [part for part in parts if part.status != "not_applicable"]
    if not applicable:
        assert row["coverage"] == row["score"] == ""
        return 0
    scored = [part for part in applicable if part.status == "scored"]
    coverage = sum(part.weight * part.coverage for part in scored) / sum(part.weight for part in applicable)
    assert float(row["coverage"]) == pytest.approx(coverage, abs=2e-6)
    assert (row["score"] != "") == (float(row["coverage"]) >= least)
    assert row["score"] == "" or float(row["score"]) == _mean(scored)
    return float(row["coverage"])


def _mean(parts: list[Weighed]) -> object:
    whole = sum(part.weight for part in parts)
    return pytest.approx(sum(part.weight * float(part.score) for part in parts) / whole, abs=2e-6)


def _rows(published: Published, one: Played, table: str) -> list[dict[str, str]]:
    content = published.seen[f"{one.drawn.round_id}/{table}.csv"]
    assert isinstance(content, bytes)
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))
