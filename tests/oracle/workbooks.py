"""Workbooks drawn by lot: every scale, both streams, companions, evidence, subtypes, conditions, weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from tests.evaluation import a_scheme
from tests.make import a_form
from tests.oracle.answers import Questionnaire
from tests.questionnaire import COLUMNS

SUBTYPES = {
    "EXEC": ("ao", "city_hall"),
    "MUN": ("waste", "library"),
    "SUP": ("works", "goods"),
    "PSO": ("wua", "dwu"),
}
# list -> choices, as code:points:non-answer
LISTS = {
    "five": "1 2 3 4 5 NA::NA DK::DK REF::REF",
    "five_plain": "1 2 3 4 5",
    "minus": "1 2 3 4 5 unknown::DK",
    "three": "yes partly no none::NA DK::DK REF::REF",
    "two": "yes no DK::DK REF::REF",
    "two_plain": "yes no",
    "two_minus": "yes no NA::NA DK::DK REF::REF",
    "change": "improved unchanged worsened DK::DK",
    "change_short": "better same worse DK::DK",
    "own": "bad:0 middling:37.5 fine:100 DK::DK NA::NA",
    "own_odd": "a:10 b:33.3 c:66.7 d:90 REF::REF",
    "why": "NA::NA DK::DK REF::REF",
    "why_few": "not_there::NA cannot_say::DK",
}
ON_SCALE = {
    "S5": ("five", "five_plain"),
    "F5+": ("five", "five_plain"),
    "F5-": ("minus",),
    "Y3": ("three",),
    "Y2": ("two", "two_plain"),
    "Y2-": ("two_minus",),
    "T3": ("change", "change_short"),
    "own": ("own", "own_odd"),
}
ANCHORS = ((0, 60), (5, 28), (24, 4), (1, 7), (100, 40), (0.5, 2.5), (100, 0), (0, 3))
FIRST = (
    {"type": "select_one stream", "name": "stream", "role": "stream"},
    {"type": "select_one_from_file objects.csv", "name": "object", "role": "object"},
    {"type": "text", "name": "token", "role": "token"},
    {"type": "date", "name": "visit", "role": "visit"},
    {"type": "select_one method", "name": "method", "role": "method"},
)

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Workbook:
    """Rows of the sheets survey and criteria, from which every version is written."""

    object_type: str
    form_id: str
    survey: tuple[Row, ...]
    criteria: tuple[Row, ...]

    def markdown(self, version: str) -> str:
        lines = ["| survey |", _line(COLUMNS)]
        for row in (*FIRST, *self.survey):
            lines.append(_line({"label": row["name"], **row}.get(column, "") for column in COLUMNS))
        lines += ["| choices |", _line(("list_name", "name", "label", "score", "nonresponse"))]
        for name, choices in {"stream": "O C", "method": "survey focus_group", **LISTS}.items():
            for choice in choices.split():
                code, points, kind = (*choice.split(":"), "", "")[:3]
                lines.append(_line((name, code, code, points, kind)))
        lines += ["| criteria |", _line(("name", "label", "weight", "subtypes"))]
        lines += [_line(row.values()) for row in self.criteria]
        lines += ["| settings |", _line(("form_id", "form_title", "version", "object_type"))]
        lines.append(_line((self.form_id, self.form_id, version, self.object_type)))
        return "\n".join(lines)

    def changed(self, draw: Random) -> Workbook:
        """The next version: some weights, anchors and scales are others, some questions are gone."""
        survey = []
        for row in self.survey:
            row = dict(row)
            if row.get("scale") in ("S5", "F5+") and draw.random() < 0.15:
                row["scale"] = "F5+" if row["scale"] == "S5" else "S5"
            if row.get("weight") and draw.random() < 0.3:
                row["weight"] = draw.choice(("1", "2.5", "4"))
            if row.get("best") and draw.random() < 0.1:
                row["best"] = f"{float(row['best']) + 7:g}" if row["best"] != "0" else "1"
            if row.get("scale") and row["name"] != self.survey[0]["name"] and draw.random() < 0.05:
                row |= {"name": row["name"] + "_new", "relevant": ""}
            survey.append(row)
        names = {row["name"] for row in survey}
        kept = [
            row for row in survey
            if all(row.get(key, "") in ("", *names) for key in ("evidence_of", "nonresponse_of"))
        ]  # fmt: skip
        return replace(self, survey=tuple(kept))


def a_workbook(draw: Random, object_type: str, form_id: str) -> Workbook:
    survey: list[Row] = []
    criteria: list[Row] = []
    letter = {"EXEC": "A", "MUN": "B", "SUP": "C", "PSO": "D"}[object_type]
    for k in range(draw.randint(1, 4)):
        subtypes = draw.choice(SUBTYPES[object_type]) if k and draw.random() < 0.2 else ""
        weight = draw.choice(("10", "15", "25", "33.3", "0.5", "60"))
        criteria.append(
            {"name": f"{letter}{k + 1}", "label": f"{letter}{k + 1}", "weight": weight, "subtypes": subtypes}
        )
        for i in range(draw.randint(1, 4)):
            survey += _indicator(draw, f"{letter}{k + 1}.{i}", f"{letter}{k + 1}", object_type, subtypes)
    return Workbook(object_type, form_id, tuple(survey), tuple(criteria))


def _indicator(draw: Random, name: str, criterion: str, object_type: str, within: str) -> list[Row]:
    scale = draw.choice(("S5", "F5+", "F5-", "Y3", "Y2", "Y2-", "T3", "own", "NUM", "NUM", "NUM"))
    stream = draw.choice("OC")
    row = {
        "name": name,
        "criterion": criterion,
        "scale": scale,
        "stream": stream,
        "weight": draw.choice(("1", "2", "3", "1.7", "0.4")),
        "sensitive": "yes" if stream == "C" and draw.random() < 0.2 else "",
        "cumulative": "yes" if stream == "O" and draw.random() < 0.25 else "",
        "relevant": "${method} != ''" if draw.random() < 0.3 else "",
        "n_min": draw.choice(("",) * 7 + ("12" if stream == "C" else "4",)),
        "subtypes": draw.choice(SUBTYPES[object_type]) if not within and draw.random() < 0.12 else within,
    }
    rows = [row]
    if scale == "NUM":
        best, worst = draw.choice(ANCHORS)
        row |= {"type": "decimal", "best": f"{best}", "worst": f"{worst}"}
        if stream == "O" and draw.random() < 0.15:
            row |= {"type": "note", "computed": "contract_growth", "relevant": "", "cumulative": ""}
        elif draw.random() < 0.7:
            reason = {"type": f"select_one {draw.choice(('why', 'why_few'))}", "name": f"{name}_na"}
            rows.insert(0, {**reason, "nonresponse_of": name})
            row["relevant"] = f"not(${{{name}_na}} != '')"
    else:
        row["type"] = f"select_one {draw.choice(ON_SCALE[scale])}"
    if stream == "O" and not row.get("computed") and draw.random() < 0.4:
        rows += [
            {"type": "text", "name": f"{name}_proof{n}", "evidence_of": name}
            for n in range(draw.randint(1, 2))
        ]
    return rows


def _line(cells: object) -> str:
    assert hasattr(cells, "__iter__")
    return "| | " + " | ".join(str(cell) for cell in cells) + " |"


def read(markdown: str) -> Questionnaire:
    scheme = a_scheme(markdown).scheme
    assert scheme is not None
    return Questionnaire(a_form(markdown).xform.schema, scheme)
