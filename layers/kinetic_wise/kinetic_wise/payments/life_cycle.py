"""The life of a payment as data: its statuses and what may follow what.

The table limits what we do, not what is true: facts about money are written in any status (design rule 10).
"""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Where a payment stands."""

    QUEUED = "queued"
    HELD = "held"
    RESERVED = "reserved"
    RECIPIENT_READY = "recipient_ready"
    QUOTED = "quoted"
    CREATED = "created"
    AWAITING_FUNDS = "awaiting_funds"
    AWAITING_APPROVAL = "awaiting_approval"
    UNKNOWN = "unknown"
    PROCESSING = "processing"
    SENT = "sent"
    POSTED = "posted"
    FAILED = "failed"
    RETURNED = "returned"
    REFUND_UNKNOWN = "refund_unknown"
    CLOSED = "closed"
    REJECTED = "rejected"


class IllegalTransition(Exception):
    """A payment may not go from its status to the one asked for."""


S = Status

_BEFORE_MONEY = frozenset({S.QUEUED, S.RESERVED, S.RECIPIENT_READY, S.QUOTED, S.CREATED})
_WAITING = frozenset({S.AWAITING_FUNDS, S.AWAITING_APPROVAL})
_OUTCOMES = frozenset({S.PROCESSING, S.SENT, S.FAILED, S.RETURNED, S.REFUND_UNKNOWN})

TRANSITIONS: dict[Status, frozenset[Status]] = {
    S.QUEUED: frozenset({S.RESERVED, S.HELD, S.UNKNOWN, S.CLOSED, S.REJECTED}),
    S.HELD: _BEFORE_MONEY | _WAITING | _OUTCOMES | {S.UNKNOWN, S.POSTED, S.CLOSED, S.REJECTED},
    S.RESERVED: frozenset({S.RECIPIENT_READY, S.HELD, S.UNKNOWN, S.FAILED, S.CLOSED, S.REJECTED}),
    S.RECIPIENT_READY: frozenset({S.QUOTED, S.RESERVED, S.HELD, S.UNKNOWN, S.FAILED, S.REJECTED}),
    S.QUOTED: frozenset({S.CREATED, S.RECIPIENT_READY, S.HELD, S.UNKNOWN, S.FAILED, S.REJECTED}),
    S.CREATED: _OUTCOMES | _WAITING | {S.RESERVED, S.HELD, S.UNKNOWN, S.REJECTED},
    S.AWAITING_FUNDS: _OUTCOMES | {S.AWAITING_APPROVAL, S.RESERVED, S.HELD, S.UNKNOWN, S.REJECTED},
    S.AWAITING_APPROVAL: _OUTCOMES | {S.AWAITING_FUNDS, S.RESERVED, S.HELD, S.UNKNOWN, S.REJECTED},
    S.UNKNOWN: _BEFORE_MONEY | _WAITING | _OUTCOMES | {S.HELD, S.POSTED, S.REJECTED},
    S.PROCESSING: frozenset({S.SENT, S.FAILED, S.RETURNED, S.REFUND_UNKNOWN, S.HELD, S.UNKNOWN}),
    S.SENT: frozenset({S.POSTED, S.PROCESSING, S.FAILED, S.RETURNED, S.REFUND_UNKNOWN, S.HELD, S.UNKNOWN}),
    S.POSTED: frozenset({S.CLOSED, S.RETURNED, S.REFUND_UNKNOWN, S.HELD}),
    S.FAILED: frozenset({S.QUEUED, S.RETURNED, S.CLOSED, S.HELD}),
    S.RETURNED: frozenset({S.QUEUED, S.SENT, S.CLOSED, S.REFUND_UNKNOWN, S.HELD}),
    S.REFUND_UNKNOWN: frozenset({S.FAILED, S.RETURNED, S.PROCESSING, S.SENT, S.HELD, S.UNKNOWN}),
    S.CLOSED: frozenset({S.RETURNED, S.REFUND_UNKNOWN, S.HELD}),
    S.REJECTED: frozenset({S.QUEUED, S.HELD}),
}

# A payment in one of these needs work that an execution of the state machine does.
MOVING = frozenset(
    {S.QUEUED, S.RESERVED, S.RECIPIENT_READY, S.QUOTED, S.CREATED, S.AWAITING_FUNDS, S.AWAITING_APPROVAL, S.UNKNOWN}
)
# The money is on its way: settlement brings these on.
FOLLOWED = frozenset({S.PROCESSING, S.SENT, S.REFUND_UNKNOWN})
# Nobody needs to act until a person or news from Wise says otherwise.
AT_REST = frozenset({S.HELD, S.POSTED, S.FAILED, S.RETURNED, S.CLOSED, S.REJECTED})


def check(before: Status, after: Status) -> None:
    """Raise IllegalTransition unless a payment may go from `before` to `after`; staying is always allowed."""
    if after is not before and after not in TRANSITIONS[before]:
        raise IllegalTransition(f"a payment cannot go from {before} to {after}")
