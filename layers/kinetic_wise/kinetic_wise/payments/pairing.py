"""What belongs to what within a subject: Epicor's payments beside transfers, each with its lines of the statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from kinetic_wise.payments import transfer_status
from kinetic_wise.payments.books import BookedPayment, CashLine, LedgerAttempt, Period, Subject, cash_of, fees_of
from kinetic_wise.payments.systems import Transfer


@dataclass(frozen=True)
class Scope:
    """What is compared: the period, today, and what was read. Wise's list begins at `listed_from`."""

    period: Period
    today: date
    listed_from: datetime
    covered: frozenset[str]  # currencies whose statement was read, from the period's start until now


class MoneyPlace(StrEnum):
    """Where the money of a transfer is."""

    NONE = "none"
    UNDER_WAY = "under way"
    SENT = "sent"
    BOUNCED = "on its way back"
    BACK = "back"


_OVER = frozenset({transfer_status.CANCELLED, transfer_status.REFUNDED, transfer_status.CHARGED_BACK})
_STANDING = (MoneyPlace.SENT, MoneyPlace.BOUNCED, MoneyPlace.UNDER_WAY)


@dataclass(frozen=True)
class Flow:
    """A transfer with its lines; without the transfer itself where only the statement knows it."""

    id: int
    money: MoneyPlace
    transfer: Transfer | None
    attempt: LedgerAttempt | None
    lines: tuple[CashLine, ...]

    @property
    def short(self) -> Decimal:
        """How much less came back than had left, Wise's fee included; 0 where that is not known.

        By the statement when it shows both, else as the ledger knows it.
        """
        if any(line.amount < 0 for line in self.lines):
            return -cash_of(self.lines)
        return (self.attempt.shortfall if self.attempt else None) or Decimal(0)

    @property
    def fee(self) -> Decimal:
        """Wise's fee, by the statement, else as the ledger knows it."""
        return fees_of(self.lines) or (self.attempt.fee if self.attempt else None) or Decimal(0)

    @property
    def has_fee(self) -> bool:
        """Whether Wise has the fee: of money that is back it may have returned it as well."""
        return self.fee > 0 and (self.money is not MoneyPlace.BACK or self.short == self.fee)


@dataclass(frozen=True)
class Pair:
    """A payment in Epicor and the transfer that paid it, or one of them alone."""

    booked: BookedPayment | None
    flow: Flow | None


# --- what belongs to what -------------------------------------------------------------------------------------------


def flows_of(subject: Subject, scope: Scope) -> Iterator[Flow]:
    """Each transfer once: as Wise lists it, else as the ledger last saw it, else as the statement names it."""
    attempts = {a.transfer.id: a for a in (subject.ledger.attempts if subject.ledger else ()) if a.transfer}
    listed = {transfer.id: transfer for transfer in subject.transfers}
    named = {line.transfer_id for line in subject.lines if line.transfer_id is not None}
    for transfer_id in sorted({*listed, *attempts, *named}):
        attempt = attempts.get(transfer_id)
        lines = tuple(line for line in subject.lines if line.transfer_id == transfer_id)
        transfer = listed.get(transfer_id) or _remembered(attempt, lines, scope)
        if transfer or lines:
            yield Flow(transfer_id, _money(transfer, attempt, lines), transfer, attempt, lines)


def _remembered(attempt: LedgerAttempt | None, lines: Sequence[CashLine], scope: Scope) -> Transfer | None:
    """The ledger's copy, where Wise's list does not go back so far. What the list should show and does not, is not."""
    transfer = attempt.transfer if attempt else None
    if transfer is None or (transfer.created and transfer.created >= scope.listed_from and not lines):
        return None
    return transfer


def _money(transfer: Transfer | None, attempt: LedgerAttempt | None, lines: Sequence[CashLine]) -> MoneyPlace:
    if transfer is None:
        return MoneyPlace.SENT
    status = transfer.status
    if status in _OVER:
        return _over(transfer, attempt, lines)
    if status == transfer_status.SENT:
        return MoneyPlace.SENT
    if status == transfer_status.BOUNCED:
        return MoneyPlace.BOUNCED
    return MoneyPlace.NONE if status == transfer_status.WAITING and not lines else MoneyPlace.UNDER_WAY


def _over(transfer: Transfer, attempt: LedgerAttempt | None, lines: Sequence[CashLine]) -> MoneyPlace:
    if any(line.amount > 0 for line in lines):
        return MoneyPlace.BACK
    if transfer.status != transfer_status.CANCELLED:
        return MoneyPlace.BOUNCED if lines else MoneyPlace.BACK
    if lines:
        return MoneyPlace.BOUNCED
    return MoneyPlace.BACK if attempt and attempt.took_money else MoneyPlace.NONE


def pairs_of(booked: Sequence[BookedPayment], flows: Sequence[Flow]) -> Iterator[Pair]:
    """What stands with what stands, what was voided with what came back, then whatever is left."""
    live = sorted((b for b in booked if not b.voided), key=lambda b: (not b.posted, b.head_num))
    voided = sorted((b for b in booked if b.voided), key=lambda b: b.head_num)
    stand = sorted((f for f in flows if f.money in _STANDING), key=lambda f: (_STANDING.index(f.money), f.id))
    back = [flow for flow in flows if flow.money is MoneyPlace.BACK]
    for payments, transfers in ((live, stand), (voided, back), (live, back), (voided, stand)):
        while payments and transfers:
            yield Pair(payments.pop(0), transfers.pop(0))
    yield from (Pair(payment, None) for payment in (*live, *voided))
    yield from (Pair(None, flow) for flow in (*stand, *back))
