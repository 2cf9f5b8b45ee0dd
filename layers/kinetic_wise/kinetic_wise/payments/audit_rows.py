"""Which entries of the audit trail have a copy in Epicor's audit table (epicor-kinetic-api.md 8.1)."""

from __future__ import annotations

from enum import StrEnum

from kinetic_wise.payments.life_cycle import Status

_OUTCOMES = frozenset({Status.POSTED, Status.RETURNED, Status.FAILED})
# What somebody in finance looks for, by the kinds of entries; looks, repeats and announcements are left to the trail.
DECISIONS = frozenset(
    {
        "claimed", "second_identity", "taken_up", "caught_up", "not_due", "shadowed",
        "held", "released", "released_to_the_gate", "starts_over", "retry", "next_attempt",
        "order.reject", "order.cancel", "order_too_late", "rejected", "never_made",
        "bank_approved_once", "bank_approved", "stop", "resume", "set_caps", "adopted",
        "reserved", "recipient_ready", "quoted", "transfer_created", "transfer_refused",
        "funded", "funding_seen", "funding_refused", "awaiting_funds", "awaiting_approval",
        "cancelled_by_us", "cancelled_by_others", "cancel_too_late",
        "processing", "sent", "sent_again", "was_sent", "wise_asks", "payout_failed",
        "posted", "not_posted", "period_closed", "costs_booked", "costs_not_booked",
        "comes_back", "refund", "refund_amount", "refund_differs", "refund_unknown",
        "returned", "failed", "closed", "watch_over",
    }
)  # fmt: skip


class RowEvents(StrEnum):
    """Which events have a row."""

    NONE = "none"
    OUTCOMES = "outcomes"  # a payment became posted, returned or failed
    ALL = "all"  # those, and every decision

    def include(self, kind: str, before: Status | None, after: Status | None) -> bool:
        """Whether an entry has a row: its kind, and its payment's status before and after it (None: of no payment)."""
        if self is RowEvents.NONE:
            return False
        return (after in _OUTCOMES and after is not before) or (self is RowEvents.ALL and kind in DECISIONS)
