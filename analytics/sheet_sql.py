"""The statements that read answers, made from the scheme: they fill the slots of three files in scores/.

sheet.sql becomes one wide table per form and stream, because reading 30 columns once is several times
faster than 30 rows; indicator_answer.sql one SELECT per indicator over them; covariance.sql one sum per pair.

Method: domain.md 5.7.1 to 5.7.6 (what an answer is), 4.0 (evidence).
"""

# ruff: noqa: S608 - this module makes SQL; names and texts are quoted
from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement

from analytics.sheets import AnswerColumn, Sheet, SheetIndicator
from analytics.tables import read_sql
from forms.scales import SCALES


def text(value: str) -> str:
    """A string literal."""
    return "'" + value.replace("'", "''") + "'"


def name(value: str) -> str:
    """A quoted identifier."""
    return '"' + value.replace('"', '""') + '"'


def fill(file: str, **slots: str) -> str:
    """The SQL of a file with its {slots} filled."""
    sql = read_sql(file)
    for slot, value in slots.items():
        sql = sql.replace("{" + slot + "}", value)
    return sql


# what stands for points where there are none; class_of in scores/measures.sql says it in words
CODES = {"NA": -1, "DK": -2, "REF": -3, "missing": -4, "off_scale": -5}

# a round without questions still has every view, empty
_NO_ANSWER = (
    "SELECT NULL::VARCHAR AS round_id, NULL::BIGINT AS submission_seq, NULL::VARCHAR AS indicator_code,"
    " NULL::VARCHAR AS object_id, NULL::VARCHAR AS stream, NULL::DATE AS visit, NULL::DOUBLE AS answer,"
    " false AS unverified WHERE false"
)
_NO_FACT = (
    "SELECT NULL::VARCHAR AS object_id, NULL::VARCHAR AS indicator_code, NULL::DATE AS visit,"
    " NULL::DOUBLE AS value WHERE false"
)
_NO_CHECK = (
    "SELECT NULL::BIGINT AS submission_seq, NULL::VARCHAR AS object_id, NULL::VARCHAR AS stream,"
    " false AS mostly_empty WHERE false"
)


def sheet_statements(sheet: Sheet) -> list[str]:
    """Make the sheet's table; then leave of every cumulative fact its last visit."""
    make = fill(
        "sheet",
        sheet=sheet.name,
        form_id=text(sheet.form_id),
        stream=text(sheet.stream),
        answers=",\n           ".join(
            line for indicator in sheet.indicators for line in _read(sheet, indicator)
        ),
        typed_table="\n    ".join(_joins(sheet)),
        answered=_count(sheet, f"{{0}} >= 0 OR {{0}} IN ({CODES['DK']}, {CODES['REF']})"),
        applicable=_count(sheet, f"{{0}} <> {CODES['NA']}"),
    )
    return [
        make,
        *(
            fill("last_visit", sheet=sheet.name, answer=f"answer_{indicator.number}")
            for indicator in sheet.indicators
            if indicator.cumulative
        ),
    ]


def _count(sheet: Sheet, condition: str) -> str:
    """How many of the items that concern the object have such an answer, {0}."""
    terms = []
    for one in sheet.indicators:
        concerned = f" AND concerns([{', '.join(map(text, one.subtypes))}], subtype)" if one.subtypes else ""
        terms.append(f"(({condition.format(f'answer_{one.number}')}){concerned})::INTEGER")
    return " + ".join(terms)


def answers_view(sheets: Sequence[Sheet]) -> str:
    """The view indicator_answer: one SELECT per indicator over the sheets."""
    selects = [
        f"SELECT round_id, submission_seq, {text(i.code)} AS indicator_code, object_id,"
        f" {text(sheet.stream)} AS stream, visit, answer_{i.number} AS answer,"
        f" {_unverified(sheet, i)} AS unverified"
        f" FROM {sheet.name}{f' WHERE answer_{i.number} IS NOT NULL' if i.cumulative else ''}"
        for sheet in sheets
        for i in sheet.indicators
    ]
    return fill("indicator_answer", answers="\nUNION ALL\n".join(selects or [_NO_ANSWER]))


