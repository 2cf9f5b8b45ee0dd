"""`template.yaml` as written, and as CloudFormation gets it from the SAM transform, done in process."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from scripts import transformed as transforming
from scripts.transformed import ROOT, TEMPLATE

__all__ = ["MACHINE", "ROOT", "TEMPLATE", "of_type", "target", "targets", "template", "transformed"]
MACHINE = ROOT / "statemachine" / "transfer.asl.json"
Resource = dict[str, Any]


@cache
def template() -> dict[str, Any]:
    """The template as written."""
    return transforming.written()


@cache
def transformed() -> dict[str, Resource]:
    """The resources after the transform: logical id -> resource."""
    resources: dict[str, Resource] = transforming.transformed()["Resources"]
    return resources


def of_type(kind: str) -> dict[str, Resource]:
    """The properties of all transformed resources of a type: logical id -> properties."""
    return {name: r.get("Properties", {}) for name, r in transformed().items() if r["Type"] == f"AWS::{kind}"}


def target(value: Any) -> str:
    """The logical id that a Ref, a GetAtt or a Sub speaks of; "" when it speaks of none."""
    return next(iter(targets(value)), "")


def targets(value: Any) -> Iterator[str]:
    """All logical ids that a value speaks of."""
    if isinstance(value, list):
        for item in value:
            yield from targets(item)
    elif isinstance(value, dict):
        if "Ref" in value:
            yield value["Ref"]
        elif "Fn::GetAtt" in value:
            yield value["Fn::GetAtt"][0]
        elif "Fn::Sub" in value:
            text = value["Fn::Sub"] if isinstance(value["Fn::Sub"], str) else value["Fn::Sub"][0]
            yield from (
                part.split("}")[0].split(".")[0] for part in text.split("${")[1:] if "::" not in part.split("}")[0]
            )
        else:
            yield from targets(list(value.values()))
