"""Charts.

- The length of a bar and the ends of its interval are the numbers.
- Every number of the drawing stands in the table under it too.
- What is absent is said in words, and drawn as nothing.
- Names are escaped; nothing in a chart asks for a style attribute.
"""

from __future__ import annotations

from lxml import etree

from server.pages.charts import Bar, Frame, Point, bars, strip, trend

FRAME = Frame("c", "Title <1>", "About", ("Object", "Score", "Citizens"), "As a table", interval="Interval")


def show(value: float) -> str:
    return f"{value:.1f}"


def parsed(markup: str) -> etree._Element:
    return etree.fromstring(markup)


def test_bars_are_as_long_as_their_scores() -> None:
    items = [Bar("A", 50, 40, 60, "fair", ("12",)), Bar("B", 100, band="very_good", cells=("9",))]
    figure = parsed(bars(FRAME, items, show))
    for drawing, full in (("wide", 356.0), ("narrow", 280.0)):
        lengths = figure.xpath(f"svg[@class='{drawing}']//rect/@width")
        assert [float(str(length)) for length in lengths] == [full / 2, full]  # type: ignore[union-attr]


def test_the_table_says_what_the_drawing_says() -> None:
    items = [Bar("A", 50, 40, 60, "fair", ("12",)), Bar("B", None, cells=("<5",), absent="insufficient data")]
    figure = parsed(bars(FRAME, items, show))
    rows = [["".join(cell.itertext()) for cell in row] for row in figure.iter("tr")]
    assert rows == [
        ["Object", "Score", "Interval", "Citizens"],
        ["A", "50.0", "40.0–60.0", "12"],
        ["B", "insufficient data", "–", "<5"],
    ]
    labels = [cell.get("data-label") for cell in figure.iter("td")]
    assert labels == ["Score", "Interval", "Citizens"] * 2  # a phone shows it without its head
    assert len(figure.xpath("svg[@class='wide']//rect")) == 1  # type: ignore[arg-type]


def test_a_missing_round_leaves_a_gap_in_the_line() -> None:
    points = [Point("2024", 40), Point("2025", None), Point("2026", 60, 50, 70)]
    figure = parsed(trend(FRAME, points, show))
    path = str(figure.xpath("string(svg[@class='wide']/path[@class='line']/@d)"))
    assert path.count("M") == 2 and "L" not in path


def test_names_are_escaped_and_nothing_has_a_style() -> None:
    markup = bars(FRAME, [Bar('<b>"x"</b>', 10, href='/a"b')], show) + strip(10, 5, 20, "poor")
    assert "<b>" not in markup and "style=" not in markup
    assert "Title &lt;1&gt;" in markup


def test_a_strip_ends_at_its_score() -> None:
    drawing = parsed(strip(65.7, 46.0, 85.5, "good"))
    assert drawing.xpath("string(rect[@class='bar good']/@width)") == "131.4"
    assert drawing.xpath("string(path/@d)") == "M92 4v8M171 4v8M92 8H171"
