"""The functions a filter may call: what each takes, what it gives, and its SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analytics.odata.grammar import Call, Literal
from analytics.odata.literals import LiteralValue
from analytics.odata.operands import Operand, adapted, as_text
from forms.faults.odata import FilterTypesDiffer, FilterUnsupported


@dataclass(frozen=True, slots=True)
class _Function:
    """`takes` has the types each argument may have, the first being what a quoted literal becomes."""

    takes: tuple[tuple[str, ...], ...]
    gives: str
    sql: str


_TEXT, _NUMBER, _DAY, _CLOCK = ("text", "choices"), ("number", "text"), ("moment", "date"), ("moment", "time")
_FUNCTIONS = {
    "contains": _Function((_TEXT, _TEXT), "boolean", "contains({0}, {1})"),
    "startswith": _Function((_TEXT, _TEXT), "boolean", "starts_with({0}, {1})"),
    "endswith": _Function((_TEXT, _TEXT), "boolean", "ends_with({0}, {1})"),
    "selected": _Function((_TEXT, ("text",)), "boolean", "list_contains(string_split({0}, ' '), {1})"),
    "tolower": _Function((_TEXT,), "text", "lower({0})"),
    "toupper": _Function((_TEXT,), "text", "upper({0})"),
    "trim": _Function((_TEXT,), "text", "trim({0})"),
    "concat": _Function((_TEXT, _TEXT), "text", "({0} || {1})"),
    "length": _Function((_TEXT,), "number", "length({0})"),
    "indexof": _Function((_TEXT, _TEXT), "number", "(strpos({0}, {1}) - 1)"),
    "round": _Function((_NUMBER,), "number", "round({0})"),
    "floor": _Function((_NUMBER,), "number", "floor({0})"),
    "ceiling": _Function((_NUMBER,), "number", "ceil({0})"),
    "year": _Function((_DAY,), "number", "year({0})"),
    "month": _Function((_DAY,), "number", "month({0})"),
    "day": _Function((_DAY,), "number", "day({0})"),
    "hour": _Function((_CLOCK,), "number", "hour({0})"),
    "minute": _Function((_CLOCK,), "number", "minute({0})"),
    "second": _Function((_CLOCK,), "number", "second({0})"),
    "date": _Function((_DAY,), "date", "CAST({0} AS DATE)"),
    "time": _Function((_CLOCK,), "time", "CAST({0} AS TIME)"),
}

NAMES = ("now", *_FUNCTIONS)


def call(
    node: Call, given: Sequence[Operand | Literal], written: Callable[[LiteralValue], Operand]
) -> Operand:
    """A call as SQL; `written` makes a parameter of a literal.

    Raises: FilterUnsupported (unknown, or another number of arguments), FilterTypesDiffer.
    """
    function = _FUNCTIONS.get(node.function)
    if function is None or len(given) != len(function.takes):
        raise FilterUnsupported(feature=f"{node.function[:60]}()", at=node.at)
    arguments = []
    for argument, takes in zip(given, function.takes, strict=True):
        operand = (
            written(adapted(argument.value, takes[0], argument.at))
            if isinstance(argument, Literal)
            else argument
        )
        arguments.append(_as_argument(operand, takes, node.at))
    return Operand(function.sql.format(*arguments), function.gives)


def _as_argument(operand: Operand, takes: tuple[str, ...], at: int) -> str:
    if operand.type == "null":
        sql_type = {"text": "VARCHAR", "number": "DOUBLE", "moment": "TIMESTAMP"}[takes[0]]
        return f"CAST(NULL AS {sql_type})"
    if operand.type in takes:
        if "number" in takes and operand.type == "text":
            return f"TRY_CAST({operand.sql} AS DOUBLE)"
        return as_text(operand)
    if operand.type == "text" and "moment" in takes:  # a calculated date is text in the form
        return f"TRY_CAST({operand.sql} AS TIMESTAMP)"
    raise FilterTypesDiffer(left=operand.type, right=takes[0], at=at)
