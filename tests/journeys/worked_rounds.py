"""The rounds of the worked example, held through the front door: filled in, decided, closed, published."""

from __future__ import annotations

from tests import worked_example as example
from tests.journeys.front_door import FrontDoor
from tests.questionnaire import question, questionnaire

FORM = example.FORM_ID
EXAMPLE, TWIN, ONE_SHEET, DECIDED = example.OBJECT_ID, "twin-dwu", "one-sheet-dwu", "decided-dwu"
MANY, SILENT, SILENT_TWIN = "many-dwu", "silent-dwu", "silent-twin-dwu"
IN_BOTH = (MANY, DECIDED, ONE_SHEET)

# the answers of the example with other numbers where they are hidden: breakdowns, and unofficial payments
OTHERWISE_HIDDEN = (
    example.citizen("24", "4", "7", "3", "5", "yes", "better"),
    example.citizen("20", "5", "7", "4", "4", "yes", "same"),
    example.citizen("12", "3", "DK", "2", "3", "yes", "same"),
    example.citizen("24", "DK", "NA", "4", "5", "yes", "better"),
    example.citizen("8", "2", "1", "", "1", "DK", "worse"),
    example.citizen("18", "4", "NA", "3", "4", "REF", "same"),
)
MORE_CITIZENS = tuple(
    example.citizen(str(hours), "3", "2", "4", "4", "no" if hours % 2 else "yes", "same")
    for hours in range(10, 15)
)
MANY_CITIZENS = (*example.CITIZENS, *MORE_CITIZENS)
# a year later: water all day, and everyone is content
LATER_CITIZENS = tuple(
    example.citizen("24", "5", "1", "5", "5", "no", change) for change in ("better",) * 5 + ("same",)
)
LATER_OBSERVERS = (
    example.observer("yes", "5", "yes"),
    example.observer("yes", "5", "yes"),
    example.observer("yes", "4", "yes"),
)

SLIPS = questionnaire(
    question("q", "S5"), question("fact", "NUM", "O", best="100", worst="0"), form_id="slips"
)
DOUBLED, AFTER_VOID = "doubled-dwu", "after-void-dwu"

NOT_CONCERNED = {"relevant": "${method} != 'observation'"}  # absent in the instance: it does not apply
FIGURES = questionnaire(
    question("share", "NUM", "O", "A", best="100", worst="0", **NOT_CONCERNED),
    question("hours", "NUM", "O", "A", best="24", worst="4", **NOT_CONCERNED),
    question("days", "NUM", "O", "A", best="0", worst="60", **NOT_CONCERNED),
    question("late", "F5-", "O", "A", **NOT_CONCERNED),
    question("told", "Y3", "O", "B", **NOT_CONCERNED),
    question("warranty", "Y3", "O", "C4", **NOT_CONCERNED),
    question("repaired", "Y2", "O", "C4", **NOT_CONCERNED),
    criteria="A:20 B:70 C4:10",
    object_type="SUP",
    form_id="figures",
)
FIGURE_CASES = ("above", "below", "good", "fair", "goods", "works")


def hold_the_first(door: FrontDoor) -> None:
    """The round 2026-1, closed and published: the example, and what may happen around it."""
    published = door.publish(example.WORKBOOK)
    assert (published["version"], published["warnings"]) == (example.VERSION, [])
    objects = (EXAMPLE, TWIN, ONE_SHEET, DECIDED, MANY, SILENT, SILENT_TWIN)
    door.register("PSO", "dwu", *objects)
    door.open_round("2026-1", [FORM], objects)
    fill(door, EXAMPLE, example.CITIZENS, example.OBSERVERS)
    fill(door, TWIN, OTHERWISE_HIDDEN, example.OBSERVERS)
    fill(door, ONE_SHEET, example.CITIZENS, [example.observer("yes", "4", "yes")])
    fill(door, MANY, MANY_CITIZENS, example.OBSERVERS)
    fill(door, SILENT, example.CITIZENS[:4], ())
    fill(door, SILENT_TWIN, LATER_CITIZENS[:4], ())
    fill(door, DECIDED, example.CITIZENS[:-1], example.OBSERVERS)
    worst = example.citizen("0", "1", "9", "1", "1", "yes", "worse", object_id=DECIDED)
    void, returned = door.send(FORM, worst), door.send(FORM, worst)
    door.decide(FORM, void, "rejected", "Filled in twice.")
    door.decide(FORM, returned, "hasIssues", "Ask again.")
    last = door.send(FORM, {**example.CITIZENS[-1], "object": DECIDED})
    said = door.baikoo("review", "accept", FORM, last)
    assert said == "Decided on 1 submissions.\n"
    assert door.accept_the_rest(FORM) == 6 * 5 + 5 + 4 + 4 + 5 + 3 * 4 + 1 - 6
    door.send(FORM, worst)  # nobody has decided on it when the round closes
    nothing_is_public(door, "2026-1")
    door.close_round("2026-1")
    nothing_is_public(door, "2026-1")
    door.publish_round("2026-1")


