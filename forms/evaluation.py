"""What a workbook says about scoring: criteria, indicators, roles, privacy. Values only.

All of them travel as JSON (`msgspec.json.encode(scheme)`, `decode(data, Scheme)` of forms.decoding).
Languages are short ("ky"); a text without a language stands under "".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from forms.errors import Fault

ObjectType = Literal["EXEC", "MUN", "SUP", "PSO"]
Stream = Literal["O", "C"]
NonAnswer = Literal["NA", "DK", "REF"]
ComputedBy = Literal["recommendations_on_time", "contract_growth"]

# domain.md 3.1
SUBTYPES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "EXEC": ("ao", "city_hall"),
        "MUN": ("waste", "water", "kindergarten", "culture", "sport", "library", "pasture", "other"),
        "SUP": ("works", "goods", "services", "consulting"),
        "PSO": ("wua", "dwu", "pasture", "other"),
    }
)
ROLES = ("stream", "object", "token", "method", "visit", "village", "sex", "age", "consent")
COMPUTED = ("recommendations_on_time", "contract_growth")
METHODS = ("survey", "interview", "focus_group", "observation", "document_study", "measurement")


@dataclass(frozen=True, slots=True)
class Criterion:
    """A weighted group of indicators. `subtypes` empty: it concerns every subtype of the object type."""

    code: str
    labels: Mapping[str, str]
    weight: float
    subtypes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Indicator:
    """One scored question, with everything its score needs; `code` is the question's name.

    - `n_min` is effective: the workbook's number, else the floor of domain.md 5.7.16.
    - `subtypes` is effective too: its own within its criterion's; empty means every subtype.
    - `points` holds the choices that count (0 to 100), `nonresponse` those that are no answer; a choice in
      neither is off the scale. Both are empty for a number, whose anchors are `best` (100) and `worst` (0).
    - `companion` is the question that says why the number is missing; its choices are in
      `companion_nonresponse`.
    - `computed`: the value comes from the system, the question on the phone is only a note.
    - `evidence` names the questions that prove the answer (outside repeats).
    """

    code: str
    criterion: str
    stream: Stream
    scale: str
    weight: float
    n_min: int
    best: float | None
    worst: float | None
    sensitive: bool
    cumulative: bool
    computed: ComputedBy | None
    subtypes: tuple[str, ...]
    labels: Mapping[str, str]
    unit: str
    points: Mapping[str, float]
    nonresponse: Mapping[str, NonAnswer]
    choice_labels: Mapping[str, Mapping[str, str]]
    companion: str | None
    companion_nonresponse: Mapping[str, NonAnswer]
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scheme:
    """How the answers of one form version become scores.

    `object_type` is None only where no question has a criterion. `roles` maps a role to its question.
    `privacy` maps a question to its rule (see forms/privacy.py); a question not named is `area`.
    """

    form_id: str
    version: str
    titles: Mapping[str, str]
    object_type: ObjectType | None
    criteria: tuple[Criterion, ...]
    indicators: tuple[Indicator, ...]
    roles: Mapping[str, str]
    privacy: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SchemeReading:
    """What reading a workbook gave: its scheme, or every fault, and what to look at again.

    `scheme` is None where there are faults, and where the workbook has no evaluation column at all
    (then it is a plain ODK form). `privacy` is there for every readable workbook.
    """

    scheme: Scheme | None
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]
    privacy: Mapping[str, str]
