"""Where an answer stands: one text for each, and the same answer in a later version of the document.

- Outside of repeats it is the question's name, in a repeat the way with every row; nothing else is a place.
- However many rows a repeat has, two versions are compared in no time.
- Rows that moved are found again; where a row or a question is gone, so is the place.
"""

from __future__ import annotations

import pytest

from forms.differences import differences, read_tree, row_after
from forms.places import followed, place_of, question_at, question_name, row_of, text_at, way_of
from tests.make import a_form

SCHEMA = a_form("""
| survey |
| | type | name | label |
| | integer | depth | Depth |
| | begin_group | night | At night |
| | integer | depth | Depth |
| | end_group | | |
| | begin_repeat | house | House |
| | text | owner | Owner |
| | begin_repeat | person | Person |
| | begin_group | more | More |
| | integer | age | Age |
| | end_group | | |
| | end_repeat | | |
| | end_repeat | | |
| settings |
| | form_id | form_title | version |
| | homes | Homes | 1 |
""").xform.schema
REPEATS = frozenset(repeat.path for repeat in SCHEMA.repeats)


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ("depth", "/depth"),
        ("/night/depth", "/night/depth"),
        ("/house[2]/owner", "/house/owner"),
        ("/house[2]/person[10]/more/age", "/house/person/more/age"),
        ("owner", None),
        ("/house/owner", None),
        ("/house[0]/owner", None),
        ("/house[1]/person/more/age", None),
        ("/night[1]/depth", None),
        ("/house[1]", None),
        ("/house[x]/owner", None),
        ("", None),
    ],
)
def test_a_place_names_one_question_and_in_a_repeat_its_row(place: str, path: str | None) -> None:
    question = question_at(SCHEMA, place)
    assert (question.path if question is not None else None) == path
    if question is not None:
        assert place_of(SCHEMA, question, row_of(place)) == place
        assert question_name(place) == question.name
        assert way_of(SCHEMA, place) == (place if place.startswith("/") else path)


def test_a_repeat_of_thousands_of_rows_is_compared_at_once() -> None:
    before = [{"owner": str(number), "same": "x"} for number in range(5000)]
    gone, other = before[1:], [{"owner": f"new {number}", "same": "x"} for number in range(4000)]
    assert row_after(before, gone, 2500) == 2499 and row_after(before, gone, 0) is None
    assert (row_after(before, other, 3999), row_after(before, other, 4000)) == (3999, None)
    assert len(differences({"house": before}, {"house": other})) == 5000
    alike = [{"same": str(number % 2)} for number in range(3000)]
    assert len(differences({"house": alike}, {"house": alike[1:]})) <= 3000


def document(*houses: str) -> bytes:
    return f'<data id="homes" version="1"><depth>3</depth>{"".join(houses)}</data>'.encode()


def house(owner: str, *ages: int) -> str:
    people = "".join(f"<person><more><age>{age}</age></more></person>" for age in ages)
    return f"<house><owner>{owner}</owner>{people}</house>"


def test_rows_that_moved_are_found_again_and_rows_that_are_gone_are_not() -> None:
    old = read_tree(document(house("a", 1), house("b", 2, 3), house("c", 4)), REPEATS)
    new = read_tree(document(house("z"), house("b", 3), house("c", 4)), REPEATS)
    assert followed(old, new, "/house[3]/person[1]/more/age") == "/house[3]/person[1]/more/age"
    assert followed(old, new, "/house[2]/person[2]/more/age") == "/house[2]/person[1]/more/age"
    assert followed(old, new, "/house[2]/person[1]/more/age") is None
    shorter = read_tree(document(house("b", 2, 3), house("c", 4)), REPEATS)
    assert followed(old, shorter, "/house[3]/owner") == "/house[2]/owner"
    assert followed(old, shorter, "/house[1]/owner") is None
    assert followed(old, read_tree(document(), REPEATS), "/house[1]/owner") is None
    assert followed(old, new, "/depth") == "/depth"
    assert text_at(old, "/house[2]/person[2]/more/age") == "3"
    assert text_at(old, "/house[2]") is None and text_at(old, "/house[9]/owner") is None
