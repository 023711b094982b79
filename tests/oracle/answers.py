"""What an answer is before it is a number, and which sheets count, from the text of domain.md 4.0 and 5.7.

Written without a look at the SQL of the scores, in plain Python with exact fractions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from forms.evaluation import Indicator, Scheme
from forms.schema import Schema

NON_ANSWERS = ("NA", "DK", "REF")
FACTS = ("Y2", "Y2-", "Y3", "NUM")
POINTS = {  # table 4.0, with the names of 5.7.6
    "S5": {"1": 0, "2": 25, "3": 50, "4": 75, "5": 100},
    "F5+": {"1": 0, "2": 25, "3": 50, "4": 75, "5": 100},
    "F5-": {"1": 100, "2": 75, "3": 50, "4": 25, "5": 0},
    "Y3": {"yes": 100, "partly": 50, "no": 0},
    "Y2": {"yes": 100, "no": 0},
    "Y2-": {"yes": 0, "no": 100},
    "T3": {"improved": 100, "unchanged": 50, "worsened": 0, "better": 100, "same": 50, "worse": 0},
}


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """One version of a form."""

    schema: Schema
    scheme: Scheme

    def path(self, question: str) -> str | None:
        found = self.schema.question(question)
        return found.path if found is not None else None

    def conditional(self, question: str) -> bool:
        found = self.schema.question(question)
        return found is not None and found.conditional


@dataclass(frozen=True, slots=True)
class Thing:
    """An object of a round, as the registry has it on the day the round closes."""

    object_id: str
    type: str
    subtype: str = ""
    under_review: bool = False
    sum_initial: Fraction | None = None
    sum_final: Fraction | None = None
    on_time: Fraction | None = None  # per cent of the recommendations of the round before
    supplier: str | None = None
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A submission: `values` as forms.instance.read_answers gives them; `edits` is the one it corrects.

    `state` is what was decided last until the round closed; `corrections` are (question, new value).
    """

    seq: int
    questionnaire: Questionnaire
    values: Mapping[str, str]
    sender: int | None = None
    link_token: str | None = None
    state: str = "accepted"
    edits: Sheet | None = None
    corrections: tuple[tuple[str, str], ...] = ()

    @property
    def root(self) -> Sheet:
        return self.edits.root if self.edits is not None else self

    def value(self, question: str) -> str | None:
        """The text of an answer; None when the question is absent."""
        corrected = [new for name, new in self.corrections if name == question]
        path = self.questionnaire.path(question)
        return corrected[-1] if corrected else self.values.get(path) if path is not None else None

    def role(self, role: str) -> str:
        name = self.questionnaire.scheme.roles.get(role)
        path = self.questionnaire.path(name) if name else None
        return (self.values.get(path) or "").strip() if path is not None else ""

    @property
    def stream(self) -> str:
        return self.root.role("stream")

    @property
    def object_id(self) -> str:
        return self.root.role("object")

    @property
    def token(self) -> str | None:
        """Whose sheet it is: 5.7.10."""
        root = self.root
        if self.stream == "O":
            return str(root.sender) if root.sender is not None else None
        return root.link_token or root.role("token") or None

    @property
    def visit(self) -> date | None:
        """The day of the visit, in stream O; those without one belong to one visit together."""
        if self.stream != "O":
            return None
        try:
            return date.fromisoformat(self.root.role("visit"))
        except ValueError:
            return None

    @property
    def key(self) -> tuple[object, ...]:
        """Sheets with the same key replace each other (5.7.9, 5.7.10, 5.7.13)."""
        if self.token is None:
            return ("without a token", self.root.seq)
        return (self.object_id, self.stream, self.token, self.visit)


def selected(sheets: Iterable[Sheet], things: Iterable[Thing]) -> list[Sheet]:
    """Those that count: accepted, no focus group, the latest of its key (5.1.1, 5.7.9 to 5.7.13)."""
    known = {thing.object_id for thing in things}
    latest: dict[tuple[object, ...], Sheet] = {}
    for sheet in sorted(sheets, key=lambda sheet: sheet.seq):
        if (
            sheet.state == "accepted"
            and sheet.stream in ("O", "C")
            and sheet.object_id in known
            and "focus_group" not in sheet.role("method").split()
        ):
            latest[sheet.key] = sheet
    return list(latest.values())


