"""Credentials and settings to look at a site with: those of the connector, or files before there is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import simplejson
import typer

from cli.own_tokens import OwnTokens
from cli.problem import Problem
from cli.shell import Shell
from cli.stack import Connector
from kinetic_wise import settings as settings_module
from kinetic_wise.credentials import EnvelopeIncomplete, Tools
from kinetic_wise.settings import Settings, SettingsError
from kinetic_wise.transport import Recorder

Credentials = Annotated[
    Path | None, typer.Option(help='A file {"epicor": {…}, "wise": {…}}; without it the connector\'s own.')
]
SettingsFile = Annotated[
    Path | None, typer.Option("--settings", help="A file of settings; without it the connector's own.")
]
_SECRETS: Mapping[str, str] = {"epicor": "EpicorSecretArn", "wise": "WiseSecretArn"}
_FUNCTION = "OperateFunctionName"  # each function has the same settings


@dataclass(frozen=True)
class HeldEnvelope:
    """A credential envelope as it was read; nobody stores another meanwhile."""

    where: str
    values: Mapping[str, Any] = field(repr=False)  # no secret on a screen, nor in a trace
    version: str = "1"

    def __getitem__(self, name: str) -> Any:
        """A field. Raises EnvelopeIncomplete without it."""
        if not self.values.get(name):
            raise EnvelopeIncomplete(f"the credential envelope in {self.where} lacks {name!r}")
        return self.values[name]

    def get(self, name: str, default: Any = None) -> Any:
        """A field that may be missing."""
        return self.values.get(name, default)

    @property
    def companies(self) -> tuple[str, ...]:
        """The Epicor companies that are paid for. Raises EnvelopeIncomplete without one."""
        return tuple(self.get("companies") or [self["company"]])


def envelope(here: Shell, system: str, file: Path | None) -> HeldEnvelope:
    """The envelope of "epicor" or "wise": of a file `{"epicor": {…}, "wise": {…}}`, else the connector's own.

    Raises Problem, and what boto3 raises.
    """
    if file is not None:
        values = _read(file).get(system)
        if not isinstance(values, dict):
            raise Problem(f"{file} has no {system!r}", '{"epicor": {…}, "wise": {…}} is what it should hold')
        return HeldEnvelope(str(file), values)
    return HeldEnvelope(f"Secrets Manager ({_SECRETS[system]})", stored(here, system))


def stored(here: Shell, system: str) -> dict[str, Any]:
    """What the connector's envelope of "epicor" or "wise" holds; {} before `init`. Raises Problem, and boto3's."""
    name = _output(here.connector, _SECRETS[system])
    text = here.connector.aws("secretsmanager").get_secret_value(SecretId=name)["SecretString"]
    return dict(simplejson.loads(text))


def store(here: Shell, system: str, values: Mapping[str, Any]) -> bool:
    """Store an envelope, unless that one is there; answers whether it was stored. Raises Problem, and boto3's."""
    if stored(here, system) == values:
        return False
    name = _output(here.connector, _SECRETS[system])
    here.connector.aws("secretsmanager").put_secret_value(SecretId=name, SecretString=simplejson.dumps(values))
    return True


def settings(here: Shell, file: Path | None, *, connected: bool) -> Settings:
    """The settings: of a file, else the connector's own; the defaults where neither is meant. Raises Problem."""
    try:
        if file is not None:
            return settings_module.read(simplejson.dumps(_read(file)))
        return settings_module.read(*_deployed(here.connector) if connected else ("",))
    except SettingsError as error:
        raise Problem(str(error).rstrip("."), "docs/epicor.md and docs/wise.md tell what they mean") from None


def leave_tokens_alone(envelope: HeldEnvelope, remedy: str) -> None:
    """A look from this machine may not renew a token that the connector lives on. Raises Problem."""
    if envelope.get("auth") == "refresh_token":
        text = "a look from here would end the access that the connector has: a refresh kills the token before it"
        raise Problem(text, remedy)


def tools(here: Shell, record: Recorder) -> Tools:
    """What it takes to log in, without a trace in the connector's tables."""
    return Tools(
        store=lambda system, name, version: OwnTokens(),
        session=here.session,
        record=record,
        now=here.now,
        sleep=here.sleep,
        alarm=lambda message: None,  # the command itself tells what is refused
    )


def _deployed(connector: Connector) -> tuple[str, str]:
    name = _output(connector, _FUNCTION)
    found = connector.aws("lambda").get_function_configuration(FunctionName=name)
    variables = found.get("Environment", {}).get("Variables", {})
    return variables.get("KINETIC_WISE_SETTINGS", ""), variables.get("KINETIC_WISE_PARAMETERS", "")


def _output(connector: Connector, name: str) -> str:
    if name not in connector.outputs:
        raise Problem(f"the stack has no output {name}", "is it the stack of a Kinetic-Wise of this version?")
    return connector.outputs[name]


def _read(file: Path) -> dict[str, Any]:
    try:
        found = simplejson.loads(file.read_text(encoding="utf-8"), use_decimal=True)
    except OSError as error:
        raise Problem(f"{file} cannot be read: {error.strerror}") from None
    except ValueError:
        raise Problem(f"{file} is not JSON") from None
    if not isinstance(found, dict):
        raise Problem(f"{file} holds no JSON object")
    return found
