"""What is wrong with a scheme is told all at once, each with sheet, row, column and what to do.

Every row of FAULTS changes the right workbook of a_workbook.py in one way and names the one place
where that is told; WARNINGS likewise.
"""

from __future__ import annotations

import pytest

from forms.errors import Fault
from tests.forms.a_workbook import Changes, in_row, labelled, reading_with

Place = tuple[str, int | None, str | None]


FAULTS: list[tuple[str, Changes, Place, str]] = [
    ("unknown criterion", in_row("survey", 6, criterion="D7"), ("survey", 6, "criterion"), "no criterion D7"),
    ("unknown scale", in_row("survey", 7, scale="S6"), ("survey", 7, "scale"), "S6 is not a scale"),
    ("no scale", in_row("survey", 7, scale=None), ("survey", 7, "scale"), "is not a scale"),
    (
        "a stream that is not one",
        in_row("survey", 7, stream="X"),
        ("survey", 7, "stream"),
        "X is not a stream",
    ),
    ("no stream", in_row("survey", 7, stream=None), ("survey", 7, "stream"), "is not a stream"),
    ("points not the scale's", in_row("choices", 8, score=30), ("choices", 8, "score"), "earns 25, not 30"),
    (
        "points of the opposite scale",
        in_row("choices", 12, score=100),
        ("choices", 12, "score"),
        "earns 0, not",
    ),
    ("points in words", in_row("choices", 8, score="good"), ("choices", 8, "score"), "earns 25, not good"),
    ("own points missing", in_row("choices", 18, score=None), ("choices", 18, "score"), "all has no points"),
    ("own points above 100", in_row("choices", 18, score=101), ("choices", 18, "score"), "from 0 to 100"),
    ("own points below 0", in_row("choices", 18, score=-1), ("choices", 18, "score"), "from 0 to 100"),
    ("own points in words", in_row("choices", 18, score="x"), ("choices", 18, "score"), "from 0 to 100"),
    ("points of a non-answer", in_row("choices", 14, score=0), ("choices", 14, "score"), "earns no points"),
    ("weight missing", in_row("survey", 6, weight=None), ("survey", 6, "weight"), "weight is missing"),
    ("weight zero", in_row("survey", 6, weight=0), ("survey", 6, "weight"), "weight 0 is not"),
    ("weight negative", in_row("survey", 6, weight=-2), ("survey", 6, "weight"), "weight -2 is not"),
    ("weight endless", in_row("survey", 6, weight="inf"), ("survey", 6, "weight"), "weight inf is not"),
    ("criterion weight missing", in_row("criteria", 2, weight=None), ("criteria", 2, "weight"), "missing"),
    ("criterion weight zero", in_row("criteria", 2, weight=0), ("criteria", 2, "weight"), "weight 0 is not"),
    ("no best", in_row("survey", 6, best=None), ("survey", 6, "best"), "earns 100 points"),
    ("no worst", in_row("survey", 6, worst=None), ("survey", 6, "worst"), "earns 0 points"),
    ("best in words", in_row("survey", 6, best="all"), ("survey", 6, "best"), "all is not a number"),
    ("best is worst", in_row("survey", 6, best=4, worst="4.0"), ("survey", 6, "worst"), "the same number"),
    ("anchor without NUM", in_row("survey", 7, best=5), ("survey", 7, "best"), "has scale S5"),
    (
        "scored inside a repeat",
        in_row("survey", 15, type="select_one s5", criterion="D6", scale="S5", weight=1, stream="C"),
        ("survey", 15, "criterion"),
        "inside the repeat defects",
    ),
    (
        "a scored group",
        in_row("survey", 4, criterion="D6", scale="S5", weight=1, stream="C"),
        ("survey", 4, "criterion"),
        "not on a group",
    ),
    ("n_min below 5 in C", in_row("survey", 7, n_min=4), ("survey", 7, "n_min"), "allowed here, 5"),
    ("n_min below 10, sensitive", in_row("survey", 8, n_min=9), ("survey", 8, "n_min"), "allowed here, 10"),
    ("n_min below 3 for own", in_row("survey", 12, n_min=2), ("survey", 12, "n_min"), "allowed here, 3"),
    ("n_min 0 for a fact", in_row("survey", 9, n_min=0), ("survey", 9, "n_min"), "whole number"),
    ("n_min not whole", in_row("survey", 7, n_min=7.5), ("survey", 7, "n_min"), "7.5 is not a whole number"),
    ("n_min in words", in_row("survey", 7, n_min="many"), ("survey", 7, "n_min"), "many is not a whole"),
    (
        "companion of nothing",
        in_row("survey", 5, nonresponse_of="minutes"),
        ("survey", 5, "nonresponse_of"),
        "no number question minutes",
    ),
    (
        "companion of a choice",
        in_row("survey", 5, nonresponse_of="taste"),
        ("survey", 5, "nonresponse_of"),
        "no number question taste",
    ),
    ("companion is text", in_row("survey", 5, type="text"), ("survey", 5, "type"), "must be a select_one"),
    (
        "companion that scores",
        in_row("survey", 5, type="select_one na", criterion="D6", scale="own", weight=1, stream="C"),
        ("survey", 5, "criterion"),
        "earns no points",
    ),
    (
        "companion's choice no non-answer",
        in_row("choices", 5, nonresponse=None),
        ("choices", 5, "nonresponse"),
        "NA is a choice of hours_na",
    ),
    (
        "two companions",
        labelled(20, type="select_one na", name="again", nonresponse_of="hours"),
        ("survey", 20, "nonresponse_of"),
        "has the companion hours_na already",
    ),
    (
        "unknown non-answer",
        in_row("choices", 14, nonresponse="NO"),
        ("choices", 14, "nonresponse"),
        "NO is no",
    ),
    (
        "-99 let through",
        in_row("survey", 6, constraint=". >= 0 or . = -99"),
        ("survey", 6, "constraint"),
        "-99 stands for no answer",
    ),
    (
        "999 let through",
        in_row("survey", 6, constraint="(. <= 24) or (.=999)"),
        ("survey", 6, "constraint"),
        "999 stands for no answer",
    ),
    (
        "999 by default",
        in_row("survey", 6, default=999),
        ("survey", 6, "default"),
        "999 stands for no answer",
    ),
    (
        "-9 computed",
        in_row("survey", 6, calculation="if(${stream} = 'O', -9, 3)"),
        ("survey", 6, "calculation"),
        "-9 stands for no answer",
    ),
    ("choice 99", in_row("choices", 20, name=99), ("choices", 20, "name"), "99 is a number that stands"),
    (
        "choice -99",
        in_row("choices", 14, name=-99, nonresponse=None),
        ("choices", 14, "name"),
        "-99 is a number",
    ),
    (
        "a role twice",
        labelled(20, type="text", name="again", role="object"),
        ("survey", 20, "role"),
        "object belongs to object already",
    ),
    ("no stream role", in_row("survey", 2, role=None), ("survey", None, "role"), "the role stream"),
    ("no object role", in_row("survey", 3, role=None), ("survey", None, "role"), "the role object"),
    ("unknown role", in_row("survey", 19, role="tocken"), ("survey", 19, "role"), "tocken is not a role"),
    ("a role in a repeat", in_row("survey", 15, role="visit"), ("survey", 15, "role"), "outside repeats"),
    ("a role of a note", in_row("survey", 11, role="method"), ("survey", 11, "role"), "one single answer"),
    ("a visit without date", in_row("survey", 12, role="visit"), ("survey", 12, "type"), "Make lamps a date"),
    ("stream choices", in_row("choices", 3, name="S"), ("survey", 2, "type"), "exactly the choices O and C"),
    ("Cyrillic stream choices", in_row("choices", 3, name="С"), ("survey", 2, "type"), "not Latin letters"),
    ("stream not chosen", in_row("survey", 2, type="text"), ("survey", 2, "type"), "make it a select_one"),
    (
        "unknown subtype",
        in_row("survey", 7, subtypes="dwu waste"),
        ("survey", 7, "subtypes"),
        "no subtype waste",
    ),
    (
        "criterion's subtype",
        in_row("criteria", 2, subtypes="dvu wua"),
        ("criteria", 2, "subtypes"),
        "subtype dvu",
    ),
    ("subtype outside", in_row("survey", 7, subtypes="pasture"), ("survey", 7, "subtypes"), "never count"),
    (
        "evidence of nothing",
        in_row("survey", 10, evidence_of="tested prooved"),
        ("survey", 10, "evidence_of"),
        "no indicator prooved",
    ),
    (
        "evidence of itself",
        in_row("survey", 9, evidence_of="tested"),
        ("survey", 9, "evidence_of"),
        "question of its own",
    ),
    ("criterion twice", in_row("criteria", 3, name="D6"), ("criteria", 3, "name"), "D6 stands twice"),
    ("criterion without code", in_row("criteria", 4, weight=5), ("criteria", 4, "name"), "has no code"),
    ("criterion of two words", in_row("criteria", 4, name="D 6", weight=5), ("criteria", 4, "name"), "space"),
    ("choice not of the scale", in_row("choices", 8, name="two"), ("choices", 8, "name"), "no choice two"),
    ("choice missing", in_row("choices", 17, list_name="st2"), ("survey", 9, "type"), "lacks no"),
    (
        "DK without its mark",
        in_row("choices", 14, nonresponse=None),
        ("choices", 14, "name"),
        "no choice REF",
    ),
    ("list missing", in_row("survey", 7, type="select_one s7"), ("survey", 7, "type"), "no list s7"),
    (
        "a step twice",
        in_row("choices", 21, list_name="t3", name="improved")
        | in_row("choices", 22, list_name="t3", name="better")
        | in_row("choices", 23, list_name="t3", name="same")
        | in_row("choices", 24, list_name="t3", name="worse")
        | in_row("survey", 9, type="select_one t3", scale="T3"),
        ("survey", 9, "type"),
        "two choices for one step",
    ),
    (
        "own without points",
        in_row("choices", 18, list_name="ob") | in_row("choices", 19, list_name="ob"),
        ("survey", 12, "type"),
        "no choice with points",
    ),
    ("scale on a number", in_row("survey", 7, type="integer"), ("survey", 7, "type"), "select_one"),
    ("scale on several", in_row("survey", 7, type="select_multiple s5"), ("survey", 7, "type"), "select_one"),
    (
        "scale with other",
        in_row("survey", 7, type="select_one s5 or_other"),
        ("survey", 7, "type"),
        "select_one",
    ),
    (
        "scale from a file",
        in_row("survey", 7, type="select_one_from_file s5.csv"),
        ("survey", 7, "type"),
        "select_one",
    ),
    (
        "NUM on text",
        in_row("survey", 11, type="text", computed=None),
        ("survey", 11, "type"),
        "needs a number",
    ),
    (
        "computed unknown",
        in_row("survey", 11, computed="growth"),
        ("survey", 11, "computed"),
        "not compute growth",
    ),
    ("computed and asked", in_row("survey", 11, type="integer"), ("survey", 11, "computed"), "fixed a note"),
    ("computed for citizens", in_row("survey", 11, stream="C"), ("survey", 11, "computed"), "stream O"),
    (
        "privacy unknown",
        in_row("survey", 19, privacy="secret"),
        ("survey", 19, "privacy"),
        "secret is no privacy",
    ),
    (
        "band of nothing",
        in_row("survey", 18, privacy="band"),
        ("survey", 18, "privacy"),
        "band is no privacy",
    ),
    ("round of a date", in_row("survey", 18, privacy="round:2km"), ("survey", 18, "privacy"), "not fit"),
    ("year of a place", in_row("survey", 17, privacy="year"), ("survey", 17, "privacy"), "not fit"),
    (
        "no object type",
        in_row("settings", 2, object_type=None),
        ("settings", 2, "object_type"),
        "EXEC, MUN, SUP",
    ),
    (
        "unknown object type",
        in_row("settings", 2, object_type="WUA"),
        ("settings", 2, "object_type"),
        "WUA is no",
    ),
    (
        "sensitive neither",
        in_row("survey", 8, sensitive="maybe"),
        ("survey", 8, "sensitive"),
        "neither yes nor",
    ),
    (
        "cumulative neither",
        in_row("survey", 9, cumulative="1"),
        ("survey", 9, "cumulative"),
        "neither yes nor",
    ),
    ("a name twice", in_row("survey", 19, name="born"), ("survey", 19, "name"), "row 18 already"),
    (
        "no criterion",
        in_row("survey", 7, criterion=None),
        ("survey", 7, "criterion"),
        "taste has scale, weight, n_min but no criterion",
    ),
    ("formula without value", in_row("survey", 7, unit="=1+1"), ("survey", 7, "unit"), "has no value"),
]

