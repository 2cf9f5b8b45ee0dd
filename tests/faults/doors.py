"""The doors through which effects leave a world, each of which can fail: HTTP, database, queues, executions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import requests
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from simulators.common.http import Request
from simulators.common.simulator import Simulator
from tests.faults.effects import Effects, Fault, Kind, database_name, http_name
from tests.support.dynamodb import Request as Params
from tests.support.in_process import InProcessAdapter

if TYPE_CHECKING:
    from tests.faults.world import FaultWorld

_NEVER = 10_000  # seconds: beyond any read time-out
_LATE_MESSAGE = 1_200
_PLANS: dict[Fault, dict[str, Any]] = {
    Fault.BEFORE: {"fault": "before"},
    Fault.LOST: {"fault": "lost"},
    Fault.TWICE: {"fault": "twice"},
    Fault.LATE: {"fault": "late", "seconds": _NEVER},
    Fault.SLOW: {"fault": "delay", "seconds": _NEVER},
    Fault.UNAUTHORISED: {"fault": "status", "status": 401},
    Fault.THROTTLED: {"fault": "status", "status": 429},
    Fault.BROKEN: {"fault": "status", "status": 500},
    Fault.TRUNCATED: {"fault": "truncated"},
}


def faulty_session(world: FaultWorld, system: str, simulator: Simulator) -> requests.Session:
    """A session to a simulator whose requests meet the history's faults, by the simulator's own fault plan."""
    dies_after: list[bool] = []

    def before(request: Request) -> None:
        world.pause()
        name, reads = http_name(system, request), simulator.is_look(request)
        fault = world.effects.meet(world.worker, Kind.HTTP, name, reads=reads)
        world.looks.asked(request)
        dies_after[:] = [True] if fault is Fault.DIES_AFTER else []
        if fault in _PLANS:
            simulator.faults.replace([_PLANS[fault]])

    def after(request: Request) -> None:
        world.look()
        if dies_after and world.worker is not None:
            dies_after.clear()
            world.worker.die()
        world.pause()

    session = requests.Session()
    session.trust_env = False
    session.hooks["response"].append(world.looks.answered)
    session.mount("http://", InProcessAdapter(simulator, wait=world.wait, before=before, after=after))
    return session


class DatabaseDoor:
    """Faults of DynamoDB writes, struck before or after the call that the in-process database makes."""

    def __init__(self, world: FaultWorld) -> None:
        self._world = world
        self._late: list[tuple[str, Params]] = []
        self._fault: Fault | None = None
        self._is_look = False

    def before(self, operation: str, params: Params) -> None:
        """Meet the fault of a write, and do of it what happens before."""
        worker, name = self._world.worker, database_name(operation, params)
        if worker is not None:
            self._world.pause()
        self._fault, self._is_look = None, name is None
        if worker is not None and worker.dead:
            worker.die()
        if name is not None:
            self._meet(operation, params, name)

    def _meet(self, operation: str, params: Params, name: str) -> None:
        fault = self._world.effects.meet(self._world.worker, Kind.DATABASE, name)
        if fault is Fault.BEFORE:
            raise ConnectTimeoutError(endpoint_url="http://dynamodb")
        if fault is Fault.THROTTLED:
            raise _throttled(operation)
        if fault is Fault.LATE:
            self._late.append((operation, params))
            raise ReadTimeoutError(endpoint_url="http://dynamodb")
        if fault is Fault.REPEATED:
            self._world.database.carry_out(operation, {**params, "ClientRequestToken": "forgotten"})
        if fault is Fault.TWICE:
            self._world.database.carry_out(operation, params)
        self._fault = fault

    def after(self, operation: str, params: Params) -> None:
        """Lose the answer, or die, after the write; after a look let what was late land."""
        fault, worker = self._fault, self._world.worker
        if self._is_look:
            waiting, self._late = self._late, []
            for late in waiting:
                self._world.database.carry_out(*late)
        if fault is Fault.DIES_AFTER and worker is not None:
            worker.die()
        if fault is Fault.LOST:
            raise ReadTimeoutError(endpoint_url="http://dynamodb")


def _throttled(operation: str) -> ClientError:
    return ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, operation)


class NotSent(Exception):
    """A queue or the state machine did not answer."""


def through(effects: Effects, world: FaultWorld, kind: Kind, name: str, act: Callable[[int], None]) -> None:
    """Send something to a queue or start an execution, through a fault; `act` takes a delay in seconds."""
    world.pause()
    worker = world.worker
    fault = effects.meet(worker, kind, name)
    if fault is Fault.BEFORE:
        raise NotSent(name)
    act(_LATE_MESSAGE if fault is Fault.LATE else 0)
    if fault is Fault.TWICE:
        act(0)
    if fault is Fault.DIES_AFTER and worker is not None:
        worker.die()
    if fault in (Fault.LOST, Fault.LATE):
        raise NotSent(name)
    world.pause()
