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


# a round without questions still has every view, empty
_NO_ANSWER = (
    "SELECT NULL::VARCHAR AS round_id, NULL::BIGINT AS submission_seq, NULL::VARCHAR AS indicator_code,"
    " NULL::VARCHAR AS object_id, NULL::VARCHAR AS stream, NULL::DATE AS visit, NULL::answer_class AS class,"
    " NULL::DOUBLE AS y, false AS unverified WHERE false"
)
_NO_FACT = (
    "SELECT NULL::VARCHAR AS object_id, NULL::VARCHAR AS indicator_code, NULL::DATE AS visit,"
    " NULL::DOUBLE AS value WHERE false"
)
_NO_CHECK = (
    "SELECT NULL::BIGINT AS submission_seq, NULL::VARCHAR AS object_id, NULL::VARCHAR AS stream,"
    " false AS mostly_empty WHERE false"
)


def _class(word: str) -> str:
    return f"{text(word)}::answer_class"


def sheet_statements(sheet: Sheet) -> list[str]:
    """Make the sheet's table; then leave of every cumulative fact its last visit."""
    numbers = [indicator.number for indicator in sheet.indicators]
    statements = [
        fill(
            "sheet",
            sheet=sheet.name,
            form_id=text(sheet.form_id),
            stream=text(sheet.stream),
            given=",\n           ".join(line for i in sheet.indicators for line in _given(sheet, i)),
            judged=",\n           ".join(line for i in sheet.indicators for line in _judged(sheet, i)),
            kept=",\n       ".join(_kept(sheet, i) for i in sheet.indicators),
            typed_table="\n    ".join(_joins(sheet)),
            answered=" + ".join(f"(class_{n} IN ('valid', 'DK', 'REF'))::INTEGER" for n in numbers),
            applicable=" + ".join(f"(class_{n} <> 'NA')::INTEGER" for n in numbers),
        )
    ]
    for indicator in sheet.indicators:
        if indicator.cumulative:
            n = indicator.number
            absent = f"class_{n} = NULL, y_{n} = NULL"
            statements.append(fill("last_visit", sheet=sheet.name, absent=absent, **{"class": f"class_{n}"}))
    return statements


def answers_view(sheets: Sequence[Sheet]) -> str:
    """The view indicator_answer: one SELECT per indicator over the sheets."""
    selects = [
        f"SELECT round_id, submission_seq, {text(i.code)} AS indicator_code, object_id,"
        f" {text(sheet.stream)} AS stream, visit, class_{i.number} AS class, y_{i.number} AS y,"
        f" {f'unverified_{i.number}' if _needs_evidence(sheet, i) else 'false'} AS unverified"
        f" FROM {sheet.name} WHERE class_{i.number} IS NOT NULL"
        for sheet in sheets
        for i in sheet.indicators
    ]
    return fill("indicator_answer", answers="\nUNION ALL\n".join(selects or [_NO_ANSWER]))


