"""The two systems: our simulators, or those whose addresses were given."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import requests
import simplejson

from kinetic_wise.transport import own_session
from local import places
from local.options import Options
from local.processes import Child, Children, clean_environment
from local.stop import Stop

_READY_SECONDS = 30.0
_BOOK_SECONDS = 20
_NOT_THE_DAYS_OWN = "^(?!/v1/simulation/)"


@dataclass(frozen=True)
class System:
    """One of the two systems. `envelope` holds its address and credentials; only ours has a book we may read."""

    name: str
    envelope: Mapping[str, Any]
    ours: bool

    @property
    def origin(self) -> str:
        """Scheme, host and port of its address."""
        parts = urlsplit(str(self.envelope["url"]))
        return f"{parts.scheme}://{parts.netloc}"

    def book(self) -> dict[str, Any]:
        """Our simulator's book: `GET /_sim/state`. Raises Stop when it does not answer."""
        return dict(_call("GET", f"{self.origin}/_sim/state"))


@dataclass(frozen=True)
class Systems:
    """Both of them."""

    epicor: System
    wise: System


@dataclass(frozen=True)
class Starting:
    """Simulators on their way up."""

    options: Options
    children: Mapping[str, Child]

    def wait(self) -> Systems:
        """Both systems, ready. Raises Stop."""
        return Systems(self._system("epicor"), self._system("wise"))

    def _system(self, name: str) -> System:
        if name in self.options.given:
            return System(name, self.options.given[name], ours=False)
        return System(name, json.loads(self.children[name].ready_line(_READY_SECONDS)), ours=True)


def start(options: Options, children: Children) -> Starting:
    """Start the simulators of the systems that were not given."""
    started = {
        name: children.start(f"{name.capitalize()} simulator", command(name, options), clean_environment(), places.ROOT)
        for name in ("epicor", "wise")
        if name not in options.given
    }
    return Starting(options, started)


def command(name: str, options: Options) -> list[str]:
    """The command line of a simulator."""
    words = [sys.executable, "-m", f"simulators.{name}", "--port", "0"]
    if options.invoices is not None:
        words += ["--invoices", str(options.invoices)]
    if options.seed:
        words += ["--seed", str(options.seed)]
    return [*words, "--allow-local-webhooks"] if name == "wise" else words


def lose_answers(system: System, percent: int, seed: int) -> None:
    """From now on our simulator loses so many of its answers, after their effect; not the day's own top-ups."""
    fault = {"match": {"path": _NOT_THE_DAYS_OWN}, "fault": "lost", "times": -1, "seed": seed}
    _call("POST", f"{system.origin}/_sim/faults", [{**fault, "probability": percent / 100}])


def answer_again(system: System) -> None:
    """From now on our simulator loses nothing."""
    _call("POST", f"{system.origin}/_sim/faults", [])


def act(system: System, body: Mapping[str, Any]) -> dict[str, Any]:
    """A person acts in our simulator: `POST /_sim/people`. Raises Stop when it cannot be done."""
    return dict(_call("POST", f"{system.origin}/_sim/people", body))


def top_up(wise: System, amounts: Mapping[str, Decimal], booked: Mapping[str, Any]) -> None:
    """Money comes into balances of our simulated Wise (wise-api.md 10.1). Raises Stop when it refuses."""
    profile = int(wise.envelope["profile_id"])
    for balance in booked["balances"]:
        amount = amounts.get(balance["currency"])
        if amount is None or balance["profile"] != profile:
            continue
        body = {"profileId": profile, "balanceId": balance["id"], "currency": balance["currency"], "amount": amount}
        _call("POST", f"{wise.origin}/v1/simulation/balance/topup", body, str(wise.envelope["personal_token"]))


def _call(method: str, url: str, body: Any = None, token: str = "") -> Any:
    session = own_session()
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    data = simplejson.dumps(body, use_decimal=True) if body is not None else None
    try:
        with session.request(method, url, data=data, headers=headers, timeout=_BOOK_SECONDS) as answer:
            answer.raise_for_status()
            return answer.json(parse_float=Decimal)
    except requests.RequestException as error:
        raise Stop(f"{method} {url} failed: {error}", "See the simulators' logs in .local/logs/.") from None
