"""The real template by the real tools: `sam build` when something changed, `sam deploy` each time."""

from __future__ import annotations

import hashlib
import json
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from local import places
from local.cloud import Cloud, credentials
from local.preflight import architecture, runtime
from local.processes import Child, Children, clean_environment
from local.stop import Stop

_BUILD_SECONDS = 600.0
_DEPLOY_SECONDS = 300.0
_SOURCES = ("template.yaml", "samconfig.toml", "functions", "layers", "statemachine")
_CONFIG = places.ROOT / "samconfig.toml"
_BUCKET = "kinetic-wise-artifacts"
_NETWORK_REMEDY = (
    "If a package could not be fetched: can this machine reach a Python package registry? pip's configuration and "
    "HTTPS_PROXY are honoured."
)


def configured() -> dict[str, Any]:
    """What samconfig.toml says about deploying the local environment."""
    with _CONFIG.open("rb") as file:
        return dict(tomllib.load(file)["local"]["deploy"]["parameters"])


def start_build(children: Children) -> Child | None:
    """Start `sam build`; None when what is built is what would be built."""
    if _read_stamp() == wanted_stamp():
        return None
    places.BUILD_STAMP.unlink(missing_ok=True)
    command = [str(places.SAM), "build", "--config-env", "local", "--build-dir", str(places.BUILD)]
    command += ["--cache-dir", str(places.BUILD_CACHE), "--parameter-overrides", *_platform()]
    return children.start("sam build", command, _environment(), places.ROOT)


def finish_build(build: Child, children: Children) -> None:
    """Wait for the build and remember what was built. Raises Stop."""
    try:
        build.finish(_BUILD_SECONDS)
    except Stop as stop:
        raise Stop(stop.message, f"{stop.remedy}\n{_NETWORK_REMEDY}") from None
    children.forget(build)
    places.BUILD_STAMP.write_text(json.dumps(wanted_stamp()))


def wanted_stamp() -> dict[str, str]:
    """What is built from what, for which platform."""
    digest = hashlib.sha256()
    for path in _sources():
        digest.update(f"{path.relative_to(places.ROOT)}\0{path.stat().st_mode}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return {"sources": digest.hexdigest(), "platform": " ".join(_platform()), "root": str(places.ROOT)}


def _sources() -> Iterator[Path]:
    for name in _SOURCES:
        top = places.ROOT / name
        found = [top] if top.is_file() else sorted(path for path in top.rglob("*") if path.is_file())
        yield from (path for path in found if "__pycache__" not in path.parts)


def _read_stamp() -> dict[str, str]:
    try:
        return dict(json.loads(places.BUILD_STAMP.read_text())) if (places.BUILD / "template.yaml").exists() else {}
    except (OSError, ValueError):
        return {}


def _platform() -> list[str]:
    return [f"PythonRuntime={runtime()}", f"Architecture={architecture()}"]


def _environment(**added: str) -> dict[str, str]:
    """For SAM: this interpreter builds the layer, and SAM's own files stay inside the checkout."""
    environment = clean_environment(
        SAM_CLI_TELEMETRY="0", __SAM_CLI_APP_DIR=str(places.SAM_HOME), PIP_NO_CACHE_DIR="1", **added
    )
    own = Path(sys.executable).parent
    return {**environment, "PATH": f"{own}:{environment.get('PATH', '')}"}


def deploy(cloud: Cloud, ledger_id: str, children: Children) -> dict[str, str]:
    """Deploy by `sam deploy` and answer the stack's outputs. Raises Stop."""
    said = configured()
    cloud.client("s3").create_bucket(Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": cloud.region})
    command = [
        str(places.SAM),
        "deploy",
        "--config-env",
        "local",
        "--config-file",
        str(_CONFIG),
        "--no-progressbar",
        "--s3-bucket",
        _BUCKET,
    ]
    command += ["--template-file", str(places.BUILD / "template.yaml"), "--parameter-overrides"]
    command += [*said["parameter_overrides"], *_platform(), f"LedgerId={ledger_id}"]
    # SAM looks every 5 s whether the stack stands, unless it is told otherwise.
    environment = _environment(SAM_CLI_POLL_DELAY="0.1", **credentials(cloud.endpoint, cloud.region))
    child = children.start("sam deploy", command, environment, places.ROOT)
    child.finish(_DEPLOY_SECONDS)
    children.forget(child)
    return _outputs(cloud, said["stack_name"])


def _outputs(cloud: Cloud, stack_name: str) -> dict[str, str]:
    stacks = cloud.client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"]
    outputs: list[Mapping[str, str]] = stacks[0].get("Outputs", [])
    return {output["OutputKey"]: output["OutputValue"] for output in outputs}
