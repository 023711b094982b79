"""The statements that read answers, made from the scheme: they fill the slots of three files in scores/.

sheet.sql becomes one wide table per form and stream, because reading 30 columns once is several times
faster than 30 rows; indicator_answer.sql one SELECT per indicator over them; covariance.sql one sum per pair.

Method: domain.md 5.7.1 to 5.7.6 (what an answer is), 4.0 (evidence).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations_with_replacement

from analytics.sheets import AnswerColumn, Sheet, SheetIndicator
from analytics.tables import read_sql


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


def _class(word: str) -> str:
    return f"{text(word)}::answer_class"


def _among(column: str, words: Iterable[str]) -> str:
    return f"{column} IN ({', '.join(map(text, words))})"


def sheet_statements(sheet: Sheet) -> list[str]:
    """Make the sheet's table; then leave of every cumulative fact its last visit."""
    numbers = [indicator.number for indicator in sheet.indicators]
    statements = [
        fill(
            "sheet",
            sheet=sheet.name,
            form_id=text(sheet.form_id),
            stream=text(sheet.stream),
            answers=",\n           ".join(
                line for indicator in sheet.indicators for line in _answer(sheet, indicator)
            ),
            typed_table="\n    ".join(_joins(sheet)),
            answered=" + ".join(f"(class_{n} IN ('valid', 'DK', 'REF'))::INTEGER" for n in numbers),
            applicable=" + ".join(f"(class_{n} <> 'NA')::INTEGER" for n in numbers),
            kept=",\n       ".join(
                line for indicator in sheet.indicators for line in _kept(sheet, indicator)
            ),
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
        f" {f'value_{i.number}' if i.is_number else f'y_{i.number}'} AS value,"
        f" {f'unverified_{i.number}' if _needs_evidence(sheet, i) else 'false'} AS unverified"
        f" FROM {sheet.name} WHERE class_{i.number} IS NOT NULL"
        for sheet in sheets
        for i in sheet.indicators
    ]
    nothing = (
        "SELECT NULL::VARCHAR AS round_id, NULL::BIGINT AS submission_seq, NULL::VARCHAR AS indicator_code,"
        " NULL::VARCHAR AS object_id, NULL::VARCHAR AS stream, NULL::DATE AS visit, NULL::answer_class AS class,"
        " NULL::DOUBLE AS y, NULL::DOUBLE AS value, false AS unverified WHERE false"
    )
    return fill("indicator_answer", answers="\nUNION ALL\n".join(selects or [nothing]))


def checks_view(sheets: Sequence[Sheet]) -> str:
    """The view sheet_check: which selected submissions are mostly empty."""
    selects = [
        f"SELECT submission_seq, object_id, {text(sheet.stream)} AS stream, mostly_empty FROM {sheet.name}"
        for sheet in sheets
    ]
    nothing = "SELECT NULL::BIGINT AS submission_seq, NULL AS object_id, NULL AS stream, false AS mostly_empty WHERE false"
    return "CREATE OR REPLACE TEMP VIEW sheet_check AS\n" + "\nUNION ALL\n".join(selects or [nothing])


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
    joins += [
        f"LEFT JOIN (SELECT submission_seq, trim(arg_max(new, seq)) AS answer FROM correction"
        f" JOIN asked_round ON seq <= as_of WHERE question = {text(question)} GROUP BY submission_seq)"
        f" AS {name('corrected ' + question)}"
        f" ON {name('corrected ' + question)}.submission_seq = selection.submission_seq"
        for question in sorted(_questions(sheet) & sheet.corrected)
    ]
    return joins


def _questions(sheet: Sheet) -> set[str]:
    return {q for i in sheet.indicators for q in (i.code, i.companion) if q is not None}


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
        corrected = name("corrected " + question)
        return f"CASE WHEN {corrected}.submission_seq IS NOT NULL THEN nullif({corrected}.answer, '') ELSE {answer} END"
    return answer


def _as_number(sheet: Sheet, question: str) -> str:
    column = sheet.columns.get(question)
    if column is not None and question not in sheet.corrected and column.sql_type in ("BIGINT", "DOUBLE"):
        return f"sent.{name(column.name)}::DOUBLE"
    return f"TRY_CAST({_as_text(sheet, question)} AS DOUBLE)"


def _absent(sheet: Sheet, indicator: SheetIndicator) -> str:
    """What it means that there is no value: 5.7.1 and 5.7.4."""
    column = sheet.columns.get(indicator.code)
    hidden = indicator.hidden_in & sheet.versions
    if hidden == sheet.versions and hidden:
        unasked = _class("NA")
    elif hidden:
        unasked = f"CASE WHEN {_among('selection.version', sorted(hidden))} THEN {_class('NA')} ELSE {_class('missing')} END"
    else:
        unasked = _class("missing")
    if column is None:
        return unasked
    lines = [f"WHEN list_contains(sent._misfit, {text(column.name)}) THEN {_class('off_scale')}"]
    if hidden:
        lines.append(f"WHEN list_contains(sent._empty, {text(column.name)}) THEN {_class('missing')}")
    if indicator.code in sheet.corrected:  # corrected to nothing: the sheet as sent says no more
        lines.insert(
            0,
            f"WHEN {name('corrected ' + indicator.code)}.submission_seq IS NOT NULL THEN {_class('missing')}",
        )
    return f"CASE {' '.join(lines)} ELSE {unasked} END"


def _answer(sheet: Sheet, indicator: SheetIndicator) -> list[str]:
    n = indicator.number
    answer = _as_text(sheet, indicator.code)
    lines = []
    if indicator.is_number:
        number = _as_number(sheet, indicator.code)
        cases = [
            f"WHEN {_among(_as_text(sheet, indicator.companion), codes)} THEN {_class(word)}"
            for word, codes in _by_word(indicator.companion_nonresponse).items()
            if indicator.companion is not None
        ]
        cases += [
            f"WHEN isfinite({number}) AND {number} >= 0 THEN {_class('valid')}",
            f"WHEN {answer} IS NOT NULL THEN {_class('off_scale')}",
        ]
        lines.append(f"{number} AS value_{n}")
    else:
        cases = (
            [f"WHEN {_among(answer, indicator.points)} THEN {_class('valid')}"] if indicator.points else []
        )
        cases += [
            f"WHEN {_among(answer, codes)} THEN {_class(word)}"
            for word, codes in _by_word(indicator.nonresponse).items()
        ]
        cases.append(f"WHEN {answer} IS NOT NULL THEN {_class('off_scale')}")
        points = " ".join(f"WHEN {text(choice)} THEN {value!r}" for choice, value in indicator.points.items())
        lines.append(f"CASE {answer} {points} END::DOUBLE AS y_{n}" if points else f"NULL::DOUBLE AS y_{n}")
    lines.append(f"CASE {' '.join(cases)} ELSE {_absent(sheet, indicator)} END AS class_{n}")
    if _needs_evidence(sheet, indicator):
        columns = [sheet.columns[q] for q in indicator.evidence if q in sheet.columns]
        lines.append(f"{' AND '.join(_no_evidence(column) for column in columns) or 'true'} AS bare_{n}")
    return lines


def _kept(sheet: Sheet, indicator: SheetIndicator) -> list[str]:
    n = indicator.number
    lines = [f"class_{n}"]
    if indicator.is_number:
        scaled = (
            f"clipped(100 * (value_{n} - {indicator.worst!r}) / ({indicator.best!r} - {indicator.worst!r}))"
        )
        lines += [f"CASE WHEN class_{n} = 'valid' THEN {scaled} END AS y_{n}", f"value_{n}"]
    else:
        lines.append(f"y_{n}")
    if _needs_evidence(sheet, indicator):
        plain = f" AND y_{n} NOT IN (50, 75)" if indicator.scale == "S5" else ""  # steps 3 and 4 need none
        lines.append(f"class_{n} = 'valid'{plain} AND bare_{n} AS unverified_{n}")
    return lines


def _needs_evidence(sheet: Sheet, indicator: SheetIndicator) -> bool:
    return sheet.stream == "O" and bool(indicator.evidence)


def _no_evidence(column: AnswerColumn) -> str:
    answer = f"sent.{name(column.name)}"
    if column.sql_type == "VARCHAR":
        return f"coalesce({answer}, '') = ''"
    if column.sql_type.startswith("STRUCT"):  # a position counts when it is known to 30 m
        return f"({answer} IS NULL OR coalesce({answer}.acc, 0) > 30)"
    return f"{answer} IS NULL"


def _by_word(codes: Mapping[str, str]) -> dict[str, list[str]]:
    """NA, DK, REF -> the choices that say so."""
    words: defaultdict[str, list[str]] = defaultdict(list)
    for choice, word in codes.items():
        words[word].append(choice)
    return words
