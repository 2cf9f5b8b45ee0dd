"""`template.yaml` as written, and as CloudFormation gets it from the SAM transform, done in process."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[3]
TEMPLATE = ROOT / "template.yaml"
Resource = dict[str, Any]
_PACKAGED = ("CodeUri", "ContentUri", "DefinitionUri")


@cache
def template() -> dict[str, Any]:
    """The template as written."""
    parsed: dict[str, Any] = yaml_parse(TEMPLATE.read_text())
    return parsed


@cache
def transformed() -> dict[str, Resource]:
    """The resources after the transform: logical id -> resource."""
    packaged = copy.deepcopy(template())
    for resource in packaged["Resources"].values():
        for key in set(_PACKAGED) & set(resource["Properties"]):
            resource["Properties"][key] = "s3://bucket/key"  # what `sam package` makes of a folder
    with patch.dict(os.environ, {"AWS_DEFAULT_REGION": "eu-central-1"}):
        resources: dict[str, Resource] = Translator({}, Parser()).translate(packaged, {})["Resources"]
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
