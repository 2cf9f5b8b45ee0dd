"""`template.yaml` as CloudFormation gets it: after the SAM transform, done in process without an account.

Run as a program it has the result linted: some faults show only there, as a queue that shows a message again too early.
"""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "template.yaml"
RESULT = ROOT / ".local" / "transformed.json"
REGION = "eu-central-1"  # the translator and the linter want one; nothing is asked of it
_PACKAGED = ("CodeUri", "ContentUri", "DefinitionUri")


def written() -> dict[str, Any]:
    """The template as written."""
    parsed: dict[str, Any] = yaml_parse(TEMPLATE.read_text(encoding="utf-8"))
    return parsed


def transformed() -> dict[str, Any]:
    """The template after the transform. Raises what the translator raises."""
    packaged = copy.deepcopy(written())
    for resource in packaged["Resources"].values():
        for key in set(_PACKAGED) & set(resource["Properties"]):
            resource["Properties"][key] = "s3://bucket/key"  # what `sam package` makes of a folder
    with patch.dict(os.environ, {"AWS_DEFAULT_REGION": REGION}):
        result: dict[str, Any] = Translator({}, Parser()).translate(packaged, {})
    return result


def main() -> int:
    """Lint the transformed template; the exit code is the linter's."""
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(transformed(), indent=1), encoding="utf-8")
    linter = Path(sys.executable).with_name("cfn-lint")
    return subprocess.run([str(linter), "--regions", REGION, "--template", str(RESULT)], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
