"""datapackage.json: what a release holds, so that a program or a person can read it without asking.

The specification knows one text per field; it is the English one, and `description_ky` and `description_ru`
stand beside it, as `title_ky` and `title_ru` do.
Spec: https://specs.frictionlessdata.io/data-package/ and https://specs.frictionlessdata.io/table-schema/
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from analytics.published import RoundSummary, Texts
from analytics.tables import Description

Json = str | int | list["Json"] | dict[str, "Json"]

_TYPES = {"BIGINT": "integer", "INTEGER": "integer", "DOUBLE": "number", "BOOLEAN": "boolean", "DATE": "date"}

LICENCE: Json = {
    "name": "CC-BY-4.0",
    "path": "https://creativecommons.org/licenses/by/4.0/",
    "title": "Creative Commons Attribution 4.0",
}
_TITLES = Texts(
    ky="Биргелешкен мониторинг жана баалоонун жыйынтыктары, раунд {round}",
    ru="Результаты совместного мониторинга и оценки, раунд {round}",
    en="Results of joint monitoring and evaluation, round {round}",
)
_CITE = Texts(
    ky="{aimak} айыл аймагынын БМ жана Б тобу, раунд {round}",
    ru="Группа СМиО айылного аймака {aimak}, раунд {round}",
    en="JM&E group of the aiyl aimak {aimak}, round {round}",
)


@dataclass(frozen=True, slots=True)
class Resource:
    """One CSV file: its columns as (name, SQL type, description), the names that make its key, its size."""

    name: str
    about: Description
    columns: tuple[tuple[str, str, Description], ...]
    key: tuple[str, ...]
    size_bytes: int


def describe(round: RoundSummary, aimak: Texts, resources: Sequence[Resource]) -> bytes:
    """The descriptor of a round's release, as canonical bytes: keys in a fixed order, two spaces, LF."""
    package: Json = {
        "profile": "tabular-data-package",
        "name": f"baikoo-{_slug(round.round_id)}",
        "id": round.round_id,
        **_in_three_languages("title", _filled(_TITLES, round, aimak)),
        "version": str(round.published_on or ""),
        "created": f"{round.published_on}T00:00:00+06:00" if round.published_on else "",
        "licenses": [LICENCE],
        "contributors": [{"title": _filled(_CITE, round, aimak).en, "role": "author"}],
        **_in_three_languages("attribution", _filled(_CITE, round, aimak)),
        "resources": [_resource(resource) for resource in resources],
    }
    return msgspec.json.format(msgspec.json.encode(package), indent=2) + b"\n"


def _resource(resource: Resource) -> Json:
    foreign: dict[str, Json] = {}
    names = [name for name, _, _ in resource.columns]
    for column, table in (("object_id", "objects"), ("round_id", "rounds")):
        if column in names and resource.name != table:
            foreign.setdefault("foreignKeys", [])
            keys = foreign["foreignKeys"]
            assert isinstance(keys, list)
            keys.append({"fields": column, "reference": {"resource": table, "fields": column}})
    return {
        "profile": "tabular-data-resource",
        "name": resource.name,
        "path": f"{resource.name}.csv",
        **_described(resource.about),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": resource.size_bytes,
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "quoteChar": '"', "header": True},
        "schema": {
            "fields": [
                {"name": name, "type": _type(kind), **_described(description)}
                for name, kind, description in resource.columns
            ],
            "primaryKey": [*resource.key],
            **foreign,
            "missingValues": [""],
        },
    }


def _type(kind: str) -> str:
    return "number" if kind.startswith("DECIMAL") else _TYPES.get(kind, "string")


def _described(description: Description) -> dict[str, Json]:
    return {
        "description": description.en,
        "description_ky": description.ky,
        "description_ru": description.ru,
    }


def _in_three_languages(name: str, texts: Texts) -> dict[str, Json]:
    return {name: texts.en, f"{name}_ky": texts.ky, f"{name}_ru": texts.ru}


def _filled(sentence: Texts, round: RoundSummary, aimak: Texts) -> Texts:
    """The round and the aimak by their names, in each language."""

    def fill(template: str, language: str) -> str:
        title = round.titles.best(language) or round.round_id
        return template.format(round=title, aimak=aimak.best(language) or round.aimak_code).replace("  ", " ")

    return Texts(fill(sentence.ky, "ky"), fill(sentence.ru, "ru"), fill(sentence.en, "en"))


def _slug(text: str) -> str:
    return "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "-_.") else "-"
        for letter in text.lower()
    )