WARNINGS: list[tuple[str, Changes, Place, str]] = [
    (
        "criterion never asked",
        in_row("criteria", 4, name="D9", weight=5),
        ("criteria", 4, "name"),
        "criterion D9",
    ),
    (
        "criterion without a name",
        {("criteria", 2, "label::English (en)"): None},
        ("criteria", 2, "label::Кыргызча (ky)"),
        "no name in the language en",
    ),
    ("look-alike column", in_row("survey", 7, wieght=3), ("survey", 1, "wieght"), "not read"),
    ("look-alike in choices", in_row("choices", 7, scores=3), ("choices", 1, "scores"), "not read"),
    ("number without condition", in_row("survey", 6, relevant=None), ("survey", 6, "relevant"), "only while"),
    (
        "sensitive without REF",
        in_row("survey", 7, sensitive="yes", n_min=10),
        ("survey", 7, "sensitive"),
        "REF",
    ),
    ("cumulative in C", in_row("survey", 7, cumulative="yes"), ("survey", 7, "cumulative"), "visits"),
    (
        "evidence in C",
        in_row("survey", 10, evidence_of="tested taste"),
        ("survey", 10, "evidence_of"),
        "stream C",
    ),
    (
        "evidence in a repeat",
        in_row("survey", 15, evidence_of="tested"),
        ("survey", 15, "evidence_of"),
        "repeat",
    ),
    ("points never used", in_row("choices", 4, score=3), ("choices", 4, "score"), "The list ob has points"),
    (
        "unknown method",
        in_row("survey", 3, role="object") | labelled(20, type="select_one ob", name="how", role="method"),
        ("choices", 4, "name"),
        "well is no known",
    ),
]


def assert_told(faults: tuple[Fault, ...], place: Place, says: str) -> None:
    """At this place, in a whole sentence."""
    here = [fault for fault in faults if (fault.sheet, fault.row, fault.column) == place]
    assert any(says in str(fault.message) for fault in here), [str(fault) for fault in faults]
    for fault in faults:
        assert str(fault.message).endswith("."), str(fault)
        assert "{" not in str(fault.message).replace("${", ""), str(fault)


@pytest.mark.parametrize(
    ("changes", "place", "says"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS]
)
def test_a_fault_is_told_with_its_cell(changes: Changes, place: Place, says: str) -> None:
    reading = reading_with(changes)
    assert reading.scheme is None
    assert_told(reading.faults, place, says)


@pytest.mark.parametrize(
    ("changes", "place", "says"), [row[1:] for row in WARNINGS], ids=[row[0] for row in WARNINGS]
)
def test_a_warning_hinders_nothing(changes: Changes, place: Place, says: str) -> None:
    reading = reading_with(changes)
    assert reading.faults == ()
    assert reading.scheme is not None
    assert_told(reading.warnings, place, says)
