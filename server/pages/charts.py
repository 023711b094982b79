"""Charts as inline SVG, drawn on the server.

Each function gives one <figure>: a wide drawing, a narrow one for phones (the style sheet shows one of them)
and the same numbers as a table, so that nothing is to be had from the picture alone. Colours are classes, so
print and contrast are a matter of the style sheet; a value always stands beside its bar in figures.
Texts come from the caller, translated; `show` writes a number in the language of the page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

Show = Callable[[float], str]
Drawing = tuple[float, float, list[str]]  # width, height, what is in it

ABSENT = "–"
TICKS = (0, 20, 40, 60, 80, 100)  # the borders of the bands
LINE = 14  # height of a line of a label


@dataclass(frozen=True, slots=True)
class Bar:
    """One thing with a score of 0 to 100, or None; `low` and `high` are its interval, `band` its class.

    `cells` stand in the table after score and interval; `href` makes the label a link.
    """

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    band: str = ""
    cells: tuple[str, ...] = ()
    note: str = ""  # small, under the label
    absent: str = ABSENT  # what stands where there is no value
    href: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """A score at one of several times in a row."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a chart: `key` tells it from others on the page, `head` heads the table.

    The second heading is the score's; `interval` heads the column of intervals, empty where there is none.
    """

    key: str
    title: str
    description: str
    head: tuple[str, ...]
    table_label: str
    interval: str = ""


def bars(frame: Frame, items: Sequence[Bar], show: Show) -> Markup:
    """Horizontal bars with their intervals."""
    rows = [
        (
            item.label,
            item.absent if item.value is None else show(item.value),
            *([_range(item, show)] if frame.interval else []),
            *item.cells,
        )
        for item in items
    ]
    drawings = [_draw_bars(items, show, 640, above=False), _draw_bars(items, show, 330, above=True)]
    return _figure("bars", frame, drawings, rows, links=any(item.href for item in items))


def trend(frame: Frame, points: Sequence[Point], show: Show) -> Markup:
    """One line through time, with an interval at each point; a point without a value leaves a gap."""
    rows = [
        (
            point.label,
            ABSENT if point.value is None else show(point.value),
            *([_range(point, show)] if frame.interval else []),
            *point.cells,
        )
        for point in points
    ]
    drawings = [_draw_trend(points, show, 640, 250, 16), _draw_trend(points, show, 330, 230, 10)]
    return _figure("trend", frame, drawings, rows, links=False)


def strip(value: float | None, low: float | None, high: float | None, band: str) -> Markup:
    """A bar for one row of a table, whose cells say the same in figures; so nobody need hear it."""
    body = ['<rect class="ground" x="0" y="2" width="200" height="12"/>']
    if value is not None:
        body.append(f'<rect class="bar {escape(band)}" x="0" y="2" width="{_n(value * 2)}" height="12"/>')
    if low is not None and high is not None:
        a, b = _n(low * 2), _n(high * 2)
        body.append(f'<path class="ci" d="M{a} 4v8M{b} 4v8M{a} 8H{b}"/>')
    inside = "".join(body)
    return Markup(  # noqa: S704 - numbers, and a band escaped above
        '<svg class="strip" viewBox="-1 0 202 16" preserveAspectRatio="none" width="202" height="16"'
        f' aria-hidden="true">{inside}</svg>'
    )


def _draw_bars(items: Sequence[Bar], show: Show, width: float, *, above: bool) -> Drawing:
    left, right = (4.0, width - 46) if above else (232.0, width - 52)
    columns = 44 if above else 32

    def x(value: float) -> float:
        return left + max(0.0, min(100.0, value)) / 100 * (right - left)

    body: list[str] = []
    y = 6.0
    for item in items:
        lines = _lines(item.label, columns)
        label_height = (len(lines) + bool(item.note)) * LINE
        height = label_height + 32 if above else max(34.0, label_height + 10)
        middle = y + label_height + 15 if above else y + height / 2
        if above:
            first, edge, anchor = y + LINE / 2 + 2, left, "start"
        else:
            first, edge, anchor = middle - (label_height - LINE) / 2, left - 10, "end"
        label = _label(edge, first, lines, anchor)
        body.append(f'<a href="{escape(item.href)}">{label}</a>' if item.href else label)
        if item.note:
            body.append(_label(edge, first + len(lines) * LINE, [item.note], anchor, "tick"))
        if item.value is None:
            body.append(
                f'<text class="none" x="{_n(left + 6)}" y="{_n(middle)}">{escape(item.absent)}</text>'
            )
        else:
            band, length = escape(item.band), _n(x(item.value) - left)
            body.append(
                f'<rect class="bar {band}" x="{_n(left)}" y="{_n(middle - 8)}" width="{length}" height="16"/>'
            )
            if item.low is not None and item.high is not None:
                a, b, m = _n(x(item.low)), _n(x(item.high)), _n(middle)
                body.append(f'<path class="ci" d="M{a} {m}m0 -5v10M{b} {m}m0 -5v10M{a} {m}H{b}"/>')
            body.append(
                f'<text class="val" x="{_n(right + 8)}" y="{_n(middle)}">{escape(show(item.value))}</text>'
            )
        y += height
    ruler: list[str] = []
    for tick in TICKS:
        at = _n(x(tick))
        ruler.append(f'<line class="grid" x1="{at}" x2="{at}" y1="6" y2="{_n(y)}"/>')
        ruler.append(f'<text class="tick" x="{at}" y="{_n(y + 12)}" text-anchor="middle">{tick}</text>')
    return width, y + 22, [*ruler, *body]


def _draw_trend(points: Sequence[Point], show: Show, width: float, height: float, columns: int) -> Drawing:
    left, right, top, bottom = 34.0, width - 40, 12.0, height - 52

    def x(index: int) -> float:
        if len(points) == 1:
            return (left + right) / 2
        return left + 30 + (right - left - 60) * index / (len(points) - 1)

    def y(value: float) -> float:
        return bottom - max(0.0, min(100.0, value)) / 100 * (bottom - top)

    body: list[str] = []
    for tick in TICKS:
        at = _n(y(tick))
        body.append(f'<line class="grid" x1="{_n(left)}" x2="{_n(right)}" y1="{at}" y2="{at}"/>')
        body.append(f'<text class="tick" x="{_n(left - 6)}" y="{at}" text-anchor="end">{tick}</text>')
    path, joined = "", False
    for index, point in enumerate(points):
        body.append(_label(x(index), bottom + 18, _lines(point.label, columns)[:3], "middle", "tick"))
        if point.value is None:
            joined = False
            continue
        at, level = _n(x(index)), _n(y(point.value))
        path += f"{'L' if joined else 'M'}{at} {level}"
        joined = True
        if point.low is not None and point.high is not None:
            body.append(f'<path class="ci" d="M{at} {_n(y(point.low))}V{_n(y(point.high))}"/>')
        body.append(f'<circle class="dot" cx="{at}" cy="{level}" r="5"/>')
        figure = escape(show(point.value))
        body.append(f'<text class="val" x="{_n(x(index) + 9)}" y="{_n(y(point.value) - 13)}">{figure}</text>')
    return width, height, [f'<path class="line" d="{path or "M0 0"}"/>', *body]


def _figure(
    kind: str, frame: Frame, drawings: Sequence[Drawing], rows: Sequence[Sequence[str]], *, links: bool
) -> Markup:
    headings = [*frame.head[:2], *([frame.interval] if frame.interval else []), *frame.head[2:]]
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in headings)
    table = "".join(
        "<tr>"
        f'<th scope="row">{escape(row[0])}</th>'
        + "".join(
            f'<td data-label="{escape(heading)}">{escape(cell)}</td>'
            for heading, cell in zip(headings[1:], row[1:], strict=False)
        )
        + "</tr>"
        for row in rows
    )
    key, title = escape(frame.key), escape(frame.title)
    pictures = "".join(
        f'<svg class="{size}" role="{"group" if links else "img"}" aria-labelledby="{key}-{size}"'
        f' aria-describedby="{key}-text" viewBox="0 0 {_n(width)} {_n(height)}" width="{_n(width)}"'
        f' height="{_n(height)}"><title id="{key}-{size}">{title}</title>{"".join(body)}</svg>'
        for size, (width, height, body) in zip(("wide", "narrow"), drawings, strict=True)
    )
    return Markup(  # noqa: S704 - every text in it is escaped above
        f'<figure class="chart {kind}"><figcaption>{title}</figcaption>'
        f'<p class="about" id="{key}-text">{escape(frame.description)}</p>{pictures}'
        f"<details><summary>{escape(frame.table_label)}</summary>"
        f'<div class="scroll" tabindex="0" role="region" aria-label="{title}"><table class="fold">'
        f"<thead><tr>{head}</tr></thead><tbody>{table}</tbody></table></div></details></figure>"
    )


def _range(item: Bar | Point, show: Show) -> str:
    return ABSENT if item.low is None or item.high is None else f"{show(item.low)}–{show(item.high)}"


def _lines(text: str, width: int) -> list[str]:
    lines: list[str] = []
    for word in text.split(" "):
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines or [""]


def _label(x: float, y: float, lines: Sequence[str], anchor: str, kind: str = "lab") -> str:
    spans = " ".join(
        f'<tspan x="{_n(x)}" y="{_n(y + index * LINE)}">{escape(line)}</tspan>'
        for index, line in enumerate(lines)
    )
    return f'<text class="{kind}" text-anchor="{anchor}">{spans}</text>'


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
