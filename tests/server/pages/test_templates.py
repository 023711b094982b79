"""The pages of published results, made from values.

- The sentence of the score card is the kenesh's template in each language.
- Hidden numbers are shown as "<5" or "<n_min", and absent scores as a word, never as 0.
- No page asks another host for anything, has a script or a style of its own in it, or lacks its language.
- Every field has a label, every table its headings, every picture its words.
"""

from __future__ import annotations

import re

import pytest
from lxml import etree, html

from server.pages import scorecards
from server.pages.frame import Frame
from server.pages.render import render
from server.pages.words import LANGUAGES
from server.store import Head
from tests.server.pages.method_values import METHOD
from tests.server.pages.values import RESULT, RESULTS, ROUND


def page(template: str, language: str) -> html.HtmlElement:
    frame = Frame(
        "Өрүктү айыл аймагы", "/", {code: f"?lang={code}" for code in LANGUAGES}, Head(412, "3f" * 32)
    )
    values: dict[str, object] = {
        "frame": frame,
        "latest": [RESULTS],
        "rounds": [ROUND],
        "open": [],
        "several": False,
        "results": RESULTS,
        "groups": scorecards.groups_of(RESULTS, language),
        "result": RESULT,
        "criteria_chart": scorecards.criteria_chart(RESULT.criteria, language),
        "history_chart": scorecards.history_chart(RESULT.history, language),
        "flags": scorecards.flags_of(RESULT),
        "method": METHOD,
        "workbooks": {},
        "heading": "Heading",
        "message": "Message",
        "status": 404,
    }
    return html.document_fromstring(render(template, language, values))


def text_of(element: html.HtmlElement) -> str:
    return re.sub(r"\s+", " ", element.text_content())


PAGES = ["home.html", "round.html", "object.html", "method.html", "data.html", "ledger.html", "refusal.html"]


SENTENCES = {
    "ky": "Упай 65,7 — жакшы (чекте). Ишеним аралыгы 46,0–85,5, тактыгы төмөн. "
    "6 жаран жана 3 байкоочу катышты.",
    "ru": "Балл 65,7 — хорошо (на границе). Доверительный интервал 46,0–85,5, точность низкая. "
    "Участвовали 6 граждан и 3 наблюдателя.",
    "en": "Score 65.7 — good (borderline). Interval 46.0–85.5, low precision. "
    "6 citizens and 3 observers took part.",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sentence_of_the_score_card(language: str) -> None:
    assert SENTENCES[language] in text_of(page("object.html", language))


def test_what_is_hidden_is_said_to_be() -> None:
    one = page("object.html", "en")
    suppressed = next(row for row in one.iter("tr") if "D2.5" in text_of(row))
    assert "<10" in text_of(suppressed) and "suppressed (too few answers)" in text_of(suppressed)
    many = page("round.html", "en")
    pasture = next(row for row in many.iter("tr") if "Pasture committee" in text_of(row))
    assert "<5" in text_of(pasture) and "Insufficient data" in text_of(pasture)
    assert not re.search(r"\b0\.0\b", text_of(pasture))
    waiting = next(row for row in many.iter("tr") if "Repair of the main street" in text_of(row))
    assert "waiting for the supplier's reply" in text_of(waiting)


def test_objects_stand_in_the_order_of_the_page_s_alphabet() -> None:
    groups = scorecards.groups_of(RESULTS, "ky")
    assert [group.type for group in groups] == ["EXEC", "MUN", "SUP", "PSO"]
    names = [row.object.names.ky for row in groups[1].rows]
    assert names == ["«Балдырган» бала бакчасы", "«Тазалык» муниципалдык ишканасы"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", PAGES)
def test_a_page_keeps_to_itself(template: str, language: str) -> None:
    made = page(template, language)
    assert made.get("lang") == language
    for element in made.iter(etree.Element):
        assert element.get("style") is None
        assert not [name for name in element.attrib if name.startswith("on")]
        for name in ("src", "action", "data", "poster", "srcset", "formaction"):
            assert not (element.get(name) or "").startswith(("http:", "https:", "//")), etree.tostring(
                element
            )
        if element.tag == "link":
            assert (element.get("href") or "").startswith("/")
        if element.tag == "script":
            assert (element.get("src") or "").startswith("/") and not element.text
        assert element.tag != "style"


@pytest.mark.parametrize("template", PAGES)
def test_a_page_can_be_heard(template: str) -> None:
    made = page(template, "ky")
    assert len(made.findall(".//h1")) == 1
    assert made.findtext(".//title")
    for table in made.iter("table"):
        assert table.findall(".//th[@scope]"), template
    for picture in made.iter("svg"):
        assert picture.get("aria-hidden") == "true" or picture.find("title") is not None
    identifiers = [element.get("id") for element in made.iter(etree.Element) if element.get("id")]
    assert len(identifiers) == len(set(identifiers))
    for link in made.iter("a"):
        target = link.get("href") or ""
        assert not target.startswith("#") or target[1:] in identifiers, target


def test_every_chart_has_its_table() -> None:
    for figure in page("object.html", "ru").iter("figure"):
        assert figure.find(".//table") is not None


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_english_is_left_on_other_pages(language: str) -> None:
    if language != "en":
        for template in PAGES:
            for sentence in ("Results", "Open data", "Go to the content", "Score", "took part"):
                assert sentence not in text_of(page(template, language)), (template, sentence)


@pytest.mark.parametrize(
    ("language", "span"),
    [
        ("ky", "2-март – 29-март, 2026-ж."),
        ("ru", "2 марта – 29 марта 2026 г."),
        ("en", "2 March – 29 March 2026"),
    ],
)
def test_a_span_of_days_says_its_year_once(language: str, span: str) -> None:
    for template in ("home.html", "round.html", "data.html"):
        assert span in text_of(page(template, language))