def facts_view(sheets: Sequence[Sheet]) -> str:
    """The view observed_fact: valid answers to facts, one SELECT per fact."""
    selects = [
        f"SELECT object_id, {text(i.code)} AS indicator_code, visit,"
        f" {'value' if i.is_number else 'answer'}_{i.number} AS value"
        f" FROM {sheet.name} WHERE answer_{i.number} >= 0"
        for sheet in sheets
        for i in sheet.indicators
        if sheet.stream == "O" and SCALES[i.scale].fact
    ]
    return fill("observed_fact", facts="\nUNION ALL\n".join(selects or [_NO_FACT]))


def checks_view(sheets: Sequence[Sheet]) -> str:
    """The view sheet_check: which selected submissions are mostly empty."""
    selects = [
        f"SELECT submission_seq, object_id, {text(sheet.stream)} AS stream, mostly_empty FROM {sheet.name}"
        for sheet in sheets
    ]
    return "CREATE OR REPLACE TEMP VIEW sheet_check AS\n" + "\nUNION ALL\n".join(selects or [_NO_CHECK])


def covariance_statement(sheet: Sheet) -> str:
    """Add the covariances of a sheet's indicators to the table covariance."""
    by_code = sorted(sheet.indicators, key=lambda indicator: indicator.code.encode())
    pairs = list(combinations_with_replacement(by_code, 2))
    means = [
        f"any_value(score) FILTER (WHERE indicator_code = {text(i.code)}) AS mean_{i.number}, "
        f"any_value(omega > 0) FILTER (WHERE indicator_code = {text(i.code)}) AS decides_{i.number}"
        for i in by_code
    ]
    return fill(
        "covariance",
        sheet=sheet.name,
        means=",\n           ".join(means),
        deviations=", ".join(
            f"decides_{i.number}, points_of(answer_{i.number}) - mean_{i.number} AS d_{i.number}"
            for i in by_code
        ),
        decides=" OR ".join(f"decides_{i.number} AND d_{i.number} IS NOT NULL" for i in by_code),
        products=", ".join(f"sum(d_{a.number} * d_{b.number}) AS p_{a.number}_{b.number}" for a, b in pairs),
        indicators=", ".join(text(a.code) for a, _ in pairs),
        others=", ".join(text(b.code) for _, b in pairs),
        sums=", ".join(f"p_{a.number}_{b.number}" for a, b in pairs),
    )


def _joins(sheet: Sheet) -> list[str]:
    if sheet.table_schema is None:
        return []
    joins = [f"JOIN {name(sheet.table_schema)}.submissions AS sent ON sent._seq = selection.submission_seq"]
    for number, question in enumerate(_corrected(sheet), start=1):
        joins.append(
            f"LEFT JOIN (SELECT submission_seq, trim(arg_max(new, seq)) AS answer FROM correction"
            f" JOIN asked_round ON seq <= as_of WHERE question = {text(question)} GROUP BY submission_seq)"
            f" AS corrected_{number} ON corrected_{number}.submission_seq = selection.submission_seq"
        )
    return joins


def _corrected(sheet: Sheet) -> list[str]:
    """Questions of the sheet with corrected answers, in the order of their joins."""
    asked = {question for i in sheet.indicators for question in (i.code, i.companion) if question is not None}
    return sorted(asked & sheet.corrected)


def _as_text(sheet: Sheet, question: str) -> str:
    """The answer to a question as text; NULL where there is none."""
    column = sheet.columns.get(question)
    if column is None:
        answer = "NULL::VARCHAR"
    elif column.sql_type == "VARCHAR":
        answer = f"sent.{name(column.name)}"
    elif column.sql_type.endswith("[]"):
        answer = f"array_to_string(sent.{name(column.name)}, ' ')"
    else:
        answer = f"sent.{name(column.name)}::VARCHAR"
    if question in sheet.corrected:
        join = f"corrected_{_corrected(sheet).index(question) + 1}"
        return f"CASE WHEN {join}.submission_seq IS NOT NULL THEN nullif({join}.answer, '') ELSE {answer} END"
    return answer


def _read(sheet: Sheet, indicator: SheetIndicator) -> list[str]:
    """The columns of one indicator."""
    n = indicator.number
    read = _number(sheet, indicator) if indicator.is_number else _choice(sheet, indicator)
    lines = [f"({read})::DOUBLE AS answer_{n}"]
    if indicator.is_number and sheet.stream == "O":
        lines.append(f"{_as_number(sheet, indicator.code)} AS value_{n}")
    if _needs_evidence(sheet, indicator):
        columns = [sheet.columns[q] for q in indicator.evidence if q in sheet.columns]
        lines.append(f"{' AND '.join(map(_no_evidence, columns)) or 'true'} AS bare_{n}")
    return lines


