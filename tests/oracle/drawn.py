"""Rounds drawn by lot: what would be in the ledger, and the same told to the reference.

One seed gives one evaluation: a questionnaire per type, objects, and three rounds one after the other. All
that the method speaks of is drawn often: non-answers, hidden and empty questions, answers off the scale,
tokens used twice, void and returned sheets, edits, corrections, visits, focus groups, late decisions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from random import Random

from forms.evaluation import Indicator
from forms.instance import parse_instance, read_answers
from tests.evaluation import Evaluation
from tests.make import an_instance
from tests.oracle.answers import Questionnaire, Sheet, Thing
from tests.oracle.rounds import TYPE_WEIGHTS
from tests.oracle.workbooks import SUBTYPES, Workbook, a_workbook, read

CITIZENS = (0, 2, 5, 8, 10, 11, 13, 14, 16, 18, 20, 24)
OBSERVERS = (0, 1, 3, 4, 5, 6, 6, 7, 8, 9)
VISITS = ("2026-03-03", "2026-03-09", "2026-03-21", "", "yesterday")
NUMBERS = ("0", "1", "2", "3", "4.5", "7", "12", "15", "24", "28", "33.3", "50", "60", "99.999", "140")
ODD = ("maybe", "-3", "6", "NaN", "yes", "1e1", "3", "NA", "DK", " 2 ", "Infinity", "")

Values = dict[str, str | None]
Place = tuple[str, str, int]  # round, object, how manieth sheet about it


@dataclass(frozen=True, slots=True)
class Mood:
    """How likely answers to one indicator are what, in one object."""

    valid: float
    sure: bool  # everyone says the same
    kind: str  # what those say who give no valid answer; empty: anything


@dataclass(slots=True)
class DrawnRound:
    round_id: str
    questionnaires: dict[str, Questionnaire]
    things: list[Thing]
    sheets: list[Sheet] = field(default_factory=list)
    type_weights: dict[str, Fraction] | None = None
    as_of: int = 0


@dataclass(frozen=True, slots=True)
class Meddling:
    """What is answered otherwise than drawn, and which citizens send their sheet twice, without a token."""

    answers: Mapping[Place, Values]
    copies: frozenset[Place] = frozenset()


UNCHANGED = Meddling({})


class Drawn:
    """An evaluation whose records and whose reference grow together; the same seed draws the same.

    Meddling changes answers and adds sheets, and nothing else.
    """

    def __init__(self, seed: int, folder: Path, *, objects: int = 6, meddling: Meddling = UNCHANGED) -> None:
        self.draw = Random(seed)
        self._meddling = meddling
        self.evaluation = Evaluation(folder)
        self.workbooks: dict[str, Workbook] = {}
        self.versions: dict[str, list[Questionnaire]] = {}
        self.things: dict[str, Thing] = {}
        for kind in SUBTYPES:
            self.workbooks[kind] = a_workbook(self.draw, kind, f"f_{kind.lower()}")
            self._publish(kind)
            for n in range(1 if kind == "EXEC" else objects):
                self._register(f"{kind.lower()}{n}", kind)

    def _publish(self, kind: str) -> None:
        versions = self.versions.setdefault(kind, [])
        markdown = self.workbooks[kind].markdown(str(len(versions) + 1))
        self.evaluation.form(markdown)
        versions.append(read(markdown))

    def change_questionnaires(self) -> None:
        for kind, workbook in self.workbooks.items():
            self.workbooks[kind] = workbook.changed(self.draw)
            self._publish(kind)

    def _register(self, object_id: str, kind: str, predecessor: str = "") -> None:
        draw = self.draw
        subtype = draw.choice((*SUBTYPES[kind], *SUBTYPES[kind], ""))
        sums = [draw.choice((None, 0, 100, 103.5, 120, 90)) for _ in range(2)]
        until = draw.choice((None, None, None, date(2026, 3, 1), date(2036, 1, 1))) if kind == "SUP" else None
        thing = Thing(
            object_id, kind, subtype,
            under_review=until is not None and until.year > 2030,
            sum_initial=None if sums[0] is None else Fraction(repr(sums[0])),
            sum_final=None if sums[1] is None else Fraction(repr(sums[1])),
            supplier=draw.choice(("Road Ltd", "Bridge Ltd")) if kind == "SUP" else None,
            customer=draw.choice(("exec0", "mun0")) if kind == "SUP" else None,
        )  # fmt: skip
        self.things[object_id] = thing
        attributes = {
            "sum_initial_som": sums[0],
            "sum_final_som": sums[1],
            "under_review_until": until,
            "supplier_name": thing.supplier,
            "customer_id": thing.customer,
            "predecessor_id": predecessor or None,
        }
        known = {name: value for name, value in attributes.items() if value is not None}
        self.evaluation.object(object_id, kind, subtype, supplier_is_person=False, **known)

    def continued(self, object_id: str) -> str:
        """A new object that continues the history of this one."""
        new = f"{object_id}_new"
        self._register(new, self.things[object_id].type, object_id)
        return new

    def round(self, round_id: str, objects: list[str], kind: str = "evaluation_regular") -> DrawnRound:
        """Open a round, collect, check and close; what comes after its close is in the ledger too."""
        draw, evaluation = self.draw, self.evaluation
        self._copies: list[Sheet] = []
        weights = {"EXEC": 20, "MUN": 31.5, "PSO": 8, "SUP": 40.5} if draw.random() < 0.5 else {}
        drawn = DrawnRound(
            round_id,
            {kind: versions[-1] for kind, versions in self.versions.items()},
            [self.things[object_id] for object_id in objects],
            type_weights={k: Fraction(repr(w)) for k, w in weights.items()} or None,
        )
        forms = {workbook.form_id: kind for kind, workbook in self.workbooks.items()}
        evaluation.round(round_id, forms, objects, kind, type_weights=weights or TYPE_WEIGHTS)
        for thing in drawn.things:
            self._collect(drawn, thing)
        late = draw.sample(drawn.sheets, min(4, len(drawn.sheets)))
        for sheet in self._copies:
            self._copy(drawn, sheet)
        drawn.as_of = evaluation.close(round_id)
        for sheet in late:
            evaluation.decide(sheet.seq, draw.choice(("void", "accepted")))  # too late to count
        return drawn

    def _collect(self, drawn: DrawnRound, thing: Thing) -> None:
        draw = self.draw
        asked = drawn.questionnaires[thing.type]
        moods = {one.code: self._mood() for one in asked.scheme.indicators}
        streams = "C" * draw.choice(CITIZENS) + "O" * draw.choice(OBSERVERS)
        versions = self.versions[thing.type]
        before: list[Sheet] = []
        for stream in draw.sample(streams, len(streams)):
            filled = asked if draw.random() < 0.95 else versions[0]
            values = self._values(filled, stream, thing, moods)
            same = [sheet for sheet in before if sheet.stream == stream]
            edits = draw.choice(same) if same and draw.random() < 0.12 else None
            place = (drawn.round_id, thing.object_id, len(before))
            before.append(self._submit(drawn, filled, values, edits, place))
        self._copies += [
            sheet for number, sheet in enumerate(before)
            if (drawn.round_id, thing.object_id, number) in self._meddling.copies
        ]  # fmt: skip

    def _submit(
        self, drawn: DrawnRound, filled: Questionnaire, values: Values, edits: Sheet | None, place: Place
    ) -> Sheet:
        draw, evaluation = self.draw, self.evaluation
        sender = draw.randint(1, 4) if draw.random() < 0.95 else None
        link = f"link {draw.randint(1, 9)}" if draw.random() < 0.15 else None
        states = [
            draw.choice(("accepted",) * 15 + ("returned", "void", "received"))
            for _ in range(draw.choice((1, 1, 1, 1, 1, 2, 0)))
        ]
        correction = draw.choice(filled.scheme.indicators) if draw.random() < 0.15 else None
        new = draw.choice((*correction.points, *correction.nonresponse) or NUMBERS) if correction else ""

        values = values | self._meddling.answers.get(place, {})
        sheet = self._append(drawn, filled, values, sender, link, edits)
        for state in states:
            evaluation.decide(sheet.seq, state)
            sheet = replace(sheet, state=state)
        if correction is not None and sheet.stream == correction.stream == "O" and not correction.computed:
            old = sheet.value(correction.code) or ""
            evaluation.decide(sheet.seq, "corrected", question=correction.code, old=old, new=new)
            sheet = replace(sheet, corrections=((correction.code, new),))
        drawn.sheets.append(sheet)
        return sheet

    def _append(
        self,
        drawn: DrawnRound,
        filled: Questionnaire,
        values: Mapping[str, str | None],
        sender: int | None,
        link: str | None,
        edits: Sheet | None,
    ) -> Sheet:
        instance = f"uuid:{self.evaluation.seq + 1}"
        xml = an_instance(
            filled.schema, values, instance_id=instance, deprecated_id=f"uuid:{edits.seq}" if edits else None
        )
        seq = self.evaluation.append(
            "submission", f"1/{filled.schema.form_id}/{instance}", xml, actor=sender,
            round_id=drawn.round_id, link_token=link,
        )  # fmt: skip
        read_back = read_answers(parse_instance(xml), filled.schema).values
        return Sheet(seq, filled, read_back, sender, link, "received", edits)

    def _copy(self, drawn: DrawnRound, sheet: Sheet) -> None:
        """Another citizen who says the same."""
        asked = sheet.questionnaire
        values: Values = {
            question.name: sheet.values.get(question.path)
            for question in asked.schema.questions
            if "/meta/" not in question.path
        }
        copy = self._append(drawn, asked, values | {"token": ""}, 1, None, None)
        self.evaluation.decide(copy.seq, "accepted")
        drawn.sheets.append(replace(copy, state="accepted"))

    def _mood(self) -> Mood:
        draw = self.draw
        kind = draw.choice(("", "", "", "NA", "DK", "REF", "empty", "absent"))
        return Mood(draw.choice((0, 0.5, 0.8, 0.9, 0.95, 0.95, 1, 1, 1, 1, 1, 1)), draw.random() < 0.15, kind)

    def _values(self, filled: Questionnaire, stream: str, thing: Thing, moods: dict[str, Mood]) -> Values:
        """One filled-in sheet."""
        draw = self.draw
        token = f"slip {draw.randint(1, 12)}" if stream == "C" and draw.random() < 0.3 else ""
        values: Values = {
            "stream": stream,
            "object": thing.object_id,
            "token": token,
            "visit": draw.choice(VISITS),
            "method": "focus_group" if draw.random() < 0.05 else draw.choice(("survey", "")),
        }
        for one in filled.scheme.indicators:
            if one.computed:
                values[one.code] = None
                continue
            mood = moods.get(one.code) or self._mood()
            if one.stream == stream or draw.random() < 0.2:
                self._answer(values, one, mood)
            else:
                values[one.code] = draw.choice((None, ""))
            for proof in one.evidence:
                values[proof] = draw.choice((None, "", " ", "minutes of 3 March", "a photo"))
        return values

    def _answer(self, values: Values, one: Indicator, mood: Mood) -> None:
        draw = self.draw
        if one.companion is not None:
            values[one.companion] = draw.choice(("", None))
        if draw.random() < mood.valid:
            valid = (*one.points,) or NUMBERS
            values[one.code] = valid[0] if mood.sure else draw.choice(valid)
            return
        kind = mood.kind or draw.choice(("NA", "DK", "REF", "empty", "absent", "odd"))
        offered = one.companion_nonresponse if one.companion is not None else one.nonresponse
        codes = [code for code, meaning in offered.items() if meaning == kind]
        if kind == "odd":
            values[one.code] = draw.choice(ODD)
        elif codes and one.companion is not None:
            values[one.companion] = codes[0]
            values[one.code] = draw.choice((None, None, "", "5"))
        elif codes:
            values[one.code] = codes[0]
        else:
            values[one.code] = "" if kind == "empty" else None
