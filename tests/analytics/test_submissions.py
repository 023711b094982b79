"""What coordinators see of submissions.

- A list has the latest version of each, newest first, in pages, with the number of all.
- It can be narrowed by form, round, object, state, stream, day and sender, and to those without a round.
- Objects that a reader may not look at are in no list and open under no number.
- One submission has every answer in the order of the form, in words, with repeats inside their rows.
- Absent, empty and misfit are told apart; a correction stands beside what was sent; hidden questions are
  not there; a file that has not arrived is named all the same.
"""

from __future__ import annotations

from datetime import date

import pytest

from analytics.submission_detail import Attachment, SubmissionDetail, submission_detail
from analytics.submissions import SubmissionPage, Wanted, list_submissions
from analytics.warehouse import Warehouse
from forms.scheme import read_scheme
from tests.ledger import Ledger, an_id
from tests.make import a_form, an_instance

SURVEY = """
| survey |
| | type | name | label::English (en) | label::Кыргызча (ky) | role | criterion | scale | weight | stream |
| | today | today | | | | | | | |
| | select_one stream | stream | Stream | Агым | stream | | | | |
| | select_one_from_file objects.csv | object | Object | Объект | object | | | | |
| | select_one_from_file villages.csv | village | Village | Айыл | village | | | | |
| | select_one yn | works | Does it work? | Иштейби? | | k1 | Y2 | 2 | O |
| | select_multiple yn | faults | Faults | Кемчиликтер | | | | | |
| | decimal | depth | Depth | Тереңдик | | | | | |
| | image | photo | Photo | Сүрөт | | | | | |
| | begin_repeat | tap | Tap | Чорго | | | | | |
| | text | tap_name | Name | Аты | | | | | |
| | begin_repeat | leak | Leak | Агуу | | | | | |
| | integer | size | Size | Өлчөмү | | | | | |
| | end_repeat | | | | | | | | |
| | end_repeat | | | | | | | | |
| choices |
| | list_name | name | label::English (en) | label::Кыргызча (ky) |
| | stream | O | Observation | Байкоо |
| | stream | C | Citizen | Жаран |
| | yn | yes | Yes | Ооба |
| | yn | no | No | Жок |
| criteria |
| | name | label::English (en) | label::Кыргызча (ky) | weight |
| | k1 | K1 | K1 | 100 |
| settings |
| | form_id | form_title | version | object_type |
| | visit | Visit | 1 | PSO |
"""
FORM = a_form(SURVEY)
READ = read_scheme("\n".join(line.strip() for line in SURVEY.splitlines()).encode(), filename="form.md")


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger()
    ledger.thing("suu", "u-suu", name_ky="Суу", name_ru="Вода")
    ledger.thing("ao", "u-ao", type="EXEC", subtype="ao", name_ky="Айыл өкмөтү")
    ledger.village("jangy", "Жаңы", "Жаны")
    ledger.form(FORM, scheme=READ.scheme, privacy=READ.privacy)
    return ledger


def send(
    ledger: Ledger,
    number: int,
    *,
    of: int | None = None,
    actor: int = 7,
    round_id: str | None = None,
    **values: object,
) -> int:
    given = {"stream": "O", "object": "u-suu", "today": f"2026-05-{number % 28 + 1:02}", **values}
    xml = an_instance(
        FORM, given, instance_id=an_id(number), deprecated_id=an_id(of) if of is not None else None
    )
    return ledger.submission(xml, number, actor=actor, round_id=round_id)


def page(
    warehouse: Warehouse, *, language: str = "ky", limit: int = 50, offset: int = 0, **wanted: object
) -> SubmissionPage:
    with warehouse.read() as db:
        return list_submissions(
            db,
            Wanted(project_id=1, **wanted),
            language=language,
            limit=limit,
            offset=offset,  # type: ignore[arg-type]
        )


def seqs(warehouse: Warehouse, **wanted: object) -> list[int]:
    found = page(warehouse, **wanted)
    assert found.total == len(found.rows)
    return [row.submission_seq for row in found.rows]


def detail(warehouse: Warehouse, seq: int, language: str = "ky", **more: object) -> SubmissionDetail:
    with warehouse.read() as db:
        found = submission_detail(
            db,
            Wanted(project_id=1, submission_seq=seq),
            language=language,
            **more,  # type: ignore[arg-type]
        )
    assert found is not None
    return found


def test_a_list_has_the_latest_versions_in_pages(warehouse: Warehouse, ledger: Ledger) -> None:
    made = [send(ledger, number) for number in range(1, 8)]
    edit = send(ledger, 8, of=1)
    assert ledger.load(warehouse) == []
    newest_first = [edit, *reversed(made[1:])]
    assert seqs(warehouse) == newest_first
    third = page(warehouse, limit=3, offset=3)
    assert [row.submission_seq for row in third.rows] == newest_first[3:6]
    assert third.total == 7
    row = page(warehouse, language="ru").rows[0]
    assert (row.root_seq, row.root_instance_id, row.instance_id) == (made[0], an_id(1), an_id(8))
    assert (row.state, row.edits, row.object_name, row.is_current) == ("edited", 1, "Вода", True)