def facts_view(sheets: Sequence[Sheet]) -> str:
    """The view observed_fact: valid answers to facts, one SELECT per fact."""
    selects = [
        f"SELECT object_id, {text(i.code)} AS indicator_code, visit,"
        f" {'value' if i.is_number else 'y'}_{i.number} AS value"
        f" FROM {sheet.name} WHERE class_{i.number} = 'valid'"
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
            f"decides_{i.number}, y_{i.number} - mean_{i.number} AS d_{i.number}" for i in by_code
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


def _given(sheet: Sheet, indicator: SheetIndicator) -> list[str]:
    n, answer = indicator.number, _as_text(sheet, indicator.code)
    column = sheet.columns.get(indicator.code)
    if indicator.is_number:
        plain = column is not None and column.sql_type in ("BIGINT", "DOUBLE")
        if column is not None and plain and indicator.code not in sheet.corrected:
            lines = [
                f"sent.{name(column.name)}::DOUBLE AS value_{n}",
                f"value_{n} IS NOT NULL AS is_there_{n}",
            ]
            lines[1] = f"sent.{name(column.name)} IS NOT NULL AS is_there_{n}"
        else:
            lines = [f"TRY_CAST({answer} AS DOUBLE) AS value_{n}", f"({answer}) IS NOT NULL AS is_there_{n}"]
        if indicator.companion is not None:
            lines.append(f"{_as_text(sheet, indicator.companion)} AS companion_{n}")
    else:
        points = " ".join(f"WHEN {text(choice)} THEN {value!r}" for choice, value in indicator.points.items())
        lines = [f"{answer} AS answer_{n}", f"CASE {answer} {points} ELSE NULL END::DOUBLE AS y_{n}"]
    if column is not None:
        lines.append(f"CASE WHEN ({answer}) IS NULL THEN {_trace(sheet, indicator, column)} END AS trace_{n}")
    if _needs_evidence(sheet, indicator):
        columns = [sheet.columns[q] for q in indicator.evidence if q in sheet.columns]
        lines.append(f"{' AND '.join(map(_no_evidence, columns)) or 'true'} AS bare_{n}")
    return lines


def _trace(sheet: Sheet, indicator: SheetIndicator, column: AnswerColumn) -> str:
    """What an absent value left behind: it did not fit, or it was present and empty (5.7.1, 5.7.4)."""
    cases = [
        f"WHEN list_contains(sent._misfit, {text(column.name)}) THEN {_class('off_scale')}",
        f"WHEN list_contains(sent._empty, {text(column.name)}) THEN {_class('missing')}",
    ]
    if indicator.code in sheet.corrected:  # corrected to nothing: the sheet as sent says no more
        join = f"corrected_{_corrected(sheet).index(indicator.code) + 1}"
        cases.insert(0, f"WHEN {join}.submission_seq IS NOT NULL THEN {_class('missing')}")
    return f"CASE {' '.join(cases)} END"


def _judged(sheet: Sheet, indicator: SheetIndicator) -> list[str]:
    n = indicator.number
    if indicator.is_number:
        scaled = (
            f"clipped(100 * (value_{n} - {indicator.worst!r}) / ({indicator.best!r} - {indicator.worst!r}))"
        )
        said = [
            f"WHEN companion_{n} = {text(choice)} THEN {_class(word)}"
            for choice, word in indicator.companion_nonresponse.items()
            if indicator.companion is not None  # it goes before everything: the number is hidden
        ]
        valid = " AND ".join(
            [f"isfinite(value_{n})", f"value_{n} >= 0", *(f"companion_{n} IS DISTINCT FROM {text(choice)}"
            for choice in indicator.companion_nonresponse if indicator.companion is not None)]
        )  # fmt: skip
        lines = [f"CASE WHEN {valid} THEN {scaled} END AS y_{n}"]
        cases = [*said, f"WHEN isfinite(value_{n}) AND value_{n} >= 0 THEN {_class('valid')}"]
        cases.append(f"WHEN is_there_{n} THEN {_class('off_scale')}")
    else:
        lines = []
        cases = [f"WHEN y_{n} IS NOT NULL THEN {_class('valid')}"]
        cases += [
            f"WHEN answer_{n} = {text(choice)} THEN {_class(word)}"
            for choice, word in indicator.nonresponse.items()
        ]
        cases.append(f"WHEN answer_{n} IS NOT NULL THEN {_class('off_scale')}")
    if indicator.code in sheet.columns:
        cases.append(f"WHEN trace_{n} IS NOT NULL THEN trace_{n}")
    if hidden := indicator.hidden_in & sheet.versions:
        versions = ", ".join(map(text, sorted(hidden)))
        cases.append(f"WHEN version IN ({versions}) THEN {_class('NA')}" if hidden != sheet.versions else "")
    otherwise = _class("NA" if hidden and hidden == sheet.versions else "missing")
    lines.append(f"CASE {' '.join(cases)} ELSE {otherwise} END AS class_{n}")
    if _needs_evidence(sheet, indicator):
        plain = (
            " AND y NOT IN (50, 75)".replace("y", f"y_{n}") if indicator.scale == "S5" else ""
        )  # steps 3, 4
        lines.append(f"y_{n} IS NOT NULL{plain} AND bare_{n} AS unverified_{n}")
    return lines


def _kept(sheet: Sheet, indicator: SheetIndicator) -> str:
    n = indicator.number
    columns = [f"class_{n}", f"y_{n}"]
    columns += [f"value_{n}"] if indicator.is_number and sheet.stream == "O" else []  # facts may disagree
    columns += [f"unverified_{n}"] if _needs_evidence(sheet, indicator) else []
    return ", ".join(columns)


def _needs_evidence(sheet: Sheet, indicator: SheetIndicator) -> bool:
    return sheet.stream == "O" and bool(indicator.evidence)


def _no_evidence(column: AnswerColumn) -> str:
    answer = f"sent.{name(column.name)}"
    if column.sql_type == "VARCHAR":
        return f"coalesce({answer}, '') = ''"
    if column.sql_type.startswith("STRUCT"):  # a position counts when it is known to 30 m
        return f"({answer} IS NULL OR coalesce({answer}.acc, 0) > 30)"
    return f"{answer} IS NULL"
