"""The form of the benchmarks: 40 questions, three rows of a repeat, about 3 kB filled in."""

from __future__ import annotations

import random

FORM_ID = "bench_40"


def _rows() -> list[tuple[str, str, str, str]]:
    """(type, name, criterion, scale): 30 scored choices, numbers, texts, a date and a position."""
    rows = []
    for i in range(30):
        rows.append(("select_one s5", f"Q{i + 1}", f"K{i % 6 + 1}", "S5"))
    rows += [
        (kind, f"{kind}_{i}", "", "")
        for kind, n in (("integer", 2), ("decimal", 2), ("text", 2), ("date", 1))
        for i in range(1, n + 1)
    ]
    rows.append(("geopoint", "place", "", ""))
    return rows


def workbook() -> str:
    """The XLSForm as Markdown: it has a scheme, so that its answers are scored."""
    lines = [
        "| survey |",
        "| | type | name | label | criterion | scale | weight | stream | role | choice_filter |",
        "| | start | start | | | | | | | |",
        "| | end | end | | | | | | | |",
        "| | select_one stream | stream | Stream | | | | | stream | |",
        "| | select_one_from_file objects.csv | object | Object | | | | | object | |",
    ]
    lines += [
        f"| | {kind} | {name} | {name} | {criterion} | {scale} | {'1' if scale else ''} | {'C' if scale else ''} | | |"
        for kind, name, criterion, scale in _rows()
    ]
    lines += [
        "| | begin_repeat | visit | Visit | | | | | | |",
        "| | text | visit_note | Note | | | | | | |",
        "| | integer | visit_count | Count | | | | | | |",
        "| | end_repeat | | | | | | | | |",
        "| choices |",
        "| | list_name | name | label |",
        "| | stream | O | Observation |",
        "| | stream | C | Citizen |",
        *[f"| | s5 | {code} | {code} |" for code in range(1, 6)],
        "| criteria |",
        "| | name | label | weight |",
        *[
            f"| | K{code} | K{code} | {weight} |"
            for code, weight in enumerate((25, 20, 20, 15, 10, 10), start=1)
        ],
        "| settings |",
        "| | form_id | form_title | version | object_type |",
        f"| | {FORM_ID} | Benchmark | 1 | PSO |",
    ]
    return "\n".join(lines)


def instance(object_id: str, *, day: str, seed: int = 1, instance_id: str = "{instance_id}") -> bytes:
    """One filled-in form; with the default, the client puts a fresh instanceID in place of the mark."""
    dice = random.Random(seed)
    text = "Сугат суусу кезеги менен келет, бирок арыктын аягына жетпейт. "
    values: dict[str, str] = {
        "start": f"{day}T09:00:00.000+06:00",
        "end": f"{day}T09:20:00.000+06:00",
        "stream": "C",
        "object": object_id,
    }
    for kind, name, _criterion, _scale in _rows():
        values[name] = {
            "select_one s5": str(dice.randint(1, 5)),
            "integer": str(dice.randint(0, 500)),
            "decimal": f"{dice.random() * 100:.2f}",
            "text": text * 5,
            "date": day,
            "geopoint": f"{42 + dice.random():.6f} {75 + dice.random():.6f} 800.0 5.0",
        }[kind]
    fields = "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
    visits = "".join(
        f"<visit><visit_note>{text * 2}</visit_note><visit_count>{dice.randint(0, 9)}</visit_count></visit>"
        for _ in range(3)
    )
    return (
        f'<data xmlns:jr="http://openrosa.org/javarosa" xmlns:orx="http://openrosa.org/xforms" id="{FORM_ID}" version="1">'
        f"{fields}{visits}<meta><instanceID>{instance_id}</instanceID></meta></data>"
    ).encode()
