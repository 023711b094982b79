"""What the table of an entity list holds, as CSDL for Excel, Power BI and other readers of OData."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

_SYSTEM = (
    ("createdAt", "DateTimeOffset"),
    ("creatorId", "String"),
    ("creatorName", "String"),
    ("updates", "Int64"),
    ("updatedAt", "DateTimeOffset"),
    ("deletedAt", "DateTimeOffset"),
    ("version", "Int64"),
    ("conflict", "String"),
)
_TRUE = '<PropertyValue Property="{}" Bool="{}"/>'


def entity_metadata(name: str, properties: Sequence[str]) -> str:
    """`properties` as OData names them."""
    space = f"org.opendatakit.user.{_identifier(name)}"
    system = "".join(f'<Property Name="{field}" Type="Edm.{kind}"/>' for field, kind in _SYSTEM)
    columns = "".join(f'<Property Name={quoteattr(each)} Type="Edm.String"/>' for each in properties)
    capabilities = "".join(
        f'<Annotation Term="Org.OData.Capabilities.V1.{term}"><Record>{_TRUE.format(what, value)}</Record>'
        "</Annotation>"
        for term, what, value in (
            ("CountRestrictions", "Countable", "true"),
            ("FilterRestrictions", "Filterable", "true"),
            ("SortRestrictions", "Sortable", "true"),
            ("ExpandRestrictions", "Expandable", "false"),
        )
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0"><edmx:DataServices>'
        '<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="org.opendatakit.entity">'
        f'<ComplexType Name="metadata">{system}</ComplexType></Schema>'
        f'<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace={quoteattr(space)}>'
        '<EntityType Name="Entities"><Key><PropertyRef Name="__id"/></Key>'
        '<Property Name="__id" Type="Edm.String" Nullable="false"/>'
        '<Property Name="__system" Type="org.opendatakit.entity.metadata"/>'
        f'<Property Name="label" Type="Edm.String"/>{columns}</EntityType>'
        f"<EntityContainer Name={quoteattr(_identifier(name))}>"
        f'<EntitySet Name="Entities" EntityType={quoteattr(f"{space}.Entities")}>{capabilities}</EntitySet>'
        "</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"
    )


def _identifier(name: str) -> str:
    clean = "".join(char if char.isalnum() or char == "_" else "_" for char in name)
    return clean if clean[:1].isalpha() or clean[:1] == "_" else f"_{clean}"
