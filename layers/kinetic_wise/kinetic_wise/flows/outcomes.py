"""What a step of the state machine may answer. `transfer.asl.json` routes each of these and no other."""

from __future__ import annotations

from enum import StrEnum


class Step(StrEnum):
    """A step of the state machine."""

    RESERVE = "reserve"
    RECIPIENT = "recipient"
    QUOTE = "quote"
    TRANSFER = "transfer"
    FUND = "fund"
    CANCEL = "cancel"
    RESOLVE = "resolve"
    RECORD = "record"


class Outcome(StrEnum):
    """What a step found or did."""

    RESERVED = "reserved"
    READY = "ready"
    QUOTED = "quoted"
    CREATED = "created"
    FUNDED = "funded"
    REQUOTE = "requote"
    RATE_OVER = "rate_over"
    WAITING = "waiting"
    NEXT_ATTEMPT = "next_attempt"
    RESOLVED = "resolved"
    UNKNOWN = "unknown"
    BUSY = "busy"
    STOPPED = "stopped"


_ANY = frozenset({Outcome.STOPPED, Outcome.BUSY, Outcome.UNKNOWN})

ROUTES: dict[Step, frozenset[Outcome]] = {
    Step.RESERVE: _ANY | {Outcome.RESERVED},
    Step.RECIPIENT: _ANY | {Outcome.READY},
    Step.QUOTE: _ANY | {Outcome.QUOTED},
    Step.TRANSFER: _ANY | {Outcome.CREATED, Outcome.REQUOTE},
    Step.FUND: _ANY | {Outcome.FUNDED, Outcome.WAITING, Outcome.RATE_OVER},
    Step.CANCEL: _ANY | {Outcome.NEXT_ATTEMPT},
    Step.RESOLVE: _ANY | {Outcome.RESOLVED},
    Step.RECORD: frozenset({Outcome.STOPPED}),
}