@dataclass(frozen=True, slots=True)
class Answer:
    """`kind`: valid, NA, DK, REF or missing; `points` of a valid one; `raw` is what was answered."""

    kind: str
    points: Fraction | None = None
    raw: str | Fraction | None = None
    off_scale: bool = False


MISSING = Answer("missing")
OFF_SCALE = Answer("missing", off_scale=True)


def exact(number: float) -> Fraction:
    """A number of the workbook as it was written there."""
    return Fraction(repr(number))


def points_of_number(x: Fraction, best: float, worst: float) -> Fraction:
    share = (x - exact(worst)) / (exact(best) - exact(worst))
    return 100 * min(Fraction(1), max(Fraction(0), share))


def answer_of(sheet: Sheet, indicator: Indicator) -> Answer:
    """One answer of one sheet (5.7.1, 5.7.4 to 5.7.6)."""
    text = sheet.value(indicator.code)
    if indicator.scale == "NUM":
        return _number(sheet, indicator, text)
    if text is None:
        return _absent(sheet, indicator)
    points = POINTS.get(indicator.scale) or indicator.points
    if text in points:
        return Answer("valid", exact(points[text]), text)
    if text in indicator.nonresponse:
        return Answer(indicator.nonresponse[text])
    if text == "NA":  # taken where it comes, offered or not
        return Answer("NA")
    return OFF_SCALE if text.strip() else MISSING


def _number(sheet: Sheet, indicator: Indicator, text: str | None) -> Answer:
    """A number holds no code of a non-answer; its companion does, and goes first (5.7.1, 5.7.5)."""
    reason = (sheet.value(indicator.companion) or "").strip() if indicator.companion is not None else ""
    if reason in indicator.companion_nonresponse:
        return Answer(indicator.companion_nonresponse[reason])
    if text is not None and text.strip():
        try:
            number = Fraction(text.strip())
        except ValueError:
            return OFF_SCALE
        if "/" in text or number < 0:
            return OFF_SCALE
        assert indicator.best is not None and indicator.worst is not None
        return Answer("valid", points_of_number(number, indicator.best, indicator.worst), number)
    if reason:  # an unknown code: nobody can say why the number is not there
        return Answer("NA") if reason == "NA" else OFF_SCALE
    return MISSING if text is not None else _absent(sheet, indicator)


def _absent(sheet: Sheet, indicator: Indicator) -> Answer:
    return Answer("NA") if sheet.questionnaire.conditional(indicator.code) else MISSING


def unverified(sheet: Sheet, indicator: Indicator, answer: Answer) -> bool:
    """Needs it evidence, and is none there? (4.0, 5.8)"""
    needs = answer.kind == "valid" and not (indicator.scale == "S5" and answer.raw in ("3", "4"))
    return (
        indicator.stream == "O"
        and needs
        and bool(indicator.evidence)
        and not any((sheet.value(question) or "").strip() for question in indicator.evidence)
    )


def mostly_empty(sheet: Sheet, indicators: Sequence[Indicator]) -> bool:
    """Fewer than a third of its applicable items are answered (4, constraints). Don't know is an answer."""
    answers = [answer_of(sheet, one) for one in indicators if one.stream == sheet.stream and not one.computed]
    applicable = [answer for answer in answers if answer.kind != "NA"]
    answered = [answer for answer in applicable if answer.kind != "missing"]
    return 3 * len(answered) < len(applicable)


def system_value(thing: Thing, indicator: Indicator) -> Fraction | None:
    """What the system computes (5.7.8): a contract's growth never counts below 0."""
    if indicator.computed == "recommendations_on_time":
        return thing.on_time
    if thing.sum_initial is None or thing.sum_final is None or thing.sum_initial == 0:
        return None
    return max(Fraction(0), (thing.sum_final - thing.sum_initial) / thing.sum_initial * 100)
