"""Submissions of a form on a map: GeoJSON, a feature for each, with the other answers as its properties.

As ODK Central: without a choice the first place counts that its version of the form asks for outside of
repeats; `fieldpath` chooses another, in a repeat too, where all of a submission's places make a MultiPoint,
MultiLineString or MultiPolygon; a submission without it is left out. With "all" every place counts, several
make a GeometryCollection, and every submission is there, its geometry null where it has none.
Spec: RFC 7946; ODK Central's submissions.geojson
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec
from duckdb import DuckDBPyConnection

from analytics.answers import identifier
from analytics.columns import read_decimal
from analytics.exports.csv_pieces import ROWS
from analytics.exports.layout import ExportTable, Place, export_places, export_tables, first_places
from analytics.exports.submissions_csv import LONGEST_S, check_wanted
from analytics.exports.wanted import CsvWanted, Senders, gather
from analytics.warehouse import Warehouse
from forms.errors import N_, Invalid

ALL = "all"
Geometry = dict[str, object]


class PlaceUnknown(Invalid):
    text = N_("This form asks for no place {fieldpath}. Choose one of: {places}.")
    code = 400.8


@dataclass(frozen=True, slots=True)
class _Chosen:
    """`first`: of each version of the form, the path of the place that counts where nobody chose one."""

    places: tuple[Place, ...]
    named: str | None = None  # the one place that was chosen
    first: Mapping[str, str] | None = None

    @property
    def in_repeat(self) -> bool:
        return self.named is not None and any(place.table.repeat is not None for place in self.places)

    def counts(self, version: str) -> str | None:
        """The path of the one place that counts for answers to this version; None: all of them."""
        return self.first.get(version, "") if self.first is not None else self.named


def submissions_geojson(
    warehouse: Warehouse, wanted: CsvWanted, senders: Senders | None = None, fieldpath: str | None = None
) -> Iterator[bytes]:
    """A FeatureCollection, newest first, in pieces. Raises: FormNotFound, PlaceUnknown, those of a filter."""
    check_wanted(warehouse, wanted)
    with warehouse.read() as db:
        places = export_places(db, wanted)
        chosen = _choose(places, fieldpath) if fieldpath else _Chosen(places, first=first_places(db, wanted))
    return _features(warehouse, wanted, senders or Senders(), chosen)


def _choose(places: tuple[Place, ...], fieldpath: str) -> _Chosen:
    """Raises: PlaceUnknown."""
    if fieldpath == ALL:
        return _Chosen(places)
    named = next((place for place in places if place.path == "/" + fieldpath.removeprefix("/")), None)
    if named is None:
        shown = ", ".join(place.path for place in places) or "—"
        raise PlaceUnknown(fieldpath=fieldpath[:100], places=shown[:1000])
    return _Chosen((named,), named.path)


def _features(warehouse: Warehouse, wanted: CsvWanted, senders: Senders, chosen: _Chosen) -> Iterator[bytes]:
    with warehouse.read(timeout_s=LONGEST_S) as db:
        db.begin()
        table, *_repeats = export_tables(db, wanted)
        count = gather(db, wanted, senders)
        yield b'{"type":"FeatureCollection","features":['
        separator = b"\n"
        for first in range(1, count + 1, ROWS):
            found = _geometries(db, chosen.places, first, first + ROWS - 1)
            lines = []
            for position, key, version, properties in _rows(db, table, first, first + ROWS - 1):
                path = chosen.counts(version)
                geometries = [one for at, one in found.get(position, ()) if path in (at, None)]
                if not geometries and path is not None:
                    continue
                if path is not None:
                    properties = {"fieldpath": path, **properties}
                feature = {
                    "type": "Feature",
                    "id": key,
                    "geometry": _together(geometries, several=chosen.in_repeat),
                    "properties": properties,
                }
                lines.append(separator + msgspec.json.encode(feature))
                separator = b",\n"
            yield b"".join(lines)
        yield b"\n]}\n"


def _rows(
    db: DuckDBPyConnection, table: ExportTable, first: int, last: int
) -> Iterator[tuple[int, str, str, dict[str, object]]]:
    columns = ", ".join(f"{cell.sql} AS c{number}" for number, cell in enumerate(table.cells))
    result = db.execute(
        table.rows(f"wanted.position, wanted.key, wanted.own_version, {columns}", first, last)
    )
    headers = [cell.header for cell in table.cells]
    while rows := result.fetchmany(1000):
        for position, key, version, *values in rows:
            yield position, key, version, dict(zip(headers, values, strict=True))


def _geometries(
    db: DuckDBPyConnection, places: tuple[Place, ...], first: int, last: int
) -> dict[int, list[tuple[str, Geometry]]]:
    """Position of a submission -> what it has of these places, with their paths, in the order of the form."""
    found: dict[int, list[tuple[str, Geometry]]] = {}
    for place in places:
        column = f"answers.{identifier(place.column)}"
        rows = db.execute(place.table.rows(f"wanted.position, {column}", first, last)).fetchall()
        for position, value in rows:
            if value is not None and (geometry := geometry_of(place.kind, value)) is not None:
                found.setdefault(position, []).append((place.path, geometry))
    return found


def _together(geometries: list[Geometry], *, several: bool) -> Geometry | None:
    """One geometry of all; `several`: of a place in a repeat, always one of many, as ODK Central has it."""
    if several and geometries:
        kinds = {geometry["type"] for geometry in geometries}
        coordinates = [geometry["coordinates"] for geometry in geometries]
        return {"type": f"Multi{kinds.pop()}", "coordinates": coordinates}
    if len(geometries) < 2:
        return geometries[0] if geometries else None
    return {"type": "GeometryCollection", "geometries": geometries}


def geometry_of(kind: str, value: object) -> Geometry | None:
    """A point from its numbers, a line or an area from its text; None where it is no place on Earth."""
    if isinstance(value, dict):
        point = _position([value["lat"], value["lon"], value["alt"]])
        return {"type": "Point", "coordinates": point} if point else None
    try:
        points = [
            _position([read_decimal(number) for number in part.split()])
            for part in str(value).split(";")
            if part.strip()
        ]
    except ValueError:
        return None
    placed = [point for point in points if point is not None]
    if len(placed) < len(points):
        return None
    if kind == "geoshape":
        if placed and placed[0][:2] != placed[-1][:2]:
            placed.append(placed[0])
        return {"type": "Polygon", "coordinates": [placed]} if len(placed) > 3 else None
    return {"type": "LineString", "coordinates": placed} if len(placed) > 1 else None


def _position(numbers: list[float | None]) -> list[float] | None:
    """Longitude, latitude and, where it was measured, altitude."""
    latitude, longitude, *more = [*numbers, None, None][:3]
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return [longitude, latitude, *([more[0]] if more and more[0] is not None else [])]
