"""What a service says about itself: its tables, and the type of everything in them (CSDL as XML).

Spec: protocol.md 15; OData 4.0 part 3 (CSDL). The names of types are those of ODK Central, on which
workbooks and reports already rely.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import quoteattr

from analytics.odata.shape import Field, Group, Node, Shape, Table, sanitized

TYPES = {
    "integer": "Edm.Int64",
    "decimal": "Edm.Decimal",
    "boolean": "Edm.Boolean",
    "date": "Edm.Date",
    "datetime": "Edm.DateTimeOffset",
    "geopoint": "Edm.GeographyPoint",
    "geotrace": "Edm.GeographyLineString",
    "geoshape": "Edm.GeographyPolygon",
}  # everything else, a time with its zone among them, is Edm.String
# without them CSDL means whole numbers and whole seconds
FACETS = {"Edm.Decimal": ' Scale="variable"', "Edm.DateTimeOffset": ' Precision="3"'}

_SYSTEM = """\
    <Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="org.opendatakit.submission">
      <ComplexType Name="metadata">
        <Property Name="submissionDate" Type="Edm.DateTimeOffset" Precision="3"/>
        <Property Name="updatedAt" Type="Edm.DateTimeOffset" Precision="3"/>
        <Property Name="deletedAt" Type="Edm.DateTimeOffset" Precision="3"/>
        <Property Name="submitterId" Type="Edm.String"/>
        <Property Name="submitterName" Type="Edm.String"/>
        <Property Name="attachmentsPresent" Type="Edm.Int64"/>
        <Property Name="attachmentsExpected" Type="Edm.Int64"/>
        <Property Name="status" Type="org.opendatakit.submission.Status"/>
        <Property Name="reviewState" Type="org.opendatakit.submission.ReviewState"/>
        <Property Name="deviceId" Type="Edm.String"/>
        <Property Name="edits" Type="Edm.Int64"/>
        <Property Name="formVersion" Type="Edm.String"/>
      </ComplexType>
      <EnumType Name="Status">
        <Member Name="notDecrypted" Value="0"/>
        <Member Name="missingEncryptedFormData" Value="1"/>
      </EnumType>
      <EnumType Name="ReviewState">
        <Member Name="hasIssues" Value="0"/>
        <Member Name="edited" Value="1"/>
        <Member Name="rejected" Value="2"/>
        <Member Name="approved" Value="3"/>
      </EnumType>
    </Schema>"""

_CAPABILITIES = """\
          <Annotation Term="Org.OData.Capabilities.V1.ConformanceLevel" \
EnumMember="Org.OData.Capabilities.V1.ConformanceLevelType/Minimal"/>
          <Annotation Term="Org.OData.Capabilities.V1.BatchSupported" Bool="false"/>
          <Annotation Term="Org.OData.Capabilities.V1.CountRestrictions">
            <Record><PropertyValue Property="Countable" Bool="true"/></Record>
          </Annotation>
          <Annotation Term="Org.OData.Capabilities.V1.FilterFunctions">
            <Collection>{functions}</Collection>
          </Annotation>
          <Annotation Term="Org.OData.Capabilities.V1.FilterRestrictions">
            <Record>
              <PropertyValue Property="Filterable" Bool="true"/>
              <PropertyValue Property="RequiresFilter" Bool="false"/>
              <PropertyValue Property="NonFilterableProperties">
                <Collection>{unfilterable}</Collection>
              </PropertyValue>
            </Record>
          </Annotation>
          <Annotation Term="Org.OData.Capabilities.V1.SortRestrictions">
            <Record><PropertyValue Property="Sortable" Bool="true"/></Record>
          </Annotation>
          <Annotation Term="Org.OData.Capabilities.V1.ExpandRestrictions">
            <Record><PropertyValue Property="Expandable" Bool="false"/></Record>
          </Annotation>"""


def service_document(shape: Shape, context: str) -> dict[str, object]:
    """The tables there are; `context` is the address of the metadata."""
    return {
        "@odata.context": context,
        "value": [
            {"name": table.full_name, "kind": "EntitySet", "url": table.full_name} for table in shape.tables()
        ],
    }


def metadata_document(shape: Shape, functions: tuple[str, ...]) -> str:
    """The CSDL of a form; `functions` are those a filter may call."""
    namespace = f"org.opendatakit.user.{sanitized(shape.form_id)}"
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0">',
        "  <edmx:DataServices>",
        _SYSTEM,
        '    <Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" ' + f"Namespace={quoteattr(namespace)}>",
    ]
    for table in shape.tables():
        lines += _entity_type(table, namespace, shape)
    for table in shape.tables():
        lines += _complex_types(table.children, table.way, namespace)
    lines.append(f"      <EntityContainer Name={quoteattr(sanitized(shape.form_id))}>")
    for table in shape.tables():
        lines += _entity_set(table, namespace, functions)
    lines += ["      </EntityContainer>", "    </Schema>", "  </edmx:DataServices>", "</edmx:Edmx>", ""]
    return "\n".join(lines)


def _entity_type(table: Table, namespace: str, shape: Shape) -> Iterator[str]:
    yield f'      <EntityType Name="{table.full_name}">'
    yield '        <Key><PropertyRef Name="__id"/></Key>'
    yield '        <Property Name="__id" Type="Edm.String" Nullable="false"/>'
    if table.path:
        yield f'        <Property Name="{shape.at(table.parent).id_name}" Type="Edm.String"/>'
    else:
        yield '        <Property Name="__system" Type="org.opendatakit.submission.metadata"/>'
    yield from _properties(table.children, table.way, namespace)
    yield "      </EntityType>"


def _complex_types(
    children: tuple[Node, ...], way: tuple[tuple[str, str], ...], namespace: str
) -> Iterator[str]:
    for child in children:
        if isinstance(child, Group):
            here = (*way, (child.name, child.name))
            yield f'      <ComplexType Name="{".".join(name for _, name in here)}">'
            yield from _properties(child.children, here, namespace)
            yield "      </ComplexType>"
            yield from _complex_types(child.children, here, namespace)


def _properties(
    children: tuple[Node, ...], way: tuple[tuple[str, str], ...], namespace: str
) -> Iterator[str]:
    for child in children:
        if isinstance(child, Field):
            edm = TYPES.get(child.column.kind, "Edm.String")
            yield f'        <Property Name="{child.name}" Type="{edm}"{FACETS.get(edm, "")}/>'
        elif isinstance(child, Group):
            type_name = ".".join([*(name for _, name in way), child.name])
            yield f'        <Property Name="{child.name}" Type="{namespace}.{type_name}"/>'
        else:
            yield (
                f'        <NavigationProperty Name="{child.name}" '
                f'Type="Collection({namespace}.{child.full_name})"/>'
            )


def _entity_set(table: Table, namespace: str, functions: tuple[str, ...]) -> Iterator[str]:
    yield f'        <EntitySet Name="{table.full_name}" EntityType="{namespace}.{table.full_name}">'
    if not table.path:
        unfilterable = "".join(
            f"<PropertyPath>{child.name}</PropertyPath>"
            for child in table.children
            if isinstance(child, Field) and child.column.kind.startswith("geo")
        )
        named = "".join(f"<String>{function}</String>" for function in functions)
        yield _CAPABILITIES.format(functions=named, unfilterable=unfilterable)
    yield "        </EntitySet>"
