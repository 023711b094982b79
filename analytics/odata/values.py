"""Answers as OData writes them: the SQL of a cell, and what is still to be done to its value.

Spec: protocol.md 15, "Geo", and 19 (40).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from analytics.answers import identifier
from analytics.columns import SENT, WKT, Column, read_decimal

Json: TypeAlias = str | int | float | bool | list["Json"] | dict[str, "Json"] | None
Read: TypeAlias = Callable[[str], Json]

_BLANKS = "' ' || chr(9) || chr(10) || chr(13)"
_ZONE = r"'T.*(Z|[+-]\d\d:\d\d)\s*$'"
_SHORT_ZONE = r"'T.*[+-]\d\d(\d\d)?\s*$'"  # +07 or +0700 of some clients: OData wants +07:00


def cell(column: Column, alias: str, *, wkt: bool = False) -> str:
    """SQL of the value as `to_json` writes it; what did not fit its type is absent."""
    name = f"{alias}.{identifier(column.name)}"
    sent = f"trim({alias}.{identifier(column.name + SENT)}, {_BLANKS})"
    match column.kind:
        case "choices":
            return f"array_to_string({name}, ' ')"
        case "date":
            return f"CAST({name} AS VARCHAR)"
        case "time":
            return f"CASE WHEN {name} IS NOT NULL THEN {sent} END"
        case "datetime":
            return (
                f"CASE WHEN {name} IS NULL THEN NULL WHEN regexp_matches({sent}, {_ZONE}) THEN {sent} "
                f"WHEN regexp_matches({sent}, {_SHORT_ZONE}) "
                rf"THEN regexp_replace({sent} || '00', '([+-]\d\d)(\d\d)(00)?$', '\1:\2') "
                f"ELSE strftime({name}, '%Y-%m-%dT%H:%M:%S.%gZ') END"
            )
        case "geopoint":
            return _point_wkt(name) if wkt else _point(name)
        case "geotrace" | "geoshape":
            return f"CASE WHEN {alias}.{identifier(column.name + WKT)} IS NOT NULL THEN {name} END"
        case _:
            return name


def reading_of(column: Column, *, wkt: bool) -> Read | None:
    """What becomes of a text that the engine cannot write as it shall be; None: it can."""
    if column.kind == "geotrace":
        return _line_wkt if wkt else _line
    if column.kind == "geoshape":
        return _polygon_wkt if wkt else _polygon
    return None


def _point(name: str) -> str:
    """SQL of a GeoJSON point: without an altitude two coordinates, without an accuracy no properties."""
    coordinates = (
        f"CASE WHEN {name}.alt IS NULL THEN [{name}.lon, {name}.lat] "
        f"ELSE [{name}.lon, {name}.lat, {name}.alt] END"
    )
    point = f"'type': 'Point', 'coordinates': {coordinates}"
    return (
        f"CASE WHEN {name}.lat IS NULL OR {name}.lon IS NULL THEN NULL "
        f"WHEN {name}.acc IS NULL THEN to_json({{{point}}}) "
        f"ELSE to_json({{{point}, 'properties': {{'accuracy': {name}.acc}}}}) END"
    )


def _point_wkt(name: str) -> str:
    numbers = " || ' ' || ".join(
        rf"regexp_replace(CAST({name}.{part} AS VARCHAR), '\.0$', '')" for part in ("lon", "lat", "alt")
    )
    flat = numbers.rpartition(" || ' ' || ")[0]
    return (
        f"CASE WHEN {name}.lat IS NULL OR {name}.lon IS NULL THEN NULL "
        f"WHEN {name}.alt IS NULL THEN 'POINT (' || {flat} || ')' ELSE 'POINT (' || {numbers} || ')' END"
    )


def _line(value: str) -> Json:
    return _shape("LineString", *_vertices(value), ring=False)


def _polygon(value: str) -> Json:
    return _shape("Polygon", *_vertices(value), ring=True)


def _line_wkt(value: str) -> Json:
    return f"LINESTRING ({','.join(_written(vertex) for vertex in _vertices(value)[0])})"


def _polygon_wkt(value: str) -> Json:
    return f"POLYGON (({','.join(_written(vertex) for vertex in _closed(_vertices(value)[0]))}))"


def _shape(kind: str, vertices: list[list[Json]], accuracies: list[Json], *, ring: bool) -> Json:
    points: list[Json] = list(_closed(vertices)) if ring else list(vertices)
    shape: dict[str, Json] = {"type": kind, "coordinates": [points] if ring else points}
    if any(accuracy for accuracy in accuracies):
        shape["properties"] = {"accuracies": accuracies}
    return shape


def _vertices(value: str) -> tuple[list[list[Json]], list[Json]]:
    """Coordinates and accuracies of the points of a text that has been read as a line before."""
    vertices: list[list[Json]] = []
    accuracies: list[Json] = []
    for point in value.split(";"):
        numbers = [read_decimal(part) for part in point.split()]
        if numbers:
            lat, lon, alt, accuracy = (*numbers, None, None)[:4]
            vertices.append(_coordinates(lat, lon, alt))
            accuracies.append(accuracy or None)
    return vertices, accuracies


def _closed(vertices: list[list[Json]]) -> list[list[Json]]:
    """A ring ends where it began."""
    return vertices if vertices[0][:2] == vertices[-1][:2] else [*vertices, vertices[0]]


def _coordinates(lat: Json, lon: Json, alt: Json) -> list[Json]:
    return [lon, lat] if alt is None else [lon, lat, alt]


def _written(coordinates: list[Json]) -> str:
    """Numbers as people write them: 75, not 75.0."""
    return " ".join(repr(number).removesuffix(".0") for number in coordinates)