def hold_the_second(door: FrontDoor) -> None:
    """The same kind of round a year later, about three of the objects."""
    door.open_round("2027-1", [FORM], IN_BOTH)
    fill(door, MANY, LATER_CITIZENS, LATER_OBSERVERS)
    fill(door, DECIDED, example.CITIZENS, example.OBSERVERS)
    fill(door, ONE_SHEET, LATER_CITIZENS, LATER_OBSERVERS)
    door.accept_the_rest(FORM)
    door.close_round("2027-1")
    door.publish_round("2027-1")


def hold_the_cases(door: FrontDoor) -> None:
    """A round of two small questionnaires: tokens and visits; numbers, bands, criteria that do not apply."""
    door.publish(SLIPS, ignore_warnings=True)  # a list of choices that no question uses
    door.publish(FIGURES, ignore_warnings=True)
    door.register("PSO", "dwu", DOUBLED, AFTER_VOID)
    door.register("SUP", "works", *FIGURE_CASES)
    door.open_round("cases", ["slips", "figures"], [DOUBLED, AFTER_VOID, *FIGURE_CASES])
    for thing in (DOUBLED, AFTER_VOID):
        for token in ("t1", "t2", "t3", "t4", "t5"):
            door.send("slips", slip(thing, q="5", token=token))
        again = door.send("slips", slip(thing, q="1", token="t1"))
        door.send("slips", slip(thing, "O", fact="20"), phone=1)
        corrected = door.send("slips", slip(thing, "O", fact="80"), phone=1)
        door.send("slips", slip(thing, "O", fact="60"), phone=2)
        if thing == AFTER_VOID:
            door.decide("slips", again, "rejected", "Not from this person.")
            door.decide("slips", corrected, "rejected", "Another object.")
    door.accept_the_rest("slips")
    for late_phone in range(3):
        door.send("figures", sheet("above", hours="30", days="-0", share="100", late="1"), late_phone)
    door.send("figures", sheet("below", hours="1", days="61", share="0"))
    door.send("figures", sheet("good", share="59.95"))
    door.send("figures", sheet("fair", share="59.949", days=None))
    door.send("figures", sheet("goods", days="15", told="partly"))
    door.send("figures", sheet("works", days="15", told="partly", warranty="no", repaired="no"))
    door.accept_the_rest("figures")
    door.close_round("cases")
    door.publish_round("cases")


def fill(door: FrontDoor, object_id: str, citizens: object, observers: object) -> None:
    """Citizens on the phones in turn, each observer with a phone of their own."""
    for stream in (citizens, observers):
        assert isinstance(stream, tuple | list)
        for number, answers in enumerate(stream):
            door.send(FORM, {**answers, "object": object_id}, phone=number % 3)


def slip(object_id: str, stream: str = "C", **answers: str) -> dict[str, object]:
    """A sheet of one stream; its one visit is that of all."""
    return {"stream": stream, "object": object_id, "method": "survey", "visit": "2026-05-05", **answers}


def sheet(object_id: str, **answers: str | None) -> dict[str, object]:
    """An observation sheet that answers these questions; the others did not apply."""
    absent = dict.fromkeys(("share", "hours", "days", "late", "told", "warranty", "repaired"))
    return {**slip(object_id, "O"), **absent, **answers}


def nothing_is_public(door: FrontDoor, round_id: str) -> None:
    paths = (
        f"/v1/rounds/{round_id}", f"/v1/rounds/{round_id}/objects/{EXAMPLE}", f"/v1/rounds/{round_id}/method",
        f"/data/{round_id}/scores_object.csv", f"/data/{round_id}/datapackage.json",
        f"/rounds/{round_id}/objects/{EXAMPLE}", f"/data/{round_id}",
    )  # fmt: skip
    assert {path: door.anyone.get(path).status_code for path in paths} == dict.fromkeys(paths, 404)
