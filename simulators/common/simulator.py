"""The frame of a simulator: one lock, faults before and after the effect, the `/_sim/` routes."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulators.common.clock import Agenda, Clock
from simulators.common.faults import BadFault, Fault, FaultPlan
from simulators.common.http import Request, Response, json_response


@dataclass
class Answer:
    """What the client sees: a response, or none when the connection just closes."""

    response: Response | None
    delay_seconds: float = 0.0
    truncated: bool = False


class Simulator(ABC):
    """A remote system. Every request is handled under one lock, so its books are always consistent."""

    def __init__(self, clock: Clock | None = None, time_scale: float = 1.0) -> None:
        self.clock = clock or Clock()
        self.agenda = Agenda(self.clock, time_scale)
        self.faults = FaultPlan()
        self.calls = 0
        self._lock = threading.RLock()
        self._late: list[Request] = []

    @abstractmethod
    def dispatch(self, request: Request) -> Response:
        """Carry out one request of the real system's API."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """The books, as `GET /_sim/state` shows them; amounts as strings."""

    @abstractmethod
    def is_look(self, request: Request) -> bool:
        """Whether the request only reads; a `late` request lands after the next one of these."""

    @abstractmethod
    def fault_response(self, status: int) -> Response:
        """An answer of this status as the real system or its gateway would word it."""

    def handle(self, request: Request) -> Answer:
        """Answer one request, faults included."""
        with self._lock:
            self.agenda.run_due()
            if request.path.startswith("/_sim/"):
                return Answer(self._control(request))
            self.calls += 1
            fault = self.faults.strike(request)
            return self._with_fault(fault, request) if fault else Answer(self._carry_out(request))

    def tick(self) -> None:
        """Do what the simulated system does by itself by now."""
        with self._lock:
            self.agenda.run_due()

    def _carry_out(self, request: Request) -> Response:
        response = self.dispatch(request)
        if self._late and self.is_look(request):
            self._land_late()
        return response

    def _land_late(self) -> None:
        waiting, self._late = self._late, []
        for request in waiting:
            self.dispatch(request)

    def _with_fault(self, fault: Fault, request: Request) -> Answer:
        if fault.kind == "before":
            return Answer(None)
        if fault.kind == "status":
            return Answer(self.fault_response(fault.status))
        if fault.kind == "late":
            self._late.append(request)
            return Answer(None, fault.seconds)
        if fault.kind == "twice":
            self._carry_out(request)
        response = self._carry_out(request)
        if fault.kind == "lost":
            return Answer(None, fault.seconds)
        return Answer(response, fault.seconds if fault.kind == "delay" else 0.0, fault.kind == "truncated")

    def _control(self, request: Request) -> Response:
        routes: dict[tuple[str, str], Callable[[Request], Response]] = {
            ("GET", "/_sim/state"): lambda _: json_response(200, self.state()),
            ("POST", "/_sim/faults"): self._replace_faults,
            ("POST", "/_sim/clock"): self._advance_clock,
            **self.control_routes(),
        }
        route = routes.get((request.method, request.path.rstrip("/")))
        if route is None:
            served = ", ".join(f"{method} {path}" for method, path in routes)
            return json_response(404, {"error": f"not served here; there are {served}"})
        try:
            return route(request)
        except (BadFault, ValueError, KeyError, TypeError) as error:
            return json_response(400, {"error": str(error)})

    def control_routes(self) -> dict[tuple[str, str], Callable[[Request], Response]]:
        """Further `/_sim/` routes of one simulator."""
        return {}

    def _replace_faults(self, request: Request) -> Response:
        self.faults.replace(request.json())
        return json_response(200, {"faults": len(request.json())})

    def _advance_clock(self, request: Request) -> Response:
        now = self.clock.advance(float(request.json()["advance_seconds"]))
        self.agenda.run_due()
        return json_response(200, {"now": now.isoformat()})
