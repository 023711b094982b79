"""What is published, as values: rounds, objects, criteria, indicators, and the method behind them.

Numbers carry six decimals; a number that is hidden, or was never computed, is None and never 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Texts:
    """One text in the three languages; a missing translation is empty."""

    ky: str = ""
    ru: str = ""
    en: str = ""

    def best(self, language: str) -> str:
        """In this language; else in the first of Kyrgyz, Russian, English that has it."""
        wanted = {"ky": self.ky, "ru": self.ru, "en": self.en}.get(language, "")
        return wanted or self.ky or self.ru or self.en


@dataclass(frozen=True, slots=True)
class RoundSummary:
    """A published round, as it stands in the list of rounds."""

    round_id: str
    project_id: int
    aimak_code: str
    titles: Texts
    kind: str  # monitoring_continuous, monitoring_temporary, evaluation_regular, evaluation_one_off
    opened_on: date | None
    closed_on: date | None
    published_on: date | None
    resolution_no: str
    resolution_link: str
    method_note: Texts
    n_objects: int
    n_citizens: int  # citizens' submissions that count, summed over the objects that show theirs
    n_observers: int  # observers, summed over the objects


@dataclass(frozen=True, slots=True)
class ObjectScore:
    """How one object did in one round."""

    object_id: str
    type: str  # EXEC, MUN, SUP, PSO
    subtype: str
    aimak_code: str
    names: Texts
    form_version: str
    status: str  # scored, insufficient, under_review (a contract whose supplier may still reply)
    n_citizens: int | None  # None: fewer than 5, print "<5"; 0 is 0
    n_observers: int | None  # None under review
    score: float | None
    se: float | None
    df: int | None
    low: float | None
    high: float | None
    coverage: float | None  # 0 to 1
    band: str | None  # very_good, good, fair, poor, very_poor; insufficient; None under review
    precision: str | None  # high, medium, low
    delta: float | None
    trend: str | None  # improved, worsened, no_change, not_comparable; None: no earlier round
    flags: tuple[str, ...]  # mostly_empty, borderline, depends_on_weights


@dataclass(frozen=True, slots=True)
class GroupScore:
    """The mean of the shown objects of one type, or the weighted mean of the types (type is '')."""

    type: str
    aimak_code: str
    n_objects: int
    weight: float | None  # of the type in the aimak's score
    score: float | None
    se: float | None
    band: str | None
    status: str  # scored, insufficient


@dataclass(frozen=True, slots=True)
class SupplierScore:
    """A legal entity with several shown contracts: the mean over them of all criteria but C1."""

    supplier_name: str
    n_contracts: int
    score: float
    band: str


@dataclass(frozen=True, slots=True)
class RoundResults:
    round: RoundSummary
    types: tuple[GroupScore, ...]  # in the order EXEC, MUN, SUP, PSO
    aimak: GroupScore | None
    objects: tuple[ObjectScore, ...]  # sorted by type, then by Kyrgyz name
    suppliers: tuple[SupplierScore, ...]


@dataclass(frozen=True, slots=True)
class IndicatorScore:
    """One scored question: answers to it, and what they say."""

    indicator_code: str
    criterion_code: str
    labels: Texts
    stream: str  # O, C
    scale: str
    unit: str
    best: float | None
    worst: float | None
    weight: float
    n_min: int
    sensitive: bool
    status: str  # scored, suppressed (print "<" and n_min), not_applicable, withdrawn
    n_asked: int | None
    n_valid: int | None
    n_na: int | None
    n_dk: int | None  # n_dk, n_ref, n_missing are None where the item is sensitive; their sum stands
    n_ref: int | None
    n_missing: int | None
    n_no_answer: int | None
    score: float | None
    se: float | None
    low: float | None
    high: float | None
    share_positive: float | None  # per cent
    share_low: float | None
    share_high: float | None
    flags: tuple[str, ...]  # little_information, disagreement, unverified, off_scale


@dataclass(frozen=True, slots=True)
class CriterionScore:
    criterion_code: str
    labels: Texts
    weight: float
    score: float | None
    coverage: float | None
    status: str  # scored, insufficient, not_applicable
    indicators: tuple[IndicatorScore, ...]  # in the order of the questionnaire


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    """The same object (or its predecessor) in one published round, oldest first."""

    round_id: str
    object_id: str
    titles: Texts
    kind: str
    closed_on: date | None
    status: str
    score: float | None
    low: float | None
    high: float | None
    band: str | None


@dataclass(frozen=True, slots=True)
class CustomerScore:
    """How openly an object procures: the mean of C1 over the shown contracts it ordered."""

    n_contracts: int
    score: float
    band: str


@dataclass(frozen=True, slots=True)
class ObjectResult:
    round: RoundSummary
    object: ObjectScore
    criteria: tuple[CriterionScore, ...]
    strongest: tuple[IndicatorScore, ...]  # three scored indicators with the highest scores, best first
    weakest: tuple[IndicatorScore, ...]  # three others with the lowest, worst first; never both
    history: tuple[HistoryPoint, ...]
    procurement: CustomerScore | None


@dataclass(frozen=True, slots=True)
class MethodChoice:
    choice: str
    points: float | None
    nonresponse: str  # NA, DK, REF or ''
    labels: Texts


@dataclass(frozen=True, slots=True)
class MethodIndicator:
    indicator_code: str
    labels: Texts
    stream: str
    scale: str
    unit: str
    best: float | None
    worst: float | None
    weight: float
    n_min: int
    sensitive: bool
    choices: tuple[MethodChoice, ...]


@dataclass(frozen=True, slots=True)
class MethodCriterion:
    criterion_code: str
    labels: Texts
    weight: float
    indicators: tuple[MethodIndicator, ...]


@dataclass(frozen=True, slots=True)
class MethodForm:
    form_id: str
    version: str
    title: str
    object_type: str
    criteria: tuple[MethodCriterion, ...]


@dataclass(frozen=True, slots=True)
class ResultTable:
    """A result's SQL and what it says of itself, to be shown on the page of the method."""

    name: str
    sentence: str
    columns: dict[str, str]
    sql: str


@dataclass(frozen=True, slots=True)
class Method:
    """How a published round was computed: enough to compute it again."""

    round: RoundSummary
    as_of_seq: int  # records of the ledger up to this one were counted
    software_version: str
    forms: tuple[MethodForm, ...]
    type_weights: dict[str, float]
    thresholds: dict[str, str]  # name -> number as text
    tables: tuple[ResultTable, ...]  # the SQL of every result, with the descriptions of its columns
