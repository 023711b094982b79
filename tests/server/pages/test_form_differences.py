"""What a version asks otherwise than the one before it, told question by question.

- A question that is new, gone, worded anew, hinted, required or answered otherwise is told, and how.
- Choices that were added, taken away or worded anew are named; a change in another language is told too.
- What counts otherwise is told by criterion and weight; the same form again has nothing to tell.
"""

from __future__ import annotations

from forms.scheme import read_scheme
from server.pages.form_differences import FormDifferences, form_differences
from tests.make import a_form
from tests.server.forms import SCORED, WELL

PLAIN = """
| survey |
| | type           | name   | label::English (en) | label::Кыргызча (ky) | hint | required |
| | text           | street | Street              | Көчө                 |      |          |
| | select_one yes | lit    | Is it lit?          | Жарыкпы?             | At night | |
| | integer        | lamps  | Lamps               | Лампа                |      |          |
| choices |
| | list_name | name | label::English (en) | label::Кыргызча (ky) |
| | yes       | y    | Yes                 | Ооба                 |
| | yes       | n    | No                  | Жок                  |
| settings |
| | form_title | form_id | version |
| | Streets    | streets | 1       |
"""


def compared(old: str, new: str, language: str = "en") -> FormDifferences:
    schemas = [a_form(markdown).xform.schema for markdown in (old, new)]
    schemes = [
        read_scheme("\n".join(line.strip() for line in text.splitlines()).encode(), filename="f.md").scheme
        for text in (old, new)
    ]
    return form_differences(schemas[0], schemes[0], schemas[1], schemes[1], language)


def told(found: FormDifferences) -> dict[str, list[str]]:
    return {one.name: [one.what, *map(str, one.how)] for one in (*found.criteria, *found.questions)}


def test_questions_and_choices_that_changed() -> None:
    new = (
        PLAIN.replace("| Көчө ", "| Кыштак ")
        .replace("| At night |", "| After dark |")
        .replace("| | integer        | lamps ", "| | decimal | lamps ")
        .replace("| n    | No  ", "| m | Partly ")
        .replace("| Yes                 | Ооба", "| Yes, all | Ооба")
        .replace(
            "| Лампа                |      |          |",
            "| Лампа | | yes |\n| | text | note | Note | Эскертүү | | |",
        )
        .replace("| Streets ", "| Streets and lanes ")
    )
    found = compared(PLAIN, new)
    assert told(found) == {
        "street": ["changed", "worded anew in another language"],
        "lit": [
            "changed",
            "the hint was: At night",
            "choices added: Partly",
            "choices gone: No",
            "choices worded anew: Yes, all",
        ],
        "lamps": [
            "changed",
            "the answer was a whole number and is a number now",
            "it has to be answered now",
        ],
        "note": ["new"],
    }
    assert found.old_title == "Streets" and not found.is_reordered
    assert told(compared(PLAIN, new, "ky"))["street"] == ["changed", "worded before: Көчө"]


def test_files_order_and_nothing() -> None:
    assert not compared(PLAIN, PLAIN)
    assert compared(WELL, WELL.replace("| image | second  | Photo 2 |", "")).questions[0].what == "gone"
    lines = PLAIN.splitlines()
    lines[3], lines[5] = lines[5], lines[3]
    assert compared(PLAIN, "\n".join(lines)).is_reordered
    listed = PLAIN.replace("select_one yes", "select_one_from_file lights.csv")
    found = compared(PLAIN, listed)
    assert found.files_new == ("lights.csv",)
    assert "its choices come from lights.csv now" in told(found)["lit"]


def test_what_counts_otherwise() -> None:
    new = SCORED.replace("| C1 | S5 | 2 | C |", "| C1 | S5 | 3 | C |")
    new = new.replace("| Ways  | 1      |", "| Ways  | 2      |")
    assert told(compared(SCORED, new)) == {
        "C1": ["changed", "the weight was 1 and is 2 now"],
        "polite": ["changed", "the weight was 2 and is 3 now"],
    }