def test_a_list_can_be_narrowed(warehouse: Warehouse, ledger: Ledger) -> None:
    first = send(ledger, 1, round_id="2026-1", actor=1)
    second = send(ledger, 2, stream="C", actor=2)
    third = send(ledger, 3, object="u-ao", actor=2)
    ledger.decision(first, "accepted")
    assert ledger.load(warehouse) == []
    assert seqs(warehouse, round_id="2026-1") == [first]
    assert seqs(warehouse, waiting=True) == [third, second]
    assert seqs(warehouse, states=("accepted", "void")) == [first]
    assert seqs(warehouse, streams=("C",)) == [second]
    assert seqs(warehouse, object_ids=("ao",)) == [third]
    assert seqs(warehouse, submitter_id=2) == [third, second]
    assert seqs(warehouse, filled_from=date(2026, 5, 3), filled_to=date(2026, 5, 3)) == [second]
    assert seqs(warehouse, form_id="other") == []
    first = send(ledger, 21)
    edit = send(ledger, 22, of=21)
    assert ledger.load(warehouse) == []
    assert seqs(warehouse, text=an_id(21)[:13]) == seqs(warehouse, text=an_id(22)) == [edit]
    assert first and seqs(warehouse, text="nobody") == []


def test_objects_that_may_not_be_looked_at_are_nowhere(warehouse: Warehouse, ledger: Ledger) -> None:
    first, second = send(ledger, 1), send(ledger, 2, object="u-ao")
    ledger.load(warehouse)
    assert seqs(warehouse, not_object_types=("EXEC",)) == [first]
    with warehouse.read() as db:
        hidden = Wanted(project_id=1, submission_seq=second, not_object_types=("EXEC",))
        assert submission_detail(db, hidden, language="ky") is None
        assert submission_detail(db, Wanted(project_id=2, submission_seq=first), language="ky") is None


def test_one_submission_in_words(warehouse: Warehouse, ledger: Ledger) -> None:
    taps = [{"tap_name": "north", "leak": [{"size": "1"}, {"size": "2"}]}, {"tap_name": "south"}]
    seq = send(
        ledger, 1, works="yes", faults="no yes", village="jangy", depth="1.50", photo="1.jpg", tap=taps
    )
    ledger.attachment("other.jpg", "bb")
    assert ledger.load(warehouse) == []
    found = detail(warehouse, seq)
    words = {answer.label: (answer.value, answer.text) for answer in found.answers}
    assert words["Агым"] == ("O", "Байкоо")
    assert words["Объект"] == ("u-suu", "Суу")
    assert words["Айыл"] == ("jangy", "Жаңы")
    assert words["Иштейби?"] == ("yes", "Ооба")
    assert words["Кемчиликтер"] == ("no yes", "Жок; Ооба")
    assert words["Тереңдик"] == ("1.5", "1.5")
    assert [answer.name for answer in found.answers][:4] == ["today", "stream", "object", "village"]
    north, south = found.repeats
    assert (north.label, north.position, north.answers[0].value) == ("Чорго", 1, "north")
    assert [leak.answers[0].value for leak in north.repeats] == ["1", "2"]
    assert south.repeats == ()
    assert found.attachments == (Attachment("1.jpg", None, None), Attachment("other.jpg", "bb", 5))
    assert (found.listed.media_expected, found.listed.media_present) == (1, 0)


def test_absent_empty_misfit_and_corrected(warehouse: Warehouse, ledger: Ledger) -> None:
    seq = send(ledger, 1, works="no", depth="deep", faults=None)
    ledger.decision(seq, "corrected", question="works", old="no", new="yes")
    edit = send(ledger, 2, of=1, works="yes")
    assert ledger.load(warehouse) == []
    answers = {answer.name: answer for answer in detail(warehouse, seq, "en").answers}
    assert (answers["works"].text, answers["works"].corrected) == ("No", "yes")
    assert answers["depth"].misfit and not answers["depth"].absent and not answers["depth"].text
    assert answers["faults"].absent
    assert answers["photo"].empty and not answers["photo"].absent
    assert detail(warehouse, edit).versions == (seq, edit)
    hidden = detail(warehouse, seq, hidden=frozenset({"works"}))
    assert "works" not in {answer.name for answer in hidden.answers}


def test_an_erased_submission_is_still_listed(warehouse: Warehouse, ledger: Ledger) -> None:
    seq = ledger.submission(None, 1)
    assert ledger.load(warehouse) == []
    found = detail(warehouse, seq)
    assert (found.answers, found.listed.instance_id) == ((), an_id(1))
