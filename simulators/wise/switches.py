"""Switches for what nobody knows about Wise (wise-api.md section 0): options, and `POST /_sim/switches`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from typing import Any

from simulators.common.http import Request, Response, json_response
from simulators.wise.world import Settings, World


@dataclass(frozen=True)
class Switch:
    """One of them: its settings, the usual one first, and what they mean. Without settings: a number of days."""

    name: str
    positions: tuple[Any, ...]
    meaning: str

    def read(self, value: Any) -> Any:
        """The position that a JSON value or an option's text names. Raises ValueError."""
        if not self.positions:
            return _days(value)
        for position in self.positions:
            if str(position) == str(value):
                return position
        raise ValueError(f"{self.name!r} must be one of {', '.join(map(str, self.positions))}")


SWITCHES = (
    Switch("repeated_key", ("first", "refused"), "a repeated key: the first transfer, or a 409"),
    Switch("key_days", (), "days after which a key is forgotten; without: never"),
    Switch("cancel_until", ("converted", "funded"), "until when a transfer can be cancelled"),
    Switch("unknown_transfer", (403, 404), "GET of a transfer that is not known"),
    Switch("funding_errors", ("json", "text"), "bodies of funding's refusals"),
    Switch("funding_status", (201, 200), "a funding that was accepted"),
    Switch("rejection_status", (201, 422), "too little money; 201 stands for the status of an accepted one"),
    Switch("same_recipient", ("new", "first"), "the same recipient posted again"),
)


def add_options(options: argparse._ActionsContainer) -> None:
    """An option for each switch."""
    for switch in SWITCHES:
        options.add_argument(f"--{switch.name.replace('_', '-')}", type=_option(switch), help=switch.meaning)


def chosen(options: argparse.Namespace) -> dict[str, Any]:
    """The switches that the options turn."""
    values = {switch.name: getattr(options, switch.name) for switch in SWITCHES}
    return {name: value for name, value in values.items() if value is not None}


class Switchboard:
    """Turns switches while the simulator runs."""

    def __init__(self, world: World) -> None:
        self._world = world

    def turn(self, request: Request) -> Response:
        """`{"repeated_key": "refused", "key_days": null, …}`: those named are turned, all are answered."""
        self._world.settings = turned(self._world.settings, request.json())
        return json_response(200, self.state())

    def state(self) -> dict[str, Any]:
        """How each of them stands."""
        return {switch.name: getattr(self._world.settings, switch.name) for switch in SWITCHES}


def turned(settings: Settings, wanted: Any) -> Settings:
    """The settings with some switches turned. Raises ValueError for what is no switch, or none of its positions."""
    known = {switch.name: switch for switch in SWITCHES}
    if not isinstance(wanted, dict) or set(wanted) - set(known):
        raise ValueError(f"an object of {', '.join(known)} is expected")
    return replace(settings, **{name: known[name].read(value) for name, value in wanted.items()})


def _days(value: Any) -> float | None:
    if value is None:
        return None
    days = float(value)
    if not days > 0:
        raise ValueError("'key_days' must be above zero")
    return days


def _option(switch: Switch) -> Any:
    def read(text: str) -> Any:
        try:
            return switch.read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read
