"""Small questionnaires for tests: one line per scored question, everything else is there already."""

from __future__ import annotations

COLUMNS = (
    "type", "name", "label", "criterion", "stream", "scale", "weight", "n_min", "best", "worst", "sensitive",
    "cumulative", "computed", "subtypes", "nonresponse_of", "evidence_of", "role", "relevant",
)  # fmt: skip

_LISTS = {
    "S5": "s5", "F5+": "f5p", "F5-": "f5m", "Y3": "y3", "Y2": "y2", "Y2-": "y2m", "T3": "t3", "own": "own",
}  # fmt: skip
_CHOICES = {
    "stream": "O C",
    "method": "survey focus_group observation",
    "s5": "1 2 3 4 5",
    "f5p": "1 2 3 4 5",
    "f5m": "1 2 3 4 5",
    "y3": "yes partly no",
    "y2": "yes no",
    "y2m": "yes no",
    "t3": "improved unchanged worsened",
    "own": "bad:0 middling:40 fine:100",
    "why": "",
}


def question(
    name: str, scale: str = "", stream: str = "C", criterion: str = "K", weight: float = 1, **more: str
) -> dict[str, str]:
    """One row of the survey sheet: a scored question, or with `type` any other."""
    if "type" in more or not scale:
        return {"name": name, "label": name, **more}
    kind = "decimal" if scale == "NUM" else f"select_one {_LISTS[scale]}"
    row = {
        "type": kind,
        "name": name,
        "label": name,
        "criterion": criterion,
        "stream": stream,
        "scale": scale,
    }
    return {**row, "weight": f"{weight:g}", **more}


def computed(
    name: str, how: str, best: str, worst: str, criterion: str = "K", weight: float = 1
) -> dict[str, str]:
    """A note whose value the system gives."""
    row = question(name, "NUM", "O", criterion, weight, best=best, worst=worst, computed=how)
    return {**row, "type": "note"}


def companion(name: str, number: str) -> dict[str, str]:
    return {"type": "select_one why", "name": name, "label": name, "nonresponse_of": number}


def questionnaire(
    *questions: dict[str, str],
    criteria: str = "K:100",
    object_type: str = "PSO",
    form_id: str = "q",
    version: str = "1",
) -> str:
    """A workbook in Markdown. `criteria` is "CODE:weight" or "CODE:weight:subtype,subtype", by spaces."""
    first = [
        {"type": "start", "name": "start"},
        {"type": "end", "name": "end"},
        {"type": "select_one stream", "name": "stream", "label": "stream", "role": "stream"},
        {"type": "select_one_from_file objects.csv", "name": "object", "label": "object", "role": "object"},
        {"type": "text", "name": "token", "label": "token", "role": "token", "privacy": ""},
        {"type": "date", "name": "visit", "label": "visit", "role": "visit"},
        {"type": "select_one method", "name": "method", "label": "method", "role": "method"},
    ]
    lines = ["| survey |", _row(COLUMNS)]
    lines += [_row(row.get(column, "") for column in COLUMNS) for row in (*first, *questions)]
    lines += ["| choices |", _row(("list_name", "name", "label", "score", "nonresponse"))]
    for name, choices in _CHOICES.items():
        for choice in choices.split():
            code, _, points = choice.partition(":")
            lines.append(_row((name, code, code, points, "")))
        if name not in ("stream", "method"):
            lines += [_row((name, code, code, "", code)) for code in ("NA", "DK", "REF")]
    lines += ["| criteria |", _row(("name", "label", "weight", "subtypes"))]
    for criterion in criteria.split():
        code, weight, subtypes = (*criterion.split(":"), "")[:3]
        lines.append(_row((code, code, weight, subtypes.replace(",", " "))))
    lines += ["| settings |", _row(("form_id", "form_title", "version", "object_type"))]
    lines.append(_row((form_id, form_id, version, object_type)))
    return "\n".join(lines)


def _row(cells: object) -> str:
    assert hasattr(cells, "__iter__")
    return "| | " + " | ".join(str(cell) for cell in cells) + " |"
