"""An entity list as CSV, GeoJSON and rows of OData: piece by piece, with flat memory."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import msgspec

from forms.entity_csv import EntityCsv, defused, picker
from server.store import Store, Tx
from server.store.entities import EntitiesWanted, EntityList
from server.store.entities.indexes import Field, fields_of
from server.store.entities.odata_names import names_of as odata_names_of
from server.store.entities.pages import EntityText
from server.store.senders import names_of

GEOMETRY = "geometry"
SYSTEM = ("createdAt", "creatorId", "creatorName", "updates", "updatedAt", "deletedAt", "version", "conflict")
_POINT = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s+(-?\d+(?:\.\d+)?)((?:\s+-?\d+(?:\.\d+)?){0,2})\s*")


class Creators:
    """The names of actors, asked for once each."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._names: dict[int, str] = {}

    def of(self, page: Sequence[EntityText]) -> Mapping[int, str]:
        new = {one.created_by for one in page if one.created_by is not None} - self._names.keys()
        if new:
            self._names |= names_of(self._store.database, sorted(new))
        return self._names


def look_up(store: Store, wanted: EntitiesWanted) -> None:
    """See that a long list has indexes of the properties that it is looked up by."""
    for field in store.entity_indexes.missing(wanted.known, fields_of(wanted.filter, wanted.known)):
        store.write(partial(_make_index, store, wanted.known, field))


def _make_index(store: Store, known: EntityList, field: Field, tx: Tx) -> None:
    store.entity_indexes.make(tx, known, field)


def entities_csv(store: Store, wanted: EntitiesWanted) -> Iterator[bytes]:
    """The columns of ODK Central: number, label, every property, and what is known of its making."""
    properties = wanted.known.property_names
    out, creators, pick = EntityCsv(properties), Creators(store), picker(properties)
    look_up(store, wanted)
    yield out.heading
    for page in store.entity_pages.each(wanted):
        names = {number: defused(name) for number, name in creators.of(page).items()}
        yield out.piece(
            (
                (one.uuid, one.label, *pick(one.data)),
                (
                    one.created_at,
                    str(one.created_by or ""),
                    names.get(one.created_by or 0, ""),
                    str(one.version - 1),
                    one.updated_at or "",
                    str(one.version),
                ),
            )
            for one in page
        )


def entities_geojson(store: Store, wanted: EntitiesWanted) -> Iterator[bytes]:
    """A FeatureCollection of the entities whose property `geometry` can be read as a place."""
    separator = b'{"type":"FeatureCollection","features":['
    look_up(store, wanted)
    for page in store.entity_pages.each(wanted):
        found = (feature_of(one.uuid, one.label, one.version, one.data) for one in page)
        features = [feature for feature in found if feature is not None]
        if features:
            yield separator + b",\n".join(msgspec.json.encode(feature) for feature in features)
            separator = b",\n"
    yield (separator if separator.startswith(b"{") else b"") + b"]}"


def feature_of(uuid: str, label: str, version: int, data: Mapping[str, str]) -> dict[str, object] | None:
    """A place as XForms write it (lat lon alt acc; several with ; between) as GeoJSON."""
    geometry = geometry_of(data.get(GEOMETRY, ""))
    if geometry is None:
        return None
    values = {name: text for name, text in data.items() if name != GEOMETRY}
    return {
        "type": "Feature",
        "id": uuid,
        "geometry": geometry,
        "properties": {**values, "label": label, "__version": version},
    }


def geometry_of(text: str) -> dict[str, object] | None:
    places = [_place(part) for part in text.split(";") if part.strip()]
    if not places or any(place is None for place in places):
        return None
    if len(places) == 1:
        return {"type": "Point", "coordinates": places[0]}
    if len(places) > 3 and places[0] == places[-1]:
        return {"type": "Polygon", "coordinates": [places]}
    return {"type": "LineString", "coordinates": places}


def _place(text: str) -> list[float] | None:
    match = _POINT.fullmatch(text)
    if match is None:
        return None
    lat, lon, more = float(match[1]), float(match[2]), match[3].split()
    if abs(lat) > 90 or abs(lon) > 180:
        return None
    return [lon, lat, *([float(more[0])] if more else [])]


def columns_of(known: EntityList) -> list[tuple[str, str]]:
    """(as OData calls it, as the list calls it) of every property."""
    return list(odata_names_of(known.property_names).items())


def odata_row(
    one: EntityText,
    columns: Sequence[tuple[str, str]],
    names: Mapping[int, str],
    selected: frozenset[str] | None,
) -> dict[str, object]:
    """A row of OData; `selected` None: everything."""
    system: dict[str, object] = {
        "createdAt": one.created_at,
        "creatorId": str(one.created_by or 0),
        "creatorName": names.get(one.created_by or 0, ""),
        "updates": one.version - 1,
        "updatedAt": one.updated_at,
        "deletedAt": one.deleted_at,
        "version": one.version,
        "conflict": one.conflict,
    }
    row: dict[str, object] = {"__id": one.uuid, "label": one.label}
    values = {column: one.data.get(name, "") for column, name in columns}
    if selected is None:
        return {**row, "__system": system, **values}
    chosen = {name: value for name, value in {**row, **values}.items() if name in selected}
    if "__system" not in selected:
        system = {name: value for name, value in system.items() if f"__system/{name}" in selected}
    return chosen | ({"__system": system} if system else {})
