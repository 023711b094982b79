"""Words, numbers and dates in three languages.

- A sentence comes in the language asked for, with its details; in English where a translation is missing.
- A page's language: the address, then what was clicked before, then the browser, then Kyrgyz.
- Numbers have a comma in Kyrgyz and Russian and a point in English; they round half away from zero.
- ң, ө and ү stand where the Kyrgyz alphabet has them.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from forms.errors import FormClosed, Sentence
from server.pages import words


def test_a_sentence_comes_in_each_language_with_its_details() -> None:
    sentence = FormClosed(form_id="суу").sentence
    spoken = [words.translate(sentence, language) for language in words.LANGUAGES]
    assert len(set(spoken)) == 3
    assert all("суу" in text for text in spoken)


def test_a_sentence_without_a_translation_stays_english() -> None:
    assert words.translate(Sentence("Nobody wrote {this} down.", this="x"), "ky") == "Nobody wrote x down."


@pytest.mark.parametrize(
    ("asked", "remembered", "accepted", "chosen"),
    [
        (None, None, None, "ky"),
        ("ru", "en", "ky", "ru"),
        ("xx", "en", "ky", "en"),
        (None, None, "de, ru;q=0.8, en;q=0.9", "en"),
        (None, None, "ru-RU,ru;q=0.9", "ru"),
        (None, None, "en;q=0, de", "ky"),
        (None, None, "en;q=x, ru;q=0.1", "ru"),
    ],
)
def test_the_language_of_a_page(
    asked: str | None, remembered: str | None, accepted: str | None, chosen: str
) -> None:
    assert words.choose_language(asked, remembered, accepted) == chosen


@pytest.mark.parametrize(
    ("value", "digits", "ky", "en"),
    [
        (65.738636, 1, "65,7", "65.7"),
        (59.95, 1, "60,0", "60.0"),
        (59.9499996, 1, "60,0", "60.0"),
        (59.949, 1, "59,9", "59.9"),
        (-8.55, 1, "-8,6", "-8.6"),
        (1234567, 0, "1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567", "1,234,567"),
        (None, 1, "–", "–"),
    ],
)
def test_numbers_as_they_are_written(value: float | None, digits: int, ky: str, en: str) -> None:
    assert words.number(value, "ky", digits) == ky
    assert words.number(value, "en", digits) == en


def test_dates_as_they_are_written() -> None:
    day = date(2026, 11, 22)
    assert [words.day(day, language) for language in words.LANGUAGES] == [
        "22-ноябрь, 2026-ж.",
        "22 ноября 2026 г.",
        "22 November 2026",
    ]
    assert [words.day_of_year(day, language) for language in words.LANGUAGES] == [
        "22-ноябрь",
        "22 ноября",
        "22 November",
    ]
    assert words.short_day(day, "ky") == "22.11.2026"
    late = datetime(2026, 11, 22, 20, 5, tzinfo=UTC)
    assert words.moment(late, ZoneInfo("Asia/Bishkek"), "ru") == "23.11.2026, 02:05"


def test_the_order_of_the_alphabet() -> None:
    names = ["Үч-Терек", "Узген", "Өзгөн", "Ош", "Ңарын", "Нарын", "Ёлка", "Ядро"]
    ordered = ["Ёлка", "Нарын", "Ңарын", "Ош", "Өзгөн", "Узген", "Үч-Терек", "Ядро"]
    assert sorted(names, key=words.sort_key) == ordered


def test_a_title_that_says_it_three_times_says_it_once() -> None:
    assert words.own_title("Келишим / Договор / Contract", "ru") == "Договор"
    assert words.own_title("Суу / вода", "ru") == "Суу / вода"
