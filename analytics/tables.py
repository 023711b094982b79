"""Table: a result's SQL and the description published with it.

Every file of analytics/scores/ opens with the same comment, which is all its documentation:

    -- criterion_score: How one object did on one criterion in one round.
    -- grain: round_id, object_id, criterion_code
    -- score: 0 to 100, the weighted mean of the indicators that were scored
    --   ky: 0дөн 100гө чейин ...
    --   ru: от 0 до 100 ...

A description may go on in the next line, indented. Tables that leave the house have it in ky and ru too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

_ITEM = re.compile(r"-- (\w+): +(.*)")
_MORE = re.compile(r"--   +(?:(ky|ru): +)?(.*)")


@dataclass(frozen=True, slots=True)
class Description:
    """What a table or a column is, in the three languages; ky and ru are empty on inner tables."""

    en: str
    ky: str = ""
    ru: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """`grain`: the columns that name one row, in order; `columns`: the others, in order."""

    name: str
    about: Description
    grain: Mapping[str, Description]
    columns: Mapping[str, Description]
    sql: str

    @property
    def described(self) -> dict[str, Description]:
        """All columns in order, with their descriptions."""
        return {**self.grain, **self.columns}


@cache
def read_sql(name: str) -> str:
    """The text of analytics/scores/<name>.sql."""
    return (files("analytics") / "scores" / f"{name}.sql").read_text("utf-8")


@cache
def read_table(name: str) -> Table:
    """The result that analytics/scores/<name>.sql computes."""
    return parse_table(read_sql(name))


def parse_table(sql: str) -> Table:
    """A Table out of SQL text. Raises: ValueError when the opening comment is not as it should be."""
    items: list[tuple[str, dict[str, str]]] = []
    language = "en"
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        if item := _ITEM.fullmatch(line):
            language = "en"
            items.append((item[1], {language: item[2].strip()}))
        elif (more := _MORE.fullmatch(line)) and items:
            texts = items[-1][1]
            language = more[1] or language
            texts[language] = f"{texts.get(language, '')} {more[2].strip()}".strip()
        else:
            raise ValueError(f"not a line of an opening comment: {line!r}")
    if len(items) < 2 or items[1][0] != "grain":
        raise ValueError("an opening comment says first what the table is, then its grain")
    (name, about), (_, grain), *columns = [(word, Description(**texts)) for word, texts in items]
    keys = [key.strip() for key in grain.en.split(",")]
    described = dict(columns)
    return Table(
        name,
        about,
        MappingProxyType({key: described.pop(key, Description(_KEYS.get(key, ""))) for key in keys}),
        MappingProxyType(described),
        sql,
    )


# what a key column means is the same in every table, so a file need not say it again
_KEYS = {
    "round_id": "the round",
    "object_id": "the evaluated object",
    "type": "EXEC executive body, MUN municipal enterprise or institution, SUP contract of a supplier, "
    "PSO public service organisation",
    "criterion_code": "the criterion",
    "indicator_code": "the indicator: the name of its question",
    "stream": "O observation sheets, C citizens",
    "submission_seq": "the submission's number in the ledger",
    "supplier_name": "the supplier",
    "customer_id": "the object that ordered the contracts",
}