def _choice(sheet: Sheet, indicator: SheetIndicator) -> str:
    codes = {choice: f"{points!r}::DOUBLE" for choice, points in indicator.points.items()}
    codes |= {choice: str(CODES[word]) for choice, word in indicator.nonresponse.items()}
    cases = " ".join(f"WHEN {text(choice)} THEN {code}" for choice, code in codes.items())
    return f"CASE {_as_text(sheet, indicator.code)} {cases} ELSE {_why_none(sheet, indicator)} END"


def _number(sheet: Sheet, indicator: SheetIndicator) -> str:
    number, best, worst = _as_number(sheet, indicator.code), indicator.best, indicator.worst
    scaled = f"clipped(100 * ({number} - {worst!r}) / ({best!r} - {worst!r}))"
    read = (
        f"CASE WHEN isfinite({number}) AND {number} >= 0 THEN {scaled} ELSE {_why_none(sheet, indicator)} END"
    )
    if indicator.companion is None:
        return read
    words = {"NA": "NA", **indicator.companion_nonresponse}
    cases = " ".join(f"WHEN {text(choice)} THEN {CODES[word]}" for choice, word in words.items())
    # what the companion says goes before everything: the number was hidden because of it
    return f"coalesce(CASE {_as_text(sheet, indicator.companion)} {cases} END, {read})"


def _as_number(sheet: Sheet, question: str) -> str:
    column = sheet.columns.get(question)
    if column is not None and question not in sheet.corrected and column.sql_type in ("BIGINT", "DOUBLE"):
        return f"sent.{name(column.name)}::DOUBLE"
    return f"TRY_CAST({_as_text(sheet, question)} AS DOUBLE)"


def _why_none(sheet: Sheet, indicator: SheetIndicator) -> str:
    """The code of an answer without points: 5.7.1 (hidden, empty, absent) and 5.7.4 (off the scale)."""
    cases = []
    column = sheet.columns.get(indicator.code)
    if column is not None:
        there = (
            _as_text(sheet, indicator.code)
            if indicator.code in sheet.corrected
            else f"sent.{name(column.name)}"
        )
        cases.append(f"WHEN ({there}) IS NOT NULL THEN {CODES['off_scale']}")
        if indicator.code in sheet.corrected:  # corrected to nothing: the sheet as sent says no more
            join = f"corrected_{_corrected(sheet).index(indicator.code) + 1}"
            cases.append(f"WHEN {join}.submission_seq IS NOT NULL THEN {CODES['missing']}")
        if indicator.companion is not None:  # a reason that nobody offered: it is not known why
            cases.append(f"WHEN ({_as_text(sheet, indicator.companion)}) <> '' THEN {CODES['off_scale']}")
        cases.append(f"WHEN list_contains(sent._misfit, {text(column.name)}) THEN {CODES['off_scale']}")
        cases.append(f"WHEN list_contains(sent._empty, {text(column.name)}) THEN {CODES['missing']}")
    if hidden := sorted(indicator.hidden_in & sheet.versions):
        cases.append(f"WHEN selection.version IN ({', '.join(map(text, hidden))}) THEN {CODES['NA']}")
    return f"CASE {' '.join(cases)} ELSE {CODES['missing']} END" if cases else str(CODES["missing"])


def _needs_evidence(sheet: Sheet, indicator: SheetIndicator) -> bool:
    return sheet.stream == "O" and bool(indicator.evidence)


def _unverified(sheet: Sheet, indicator: SheetIndicator) -> str:
    """Steps 3 and 4 of S5 need no evidence; an indicator without evidence questions never does."""
    if not _needs_evidence(sheet, indicator):
        return "false"
    plain = f" AND answer_{indicator.number} NOT IN (50, 75)" if indicator.scale == "S5" else ""
    return f"answer_{indicator.number} >= 0{plain} AND bare_{indicator.number}"


def _no_evidence(column: AnswerColumn) -> str:
    answer = f"sent.{name(column.name)}"
    if column.sql_type == "VARCHAR":
        return f"trim(coalesce({answer}, ''), e' \\t\\r\\n') = ''"
    if column.sql_type.startswith("STRUCT"):  # a position counts when it is known to 30 m
        return f"({answer} IS NULL OR coalesce({answer}.acc, 0) > 30)"
    return f"{answer} IS NULL"
