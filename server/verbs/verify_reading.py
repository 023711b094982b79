"""The verb that holds the reading against the ledger: the same records, and scores that come out again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from analytics import agreement
from analytics.load import SetAside, count_set_aside, set_aside_records
from analytics.warehouse import Cursor
from forms.errors import N_, NotFound, Sentence
from server.context import Context
from server.running import Json, Report
from server.store.rounds import Round
from server.verbs import verb
from server.verbs.reading import load_everything

ASIDE = N_("Record {seq} ({subject}) could not be loaded into the tables: {reason}.")
COUNT = N_(
    "The table {table} of the reading has {found} rows of {name}, and the ledger tells of {told}. "
    "Make it anew with: baikoo rebuild"
)
NOT_AS_FROZEN = N_(
    "The table {table} of the round {round_id} is not in the reading as it was frozen. "
    "Make it anew with: baikoo rebuild"
)
NOT_AGAIN = N_(
    "The table {table} of the round {round_id} comes out otherwise when it is computed again "
    "from the records up to {as_of}."
)
LISTED = 1000  # records that could not be loaded are named; more than that, their number

Key = tuple[str, int, str]
"""(table of the reading, project_id, form_id or "")."""


@verb("verify-reading")
def verify_reading(context: Context, arguments: Mapping[str, Json], report: Report) -> Json:
    """{} -> {"differences": [{"text", "details"}], "records", "recomputed": [round ids]}: sentences in
    English with their details, for whoever shows them to translate."""
    head = load_everything(context, report)
    rounds = [
        each
        for project in context.store.projects.all()
        for each in context.store.rounds.all(project.project_id)
    ]
    frozen = [each for each in rounds if each.frozen_seq is not None and each.frozen_seq <= head]
    with context.warehouse.read(timeout_s=3600) as db:
        differences = [*_rows(context, db, head)]
        recomputed = []
        for done, round_ in enumerate(frozen):
            report({"what": round_.round_id, "done": done, "total": len(frozen)})
            found, again = _scores(context, db, round_)
            differences += found
            recomputed += [round_.round_id] if again else []
    return {
        "differences": [{"text": each.text, "details": dict(each.details)} for each in differences],
        "records": head,
        "recomputed": [*recomputed],
    }


def _rows(context: Context, db: Cursor, head: int) -> Iterator[Sentence]:
    """Records that are not loaded, and tables with other rows than the ledger tells of."""
    aside = set_aside_records(db, LISTED)
    for one in reversed(aside):
        yield Sentence(ASIDE, seq=one.seq, subject=one.subject, reason=one.reason)
    if count_set_aside(db) > len(aside):
        return  # counting would tell the same once more
    told = _told(context, head, aside)
    found = Counter({(each.table, each.project_id, each.form_id): each.rows for each in agreement.counts(db)})
    for key in sorted(told.keys() | found.keys()):
        if told[key] != found[key]:
            yield _count(key, found[key], told[key])
    for each in agreement.answers_counts(db):
        if each.rows != each.submissions:
            yield _count((each.table, each.project_id, each.form_id), each.rows, each.submissions)


def _count(key: Key, found: int, told: int) -> Sentence:
    table, project_id, form_id = key
    name = f"{project_id}/{form_id}" if form_id else str(project_id or "")
    return Sentence(COUNT, table=table, found=found, name=name, told=told)


def _told(context: Context, head: int, aside: list[SetAside]) -> Counter[Key]:
    """How many rows each table has to have; a record that was set aside has none."""
    passed_over = {one.seq for one in aside}
    told: Counter[Key] = Counter()
    subjects: set[tuple[str, str]] = set()
    for record in context.store.ledger.outlines(head):
        project, *names = record.subject.split("/")
        if record.seq in passed_over or (record.kind == "attachment" and record.erased):
            continue
        match record.kind:
            case "submission" | "attachment":
                told[record.kind, int(project), unquote(names[0])] += 1
            case "form":
                told["form_version", int(project), unquote(names[0])] += 1
            case "decision" if not record.erased:
                told["decision", 0, ""] += 1
            case "registry" if len(names) == 1:
                told["object_record", int(project), ""] += 1
            case "registry" | "round":
                if (record.kind, record.subject) not in subjects:
                    told["round" if record.kind == "round" else "village", int(project), ""] += 1
                subjects.add((record.kind, record.subject))
    return told


def _scores(context: Context, db: Cursor, round_: Round) -> tuple[list[Sentence], bool]:
    """What differs from the frozen tables of a round, and whether they could be computed again."""
    blobs = context.store.blobs
    tables = {}
    for file in context.store.rounds.files(round_.round_id):
        try:
            if file.kind == "frozen":
                tables[file.name] = blobs.read(file.sha256)
        except NotFound:
            pass  # the file is gone: the ledger's own verification has named it
    round_id, as_of = round_.round_id, round_.closed_seq
    assert as_of is not None
    found = [
        Sentence(NOT_AS_FROZEN, table=name, round_id=round_id)
        for name in agreement.differing_frozen(db, round_id, tables)
    ]
    if agreement.has_erased_answers(db, round_id):
        return found, False
    found += [
        Sentence(NOT_AGAIN, table=name, round_id=round_id, as_of=as_of)
        for name in agreement.differing_again(db, round_id, as_of, tables)
    ]
    return found, True
