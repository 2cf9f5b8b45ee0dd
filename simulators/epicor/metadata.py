"""A service's `$metadata`: its sets with their columns and types (1.1)."""

from __future__ import annotations

from collections.abc import Mapping

from simulators.epicor.schema import TABLES
from simulators.epicor.services import Service

_TYPES: Mapping[str, str] = {
    "s": "Edm.String",
    "b": "Edm.Boolean",
    "i": "Edm.Int32",
    "d": "Edm.Decimal",
    "t": "Edm.DateTimeOffset",
    "g": "Edm.Guid",
}
_WIDE = ("SysRevID", "UD_SysRevID")


def document(service: Service) -> str:
    """The metadata document, OData 4."""
    types = "".join(_entity_type(table) for table in service.sets.values())
    sets = "".join(
        f'<EntitySet Name="{name}" EntityType="{service.name}.{table}"/>' for name, table in service.sets.items()
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>'
        f'<Schema Namespace="{service.name}" xmlns="http://docs.oasis-open.org/odata/ns/edm">{types}'
        f'<EntityContainer Name="Container">{sets}</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>'
    )


def _entity_type(name: str) -> str:
    table = TABLES[name]
    keys = (("Company",) if table.company_in_key else ()) + table.key
    references = "".join(f'<PropertyRef Name="{column}"/>' for column in keys)
    properties = "".join(
        f'<Property Name="{column}" Type="{"Edm.Int64" if column in _WIDE else _TYPES[kind]}"/>'
        for column, kind in table.kinds.items()
    )
    return f'<EntityType Name="{name}"><Key>{references}</Key>{properties}</EntityType>'
