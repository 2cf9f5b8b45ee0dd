"""The statuses of a transfer at Wise (wise-api.md 6.4), and what each says about money (rule 11)."""

from __future__ import annotations

WAITING = "incoming_payment_waiting"
PROCESSING = "processing"
CONVERTED = "funds_converted"
SENT = "outgoing_payment_sent"
CANCELLED = "cancelled"
REFUNDED = "funds_refunded"
CHARGED_BACK = "charged_back"
BOUNCED = "bounced_back"
COURSE = (WAITING, PROCESSING, CONVERTED, SENT)  # of a transfer that nothing stops
# Every status that Wise names; of any other nobody knows what it means.
KNOWN = frozenset(
    {*COURSE, CANCELLED, REFUNDED, CHARGED_BACK, BOUNCED}
    | {"incoming_payment_initiated", "unknown", "waiting_recipient_input_to_proceed"}
)


def proves_funding(status: str) -> bool:
    """Whether a transfer in this status has been funded, for the books."""
    return status in COURSE and status != WAITING


def may_have_money(status: str) -> bool:
    """Whether a transfer in this status may have taken money, for paying once."""
    return status not in (WAITING, CANCELLED)
