"""Statuses and audit entries in plain words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from string import Formatter
from typing import Any

from kinetic_wise.payments.life_cycle import Status

_MEANINGS = {
    Status.QUEUED: "claimed, waits for its turn or its day",
    Status.HELD: "stopped by a rule; nothing moves until a person decides",
    Status.RESERVED: "reserved in Epicor by a draft payment",
    Status.RECIPIENT_READY: "the recipient is known at Wise",
    Status.QUOTED: "has a price at Wise",
    Status.CREATED: "the transfer is made and not funded yet",
    Status.AWAITING_FUNDS: "the Wise balance is too low; funded when there is money",
    Status.AWAITING_APPROVAL: "a person must fund it in Wise",
    Status.UNKNOWN: "nobody knows yet what became of a call; it is looked at",
    Status.PROCESSING: "funded; Wise is sending the money",
    Status.SENT: "Wise has sent the money; Epicor books it next",
    Status.POSTED: "paid, and booked in Epicor",
    Status.FAILED: "not paid; no money is out and the invoice is open again",
    Status.RETURNED: "the money came back after it was sent",
    Status.REFUND_UNKNOWN: "the money comes back; how much is not known yet",
    Status.CLOSED: "ended without paying",
    Status.REJECTED: "rejected by a person",
}
_PAID_AND_CLOSED = "paid, booked in Epicor, no longer watched"

_SENTENCES = {
    "claimed": "Claimed: {amount} {currency} of an invoice over {invoice_total}.",
    "released": "{caller} released it: {why}.",
    "order.reject": "{caller} rejected it: {why}.",
    "order.cancel": "{caller} cancelled it: {why}.",
    "rejected": "Ended by a person's order: {proof}.",
    "never_made": "Nothing of it is at Wise: {proof}.",
    "starts_over": "It starts over: {proof}.",
    "released_to_the_gate": "It has a transfer after all, and goes to the gate.",
    "order_too_late": "The order came too late: it is {status}.",
    "draft_seen": "A draft that the ledger did not know was found: payment {head_num}.",
    "overtaken": "The money has moved since; nothing is reserved any more.",
    "reservation_seen": "What became of the reservation was read.",
    "bank_approved_once": "{caller} approved the bank details {code} of {bank}: {why}. Another person has to as well.",
    "bank_approved": "{caller} approved the bank details {code} of {bank} as the second person: {why}.",
    "second_identity": "Held: the same debt was claimed before under another identity. {detail}.",
    "run": "Execution {run} was started.",
    "not_due": "Not due yet: rests until {not_before}.",
    "shadowed": "Looked at only: {amount} {currency} would have been paid from {source}, at a rate of about {rate}.",
    "retry": "A person had it begin again: {caller}.",
    "intent.reserve": "About to reserve {amount} in Epicor, as draft payment in group {group}.",
    "reserved": "Reserved: Epicor shows our draft payment {head_num}.",
    "group_taken": "Group {group} is somebody else's: another one is taken.",
    "intent.create_recipient": "About to make the recipient at Wise ({type}, {currency}).",
    "recipient_not_found": "Wise knows no such recipient: it is made again.",
    "recipient_ready": "The recipient is number {recipient} ({type}).",
    "quoted": "Wise named a price.",
    "quote_expired": "The price ran out before the transfer was made.",
    "intent.create_transfer": "About to make the transfer.",
    "transfer_created": "The transfer is made.",
    "transfer_refused": "Wise refused the transfer.",
    "intent.fund": "The gate let it pass; about to fund transfer {transfer}.",
    "funded": "Funded: the money left our balance.",
    "funding_seen": "What became of the funding was read.",
    "funding_refused": "Wise refused to fund it: {code}.",
    "awaiting_funds": "The Wise balance is too low.",
    "awaiting_approval": "A person must fund it in Wise.",
    "intent.cancel": "About to cancel the transfer: {reason}.",
    "cancelled_by_us": "Cancelled by us.",
    "cancelled_by_others": "Cancelled, and not by us.",
    "cancel_too_late": "Too late to cancel.",
    "next_attempt": "Attempt {attempt} begins; the last one is dead: {proof}.",
    "facts": "Wise shows transfer {transfer} as {status}: {source} give {target}.",
    "facts_of_earlier_attempt": "News of attempt {attempt}: Wise shows {status}.",
    "payout_failed": "Wise could not pay it out: {why}.",
    "cases": "Wise asks for: {cases}.",
    "wise_asks": "Wise waits for an answer to: {asks}; until {answer_by}, then it cancels.",
    "refund": "Money came back: {amount} {currency}, known from {source}.",
    "processing": "Wise is sending the money.",
    "sent": "Wise has sent the money.",
    "intent.post": "About to post group {group} in Epicor.",
    "posted": "Posted: Epicor shows payment {head_num} as posted.",
    "intent.delete_draft": "About to delete the draft in group {group}: {why}.",
    "failed": "Ended unpaid ({reason}): {proof}.",
    "returned": "The money came back after it was sent.",
    "refund_unknown": "The money comes back; how much is not known yet.",
    "refund_amount": "{caller} told how much came back: {amount}.",
    "closed": "Ended without paying: {reason}.",
    "watch_over": "Paid, booked in Epicor, and quiet ever since: it is no longer watched. Later news still counts.",
    "held": "Held, {reason}: {detail}.",
    "unclear": "Nobody knows what became of that: {problem}.",
    "not_arrived": "That provably did not arrive: {problem}.",
    "looked": "Looked: {saw}.",
    "seen": "What became of {intent} is seen by now.",
    "step_died": "A step died and was not brought back by trying again.",
    "recovered": "Taken up again from Epicor: group {group}.",
    "taken_up": "Taken up with {attempts} attempts.",
    "matched.recovered": "Found when the ledger was matched: {recovered}.",
    "matched.approved": "Bank rows approved as they were found: {approved}.",
    "matched.left": "Left in Epicor for a person: {left}.",
    "trail.ahead": "The ledger was set back: it knew {known} entries of this trail, which had {found}.",
    "adopted": "The ledger was matched with Wise and Epicor and bound by {caller}.",
    "subscribed": "Webhooks were subscribed by {caller}.",
    "unsubscribed": "Webhooks were removed by {caller}.",
    "redrive": "{caller} had the dead letters of {queue} worked off again.",
    "balance": "Balance {balance_id}: a {kind} of {amount} {currency} for {reference}.",
    "balance_row": "The balance's row in Epicor was written.",
    "stop": "{caller} switched fundings off.",
    "resume": "{caller} switched fundings on again.",
    "set_caps": "{caller} set the caps.",
    "unreadable_invoice": "An invoice of {company} could not be read: {problem}.",
}


def meaning_of(status: Status, *, was_paid: bool = False) -> str:
    """A status in plain words; one that is closed may have been paid (`Payment.was_paid`)."""
    return _PAID_AND_CLOSED if was_paid else _MEANINGS[status]


def sentence(kind: str, data: Mapping[str, Any]) -> str:
    """An audit entry in plain words; what the sentence does not use stands behind it."""
    pattern = _SENTENCES.get(kind, f"{kind.replace('_', ' ').replace('.', ' ').capitalize()}.")
    used = {name for _, name, _, _ in Formatter().parse(pattern) if name}
    told = pattern.format_map(defaultdict(lambda: "?", {name: _text(value) for name, value in data.items()}))
    rest = [f"{name} {_text(value)}" for name, value in data.items() if name not in used and _is_news(name, value)]
    return " ".join([told.replace("..", "."), *([f"[{', '.join(rest)}]"] if rest else [])])


def words_of(age: timedelta) -> str:
    """An age in its two largest units: 3 d 4 h, 5 min, 12 s."""
    rest = max(0, int(age.total_seconds()))
    parts: list[str] = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count or (unit == "s" and not parts):
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2])


def at(moment: datetime) -> str:
    """A moment, UTC, to the second."""
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _is_news(name: str, value: Any) -> bool:
    return value not in ("", None) and (name, value) != ("try", 1)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_text(one) for one in value) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(one)}" for name, one in value.items()) or "none"
    return str(value)
