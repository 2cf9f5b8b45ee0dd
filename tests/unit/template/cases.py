"""Histories of the state machine: what the steps answer, one after the other, and where the execution must end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

TO_FUND = ("reserve reserved", "recipient ready", "quote quoted", "transfer created")
HAPPY = (*TO_FUND, "fund funded")
ROUNDS = 50
INPUT: dict[str, Any] = {
    "payment_id": "C:1:I:1",
    "attempt": 1,
    "run": 3,
    "round": 0,
    "pauses": {"busy": 10, "unknown": 60},
}


@dataclass(frozen=True)
class Case:
    """`told`: step and answer by turns; an answer that begins with a capital is an error's name."""

    name: str
    told: tuple[str, ...]
    ended: str
    waits: tuple[int, ...] = ()

    @property
    def steps(self) -> list[str]:
        """The steps that must be called, in order."""
        return [line.split()[0] for line in self.told]

    @property
    def answers(self) -> list[str]:
        """What they answer, in order."""
        return [line.split()[1] for line in self.told]


def _stop_at(position: int) -> Case:
    step = HAPPY[position].split()[0]
    return Case(f"{step} stops", (*HAPPY[:position], f"{step} stopped"), "Stopped")


def _busy_at(position: int) -> Case:
    step = HAPPY[position].split()[0]
    told = (*HAPPY[:position], f"{step} busy", f"{step} busy", *HAPPY[position:])
    return Case(f"{step} is busy twice", told, "Funded", (10, 10))


def _unknown_at(position: int) -> Case:
    step = HAPPY[position].split()[0]
    told = (*HAPPY[:position], f"{step} unknown", "resolve unknown", "resolve resolved", *HAPPY)
    return Case(f"{step} is unknown", told, "Funded", (60, 60))


CASES = [
    Case("pays", HAPPY, "Funded"),
    *(_stop_at(position) for position in range(5)),
    *(_busy_at(position) for position in range(5)),
    *(_unknown_at(position) for position in range(5)),
    Case("quote over before creating", (*TO_FUND[:3], "transfer requote", *HAPPY[2:]), "Funded"),
    Case("waits for money", (*TO_FUND, "fund waiting"), "Waiting"),
    Case("rate over", (*TO_FUND, "fund rate_over", "cancel next_attempt", *HAPPY[1:]), "Funded"),
    Case("cancel stops", (*TO_FUND, "fund rate_over", "cancel stopped"), "Stopped"),
    Case(
        "cancel busy, then unclear",
        (*TO_FUND, "fund rate_over", "cancel busy", "cancel unknown", "resolve resolved", *HAPPY),
        "Funded",
        (10, 60),
    ),
    Case("resolve stops", ("reserve unknown", "resolve stopped"), "Stopped", (60,)),
    Case("resolve busy", ("reserve unknown", "resolve busy", "resolve resolved", *HAPPY), "Funded", (60, 10)),
    Case("unclear for ever", ("reserve unknown", *("resolve unknown",) * ROUNDS), "GaveUp", (60,) * ROUNDS),
    Case("busy for ever", ("reserve busy",) * (ROUNDS + 1), "GaveUp", (10,) * ROUNDS),
    Case(
        "quotes for ever",
        (*TO_FUND[:3], "transfer requote", *("quote quoted", "transfer requote") * ROUNDS),
        "GaveUp",
    ),
    Case("dies twice, then works", ("reserve Bug", "reserve Bug", *HAPPY), "Funded"),
    Case("dies", ("reserve Bug",) * 3 + ("record stopped",), "Stopped"),
    Case("fund dies", (*TO_FUND, *("fund Bug",) * 3, "record stopped"), "Stopped"),
    Case("throttled eight times", (*("reserve Lambda.TooManyRequestsException",) * 8, *HAPPY), "Funded"),
    Case("answers what nobody routes", ("reserve nonsense",), "Unrouted"),
    Case("answers another step's outcome", ("reserve created",), "Unrouted"),
]
