"""What a service says about itself: `$metadata` of its sets, the description (OpenAPI) of its methods (1.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
_JSON_TYPES: Mapping[str, str] = {"pageSize": "integer", "absolutePage": "integer"}
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


def description(service: Service, methods: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """The OpenAPI document of a service's methods, by name with their parameters."""
    clauses = tuple(f"whereClause{table}" for table in service.clauses)
    inputs = {**methods, "GetRows": (*clauses, "pageSize", "absolutePage")}
    schemas = {f"{name}_input": _input(parameters) for name, parameters in inputs.items()}
    paths = {f"/{service.name}/{name}": {"post": {"operationId": name}} for name in inputs}
    return {
        "openapi": "3.0.1",
        "info": {"title": service.name, "version": "v2"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _input(parameters: tuple[str, ...]) -> dict[str, Any]:
    types = {name: _JSON_TYPES.get(name, "object" if name == "ds" else "string") for name in parameters}
    return {"type": "object", "required": list(parameters), "properties": {n: {"type": t} for n, t in types.items()}}
